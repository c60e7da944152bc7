"""``zstd``. Source: Zarr v3 codec "zstd" (zarr-extensions); RFC 8878."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zarrust.abc.codec import BytesBytesCodec
from zarrust.codecs.codec import EngineBytesCodec, check_integer

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["ZstdCodec"]


@dataclass(frozen=True, kw_only=True)
class ZstdCodec(EngineBytesCodec, BytesBytesCodec):
    """Zstandard.

    Parameters
    ----------
    level : int, default 0
        -131072 (fastest) to 22 (smallest); 0 is the library's own choice, 3.
    checksum : bool, default False
        Whether a checksum of the data is stored.
    """

    codec_name = "zstd"

    level: int = 0
    checksum: bool = False

    def __post_init__(self) -> None:
        check_integer("zstd", "level", self.level, -131072, 22)
        if not isinstance(self.checksum, bool):
            raise TypeError(f"zstd: checksum is true or false, found {self.checksum!r}")

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Refuse: the size depends on what is in the chunk."""
        return super().compute_encoded_size(_input_byte_length, _chunk_spec)
