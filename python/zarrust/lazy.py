"""`LazyView`: a selection of an array that is read when it is asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust.fancy import numpy_style, orthogonal, vectorised

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from zarrust.array_indexing import IndexedArray
    from zarrust.indexing import Selection

__all__ = ["LazyIndex", "LazyView"]


class LazyView:
    """A selection of an array. Made by `Array.lazy`, and by indexing another view.

    Indexing makes a view of the view, without a request: one read of exactly the elements that are left follows
    `result` or ``numpy.asarray``. Assignment writes them, at once.

    Examples
    --------
    >>> import zarrust, numpy
    >>> z = zarrust.array(numpy.arange(20).reshape(4, 5))
    >>> view = z.lazy[1:, ::2].oindex[[2, 0]]
    >>> view
    <LazyView shape=(2, 3) dtype=int64 of <Array memory://... shape=(4, 5) dtype=int64>>
    >>> view[:, 1].result()
    array([17,  7])
    """

    __slots__ = ("_array", "_selection")

    def __init__(self, array: IndexedArray, selection: Selection) -> None:
        self._array = array
        self._selection = selection

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis of the result, in elements."""
        return self._selection.shape

    @property
    def ndim(self) -> int:
        """Number of axes of the result."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of the result."""
        return self._array.dtype

    @property
    def oindex(self) -> LazyIndex:
        """Orthogonal indexing, to another view."""
        return LazyIndex(self, orthogonal)

    @property
    def vindex(self) -> LazyIndex:
        """Indexing by points, to another view."""
        return LazyIndex(self, vectorised)

    def __getitem__(self, selection: Any) -> LazyView:
        return self._select(numpy_style(selection, self.shape))

    def __setitem__(self, selection: Any, value: Any) -> None:
        self._select(numpy_style(selection, self.shape))._assign(value)

    def result(self) -> Any:
        """Read the elements.

        Returns
        -------
        numpy.ndarray or numpy scalar

        Raises
        ------
        CorruptChunkError
            If stored bytes cannot be decoded; the message names the key.
        """
        return self._array._read(self._selection)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("`copy=False` is not supported: reading an array always makes a new numpy array")
        array = np.asarray(self.result())
        return array if dtype is None else array.astype(dtype, copy=False)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a view without axes")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} shape={self.shape} dtype={self.dtype} of {self._array!r}>"

    def _select(self, inner: Selection) -> LazyView:
        return LazyView(self._array, self._selection.select(inner))

    def _assign(self, value: Any) -> None:
        self._array._write(self._selection, value)


class LazyIndex:
    """One kind of indexing of a view.

    Parameters
    ----------
    view : LazyView
    meaning : callable
        From what is in the brackets and a shape to a selection.
    """

    __slots__ = ("_meaning", "_view")

    def __init__(self, view: LazyView, meaning: Callable[[Any, Sequence[int]], Selection]) -> None:
        self._view = view
        self._meaning = meaning

    def __getitem__(self, selection: Any) -> LazyView:
        return self._view._select(self._meaning(selection, self._view.shape))

    def __setitem__(self, selection: Any, value: Any) -> None:
        self[selection]._assign(value)
