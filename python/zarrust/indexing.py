"""Selections: from what numpy lets a user write to one description per axis. Pure; no chunk appears here.

What boxes and points are written as is read here; lists of integers, masks and blocks are in `fancy`.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from zarrust.errors import BoundsCheckError, NegativeStepError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Axis",
    "IndexArray",
    "Selection",
    "Steps",
    "blocks",
    "expand_ellipsis",
    "integer_axis",
    "is_integer",
    "normalise",
    "slice_axis",
]

IndexArray: TypeAlias = npt.NDArray[np.int64]
"""Elements of an axis in any order, none negative; one axis, contiguous."""

Steps: TypeAlias = tuple[int, int, int]
"""Start, count, step, in elements."""

Axis: TypeAlias = Steps | IndexArray
"""What a selection takes of an axis."""


class Selection(NamedTuple):
    """A box of elements, or single points.

    Attributes
    ----------
    axes : tuple of (start, count, step) or int64 array
        One per axis of the array; an integer index is a count of 1. The arrays of points have one length.
    shape : tuple of int
        Shape of the result: the counts without the axes of integer indices; of points, what their indices broadcast to.
    dropped : tuple of bool
        Which axes of the array have an integer index; empty for points.
    points : bool
        Whether the axes are taken together, point by point, instead of in every combination.
    """

    axes: tuple[Axis, ...]
    shape: tuple[int, ...]
    dropped: tuple[bool, ...] = ()
    points: bool = False

    @property
    def counts(self) -> tuple[int, ...]:
        """Shape of the memory that the engine fills."""
        if self.points:
            return (math.prod(self.shape),)
        return tuple(axis[1] if isinstance(axis, tuple) else len(axis) for axis in self.axes)

    def expand(self, result: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a result as the engine fills it: with an axis of length 1 for each integer index; points in one axis.

        Never a copy, but for points in memory that is not contiguous.
        """
        if self.points:
            return result.reshape(-1)
        # The Ellipsis keeps a result without axes an array.
        view: npt.NDArray[Any] = result[(*(np.newaxis if dropped else slice(None) for dropped in self.dropped), ...)]
        return view

    def select(self, inner: Selection) -> Selection:
        """Return what a selection of this one's result selects of the array.

        Examples
        --------
        >>> normalise(slice(2, None), (9,)).select(normalise(slice(1, None, 3), (7,)))
        Selection(axes=((3, 2, 3),), shape=(2,), dropped=(False,), points=False)
        """
        if self.points:
            numbers = inner._numbers(self.shape)
            axes = tuple(np.ascontiguousarray(axis[numbers]) for axis in self.axes if not isinstance(axis, tuple))
            return Selection(axes, inner.shape, points=True)
        if not inner.points:
            chosen = iter(zip(inner.axes, inner.dropped, strict=True))
            pairs = [
                (axis, True) if dropped else _take_dropping(axis, *next(chosen))
                for axis, dropped in zip(self.axes, self.dropped, strict=True)
            ]
            return Selection(tuple(axis for axis, _ in pairs), inner.shape, tuple(dropped for _, dropped in pairs))
        lists = iter(inner.axes)
        fixed = (0,) * inner.counts[0]
        axes = tuple(
            _elements(_take(axis, np.array(fixed, dtype=np.int64) if dropped else next(lists)))
            for axis, dropped in zip(self.axes, self.dropped, strict=True)
        )
        return Selection(axes, inner.shape, points=True)

    def _numbers(self, shape: tuple[int, ...]) -> IndexArray:
        """Return the C-order numbers of the elements in an array of a shape."""
        lists = [_elements(axis) for axis in self.axes]
        if not lists:
            return np.zeros(1, dtype=np.int64)
        if not self.points:
            lists = list(np.ix_(*lists))
        numbers = np.zeros((), dtype=np.int64)
        for places, length in zip(lists, shape, strict=True):
            numbers = numbers * length + places
        return numbers.reshape(-1)


def _take_dropping(outer: Axis, inner: Axis, dropped: bool) -> tuple[Axis, bool]:
    return _take(outer, inner), dropped


def _take(outer: Axis, inner: Axis) -> Axis:
    """Return the elements ``inner`` of the elements ``outer``."""
    if isinstance(outer, tuple):
        start, _, step = outer
        if isinstance(inner, tuple):
            return (start + inner[0] * step, inner[1], step * inner[2]) if inner[1] else (0, 0, 1)
        return start + inner * step
    if isinstance(inner, tuple):
        start, count, step = inner
        return np.ascontiguousarray(outer[start : start + count * step : step])
    return outer[inner]


def _elements(axis: Axis) -> IndexArray:
    if isinstance(axis, tuple):
        start, count, step = axis
        return start + step * np.arange(count, dtype=np.int64)
    return axis


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
    Selection(axes=((3, 1, 1), (0, 3, 2)), shape=(3,), dropped=(True, False), points=False)
    """
    items = expand_ellipsis(selection if isinstance(selection, tuple) else (selection,), len(shape))
    axes = []
    out = []
    for item, length in zip(items, shape, strict=True):
        if isinstance(item, slice):
            axis = slice_axis(item, length)
            out.append(axis[1])
        else:
            axis = integer_axis(item, length)
        axes.append(axis)
    return Selection(tuple(axes), tuple(out), tuple(not isinstance(item, slice) for item in items))


def expand_ellipsis(items: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """Replace an Ellipsis, or what is missing at the end, by full slices.

    Raises
    ------
    IndexError
        If there are too many items, or two Ellipses.
    """
    ellipses = [place for place, item in enumerate(items) if item is Ellipsis]
    if len(ellipses) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    missing = ndim - (len(items) - len(ellipses))
    if missing < 0:
        raise IndexError(f"too many indices for array; expected {ndim}, got {len(items) - len(ellipses)}")
    place = ellipses[0] if ellipses else len(items)
    return (*items[:place], *(slice(None),) * missing, *items[place + len(ellipses) :])


def slice_axis(item: slice, length: int) -> Steps:
    """Return what a slice takes of an axis.

    Raises
    ------
    NegativeStepError
        If it steps backwards.
    """
    step = 1 if item.step is None else operator.index(item.step)
    if step < 0:
        raise NegativeStepError("only slices with step >= 1 are supported.")
    start, stop, step = item.indices(length)
    count = max(0, -(-(stop - start) // step))
    # An empty box starts inside of the axis, whatever the slice said.
    return (start, count, step) if count else (0, 0, 1)


def integer_axis(item: Any, length: int, kind: str = "basic", expected: str = "integer or slice") -> Steps:
    """Return what an integer takes of an axis; ``kind`` of indexing and what it takes are for the message.

    Raises
    ------
    BoundsCheckError
        If it is outside.
    IndexError
        If it is none.
    """
    refused = f"unsupported selection item for {kind} indexing; expected {expected}, got {type(item)}"
    if isinstance(item, (bool, np.bool_)):
        raise IndexError(refused)
    try:
        index = operator.index(item)
    except TypeError:
        raise IndexError(refused) from None
    if not -length <= index < length:
        raise BoundsCheckError(f"index out of bounds for dimension with length {length}: {index}")
    return index % length, 1, 1


def is_integer(value: Any) -> bool:
    """Return whether a value is an integer of Python or numpy; Booleans are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def blocks(length: int, chunk: int) -> list[slice]:
    """Return the slices of an axis that follow its chunks.

    Examples
    --------
    >>> blocks(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + chunk, length)) for start in range(0, length, chunk)]
