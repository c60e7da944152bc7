"""``crc32c``: four bytes of checksum after the data.

Source: Zarr v3 codec "crc32c", version 1.0; RFC 3720, appendix B.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zarrust.abc.codec import BytesBytesCodec
from zarrust.codecs.codec import EngineBytesCodec

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["Crc32cCodec"]


@dataclass(frozen=True)
class Crc32cCodec(EngineBytesCodec, BytesBytesCodec):
    """A Castagnoli checksum."""

    codec_name = "crc32c"
    is_fixed_size = True

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Return four bytes more than ``input_byte_length``."""
        return input_byte_length + 4
