"""Arrays whose chunks a pipeline of the user reads and writes, instead of the engine.

The setting ``codec_pipeline.path`` names the class. The pipeline is handed the parts of a selection chunk by chunk, as
zarr-python hands them over; its coroutines run on the package's loop.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from zarrust import loop
from zarrust.array_spec import ArraySpec
from zarrust.buffer import default_buffer_prototype
from zarrust.buffer.cpu import NDBuffer
from zarrust.chunk_grid import ChunkGrid
from zarrust.codecs._v2 import V2Codec
from zarrust.errors import ChunkNotFoundError
from zarrust.metadata import ArrayV2Metadata

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Sequence

    from zarrust.abc.buffer import BufferPrototype
    from zarrust.abc.codec import CodecPipeline
    from zarrust.array_config import ArrayConfig
    from zarrust.chunk_grid import Dimension
    from zarrust.indexing import Axis, IndexArray
    from zarrust.metadata import ArrayMetadata
    from zarrust.storage.path import StorePath

__all__ = ["PipedArray", "make_pipeline"]


def make_pipeline(cls: type[CodecPipeline], metadata: ArrayMetadata, place: StorePath) -> CodecPipeline:
    """Return the pipeline of an array.

    Parameters
    ----------
    cls : type
        Asked for one of the metadata and the store first and, if it makes none of those, for one of the codecs.
    metadata : ArrayMetadata
    place : StorePath
        Where the array is.
    """
    try:
        return cls.from_array_metadata_and_store(metadata, place.store)
    except NotImplementedError:
        pass
    shape = tuple(axis.chunk_size(0) for axis in ChunkGrid.from_metadata(metadata).dimensions)
    config = None
    if isinstance(metadata, ArrayV2Metadata):
        codecs: tuple[Any, ...] = (V2Codec(metadata.filters, metadata.compressor),)
        config = {"order": metadata.order}
    else:
        codecs = metadata.codecs
    return cls.from_codecs(codecs).evolve_from_array_spec(_spec(shape, metadata, config, default_buffer_prototype()))


class PipedArray:
    """What a user's pipeline makes of an array, with the methods of the engine's handle for elements.

    Parameters
    ----------
    pipeline : CodecPipeline
    metadata : ArrayMetadata
    place : StorePath
        Where the array is.
    config : ArrayConfig
        How it behaves.
    prototype : BufferPrototype, optional
        The classes of buffers; by default those that the settings name.
    """

    def __init__(
        self,
        pipeline: CodecPipeline,
        metadata: ArrayMetadata,
        place: StorePath,
        config: ArrayConfig,
        prototype: BufferPrototype | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._metadata = metadata
        self._place = place
        # The elements of a chunk of format 2 lie in the order that its document says, whatever the reader prefers.
        self._config = replace(config, order=metadata.order) if isinstance(metadata, ArrayV2Metadata) else config
        self._prototype = prototype or default_buffer_prototype()
        self._grid = ChunkGrid.from_metadata(metadata)

    def read(self, axes: Sequence[Axis], out: np.ndarray[Any, Any], *, points: bool = False) -> None:
        """Read a selection into ``out``; see `_core.Array`."""
        loop.run(self._read(axes, out, points))

    def write(
        self,
        axes: Sequence[Axis],
        value: np.ndarray[Any, Any],
        *,
        points: bool = False,
        parts: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Write ``value`` to a selection; see `_core.Array`."""
        loop.run(self._write(axes, value, points, parts))

    async def read_async(self, axes: Sequence[Axis], out: np.ndarray[Any, Any], *, points: bool = False) -> None:
        """Await `read`."""
        await _elsewhere(self._read(axes, out, points))

    async def write_async(
        self,
        axes: Sequence[Axis],
        value: np.ndarray[Any, Any],
        *,
        points: bool = False,
        parts: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Await `write`."""
        await _elsewhere(self._write(axes, value, points, parts))

    async def _read(self, axes: Sequence[Axis], out: np.ndarray[Any, Any], points: bool) -> None:
        missing = await self._fetch(axes, out, points)
        if missing and not self._config.read_missing_chunks:
            raise ChunkNotFoundError(f"{len(missing)} chunk(s) not found: {', '.join(missing)}")

    async def _fetch(self, axes: Sequence[Axis], out: np.ndarray[Any, Any], points: bool) -> list[str]:
        """Read a selection, and return where the chunks would be that are not stored."""
        form = self._metadata.object_form
        elements = out if form is None else np.empty(out.shape, dtype=object)
        batch = self._batch(axes, points)
        results = await self._pipeline.read(batch, NDBuffer(elements))
        if form is not None:
            out[...] = form.dump_all(elements)
        # Pipelines that are made for older versions of zarr-python report nothing.
        status = [result["status"] for result in results or ()]
        return [str(place) for (place, *_), found in zip(batch, status, strict=False) if found == "missing"]

    async def _write(
        self, axes: Sequence[Axis], value: np.ndarray[Any, Any], points: bool, parts: Sequence[tuple[int, int]]
    ) -> None:
        form = self._metadata.object_form
        elements = value if form is None else form.load_all(value)
        async with _lock(f"{self._place.store._handle.identity}/{self._place.path}"):
            if parts:
                # Some fields of records: a pipeline knows whole elements only.
                whole = np.empty(value.shape, value.dtype)
                await self._fetch(axes, whole, points)
                theirs, mine = (np.ascontiguousarray(array)[..., np.newaxis].view("u1") for array in (whole, value))
                for offset, length in parts:
                    theirs[..., offset : offset + length] = mine[..., offset : offset + length]
                elements = theirs.view(value.dtype)[..., 0]
            await self._pipeline.write(self._batch(axes, points), NDBuffer(elements))

    def _batch(self, axes: Sequence[Axis], points: bool) -> list[tuple[Any, ...]]:
        """Return the parts of a selection as pipelines take them."""
        dimensions = self._grid.dimensions
        specs: dict[tuple[int, ...], ArraySpec] = {}
        batch = []
        for part in _point_parts(dimensions, axes) if points else _box_parts(dimensions, axes):
            shape = tuple(axis.chunk_size(place) for axis, place in zip(dimensions, part.chunk, strict=True))
            if shape not in specs:
                specs[shape] = _spec(shape, self._metadata, self._config, self._prototype)
            key = self._place / self._metadata.encode_chunk_key(part.chunk)
            batch.append((key, specs[shape], part.inside, part.out, part.complete))
        return batch


def _spec(shape: tuple[int, ...], metadata: ArrayMetadata, config: Any, prototype: BufferPrototype) -> ArraySpec:
    from zarrust.array_config import parse_array_config

    return ArraySpec(shape, metadata.memory_type, metadata.fill_value, parse_array_config(config), prototype)


class _Part(NamedTuple):
    """A chunk, which elements of it are wanted, where they are in the result, and whether they are all of it."""

    chunk: tuple[int, ...]
    inside: tuple[Any, ...]
    out: tuple[Any, ...]
    complete: bool


def _box_parts(dimensions: Sequence[Dimension], axes: Sequence[Axis]) -> Iterator[_Part]:
    per_axis = [list(_axis_parts(dimension, axis)) for dimension, axis in zip(dimensions, axes, strict=True)]
    for parts in itertools.product(*per_axis):
        inside, out = tuple(part.inside for part in parts), tuple(part.out for part in parts)
        if not all(isinstance(axis, tuple) for axis in axes):
            inside, out = _every_combination(inside), _every_combination(out)
        yield _Part(tuple(part.chunk for part in parts), inside, out, all(part.complete for part in parts))


class _AxisPart(NamedTuple):
    """The same along one axis."""

    chunk: int
    inside: slice | IndexArray
    out: slice | IndexArray
    complete: bool


def _axis_parts(dimension: Dimension, axis: Axis) -> Iterator[_AxisPart]:
    if not isinstance(axis, tuple):
        chunks = dimension.indices_to_chunks(axis)
        for chunk in np.unique(chunks).tolist():
            out = np.flatnonzero(chunks == chunk)
            inside = axis[out] - dimension.chunk_offset(chunk)
            yield _AxisPart(chunk, inside, out, len(np.unique(inside)) == dimension.data_size(chunk))
        return
    start, count, step = axis
    last = start + (count - 1) * step
    for chunk in range(dimension.index_to_chunk(start), dimension.index_to_chunk(last) + 1):
        offset, size = dimension.chunk_offset(chunk), dimension.data_size(chunk)
        # Numbers, within the selection, of the first element in the chunk and of the first one after it.
        first = max(0, -(-(offset - start) // step))
        end = min(count, -(-(offset + size - start) // step))
        if first < end:
            taken = slice(start + first * step - offset, start + (end - 1) * step - offset + 1, step)
            yield _AxisPart(chunk, taken, slice(first, end), end - first == size)


def _every_combination(items: tuple[slice | IndexArray, ...]) -> tuple[np.ndarray[Any, Any], ...]:
    return np.ix_(*(np.arange(item.start, item.stop, item.step) if isinstance(item, slice) else item for item in items))


def _point_parts(dimensions: Sequence[Dimension], axes: Sequence[Axis]) -> Iterator[_Part]:
    lists = [np.asarray(axis) for axis in axes]
    chunks = np.stack([axis.indices_to_chunks(places) for axis, places in zip(dimensions, lists, strict=True)])
    for chunk in np.unique(chunks, axis=1).T:
        out = np.flatnonzero((chunks == chunk[:, np.newaxis]).all(axis=0))
        offsets = (dimension.chunk_offset(int(place)) for dimension, place in zip(dimensions, chunk, strict=True))
        inside = tuple(places[out] - offset for places, offset in zip(lists, offsets, strict=True))
        yield _Part(tuple(chunk.tolist()), inside, (out,), False)


async def _elsewhere(work: Any) -> None:
    """Await a coroutine on the package's loop."""
    import asyncio

    home = loop.event_loop()
    if asyncio.get_running_loop() is home:
        await work
    else:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, home))


_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, asyncio.Lock]] = WeakKeyDictionary()


def _lock(array: str) -> asyncio.Lock:
    """Return the lock of an array: whoever writes a part of a chunk reads the rest of it first.

    All writes of a process run on one loop; that of a forked child starts without the locks of its parent.
    """
    import asyncio

    return _locks.setdefault(asyncio.get_running_loop(), WeakValueDictionary()).setdefault(array, asyncio.Lock())
