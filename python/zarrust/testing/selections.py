"""Strategies of hypothesis for selections of an array."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, TypeAlias

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

Shape: TypeAlias = tuple[int, ...]


def is_negative_slice(idx: Any) -> bool:
    """Return whether a selection is a slice that goes backwards.

    Parameters
    ----------
    idx : object
    """
    return isinstance(idx, slice) and idx.step is not None and idx.step < 0


@st.composite
def end_slices(draw: DrawFn, *, shape: Shape) -> tuple[slice, ...]:
    """Slices of each axis that reach into the second half, where the last chunk may be smaller.

    Parameters
    ----------
    shape : tuple of int
        In elements; no axis is empty.
    """
    starts = [draw(st.integers(size // 2, size - 1)) for size in shape]
    return tuple(
        slice(start, start + draw(st.integers(0, size - start))) for start, size in zip(starts, shape, strict=True)
    )


@st.composite
def basic_indices(
    draw: DrawFn,
    *,
    shape: Shape,
    min_dims: int = 0,
    max_dims: int | None = None,
    allow_newaxis: Any = False,
    allow_ellipsis: Any = True,
) -> Any:
    """Selections by integers and slices, none of which goes backwards.

    Parameters
    ----------
    shape : tuple of int
        In elements.
    min_dims, max_dims : int, optional
        Axes of the result.
    allow_newaxis, allow_ellipsis : bool, optional
        Whether those occur.
    """
    options: dict[str, Any] = {"min_dims": min_dims, "max_dims": max_dims}
    found: SearchStrategy[Any] = npst.basic_indices(
        shape, **options, allow_newaxis=allow_newaxis, allow_ellipsis=allow_ellipsis
    ).filter(lambda drawn: not any(map(is_negative_slice, drawn if isinstance(drawn, tuple) else (drawn,))))
    if math.prod(shape) >= 3:
        found = end_slices(shape=shape) | found
    return draw(found)


def _one_axis(size: int) -> SearchStrategy[Any]:
    """Selections of one axis, as the item of a tuple."""
    drawn: SearchStrategy[Any] = basic_indices(min_dims=1, shape=(size,), allow_ellipsis=False)
    return drawn.map(lambda item: item if isinstance(item, tuple) else (item,)).filter(bool).map(lambda item: item[0])


@st.composite
def orthogonal_indices(draw: DrawFn, *, shape: Shape) -> tuple[tuple[Any, ...], tuple[np.ndarray[Any, Any], ...]]:
    """Selections of each axis by itself: as ``oindex`` takes them, and as numpy does for the same elements.

    Parameters
    ----------
    shape : tuple of int
        In elements.
    """
    ours = []
    for size in shape:
        choices = _one_axis(size)
        if size:
            lists = npst.integer_array_indices(
                (size,), result_shape=npst.array_shapes(min_side=1, max_side=size, max_dims=1)
            ).map(lambda drawn: drawn[0])
            choices = choices | lists | st.integers(-size, size - 1)
        ours.append(draw(choices))
    kept = [axis for axis, item in enumerate(ours) if not isinstance(item, (int, np.integer))]
    theirs = []
    for axis, (item, size) in enumerate(zip(ours, shape, strict=True)):
        positions = np.arange(size)[item]
        place = [-1 if other == axis else 1 for other in kept]
        theirs.append(positions.reshape(place) if axis in kept else positions)
    return tuple(ours), tuple(np.broadcast_arrays(*theirs))


@st.composite
def block_indices(
    draw: DrawFn, *, chunk_sizes: tuple[tuple[int, ...], ...]
) -> tuple[tuple[int | slice, ...], tuple[slice, ...]]:
    """Selections of whole chunks: as ``blocks`` takes them, and as slices of elements.

    Parameters
    ----------
    chunk_sizes : tuple of tuple of int
        Elements of each chunk along each axis.
    """

    def supported(count: int) -> Callable[[Any], bool]:
        def check(item: Any) -> bool:
            if not isinstance(item, slice):
                return True
            return item.step in (None, 1) and item.indices(count)[0] < count and abs(item.start or 0) <= count

        return check

    blocks, elements = [], []
    for sizes in chunk_sizes:
        count, edges = len(sizes), [*itertools.accumulate(sizes, initial=0)]
        item = draw(_one_axis(count).filter(supported(count)) | st.integers(0, count - 1))
        blocks.append(item)
        if isinstance(item, slice):
            start, stop, _ = item.indices(count)
            elements.append(slice(edges[start], edges[max(start, stop)]))
        else:
            elements.append(slice(edges[item % count], edges[item % count + 1]))
    return tuple(blocks), tuple(elements)
