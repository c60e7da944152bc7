"""``zstd``. Source: Zarr v3 codec "zstd" (zarr-extensions); RFC 8878."""

from __future__ import annotations

from dataclasses import dataclass

from zarrust.codecs.codec import Codec, check_integer

__all__ = ["ZstdCodec"]


@dataclass(frozen=True)
class ZstdCodec(Codec):
    """Zstandard.

    Parameters
    ----------
    level : int, default 0
        -131072 (fastest) to 22 (smallest); 0 is the library's own choice, 3.
    checksum : bool, default False
        Whether a checksum of the data is stored.
    """

    codec_name = "zstd"
    kind = "bytes-to-bytes"

    level: int = 0
    checksum: bool = False

    def __post_init__(self) -> None:
        check_integer("zstd", "level", self.level, -131072, 22)
        if not isinstance(self.checksum, bool):
            raise TypeError(f"zstd: checksum is true or false, found {self.checksum!r}")
