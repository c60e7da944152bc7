"""``bytes``: the elements in C order, in one byte order. Source: Zarr v3 codec "bytes", version 1.0."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Any, Literal

from zarrust.codecs.codec import Codec, check_choice

__all__ = ["BytesCodec"]


@dataclass(frozen=True)
class BytesCodec(Codec):
    """Elements to bytes.

    Parameters
    ----------
    endian : {"little", "big"} or None
        Byte order in the store, by default this machine's; None for elements of one byte.
    """

    codec_name = "bytes"
    kind = "array-to-bytes"

    endian: Literal["little", "big"] | None = "little" if sys.byteorder == "little" else "big"

    def __post_init__(self) -> None:
        check_choice("bytes", "endian", self.endian, ("little", "big", None))

    def configuration(self) -> dict[str, Any]:
        """Return the byte order, if there is one."""
        return {} if self.endian is None else {"endian": self.endian}

    @classmethod
    def from_configuration(cls, configuration: Any, field: str) -> BytesCodec:
        """Return the codec of a document; without ``endian`` it has no byte order."""
        return super().from_configuration({"endian": None} | dict(configuration), field)

    def evolve(self, item_size: int, ndim: int) -> Codec:
        """Return the codec without a byte order for elements of one byte."""
        return replace(self, endian=None) if item_size == 1 else self
