"""A list of codecs as one object, for packages that call pipelines or bring one of their own.

Arrays are read and written by the engine, which has no use for it; `zarrust.piped` calls the pipelines of users.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from zarrust.abc.codec import ArrayBytesCodecPartialDecodeMixin, CodecPipeline, GetResult
from zarrust.codecs.alone import OneChunk
from zarrust.codecs.chain import check_chain, evolve_chain
from zarrust.codecs.codec import kind_of
from zarrust.config import config
from zarrust.elements import new_memory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Iterator

    from zarrust.abc.buffer import Buffer, NDBuffer
    from zarrust.array_spec import ArraySpec
    from zarrust.codecs.codec import Codec, Kind

__all__ = ["EnginePipeline", "together"]

T = TypeVar("T")


@dataclass(frozen=True)
class EnginePipeline(CodecPipeline):
    """Codecs one after the other, run by the engine on one chunk at a time. To be subclassed by pipelines of users.

    Parameters
    ----------
    codecs : tuple of Codec
        From an array to bytes.

    Examples
    --------
    >>> from zarrust.codecs import BytesCodec, GzipCodec
    >>> EnginePipeline.from_codecs([BytesCodec(), GzipCodec()]).supports_partial_decode
    False
    """

    codecs: tuple[Codec, ...]

    @classmethod
    def from_codecs(cls, codecs: Iterable[Codec]) -> Self:
        """Return a pipeline of codecs."""
        from zarrust.codecs import parse_chain

        return cls(parse_chain(codecs, "codecs"))

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the pipeline with what its codecs left open decided."""
        return type(self)(evolve_chain(self.codecs, array_spec))

    def __iter__(self) -> Iterator[Codec]:
        return iter(self.codecs)

    @property
    def array_array_codecs(self) -> tuple[Codec, ...]:
        """The codecs from array to array."""
        return self._of("array-to-array")

    @property
    def array_bytes_codec(self) -> Codec:
        """The codec from array to bytes."""
        return self._of("array-to-bytes")[0]

    @property
    def bytes_bytes_codecs(self) -> tuple[Codec, ...]:
        """The codecs from bytes to bytes."""
        return self._of("bytes-to-bytes")

    def _of(self, kind: Kind) -> tuple[Codec, ...]:
        return tuple(codec for codec in self.codecs if kind_of(codec) == kind)

    @property
    def supports_partial_decode(self) -> bool:
        """Whether a part of a chunk can be read without the rest: if nothing is beside the codec that makes bytes."""
        return len(self.codecs) == 1 and isinstance(self.codecs[0], ArrayBytesCodecPartialDecodeMixin)

    @property
    def supports_partial_encode(self) -> bool:
        """Whether a part of a chunk can be written without the rest."""
        return self.supports_partial_decode

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse an array that one of the codecs is not for.

        Raises
        ------
        ValueError
            If there is one.
        """
        from zarrust.array_spec import ArraySpec

        spec = ArraySpec(tuple(chunk_grid.chunk_shape), dtype, dtype.default_scalar())
        check_chain(self.codecs, spec, shape, chunk_grid)

    def compute_encoded_size(self, byte_length: int, array_spec: ArraySpec) -> int:
        """Return how many bytes a chunk of ``byte_length`` bytes encodes to."""
        for codec in self.codecs:
            byte_length = codec.compute_encoded_size(byte_length, array_spec)
            array_spec = codec.resolve_metadata(array_spec)
        return byte_length

    async def decode(
        self, chunk_bytes_and_specs: Iterable[tuple[Buffer | None, ArraySpec]]
    ) -> Iterable[NDBuffer | None]:
        """Return the decoded form of each chunk."""
        return await together(self._decode(chunk, spec) for chunk, spec in chunk_bytes_and_specs)

    async def encode(
        self, chunk_arrays_and_specs: Iterable[tuple[NDBuffer | None, ArraySpec]]
    ) -> Iterable[Buffer | None]:
        """Return the encoded form of each chunk."""
        return await together(self._encode(chunk, spec) for chunk, spec in chunk_arrays_and_specs)

    async def _decode(self, chunk: Buffer | None, spec: ArraySpec) -> NDBuffer | None:
        if chunk is None:
            return None
        one = OneChunk(self.codecs, spec)
        memory = one.memory(chunk)
        await one.handle.read_async(one.axes, memory)
        return one.decoded(memory)

    async def _encode(self, chunk: NDBuffer | None, spec: ArraySpec, *, keep_empty: bool = True) -> Any:
        if chunk is None:
            return None
        one = OneChunk(self.codecs, spec, keep_empty=keep_empty)
        await one.handle.write_async(one.axes, one.elements(chunk))
        return one.encoded()

    async def read(
        self,
        batch_info: Iterable[tuple[Any, ArraySpec, Any, Any, bool]],
        out: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> tuple[GetResult, ...]:
        """Read parts of chunks into ``out``; a chunk that is not stored is its fill value."""

        async def read(
            byte_getter: Any, spec: ArraySpec, chunk_selection: Any, out_selection: Any, _: bool
        ) -> GetResult:
            [chunk] = await self.decode([(await byte_getter.get(prototype=spec.prototype), spec)])
            if chunk is None:
                out[out_selection] = _fill(spec)
                return GetResult(status="missing")
            part = np.asarray(chunk.as_numpy_array())[chunk_selection]
            out[out_selection] = part.squeeze(axis=drop_axes) if drop_axes else part
            return GetResult(status="present")

        return tuple(await together(read(*info) for info in batch_info))

    async def write(
        self,
        batch_info: Iterable[tuple[Any, ArraySpec, Any, Any, bool]],
        value: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> None:
        """Write parts of chunks from ``value``; a chunk that is all fill value is kept if the options say so."""

        async def write(
            byte_setter: Any, spec: ArraySpec, chunk_selection: Any, out_selection: Any, is_complete: bool
        ) -> None:
            data = None if is_complete else await byte_setter.get(prototype=spec.prototype)
            if data is None:
                chunk = new_memory(spec.shape, spec.dtype.to_native_dtype())
                chunk[...] = _fill(spec)
            else:
                [old] = await self.decode([(data, spec)])
                chunk = np.array(old.as_numpy_array())  # type: ignore[union-attr]
            part = np.asarray(value.as_numpy_array())
            part = part if part.ndim == 0 else part[out_selection]
            chunk[chunk_selection] = np.expand_dims(part, drop_axes) if drop_axes else part
            buffer = spec.prototype.nd_buffer.from_numpy_array(chunk)
            encoded = await self._encode(buffer, spec, keep_empty=spec.config.write_empty_chunks)
            await (byte_setter.delete() if encoded is None else byte_setter.set(encoded))

        await together(write(*info) for info in batch_info)


async def together(work: Iterable[Awaitable[T]]) -> list[T]:
    """Return the results of coroutines, of which as many run side by side as the setting ``async.concurrency`` says."""
    import asyncio

    most = asyncio.Semaphore(config.get("async.concurrency"))

    async def run(one: Awaitable[T]) -> T:
        async with most:
            return await one

    return await asyncio.gather(*map(run, work))


def _fill(spec: ArraySpec) -> Any:
    """Return what is read where nothing is stored."""
    return spec.dtype.default_scalar() if spec.fill_value is None else spec.fill_value
