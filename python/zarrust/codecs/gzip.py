"""``gzip``. Source: Zarr v3 codec "gzip", version 1.0; RFC 1952."""

from __future__ import annotations

from dataclasses import dataclass

from zarrust.codecs.codec import Codec, check_integer

__all__ = ["GzipCodec"]


@dataclass(frozen=True)
class GzipCodec(Codec):
    """Deflate with a gzip header.

    Parameters
    ----------
    level : int, default 5
        0 (none) to 9 (smallest).
    """

    codec_name = "gzip"
    kind = "bytes-to-bytes"

    level: int = 5

    def __post_init__(self) -> None:
        check_integer("gzip", "level", self.level, 0, 9)
