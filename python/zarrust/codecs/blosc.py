"""``blosc``. Source: Zarr v3 codec "blosc", version 1.0."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self

from zarrust.abc.codec import BytesBytesCodec
from zarrust.codecs.codec import EngineBytesCodec, check_choice, check_integer
from zarrust.codecs.names import plain_word

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["BloscCname", "BloscCodec", "BloscShuffle"]

_Cname = Literal["lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib"]
_Shuffle = Literal["noshuffle", "shuffle", "bitshuffle"]

_CNAMES = ("lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib")
_SHUFFLES: tuple[_Shuffle, ...] = ("noshuffle", "shuffle", "bitshuffle")


class BloscShuffle(StrEnum):
    """The names of the shuffles, each of which is a string too."""

    noshuffle = "noshuffle"
    shuffle = "shuffle"
    bitshuffle = "bitshuffle"

    @staticmethod
    def from_int(num: int) -> BloscShuffle:
        """Return a shuffle by its number in numcodecs.

        Parameters
        ----------
        num : int

        Raises
        ------
        ValueError
            If it is not 0, 1 or 2.
        """
        if num not in (0, 1, 2):
            raise ValueError(f"Value must be between 0 and 2. Got {num}.")
        return BloscShuffle(_SHUFFLES[num])


class BloscCname(StrEnum):
    """The names of the compressors, each of which is a string too."""

    lz4 = "lz4"
    lz4hc = "lz4hc"
    blosclz = "blosclz"
    zstd = "zstd"
    snappy = "snappy"
    zlib = "zlib"


@dataclass(frozen=True, init=False)
class BloscCodec(EngineBytesCodec, BytesBytesCodec):
    """The Blosc container: shuffled elements under one of six compressors.

    Parameters
    ----------
    typesize : int, optional
        Bytes of one element for the shuffle. By default the array's, and 1 before there is one.
    cname : {"zstd", "lz4", "lz4hc", "blosclz", "snappy", "zlib"}
        The compressor.
    clevel : int, default 5
        0 (none) to 9 (smallest).
    shuffle : {"noshuffle", "shuffle", "bitshuffle"}, optional
        By default ``"bitshuffle"`` for elements of one byte and ``"shuffle"`` for larger ones; the former before
        there is an array.
    blocksize : int, default 0
        Bytes of a block; 0 is the library's own choice.

    Examples
    --------
    >>> BloscCodec(cname="lz4", typesize=4, shuffle="shuffle").to_dict()["configuration"]["cname"]
    'lz4'
    """

    codec_name = "blosc"

    typesize: int
    cname: _Cname
    clevel: int
    shuffle: _Shuffle
    blocksize: int
    _tunable_attrs: frozenset[str] = field(init=False, repr=False)

    def __init__(
        self,
        *,
        typesize: int | None = None,
        cname: _Cname = "zstd",
        clevel: int = 5,
        shuffle: _Shuffle | None = None,
        blocksize: int = 0,
    ) -> None:
        # Blosc's header has one byte for it: larger elements are shuffled as bytes, whatever the document says.
        check_integer("blosc", "typesize", 1 if typesize is None else typesize, 1, 2**31 - 1)
        check_choice("blosc", "cname", cname := plain_word(cname), _CNAMES)
        check_integer("blosc", "clevel", clevel, 0, 9)
        check_choice("blosc", "shuffle", shuffle := plain_word(shuffle), (*_SHUFFLES, None))
        check_integer("blosc", "blocksize", blocksize, 0, 2**31 - 1)
        open_ends = {"typesize": typesize, "shuffle": shuffle}
        object.__setattr__(
            self, "_tunable_attrs", frozenset(name for name, value in open_ends.items() if value is None)
        )
        object.__setattr__(self, "typesize", 1 if typesize is None else typesize)
        object.__setattr__(self, "cname", cname)
        object.__setattr__(self, "clevel", clevel)
        object.__setattr__(self, "shuffle", shuffle or "bitshuffle")
        object.__setattr__(self, "blocksize", blocksize)

    def configuration(self) -> dict[str, Any]:
        """Return the fields that are decided; those left open depend on the array."""
        return {name: value for name, value in super().configuration().items() if name not in self._tunable_attrs}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec with element size and shuffle decided."""
        from zarrust.dtypes import item_size

        # Blosc's header has one byte for the element size; larger elements are shuffled as bytes, as c-blosc does.
        size = item_size(array_spec.dtype)
        typesize, shuffle = self.typesize, self.shuffle
        if "typesize" in self._tunable_attrs:
            typesize = size
        if "shuffle" in self._tunable_attrs:
            shuffle = "bitshuffle" if size == 1 else "shuffle"
        return replace(self, typesize=typesize, shuffle=shuffle)

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Refuse: the size depends on what is in the chunk."""
        return super().compute_encoded_size(_input_byte_length, _chunk_spec)
