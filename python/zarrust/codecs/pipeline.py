"""A list of codecs as one object, for packages that call pipelines; arrays are read and written by the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zarrust.abc.codec import ArrayBytesCodecPartialDecodeMixin, CodecPipeline, GetResult
from zarrust.codecs.chain import check_chain, evolve_chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarrust.abc.buffer import Buffer, NDBuffer
    from zarrust.array_spec import ArraySpec
    from zarrust.codecs.codec import Codec

__all__ = ["EnginePipeline"]


@dataclass(frozen=True)
class EnginePipeline(CodecPipeline):
    """Codecs one after the other.

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
        for codec, spec in self._specs(array_spec):
            byte_length = codec.compute_encoded_size(byte_length, spec)
        return byte_length

    def _specs(self, spec: ArraySpec) -> list[tuple[Any, ArraySpec]]:
        """Return each codec with the chunk that it sees."""
        found = []
        for codec in self.codecs:
            found.append((codec, spec))
            spec = codec.resolve_metadata(spec)
        return found

    async def decode(
        self, chunk_bytes_and_specs: Iterable[tuple[Buffer | None, ArraySpec]]
    ) -> Iterable[NDBuffer | None]:
        """Return the decoded form of each chunk."""
        return [await self._through(chunk, spec, "decode") for chunk, spec in chunk_bytes_and_specs]

    async def encode(
        self, chunk_arrays_and_specs: Iterable[tuple[NDBuffer | None, ArraySpec]]
    ) -> Iterable[Buffer | None]:
        """Return the encoded form of each chunk."""
        return [await self._through(chunk, spec, "encode") for chunk, spec in chunk_arrays_and_specs]

    async def _through(self, chunk: Any, spec: ArraySpec, direction: str) -> Any:
        steps = self._specs(spec)
        for codec, seen in steps if direction == "encode" else reversed(steps):
            [chunk] = await getattr(codec, direction)([(chunk, seen)])
        return chunk

    async def read(
        self,
        batch_info: Iterable[tuple[Any, ArraySpec, Any, Any, bool]],
        out: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> tuple[GetResult, ...]:
        """Read parts of chunks into ``out``; a chunk that is not stored is its fill value."""
        results: list[GetResult] = []
        for byte_getter, spec, chunk_selection, out_selection, _ in batch_info:
            data = await byte_getter.get(prototype=spec.prototype)
            results.append(GetResult(status="missing" if data is None else "present"))
            if data is None:
                out[out_selection] = spec.fill_value
                continue
            [chunk] = await self.decode([(data, spec)])
            part = np.asarray(chunk.as_numpy_array())[chunk_selection]  # type: ignore[union-attr]
            out[out_selection] = part.squeeze(axis=drop_axes) if drop_axes else part
        return tuple(results)

    async def write(
        self,
        batch_info: Iterable[tuple[Any, ArraySpec, Any, Any, bool]],
        value: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> None:
        """Write parts of chunks from ``value``."""
        for byte_setter, spec, chunk_selection, out_selection, is_complete in batch_info:
            data = None if is_complete else await byte_setter.get(prototype=spec.prototype)
            if data is None:
                chunk = np.full(spec.shape, spec.fill_value, spec.dtype.to_native_dtype())
            else:
                [old] = await self.decode([(data, spec)])
                chunk = np.array(old.as_numpy_array())  # type: ignore[union-attr]
            part = np.asarray(value.as_numpy_array())
            part = part if part.ndim == 0 else part[out_selection]
            chunk[chunk_selection] = np.expand_dims(part, drop_axes) if drop_axes else part
            buffer = spec.prototype.nd_buffer.from_ndarray_like(chunk)
            [encoded] = await self.encode([(buffer, spec)])
            await byte_setter.set(encoded)
