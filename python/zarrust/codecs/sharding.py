"""``sharding_indexed``: chunks inside a stored object, found by an index.

Source: Zarr v3 codec "sharding-indexed", version 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from zarrust.codecs.bytes import BytesCodec
from zarrust.codecs.codec import Codec, check_choice
from zarrust.codecs.crc32c import Crc32cCodec

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ShardingCodec"]


@dataclass(frozen=True, init=False)
class ShardingCodec(Codec):
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
    """

    codec_name = "sharding_indexed"
    kind = "array-to-bytes"

    chunk_shape: tuple[int, ...]
    codecs: tuple[Codec, ...]
    index_codecs: tuple[Codec, ...]
    index_location: Literal["start", "end"]

    def __init__(
        self,
        *,
        chunk_shape: Iterable[int] | int,
        codecs: Iterable[Any] = (BytesCodec(),),
        index_codecs: Iterable[Any] = (BytesCodec(endian="little"), Crc32cCodec()),
        index_location: Literal["start", "end"] = "end",
    ) -> None:
        from zarrust.codecs import parse_chain

        shape = (chunk_shape,) if isinstance(chunk_shape, int) else tuple(chunk_shape)
        if any(not isinstance(length, int) or isinstance(length, bool) or length < 1 for length in shape):
            raise ValueError(f"sharding_indexed: chunk_shape is a list of integers of at least 1, found {list(shape)}")
        check_choice("sharding_indexed", "index_location", index_location, ("start", "end"))
        object.__setattr__(self, "chunk_shape", shape)
        object.__setattr__(self, "codecs", parse_chain(codecs, "sharding_indexed.codecs"))
        object.__setattr__(self, "index_codecs", parse_chain(index_codecs, "sharding_indexed.index_codecs"))
        object.__setattr__(self, "index_location", index_location)

    def configuration(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return {
            "chunk_shape": list(self.chunk_shape),
            "codecs": [codec.to_dict() for codec in self.codecs],
            "index_codecs": [codec.to_dict() for codec in self.index_codecs],
            "index_location": self.index_location,
        }

    def evolve(self, item_size: int, ndim: int) -> Codec:
        """Return the codec with its inner codecs decided."""
        return replace(self, codecs=tuple(codec.evolve(item_size, ndim) for codec in self.codecs))

    def check_divides(self, outer: tuple[int, ...], field: str) -> None:
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
        if len(self.chunk_shape) != len(outer):
            raise ValueError(
                f"{field}: the inner chunk_shape {self.chunk_shape} has not as many axes as the shard, {outer}"
            )
        if any(shard % chunk for shard, chunk in zip(outer, self.chunk_shape, strict=True)):
            raise ValueError(
                f"{field}: the shard's shape (got {outer}) needs to be divisible by the "
                f"inner `chunk_shape` (got {self.chunk_shape})"
            )
        for codec in self.codecs:
            if isinstance(codec, ShardingCodec):
                codec.check_divides(self.chunk_shape, f"{field}.codecs")
