"""`AsyncArray`: the twin of `Array` with coroutines."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

from zarrust.accessors import AsyncOIndex, AsyncVIndex
from zarrust.array_node import ArrayNode, end_of, parse_new_shape
from zarrust.attributes import AsyncAttributedNode
from zarrust.elements import choose_fields
from zarrust.errors import ZarrDeprecationWarning
from zarrust.fancy import coordinates, numpy_style, orthogonal, split_fields
from zarrust.fancy import mask as _mask
from zarrust.flows.drive import arun
from zarrust.flows.nodes import open_array
from zarrust.flows.resize import change_shape, grow, grown, resize
from zarrust.flows.sizes import stored_bytes
from zarrust.indexing import normalise
from zarrust.lazy import AsyncLazyView
from zarrust.storage.path import StoreLike, make_store_path
from zarrust.synchronizers import exclusive_async, node_lock_async

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from zarrust.abc.buffer import BufferPrototype
    from zarrust.abc.codec import CodecPipeline
    from zarrust.array_config import ArrayConfig
    from zarrust.indexing import Selection
    from zarrust.info import ArrayInfo
    from zarrust.metadata import ArrayMetadata

__all__ = ["AsyncArray"]


class AsyncArray(ArrayNode, AsyncAttributedNode):
    """A chunked array in a store, to be awaited. Each method means what `Array`'s of the same name means."""

    @classmethod
    async def open(
        cls,
        store: StoreLike,
        zarr_format: int | None = 3,
        *,
        config: ArrayConfig | Mapping[str, Any] | None = None,
    ) -> Self:
        """Await `Array.open`."""
        place = make_store_path(store)
        flow = open_array(place.path, mode=None, zarr_format=zarr_format, make=None, store=place.store)
        return cls(await arun(flow, place.store), place, config)

    @classmethod
    async def create(cls, store: StoreLike, **kwargs: Any) -> AsyncArray:
        """Await `Array.create`."""
        # Not by a decorator: on a coroutine that imports asyncio, which programs that never await do not pay for.
        warnings.warn("Use zarr.api.asynchronous.create_array instead.", ZarrDeprecationWarning, stacklevel=2)
        from zarrust.api.asynchronous import create

        return await create(store=store, **kwargs)

    @property
    def codec_pipeline(self) -> CodecPipeline:
        """The codecs of the stored chunks as one object, of the class that the setting ``codec_pipeline.path`` names.

        Examples
        --------
        >>> import zarrust
        >>> zarrust.zeros(3, dtype="i2").async_array.codec_pipeline.array_bytes_codec
        BytesCodec(endian='little')
        """
        return self._state.pipeline()

    @property
    def oindex(self) -> AsyncOIndex:
        """The awaitable twin of `Array.oindex`."""
        return AsyncOIndex(self)

    @property
    def vindex(self) -> AsyncVIndex:
        """The awaitable twin of `Array.vindex`."""
        return AsyncVIndex(self)

    @property
    def lazy(self) -> AsyncLazyView:
        """The array as a view: indexing it reads nothing until ``await view.result()``.

        Examples
        --------
        >>> import asyncio, zarrust
        >>> view = zarrust.array([0, 1, 4, 9, 16]).async_array.lazy[1:][::2]
        >>> asyncio.run(view.result())
        array([1, 9])
        """
        return AsyncLazyView(self, normalise((), self.shape))

    async def getitem(self, selection: Any, *, prototype: BufferPrototype | None = None) -> Any:
        """Await `Array.__getitem__`.

        Parameters
        ----------
        selection : int, slice, ellipsis, list, mask or tuple of them
            As in square brackets.
        prototype : BufferPrototype, optional
            Classes of the result.
        """
        fields, selection = split_fields(selection)
        return await self._read(numpy_style(selection, self.shape), None, fields, prototype)

    async def setitem(self, selection: Any, value: Any, prototype: BufferPrototype | None = None) -> None:
        """Await `Array.__setitem__`.

        Parameters
        ----------
        selection : int, slice, ellipsis, list, mask or tuple of them
            As in square brackets.
        value : scalar or array_like
            What is written.
        prototype : BufferPrototype, optional
            Accepted for zarr-python.
        """
        fields, selection = split_fields(selection)
        await self._write(numpy_style(selection, self.shape), value, fields, prototype)

    async def get_orthogonal_selection(
        self, selection: Any, *, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        """Await `Array.get_orthogonal_selection`."""
        return await self._read(orthogonal(selection, self.shape), out, fields, prototype)

    async def get_mask_selection(
        self, mask: Any, *, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        """Await `Array.get_mask_selection`."""
        return await self._read(_mask(mask, self.shape), out, fields, prototype)

    async def get_coordinate_selection(
        self, selection: Any, *, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        """Await `Array.get_coordinate_selection`."""
        return await self._read(coordinates(selection, self.shape), out, fields, prototype)

    async def _read(
        self, selection: Selection, out: Any = None, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> Any:
        chosen = choose_fields(fields, self.dtype)
        memory, result = self._prepare_read(selection, out, prototype, chosen)
        if memory.size:
            await self._state.elements(prototype).read_async(selection.axes, memory, points=selection.points)
        return self._finish_read(selection, memory, result, chosen)

    async def _write(
        self, selection: Selection, value: Any, fields: Any = None, prototype: BufferPrototype | None = None
    ) -> None:
        chosen = choose_fields(fields, self.dtype)
        memory = self._prepare_write(selection, value, chosen)
        if memory.size:
            parts = chosen.parts(self.dtype) if chosen else []
            async with exclusive_async(self.config.synchronizer, self, selection):
                await self._state.elements(prototype).write_async(
                    selection.axes, memory, points=selection.points, parts=parts
                )

    async def resize(self, new_shape: Any, delete_outside_chunks: bool = True) -> None:
        """Await `Array.resize`; what is cut off may be left in the store."""
        shape, mode = parse_new_shape(new_shape), self.config.write_mode
        flow = resize(self.store, self.path, self.metadata, shape, clean=delete_outside_chunks, write_mode=mode)
        await self._rewrite_async(flow)

    async def append(self, data: npt.ArrayLike, axis: int = 0) -> tuple[int, ...]:
        """Await `Array.append`."""
        array, axis = self._appendable(data, axis)
        addition = self.path, self.metadata, axis, array.shape[axis]
        if self.config.write_mode == "compare_and_swap":
            metadata = await self._rewrite_async(grow(*addition))
            await self._write_end(metadata, axis, array)
            return metadata.shape
        async with node_lock_async(self._synchronizer, self.store, f"{self.path}/append"):
            metadata = await arun(grown(*addition), self.store)
            await self._write_end(metadata, axis, array)
            await self._rewrite_async(change_shape(self.path, metadata))
        return metadata.shape

    async def _write_end(self, metadata: ArrayMetadata, axis: int, data: np.ndarray[Any, Any]) -> None:
        if data.size:
            longer = type(self)(metadata, self.store_path, self.config)
            await longer.setitem(end_of(metadata.shape, axis, data.shape[axis]), data)

    async def nchunks_initialized(self) -> int:
        """Await `Array.nchunks_initialized`."""
        return self._count_initialized(await self._listed().stored_objects_async())

    async def _nshards_initialized(self) -> int:
        """Return the number of stored objects."""
        return len(await self._listed().stored_objects_async())

    async def nbytes_stored(self) -> int:
        """Await `Array.nbytes_stored`."""
        return await arun(stored_bytes(self.path), self.store)

    async def info_complete(self) -> ArrayInfo:
        """Await `Array.info_complete`."""
        stored, initialized = await self.nbytes_stored(), await self.nchunks_initialized()
        return self._table(stored=stored, initialized=initialized)
