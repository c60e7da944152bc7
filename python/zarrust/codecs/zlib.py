"""``numcodecs.zlib``. Source: RFC 1950; numcodecs' ``zlib`` under its name in format 3."""

from __future__ import annotations

from dataclasses import dataclass

from zarrust.codecs.codec import Codec, check_integer

__all__ = ["Zlib"]


@dataclass(frozen=True)
class Zlib(Codec):
    """Deflate with a zlib header.

    Parameters
    ----------
    level : int, default 1
        -1 (the library's own choice), 0 (none) to 9 (smallest).
    """

    codec_name = "numcodecs.zlib"
    kind = "bytes-to-bytes"

    level: int = 1

    def __post_init__(self) -> None:
        check_integer("numcodecs.zlib", "level", self.level, -1, 9)
