"""The objects behind ``oindex``, ``vindex`` and ``blocks``: an array and one kind of indexing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust.fancy import orthogonal, split_fields, vectorised

if TYPE_CHECKING:
    from zarrust.array_indexing import IndexedArray
    from zarrust.async_array import AsyncArray

__all__ = ["AsyncOIndex", "AsyncVIndex", "BlockIndex", "OIndex", "VIndex"]


class OIndex:
    """Orthogonal indexing of an array.

    Parameters
    ----------
    array : Array

    Examples
    --------
    >>> import zarrust, numpy
    >>> z = zarrust.array(numpy.arange(15).reshape(3, 5))
    >>> z.oindex[[0, 2], 1:3]
    array([[ 1,  2],
           [11, 12]])
    """

    def __init__(self, array: IndexedArray) -> None:
        self.array = array

    def __getitem__(self, selection: Any) -> Any:
        fields, selection = split_fields(selection)
        return self.array.get_orthogonal_selection(selection, fields=fields)

    def __setitem__(self, selection: Any, value: Any) -> None:
        fields, selection = split_fields(selection)
        self.array.set_orthogonal_selection(selection, value, fields=fields)


class VIndex:
    """Indexing of an array by points: coordinates or a mask.

    Parameters
    ----------
    array : Array

    Examples
    --------
    >>> import zarrust, numpy
    >>> z = zarrust.array(numpy.arange(15).reshape(3, 5))
    >>> z.vindex[[0, 2], [1, 3]]
    array([ 1, 13])
    """

    def __init__(self, array: IndexedArray) -> None:
        self.array = array

    def __getitem__(self, selection: Any) -> Any:
        fields, selection = split_fields(selection)
        return self.array._read(vectorised(selection, self.array.shape), fields=fields)

    def __setitem__(self, selection: Any, value: Any) -> None:
        fields, selection = split_fields(selection)
        self.array._write(vectorised(selection, self.array.shape), value, fields=fields)


class BlockIndex:
    """Indexing of an array by whole chunks.

    Parameters
    ----------
    array : Array

    Examples
    --------
    >>> import zarrust, numpy
    >>> z = zarrust.array(numpy.arange(10), chunks=3)
    >>> z.blocks[1:3]
    array([3, 4, 5, 6, 7, 8])
    """

    def __init__(self, array: IndexedArray) -> None:
        self.array = array

    def __getitem__(self, selection: Any) -> Any:
        fields, selection = split_fields(selection)
        return self.array.get_block_selection(selection, fields=fields)

    def __setitem__(self, selection: Any, value: Any) -> None:
        fields, selection = split_fields(selection)
        self.array.set_block_selection(selection, value, fields=fields)


class AsyncOIndex:
    """The awaitable twin of `OIndex`.

    Parameters
    ----------
    array : AsyncArray
    """

    def __init__(self, array: AsyncArray) -> None:
        self.array = array

    async def getitem(self, selection: Any) -> Any:
        """Await the elements of a selection, as `OIndex` reads them."""
        fields, selection = split_fields(selection)
        return await self.array._read(orthogonal(selection, self.array.shape), fields=fields)


class AsyncVIndex:
    """The awaitable twin of `VIndex`.

    Parameters
    ----------
    array : AsyncArray
    """

    def __init__(self, array: AsyncArray) -> None:
        self.array = array

    async def getitem(self, selection: Any) -> Any:
        """Await the elements of a selection, as `VIndex` reads them."""
        fields, selection = split_fields(selection)
        return await self.array._read(vectorised(selection, self.array.shape), fields=fields)
