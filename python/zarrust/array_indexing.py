"""Reading and writing of an `Array`: square brackets and the methods for each kind of selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust.accessors import BlockIndex, OIndex, VIndex
from zarrust.array_node import ArrayNode
from zarrust.elements import choose_fields
from zarrust.fancy import block, coordinates, numpy_style, orthogonal, split_fields
from zarrust.fancy import mask as _mask
from zarrust.indexing import Selection, normalise
from zarrust.lazy import LazyView
from zarrust.synchronizers import exclusive

if TYPE_CHECKING:
    from zarrust.abc.buffer import BufferPrototype

__all__ = ["IndexedArray"]


class IndexedArray(ArrayNode):
    """An array whose elements are read and written by selections.

    All reading methods share ``out``, where the result goes: a numpy array, an `NDBuffer` or an object with DLPack in
    the memory of the CPU, of the result's shape. ``prototype`` says the classes of the result and of what a store
    written in Python is handed; by default the settings ``ndbuffer`` and ``buffer`` do. ``fields`` are those of
    structured data types: the name of one, whose values are read or written, or several names, for records of those.
    Writing some fields leaves the others as they are. All writing methods cast the value to the array's data type and
    broadcast it to the selection. Every chunk is decoded once, whatever the order of a selection; where it names an
    element twice, the later value stays.
    """

    def __getitem__(self, selection: Any) -> Any:
        fields, selection = split_fields(selection)
        return self._read(numpy_style(selection, self.shape), fields=fields)

    def __setitem__(self, selection: Any, value: Any) -> None:
        fields, selection = split_fields(selection)
        self._write(numpy_style(selection, self.shape), value, fields=fields)

    @property
    def oindex(self) -> OIndex:
        """Orthogonal indexing: every combination of what the axes take, as `get_orthogonal_selection`."""
        return OIndex(self)

    @property
    def vindex(self) -> VIndex:
        """Indexing by points, as `get_coordinate_selection` and `get_mask_selection`."""
        return VIndex(self)

    @property
    def blocks(self) -> BlockIndex:
        """Indexing by whole chunks, as `get_block_selection`."""
        return BlockIndex(self)

    @property
    def lazy(self) -> LazyView:
        """The array as a view: indexing it reads nothing until ``result()`` or ``numpy.asarray``.

        Examples
        --------
        >>> import zarrust
        >>> view = zarrust.array([0, 1, 4, 9, 16]).lazy[1:][::2]
        >>> view.shape
        (2,)
        >>> view.result()
        array([1, 9])
        """
        return LazyView(self, normalise((), self.shape))

    def get_basic_selection(
        self,
        selection: Any = Ellipsis,
        *,
        out: Any = None,
        prototype: BufferPrototype | None = None,
        fields: Any = None,
    ) -> Any:
        """Read a box of elements.

        Parameters
        ----------
        selection : int, slice, Ellipsis, or a tuple of these
            As numpy takes it; slices with a positive step.
        out, prototype, fields : optional
            As for all selections; see `IndexedArray`.

        Returns
        -------
        numpy.ndarray or numpy scalar
            A scalar where every axis has an integer index.

        Raises
        ------
        IndexError
            If the selection does not fit the array.
        CorruptChunkError
            If stored bytes cannot be decoded; the message names the key.

        Examples
        --------
        >>> import zarrust
        >>> zarrust.array([1, 2, 3, 4]).get_basic_selection(slice(None, None, 3))
        array([1, 4])
        """
        return self._read(normalise(selection, self.shape), out, fields, prototype)

    def set_basic_selection(
        self, selection: Any, value: Any, *, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> None:
        """Write a box of elements.

        Parameters
        ----------
        selection : int, slice, Ellipsis, or a tuple of these
            As numpy takes it; slices with a positive step.
        value : scalar or array-like
            Broadcast to the selection and cast to the array's data type.
        fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Raises
        ------
        IndexError
            If the selection does not fit the array.
        ValueError
            If the value cannot be broadcast, or the store is read-only.

        Examples
        --------
        >>> import zarrust
        >>> z = zarrust.zeros(3, dtype="i2")
        >>> z.set_basic_selection(slice(1, None), 5)
        >>> z[:]
        array([0, 5, 5], dtype=int16)
        """
        self._write(normalise(selection, self.shape), value, fields, prototype)

    def get_orthogonal_selection(
        self, selection: Any, *, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        """Read every combination of what the axes take.

        Parameters
        ----------
        selection : int, slice, Ellipsis, 1-d array-like of int or bool, or a tuple of these
            Integers in any order and more than once; Booleans one for each element of the axis.
        out, fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Returns
        -------
        numpy.ndarray or numpy scalar
            One axis for each slice or list.

        Raises
        ------
        BoundsCheckError
            If an integer is outside of its axis.
        IndexError
            If the selection does not fit the array.

        Examples
        --------
        >>> import zarrust, numpy
        >>> zarrust.array(numpy.arange(15).reshape(3, 5)).get_orthogonal_selection(([2, 0], [1, 3]))
        array([[11, 13],
               [ 1,  3]])
        """
        return self._read(orthogonal(selection, self.shape), out, fields, prototype)

    def set_orthogonal_selection(
        self, selection: Any, value: Any, *, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> None:
        """Write every combination of what the axes take.

        Parameters
        ----------
        selection : int, slice, Ellipsis, 1-d array-like of int or bool, or a tuple of these
        value : scalar or array-like
        fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Raises
        ------
        IndexError
            If the selection does not fit the array.
        ValueError
            If the value cannot be broadcast, or the store is read-only.
        """
        self._write(orthogonal(selection, self.shape), value, fields, prototype)

    def get_coordinate_selection(
        self, selection: Any, *, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        """Read points.

        Parameters
        ----------
        selection : array-like of int, or a tuple of one for each axis
            Coordinates, which are broadcast together.
        out, fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Returns
        -------
        numpy.ndarray
            Of the shape that the coordinates broadcast to.

        Raises
        ------
        BoundsCheckError
            If a point is outside of the array.
        IndexError
            If there is not one index array per axis.
        ValueError
            If the coordinates cannot be broadcast together.

        Examples
        --------
        >>> import zarrust, numpy
        >>> zarrust.array(numpy.arange(15).reshape(3, 5)).get_coordinate_selection(([0, 2], [1, 3]))
        array([ 1, 13])
        """
        return self._read(coordinates(selection, self.shape), out, fields, prototype)

    def set_coordinate_selection(
        self, selection: Any, value: Any, *, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> None:
        """Write points.

        Parameters
        ----------
        selection : array-like of int, or a tuple of one for each axis
        value : scalar or array-like
            Of the points' shape, or as many elements in another one.
        fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Raises
        ------
        IndexError
            If the selection does not fit the array.
        ValueError
            If the value does not fit the points, or the store is read-only.
        """
        self._write(coordinates(selection, self.shape), value, fields, prototype)

    def get_mask_selection(
        self, mask: Any, *, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        """Read the elements where a mask is true, in C order.

        Parameters
        ----------
        mask : array-like of bool
            Of the array's shape.
        out, fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Returns
        -------
        numpy.ndarray
            With one axis.

        Raises
        ------
        IndexError
            If it is no mask of the array's shape.

        Examples
        --------
        >>> import zarrust
        >>> zarrust.array([1, 2, 3]).get_mask_selection([True, False, True])
        array([1, 3])
        """
        return self._read(_mask(mask, self.shape), out, fields, prototype)

    def set_mask_selection(
        self, mask: Any, value: Any, *, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> None:
        """Write the elements where a mask is true, in C order.

        Parameters
        ----------
        mask : array-like of bool
            Of the array's shape.
        value : scalar or array-like
        fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Raises
        ------
        IndexError
            If it is no mask of the array's shape.
        ValueError
            If the value does not fit the mask, or the store is read-only.
        """
        self._write(_mask(mask, self.shape), value, fields, prototype)

    def get_block_selection(
        self, selection: Any, *, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        """Read whole chunks: shards where the array is sharded.

        Parameters
        ----------
        selection : int, slice, Ellipsis, or a tuple of these
            Numbers of chunks along each axis.
        out, fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Returns
        -------
        numpy.ndarray
            With all axes of the array.

        Raises
        ------
        BoundsCheckError
            If a chunk is outside of the array.
        IndexError
            If an item is neither an integer nor a slice with step 1.

        Examples
        --------
        >>> import zarrust, numpy
        >>> zarrust.array(numpy.arange(10), chunks=3).get_block_selection(1)
        array([3, 4, 5])
        """
        return self._read(self._block(selection), out, fields, prototype)

    def set_block_selection(
        self, selection: Any, value: Any, *, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> None:
        """Write whole chunks: shards where the array is sharded.

        Parameters
        ----------
        selection : int, slice, Ellipsis, or a tuple of these
            Numbers of chunks along each axis.
        value : scalar or array-like
        fields, prototype : optional
            As for all selections; see `IndexedArray`.

        Raises
        ------
        IndexError
            If the selection does not fit the array.
        ValueError
            If the value cannot be broadcast, or the store is read-only.
        """
        self._write(self._block(selection), value, fields, prototype)

    def _block(self, selection: Any) -> Selection:
        return block(selection, self._chunk_grid)

    def _read(
        self, selection: Selection, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        chosen = choose_fields(fields, self.dtype)
        memory, result = self._prepare_read(selection, out, prototype, chosen)
        if memory.size:
            self._state.elements(prototype).read(selection.axes, memory, points=selection.points)
        return self._finish_read(selection, memory, result, chosen)

    def _write(
        self, selection: Selection, value: Any, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> None:
        chosen = choose_fields(fields, self.dtype)
        memory = self._prepare_write(selection, value, chosen)
        if memory.size:
            parts = chosen.parts(self.dtype) if chosen else []
            with exclusive(self.config.synchronizer, self, selection):
                self._state.elements(prototype).write(selection.axes, memory, points=selection.points, parts=parts)
