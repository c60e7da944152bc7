"""``sharding_indexed``: chunks inside a stored object, found by an index.

Source: Zarr v3 codec "sharding-indexed", version 1.0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from zarrust.abc.codec import ArrayBytesCodec, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin
from zarrust.codecs.bytes import BytesCodec
from zarrust.codecs.codec import Codec, EngineArrayCodec, check_choice
from zarrust.codecs.crc32c_ import Crc32cCodec
from zarrust.codecs.names import plain_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarrust.abc.buffer import NDBuffer
    from zarrust.abc.codec import CodecPipeline
    from zarrust.array_spec import ArraySpec

__all__ = ["ShardingCodec", "ShardingCodecIndexLocation", "SubchunkWriteOrder"]

SubchunkWriteOrder = Literal["morton", "unordered", "lexicographic", "colexicographic"]
"""The order in which the inner chunks of a shard lie in it."""

_ORDERS = ("morton", "unordered", "lexicographic", "colexicographic")


class ShardingCodecIndexLocation(StrEnum):
    """The places of the index of a shard, each of which is a string too."""

    start = "start"
    end = "end"


@dataclass(frozen=True, init=False)
class ShardingCodec(
    EngineArrayCodec, ArrayBytesCodec, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin
):
    """Many small chunks in one stored object.

    Parameters
    ----------
    chunk_shape : sequence of int
        Shape of the inner chunks, in elements; each axis divides the shard's.
    codecs : sequence of Codec, default (BytesCodec(),)
        Codecs of the inner chunks.
    index_codecs : sequence of Codec, default (BytesCodec(), Crc32cCodec())
        Codecs of the index.
    index_location : {"end", "start"}
        Where in the object the index is.
    subchunk_write_order : {"morton", "unordered", "lexicographic", "colexicographic"}
        The order in which inner chunks are laid out by a write; it is not part of the metadata.
    """

    codec_name = "sharding_indexed"

    chunk_shape: tuple[int, ...]
    codecs: tuple[Codec, ...]
    index_codecs: tuple[Codec, ...]
    index_location: Literal["start", "end"]
    subchunk_write_order: SubchunkWriteOrder

    def __init__(
        self,
        *,
        chunk_shape: Iterable[int] | int,
        codecs: Iterable[Any] = (BytesCodec(),),
        index_codecs: Iterable[Any] = (BytesCodec(endian="little"), Crc32cCodec()),
        index_location: Literal["start", "end"] = "end",
        subchunk_write_order: SubchunkWriteOrder = "morton",
    ) -> None:
        from zarrust.codecs import parse_chain

        shape = (chunk_shape,) if isinstance(chunk_shape, int) else tuple(chunk_shape)
        if any(not isinstance(length, int) or isinstance(length, bool) or length < 1 for length in shape):
            raise ValueError(f"sharding_indexed: chunk_shape is a list of integers of at least 1, found {list(shape)}")
        location = plain_word(index_location)
        check_choice("sharding_indexed", "index_location", location, ("start", "end"))
        check_choice("sharding_indexed", "subchunk_write_order", subchunk_write_order, _ORDERS)
        object.__setattr__(self, "chunk_shape", shape)
        object.__setattr__(self, "codecs", parse_chain(codecs, "sharding_indexed.codecs"))
        object.__setattr__(self, "index_codecs", parse_chain(index_codecs, "sharding_indexed.index_codecs"))
        object.__setattr__(self, "index_location", location)
        object.__setattr__(self, "subchunk_write_order", subchunk_write_order)

    def configuration(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return {
            "chunk_shape": list(self.chunk_shape),
            "codecs": [codec.to_dict() for codec in self.codecs],
            "index_codecs": [codec.to_dict() for codec in self.index_codecs],
            "index_location": self.index_location,
        }

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any], field: str) -> Self:
        """Return the codec of a document, which says nothing of the order of a write."""
        known = {name: value for name, value in configuration.items() if name != "subchunk_write_order"}
        return super().from_configuration(known, field)

    def engine_document(self, spec: ArraySpec, plugs: list[Any]) -> dict[str, Any]:
        """Return the codec with the codecs of its chunks and of its index as the engine has them."""
        from zarrust.codecs.chain import engine_chain

        inner = replace(spec, shape=self.chunk_shape)
        return {
            "name": self.codec_name,
            "configuration": self.configuration()
            | {
                "codecs": engine_chain(self.codecs, inner, plugs),
                "index_codecs": engine_chain(self.index_codecs, self._index_spec(spec), plugs),
                "order": self.subchunk_write_order,
            },
        }

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec with its inner codecs decided."""
        from zarrust.codecs.chain import evolve_chain

        return replace(self, codecs=evolve_chain(self.codecs, replace(array_spec, shape=self.chunk_shape)))

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse a shard that is not made of whole inner chunks, here and in shards inside of this one.

        Parameters
        ----------
        outer : tuple of int
            Shape of what has to be a multiple, in elements.
        field : str
            Where it stands, for messages.

        Raises
        ------
        ValueError
            If an axis does not divide.
        """
        from zarrust.array_spec import ArraySpec
        from zarrust.codecs.chain import check_chain

        outer = tuple(chunk_grid.chunk_shape)
        if len(self.chunk_shape) != len(outer):
            raise ValueError(f"the inner chunk_shape {self.chunk_shape} has not as many axes as the shard, {outer}")
        if any(shard % chunk for shard, chunk in zip(outer, self.chunk_shape, strict=True)):
            raise ValueError(
                f"the shard's shape (got {outer}) needs to be divisible by the inner `chunk_shape` "
                f"(got {self.chunk_shape})"
            )
        inner = ArraySpec(self.chunk_shape, dtype, dtype.default_scalar())
        check_chain(self.codecs, inner, shape, replace(chunk_grid, chunk_shape=self.chunk_shape))

    def compute_encoded_size(self, input_byte_length: int, shard_spec: ArraySpec) -> int:
        """Return the bytes of the index and of the inner chunks, where their codecs know them."""
        inner, index = replace(shard_spec, shape=self.chunk_shape), self._index_spec(shard_spec)
        return _encoded_size(self.codecs, input_byte_length, inner) + _encoded_size(
            self.index_codecs, math.prod(index.shape) * 8, index
        )

    @property
    def codec_pipeline(self) -> CodecPipeline:
        """The codecs of the inner chunks as one."""
        from zarrust.registry import get_pipeline_class

        return get_pipeline_class().from_codecs(self.codecs)

    def _index_spec(self, spec: ArraySpec) -> ArraySpec:
        from zarrust.dtypes import UInt64

        grid = tuple(outer // inner for outer, inner in zip(spec.shape, self.chunk_shape, strict=True))
        return replace(spec, shape=(*grid, 2), dtype=UInt64(endianness="little"), fill_value=np.uint64(2**64 - 1))

    async def _decode_partial_single(self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec) -> NDBuffer | None:
        data = await byte_getter.get(prototype=chunk_spec.prototype)
        if data is None:
            return None
        chunk = self._decode_sync(data, chunk_spec)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(np.asarray(chunk.as_numpy_array()[selection]))

    async def _encode_partial_single(
        self, byte_setter: Any, chunk_array: NDBuffer, selection: Any, chunk_spec: ArraySpec
    ) -> None:
        data = await byte_setter.get(prototype=chunk_spec.prototype)
        if data is None:
            whole = np.full(chunk_spec.shape, chunk_spec.fill_value, chunk_spec.dtype.to_native_dtype())
        else:
            whole = self._decode_sync(data, chunk_spec).as_numpy_array()
        whole[selection] = chunk_array.as_numpy_array()
        nd_buffer = chunk_spec.prototype.nd_buffer.from_ndarray_like(whole)
        await byte_setter.set(self._encode_sync(nd_buffer, chunk_spec))


def _encoded_size(codecs: tuple[Codec, ...], size: int, spec: ArraySpec) -> int:
    for codec in codecs:
        size = codec.compute_encoded_size(size, spec)
        spec = codec.resolve_metadata(spec)
    return size
