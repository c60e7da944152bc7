"""``vlen-utf8`` and ``vlen-bytes``: elements of any length. Source: zarr-extensions, codecs of those names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarrust.abc.codec import ArrayBytesCodec
from zarrust.codecs.codec import EngineArrayCodec

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["VLenBytesCodec", "VLenUTF8Codec"]


@dataclass(frozen=True)
class _VLen(EngineArrayCodec, ArrayBytesCodec):
    """What both share."""

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata JSON."""
        return {"name": self.codec_name, "configuration": {}}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Refuse: the size depends on what is in the chunk."""
        raise NotImplementedError(f"the encoded size of {self.codec_name} depends on what is in the chunk")


class VLenUTF8Codec(_VLen):
    """Strings, each after its length.

    Examples
    --------
    >>> VLenUTF8Codec().to_dict()
    {'name': 'vlen-utf8', 'configuration': {}}
    """

    codec_name = "vlen-utf8"


class VLenBytesCodec(_VLen):
    """Bytes, each after their length.

    Examples
    --------
    >>> VLenBytesCodec().to_dict()
    {'name': 'vlen-bytes', 'configuration': {}}
    """

    codec_name = "vlen-bytes"
