"""Selections: from what numpy lets a user write to one description per axis. Pure; no chunk appears here."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from zarrust.errors import BoundsCheckError, NegativeStepError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Selection", "blocks", "normalise"]

Axis: TypeAlias = tuple[int, int, int]
"""Start, count, step, in elements."""


class Selection(NamedTuple):
    """A box of elements.

    Attributes
    ----------
    axes : tuple of (start, count, step)
        One per axis of the array; an integer index is a count of 1.
    shape : tuple of int
        Shape of the result: the counts, without the axes of integer indices.
    dropped : tuple of bool
        Which axes of the array have an integer index.
    """

    axes: tuple[Axis, ...]
    shape: tuple[int, ...]
    dropped: tuple[bool, ...] = ()

    @property
    def counts(self) -> tuple[int, ...]:
        """Elements along each axis of the array."""
        return tuple(count for _, count, _ in self.axes)

    def expand(self, result: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return a view of a result with an axis of length 1 for each integer index; never a copy."""
        # The Ellipsis keeps a result without axes an array.
        view: np.ndarray[Any, Any] = result[
            (*(np.newaxis if dropped else slice(None) for dropped in self.dropped), ...)
        ]
        return view


def normalise(selection: Any, shape: Sequence[int]) -> Selection:
    """Return a basic selection as one description per axis.

    Parameters
    ----------
    selection : int, slice, Ellipsis, or a tuple of these
    shape : sequence of int
        Of the array.

    Raises
    ------
    BoundsCheckError
        If an integer is outside of its axis.
    NegativeStepError
        If a slice steps backwards.
    IndexError
        If there are too many indices, or one is of another kind.
    ValueError
        If a slice has step 0.

    Examples
    --------
    >>> normalise((-1, slice(None, None, 2)), (4, 5))
    Selection(axes=((3, 1, 1), (0, 3, 2)), shape=(3,), dropped=(True, False))
    """
    items = _expand(selection if isinstance(selection, tuple) else (selection,), len(shape))
    axes = []
    out = []
    for item, length in zip(items, shape, strict=True):
        if isinstance(item, slice):
            axis = _slice(item, length)
            out.append(axis[1])
        else:
            axis = (_integer(item, length), 1, 1)
        axes.append(axis)
    return Selection(tuple(axes), tuple(out), tuple(not isinstance(item, slice) for item in items))


def _expand(items: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """Replace an Ellipsis, or what is missing at the end, by full slices."""
    ellipses = [place for place, item in enumerate(items) if item is Ellipsis]
    if len(ellipses) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    missing = ndim - (len(items) - len(ellipses))
    if missing < 0:
        raise IndexError(f"too many indices for array; expected {ndim}, got {len(items) - len(ellipses)}")
    place = ellipses[0] if ellipses else len(items)
    return (*items[:place], *(slice(None),) * missing, *items[place + len(ellipses) :])


def _slice(item: slice, length: int) -> Axis:
    step = 1 if item.step is None else operator.index(item.step)
    if step < 0:
        raise NegativeStepError("only slices with step >= 1 are supported.")
    start, stop, step = item.indices(length)
    count = max(0, -(-(stop - start) // step))
    # An empty box starts inside of the axis, whatever the slice said.
    return (start, count, step) if count else (0, 0, 1)


def _integer(item: Any, length: int) -> int:
    if isinstance(item, (bool, np.bool_)):
        raise IndexError("unsupported selection item for basic indexing; expected integer or slice, got a bool")
    if isinstance(item, (list, np.ndarray)) and np.ndim(item) > 0:
        raise IndexError(
            f"selections by {type(item).__name__} are not supported yet; select by integers, slices with a positive "
            "step, and Ellipsis"
        )
    try:
        index = operator.index(item)
    except TypeError:
        raise IndexError(
            f"unsupported selection item for basic indexing; expected integer or slice, got {type(item)}"
        ) from None
    if not -length <= index < length:
        raise BoundsCheckError(f"index out of bounds for dimension with length {length}: {index}")
    return index % length


def blocks(length: int, chunk: int) -> list[slice]:
    """Return the slices of an axis that follow its chunks.

    Examples
    --------
    >>> blocks(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + chunk, length)) for start in range(0, length, chunk)]
