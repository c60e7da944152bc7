"""Selections by lists of integers, masks and blocks. Pure, as `indexing`."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from zarrust.errors import BoundsCheckError, VindexInvalidSelectionError
from zarrust.indexing import IndexArray, Selection, expand_ellipsis, integer_axis, normalise, slice_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarrust.chunk_grid import ChunkGrid, Dimension
    from zarrust.indexing import Axis, Steps

__all__ = ["block", "coordinates", "mask", "numpy_style", "orthogonal", "split_fields", "vectorised"]


_BASIC = frozenset((int, slice, type(Ellipsis)))


def numpy_style(selection: Any, shape: Sequence[int]) -> Selection:
    """Return what square brackets select: a box, points, or with one list among slices an orthogonal selection.

    Parameters
    ----------
    selection : int, slice, Ellipsis, array-like of int or bool, or a tuple of these
    shape : sequence of int
        Of the array.

    Raises
    ------
    IndexError
        If it does not fit the array, or lists and slices are mixed in a way that numpy orders surprisingly.

    Examples
    --------
    >>> numpy_style(([0, 2], [1, 3]), (3, 5)).points
    True
    >>> numpy_style(([0, 2], slice(1, 3)), (3, 5)).counts
    (2, 2)
    """
    given = selection if isinstance(selection, tuple) else (selection,)
    if _BASIC.issuperset(map(type, given)):  # most selections, and the rest of this costs more than reading an element
        return normalise(selection, shape)
    items = tuple(_listed(item) for item in given)
    arrays = [item for item in items if isinstance(item, np.ndarray)]
    if not arrays:
        return normalise(selection, shape)
    masks = [array for array in arrays if array.dtype == bool]
    if len(items) == 1 and masks:
        # A mask of the first axis takes rows; any other one must be a mask of the whole array.
        rows = masks[0].ndim == 1 < len(shape) and (len(masks[0]) == shape[0] or isinstance(given[0], list))
        return orthogonal(items, shape) if rows else vectorised(items, shape)
    if len(items) == len(shape) and not masks and not any(_is_sliced(item) for item in items):
        return coordinates(items, shape)
    if len(arrays) == 1 or len(arrays) == len(items) == len(shape):
        return orthogonal(items, shape)
    raise IndexError(
        "unsupported selection item for basic indexing; expected integer or slice beside a single list. Several lists "
        "and slices together are read by `oindex`, which takes every combination, or `vindex`, which takes points"
    )


def orthogonal(selection: Any, shape: Sequence[int]) -> Selection:
    """Return the selection of every combination of what the axes take.

    Parameters
    ----------
    selection : int, slice, Ellipsis, 1-d array-like of int or bool, or a tuple of these
    shape : sequence of int
        Of the array.

    Raises
    ------
    IndexError
        If it does not fit the array.

    Examples
    --------
    >>> orthogonal(([True, False, True], 1), (3, 5)).shape
    (2,)
    """
    items = tuple(_listed(item) for item in (selection if isinstance(selection, tuple) else (selection,)))
    items = expand_ellipsis(items, len(shape))
    axes = tuple(_orthogonal_axis(item, length) for item, length in zip(items, shape, strict=True))
    dropped = tuple(not isinstance(item, (slice, np.ndarray)) for item in items)
    selected = Selection(axes, (), dropped)
    counts = tuple(count for count, drop in zip(selected.counts, dropped, strict=True) if not drop)
    return selected._replace(shape=counts)


def _orthogonal_axis(item: Any, length: int) -> Axis:
    if isinstance(item, slice):
        return slice_axis(item, length)
    if not isinstance(item, np.ndarray):
        return integer_axis(item, length, "orthogonal", "integer, slice, integer array or Boolean array")
    if item.ndim != 1:
        raise IndexError(f"arrays in an orthogonal selection must be 1-dimensional only, found {item.ndim} dimensions")
    if item.dtype != bool:
        return _inside(item, length)
    if len(item) != length:
        raise IndexError(f"Boolean array has the wrong length for dimension; expected {length}, got {len(item)}")
    return np.flatnonzero(item).astype(np.int64, copy=False)


def coordinates(selection: Any, shape: Sequence[int]) -> Selection:
    """Return the selection of points by one index array per axis, which are broadcast together.

    Parameters
    ----------
    selection : array-like of int, or a tuple of these
    shape : sequence of int
        Of the array.

    Raises
    ------
    BoundsCheckError
        If a point is outside of the array.
    IndexError
        If there is not one index array per axis.
    ValueError
        If they cannot be broadcast.

    Examples
    --------
    >>> coordinates(([[0], [2]], [1, -1]), (3, 5)).shape
    (2, 2)
    """
    items = selection if isinstance(selection, tuple) else (selection,)
    arrays = [np.atleast_1d(_listed(item)) for item in items]
    if len(arrays) != len(shape) or any(array.dtype.kind not in "iu" for array in arrays):
        raise IndexError(
            f"invalid coordinate selection; expected one integer (coordinate) array for each of the {len(shape)} "
            f"dimensions of the target array, got {selection!r}"
        )
    inside = [_inside(array, length) for array, length in zip(arrays, shape, strict=True)]
    try:
        together = np.broadcast_arrays(*inside)
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ValueError(f"shape mismatch: indexing arrays of shapes {shapes} cannot be broadcast together") from None
    result = together[0].shape if together else (1,)
    return Selection(tuple(np.ascontiguousarray(array).reshape(-1) for array in together), result, points=True)


def mask(selection: Any, shape: Sequence[int]) -> Selection:
    """Return the selection of the points where a mask of the array's shape is true, in C order.

    Raises
    ------
    IndexError
        If it is no Boolean array of the array's shape.
    """
    found = selection[0] if isinstance(selection, tuple) and len(selection) == 1 else selection
    if not _is_mask(found := _listed(found), shape):
        raise IndexError(
            "invalid mask selection; expected one Boolean (mask) array with the same shape as the target array "
            f"{tuple(shape)}, got {found!r}"
        )
    places = tuple(np.ascontiguousarray(axis, dtype=np.int64) for axis in np.nonzero(found))
    return Selection(places, (len(places[0]),), points=True)


def vectorised(selection: Any, shape: Sequence[int]) -> Selection:
    """Return the selection of points that ``vindex`` means: a mask or coordinates.

    Raises
    ------
    VindexInvalidSelectionError
        If it is neither.
    """
    items = tuple(_listed(item) for item in (selection if isinstance(selection, tuple) else (selection,)))
    if len(items) == 1 and _is_mask(items[0], shape):
        return mask(items[0], shape)
    if len(items) == len(shape) and all(_is_integer(item) for item in items):
        return coordinates(items, shape)
    raise VindexInvalidSelectionError(
        "unsupported selection type for vectorized indexing; only coordinate selection (tuple of integer arrays) and "
        f"mask selection (single Boolean array) are supported; got {selection!r}"
    )


def block(selection: Any, grid: ChunkGrid) -> Selection:
    """Return the box of whole chunks; integers keep their axes.

    Parameters
    ----------
    selection : int, slice, Ellipsis, or a tuple of these
        Numbers of chunks; slices with step 1.
    grid : ChunkGrid
        Of the stored chunks, so of the shards where there are shards.

    Raises
    ------
    BoundsCheckError
        If a chunk is outside of the array.
    IndexError
        If an item is of another kind.

    Examples
    --------
    >>> from zarrust.chunk_grid import ChunkGrid
    >>> block((0, slice(1, 3)), ChunkGrid.from_sizes((10, 10), (3, 3))).axes
    ((0, 3, 1), (3, 6, 1))
    """
    items = expand_ellipsis(selection if isinstance(selection, tuple) else (selection,), grid.ndim)
    axes = tuple(_block_axis(item, axis) for item, axis in zip(items, grid.dimensions, strict=True))
    return Selection(axes, tuple(axis[1] for axis in axes), (False,) * len(axes))


def _block_axis(item: Any, axis: Dimension) -> Steps:
    count, length = axis.nchunks, axis.extent
    if isinstance(item, slice):
        if item.step not in {None, 1}:
            raise IndexError(f"unsupported selection item for block indexing; expected step 1, got {item!r}")
        first = 0 if item.start is None else operator.index(item.start)
        end = count if item.stop is None else operator.index(item.stop)
        first, end = (number + count if number < 0 else number for number in (first, end))
    elif _is_integer(item):
        first = operator.index(item)
        first += count if first < 0 else 0
        end = first + 1
    else:
        raise IndexError(
            f"unsupported selection item for block indexing; expected integer or slice, got {type(item)!r}"
        )
    if not 0 <= first < count:
        raise BoundsCheckError(f"block index out of bounds for dimension with {count} chunks: {item!r}")
    start = axis.chunk_offset(first)
    stop = length if end >= count else axis.chunk_offset(end)
    return start, max(0, stop - start), 1


def _listed(item: Any) -> Any:
    """Return what lists elements as a numpy array, anything else as it is."""
    if isinstance(item, list):
        # An empty list has no type of its own; it selects nothing.
        return np.asarray(item) if item else np.zeros(0, dtype=np.int64)
    if not np.isscalar(item) and getattr(item, "shape", None) and hasattr(item, "dtype"):
        return np.asarray(item)
    return item


def _is_sliced(item: Any) -> bool:
    return item is Ellipsis or isinstance(item, slice)


def _is_mask(item: Any, shape: Sequence[int]) -> bool:
    return isinstance(item, np.ndarray) and item.dtype == bool and item.shape == tuple(shape)


def _is_integer(item: Any) -> bool:
    if isinstance(item, np.ndarray):
        return item.dtype.kind in "iu"
    return not isinstance(item, (bool, np.bool_)) and hasattr(item, "__index__")


def _inside(indices: npt.NDArray[Any], length: int) -> IndexArray:
    """Return indices with those from the end counted from the start.

    Raises
    ------
    BoundsCheckError
        If one is outside of the axis.
    IndexError
        If they are no integers.
    """
    if indices.dtype.kind not in "iu":
        raise IndexError(f"unsupported selection item; expected integers or Booleans, got an array of {indices.dtype}")
    if indices.size:
        low, high = indices.min(), indices.max()
        if low < -length or high >= length:
            outside = high if high >= length else low
            raise BoundsCheckError(f"index out of bounds for dimension with length {length}: {outside}")
        if low < 0:
            return np.where(indices < 0, indices.astype(np.int64) + length, indices)
    return np.ascontiguousarray(indices, dtype=np.int64)


def split_fields(selection: Any) -> tuple[Any, Any]:
    """Return the names of fields in a selection, None for none, and the selection without them.

    Examples
    --------
    >>> split_fields(("a", 3))
    ('a', (3,))
    """
    if isinstance(selection, str):
        return selection, ()
    if isinstance(selection, list) and selection and all(isinstance(item, str) for item in selection):
        return selection, ()
    if not isinstance(selection, tuple) or str not in map(type, selection):
        return None, selection
    fields = [item for item in selection if isinstance(item, str)]
    rest = tuple(item for item in selection if not isinstance(item, str))
    return (fields[0] if len(fields) == 1 else fields), rest
