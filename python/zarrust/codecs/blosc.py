"""``blosc``. Source: Zarr v3 codec "blosc", version 1.0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from zarrust.codecs.codec import Codec, check_choice, check_integer

__all__ = ["BloscCname", "BloscCodec", "BloscShuffle"]

BloscCname = Literal["lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib"]
BloscShuffle = Literal["noshuffle", "shuffle", "bitshuffle"]

_CNAMES = ("lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib")
_SHUFFLES = ("noshuffle", "shuffle", "bitshuffle")


@dataclass(frozen=True)
class BloscCodec(Codec):
    """The Blosc container: shuffled elements under one of six compressors.

    Parameters
    ----------
    typesize : int, optional
        Bytes of one element for the shuffle, 1 to 255; the array's by default.
    cname : {"zstd", "lz4", "lz4hc", "blosclz", "snappy", "zlib"}
        The compressor.
    clevel : int, default 5
        0 (none) to 9 (smallest).
    shuffle : {"noshuffle", "shuffle", "bitshuffle"}, optional
        By default ``"bitshuffle"`` for elements of one byte and ``"shuffle"`` for larger ones.
    blocksize : int, default 0
        Bytes of a block; 0 is the library's own choice.
    """

    codec_name = "blosc"
    kind = "bytes-to-bytes"

    typesize: int | None = None
    cname: BloscCname = "zstd"
    clevel: int = 5
    shuffle: BloscShuffle | None = None
    blocksize: int = 0

    def __post_init__(self) -> None:
        if self.typesize is not None:
            check_integer("blosc", "typesize", self.typesize, 1, 255)
        check_choice("blosc", "cname", self.cname, _CNAMES)
        check_integer("blosc", "clevel", self.clevel, 0, 9)
        check_choice("blosc", "shuffle", self.shuffle, (*_SHUFFLES, None))
        check_integer("blosc", "blocksize", self.blocksize, 0, 2**31 - 1)

    def configuration(self) -> dict[str, Any]:
        """Return the fields that are decided."""
        return {name: value for name, value in super().configuration().items() if value is not None}

    def evolve(self, item_size: int, ndim: int) -> Codec:
        """Return the codec with element size and shuffle decided."""
        # Blosc's header has one byte for the element size; larger elements are shuffled as bytes, as c-blosc does.
        typesize = self.typesize or (item_size if item_size <= 255 else 1)
        return replace(self, typesize=typesize, shuffle=self.shuffle or ("bitshuffle" if typesize == 1 else "shuffle"))
