"""``blosc``. Source: Zarr v3 codec "blosc", version 1.0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from zarrust.abc.codec import BytesBytesCodec
from zarrust.codecs.codec import EngineBytesCodec, check_choice, check_integer
from zarrust.codecs.names import DeprecatedNames, plain_word

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["BloscCname", "BloscCodec", "BloscShuffle"]

_Cname = Literal["lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib"]
_Shuffle = Literal["noshuffle", "shuffle", "bitshuffle"]

_CNAMES = ("lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib")
_SHUFFLES: tuple[_Shuffle, ...] = ("noshuffle", "shuffle", "bitshuffle")


class BloscShuffle(metaclass=DeprecatedNames):
    """Deprecated: the names of the shuffles. Pass a string to `BloscCodec` instead."""

    _members: ClassVar[dict[str, str]] = {name: name for name in _SHUFFLES}

    @staticmethod
    def from_int(num: int) -> _Shuffle:
        """Return the name of a shuffle by its number in numcodecs.

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
        return _SHUFFLES[num]


class BloscCname(metaclass=DeprecatedNames):
    """Deprecated: the names of the compressors. Pass a string to `BloscCodec` instead."""

    _members: ClassVar[dict[str, str]] = {name: name for name in _CNAMES}


@dataclass(frozen=True, kw_only=True)
class BloscCodec(EngineBytesCodec, BytesBytesCodec):
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

    Examples
    --------
    >>> BloscCodec(cname="lz4", typesize=4, shuffle="shuffle").to_dict()["configuration"]["cname"]
    'lz4'
    """

    codec_name = "blosc"

    typesize: int | None = None
    cname: _Cname = "zstd"
    clevel: int = 5
    shuffle: _Shuffle | None = None
    blocksize: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "cname", plain_word(self.cname, "cname", "BloscCodec"))
        object.__setattr__(self, "shuffle", plain_word(self.shuffle, "shuffle", "BloscCodec"))
        if self.typesize is not None:
            check_integer("blosc", "typesize", self.typesize, 1, 255)
        check_choice("blosc", "cname", self.cname, _CNAMES)
        check_integer("blosc", "clevel", self.clevel, 0, 9)
        check_choice("blosc", "shuffle", self.shuffle, (*_SHUFFLES, None))
        check_integer("blosc", "blocksize", self.blocksize, 0, 2**31 - 1)

    def configuration(self) -> dict[str, Any]:
        """Return the fields that are decided."""
        return {name: value for name, value in super().configuration().items() if value is not None}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec with element size and shuffle decided."""
        from zarrust.dtypes import item_size

        # Blosc's header has one byte for the element size; larger elements are shuffled as bytes, as c-blosc does.
        size = item_size(array_spec.dtype)
        typesize = self.typesize or (size if size <= 255 else 1)
        return replace(self, typesize=typesize, shuffle=self.shuffle or ("bitshuffle" if typesize == 1 else "shuffle"))

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Refuse: the size depends on what is in the chunk."""
        return super().compute_encoded_size(_input_byte_length, _chunk_spec)
