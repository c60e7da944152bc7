"""`Array`: chunked, compressed, and used like a numpy array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from typing_extensions import deprecated

from zarrust.array_indexing import IndexedArray
from zarrust.array_node import ArrayNode, end_of, parse_new_shape
from zarrust.array_rows import ArrayRows
from zarrust.async_array import AsyncArray
from zarrust.attributes import AttributedNode
from zarrust.errors import ZarrDeprecationWarning
from zarrust.flows.drive import run
from zarrust.flows.nodes import open_array
from zarrust.flows.resize import change_shape, grow, grown, resize
from zarrust.flows.sizes import stored_bytes
from zarrust.storage.path import StoreLike, StorePath, make_store_path
from zarrust.synchronizers import node_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.array_config import ArrayConfig
    from zarrust.info import ArrayInfo
    from zarrust.metadata import ArrayMetadata

__all__ = ["Array"]


class Array(IndexedArray, ArrayRows, AttributedNode):
    """A chunked array in a store. Made by `zarrust.create_array`, `zarrust.open_array` and their kin.

    Parameters
    ----------
    _async_array : AsyncArray, ArrayMetadata or mapping
        An array whose state is shared; or, with ``store_path``, metadata or its document.
    store_path : StorePath, optional
        Where the array is.
    config : ArrayConfig or mapping, optional
        How it behaves.

    Examples
    --------
    >>> import zarrust
    >>> z = zarrust.zeros((4, 6), chunks=(2, 3), dtype="i4")
    >>> z[1:3, 0] = 7
    >>> z[:, 0]
    array([0, 7, 7, 0], dtype=int32)
    """

    def __init__(
        self,
        _async_array: ArrayNode | ArrayMetadata | Mapping[str, Any],
        store_path: StorePath | None = None,
        config: ArrayConfig | Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(_async_array, store_path, config)

    @classmethod
    def open(cls, store: StoreLike, *, config: ArrayConfig | Mapping[str, Any] | None = None) -> Self:
        """Open an array.

        Parameters
        ----------
        store : Store, StorePath, path, URL or mapping
        config : ArrayConfig or mapping, optional
            How the array behaves.

        Raises
        ------
        ArrayNotFoundError
            If there is none.
        """
        place = make_store_path(store)
        flow = open_array(place.path, mode=None, zarr_format=None, make=None, store=place.store)
        return cls(run(flow, place.store), place, config)

    @classmethod
    @deprecated("Use zarr.create_array instead.", category=ZarrDeprecationWarning)
    def create(cls, store: StoreLike, **kwargs: Any) -> Array:
        """Create an array; the form of zarr-python 3.0.

        Parameters
        ----------
        store : Store, StorePath, path, URL or mapping
        **kwargs
            As `zarrust.create` takes them.
        """
        from zarrust.api.creation import create

        return create(store=store, **kwargs)

    @property
    def async_array(self) -> AsyncArray:
        """The same array with coroutines; the two share their state."""
        return AsyncArray(self)

    _async_array = async_array  # zarr-python's own name of it, which dependents use

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("`copy=False` is not supported: reading an array always makes a new numpy array")
        array = np.asarray(self[...])
        return array if dtype is None else array.astype(dtype, copy=False)

    # Changing

    def resize(self, new_shape: Any, *more: int) -> None:
        """Change the shape of the array, in place.

        Parameters
        ----------
        new_shape : int or tuple of int
            New length of each axis, in elements; as many axes as before. Chunks wholly outside are deleted; what is
            cut off reads as the fill value should the array grow again.
        *more : int
            The lengths after the first, where they are given one by one as in version 2.

        Raises
        ------
        ValueError
            If the number of axes differs.

        Examples
        --------
        >>> import zarrust
        >>> z = zarrust.zeros((4, 4), chunks=(2, 2), dtype="i4")
        >>> z.resize((2, 8))
        >>> z.shape
        (2, 8)
        """
        shape, mode = parse_new_shape(new_shape, *more), self.config.write_mode
        self._rewrite(resize(self.store, self.path, self.metadata, shape, write_mode=mode))

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis, in elements; assigning resizes."""
        return self.metadata.shape

    @shape.setter
    def shape(self, value: Any) -> None:
        self.resize(value)

    def append(self, data: npt.ArrayLike, axis: int = 0) -> tuple[int, ...]:
        """Add data at the end of an axis, and return the new shape.

        Parameters
        ----------
        data : array-like
            Of the array's shape but for the axis.
        axis : int, default 0

        Raises
        ------
        ValueError
            If the shapes do not fit.

        Notes
        -----
        Threads of the process append one after the other. The data is written before the new shape: cut off in the
        middle, the array is as before.

        With the write mode ``"compare_and_swap"`` other processes may append as well. The new shape is written first:
        cut off in the middle, the array ends with fill value.

        Examples
        --------
        >>> import zarrust
        >>> zarrust.zeros((2, 3)).append([[1, 2, 3]])
        (3, 3)
        """
        array, axis = self._appendable(data, axis)
        addition = self.path, self.metadata, axis, array.shape[axis]
        if self.config.write_mode == "compare_and_swap":
            metadata = self._rewrite(grow(*addition))
            self._write_end(metadata, axis, array)
            return metadata.shape
        with node_lock(self._synchronizer, self.store, f"{self.path}/append"):
            metadata = run(grown(*addition), self.store)
            self._write_end(metadata, axis, array)
            self._rewrite(change_shape(self.path, metadata))
        return metadata.shape

    def _write_end(self, metadata: ArrayMetadata, axis: int, data: np.ndarray[Any, Any]) -> None:
        """Write the last places of an axis."""
        if data.size:
            longer = type(self)(metadata, self.store_path, self.config)
            longer[end_of(metadata.shape, axis, data.shape[axis])] = data

    # Counting

    @property
    def nchunks_initialized(self) -> int:
        """Number of chunks that are stored; every chunk of a stored shard counts."""
        return self._count_initialized(self._listed().stored_objects())

    @property
    def _nshards_initialized(self) -> int:
        """Number of stored objects."""
        return len(self._listed().stored_objects())

    def nbytes_stored(self) -> int:
        """Return the size of everything below the array's path, metadata included, in bytes."""
        return run(stored_bytes(self.path), self.store)

    def info_complete(self) -> ArrayInfo:
        """Return `info` with what is stored; this lists the store."""
        return self._table(stored=self.nbytes_stored(), initialized=self.nchunks_initialized)
