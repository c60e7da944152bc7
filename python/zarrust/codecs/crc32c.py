"""``crc32c``: four bytes of checksum after the data.

Source: Zarr v3 codec "crc32c", version 1.0; RFC 3720, appendix B.4.
"""

from __future__ import annotations

from dataclasses import dataclass

from zarrust.codecs.codec import Codec

__all__ = ["Crc32cCodec"]


@dataclass(frozen=True)
class Crc32cCodec(Codec):
    """A Castagnoli checksum."""

    codec_name = "crc32c"
    kind = "bytes-to-bytes"
