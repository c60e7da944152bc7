"""``gzip``. Source: Zarr v3 codec "gzip", version 1.0; RFC 1952."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zarrust.abc.codec import BytesBytesCodec
from zarrust.codecs.codec import EngineBytesCodec, check_integer

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["GzipCodec"]


@dataclass(frozen=True, kw_only=True)
class GzipCodec(EngineBytesCodec, BytesBytesCodec):
    """Deflate with a gzip header.

    Parameters
    ----------
    level : int, default 5
        0 (none) to 9 (smallest).
    """

    codec_name = "gzip"

    level: int = 5

    def __post_init__(self) -> None:
        check_integer("gzip", "level", self.level, 0, 9)

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Refuse: the size depends on what is in the chunk."""
        return super().compute_encoded_size(_input_byte_length, _chunk_spec)
