"""`LazyView` and `AsyncLazyView`: selections of an array that are read when they are asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zarrust.fancy import numpy_style, orthogonal, vectorised

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from zarrust.array_node import ArrayNode
    from zarrust.indexing import Selection

__all__ = ["AsyncLazyIndex", "AsyncLazyView", "LazyIndex", "LazyView"]


class View:
    """What views have in common: a selection of an array, and how to select from it.

    Parameters
    ----------
    array : Array or AsyncArray
    selection : Selection
    """

    __slots__ = ("_array", "_selection")

    def __init__(self, array: ArrayNode, selection: Selection) -> None:
        self._array: Any = array
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
        dtype: np.dtype[Any] = self._array.dtype
        return dtype

    def __getitem__(self, selection: Any) -> Self:
        return self._select(numpy_style(selection, self.shape))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a view without axes")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} shape={self.shape} dtype={self.dtype} of {self._array!r}>"

    def _select(self, inner: Selection) -> Self:
        return type(self)(self._array, self._selection.select(inner))


class LazyView(View):
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

    __slots__ = ()

    @property
    def oindex(self) -> LazyIndex:
        """Orthogonal indexing, to another view."""
        return LazyIndex(self, orthogonal)

    @property
    def vindex(self) -> LazyIndex:
        """Indexing by points, to another view."""
        return LazyIndex(self, vectorised)

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

    def _assign(self, value: Any) -> None:
        self._array._write(self._selection, value)


class AsyncLazyView(View):
    """A selection of an array, to be awaited. Made by `AsyncArray.lazy`, and by indexing another view.

    Indexing makes a view of the view, without a request; ``await view.result()`` reads exactly the elements that are
    left.
    """

    __slots__ = ()

    @property
    def oindex(self) -> AsyncLazyIndex:
        """Orthogonal indexing, to another view."""
        return AsyncLazyIndex(self, orthogonal)

    @property
    def vindex(self) -> AsyncLazyIndex:
        """Indexing by points, to another view."""
        return AsyncLazyIndex(self, vectorised)

    async def result(self) -> Any:
        """Await `LazyView.result`."""
        return await self._array._read(self._selection)

    async def setitem(self, selection: Any, value: Any) -> None:
        """Await ``view[selection] = value``."""
        view = self._select(numpy_style(selection, self.shape))
        await self._array._write(view._selection, value)


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


class AsyncLazyIndex:
    """The awaitable twin of `LazyIndex`.

    Parameters
    ----------
    view : AsyncLazyView
    meaning : callable
        From what is in the brackets and a shape to a selection.
    """

    __slots__ = ("_meaning", "_view")

    def __init__(self, view: AsyncLazyView, meaning: Callable[[Any, Sequence[int]], Selection]) -> None:
        self._view = view
        self._meaning = meaning

    def __getitem__(self, selection: Any) -> AsyncLazyView:
        return self._view._select(self._meaning(selection, self._view.shape))
