"""``blosc``. Source: Zarr v3 codec "blosc", version 1.0."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

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


@dataclass(frozen=True, init=False)
class BloscCodec(EngineBytesCodec, BytesBytesCodec):
    """The Blosc container: shuffled elements under one of six compressors.

    Parameters
    ----------
    typesize : int, optional
        Bytes of one element for the shuffle; by default 1, and the array's when the codec meets one.
    cname : {"zstd", "lz4", "lz4hc", "blosclz", "snappy", "zlib"}
        The compressor.
    clevel : int, default 5
        0 (none) to 9 (smallest).
    shuffle : {"noshuffle", "shuffle", "bitshuffle"}, optional
        By default ``"bitshuffle"``, and ``"shuffle"`` when the codec meets an array whose elements have several bytes.
    blocksize : int, default 0
        Bytes of a block; 0 is the library's own choice.

    Examples
    --------
    >>> BloscCodec(cname="lz4", typesize=4, shuffle="shuffle").to_dict()["configuration"]["cname"]
    'lz4'
    """

    codec_name = "blosc"

    # What was left open, for the array to decide.
    _tunable_attrs: set[str] = field(init=False, hash=False)
    typesize: int
    cname: _Cname
    clevel: int
    shuffle: _Shuffle
    blocksize: int

    def __init__(
        self,
        *,
        typesize: int | None = None,
        cname: _Cname = "zstd",
        clevel: int = 5,
        shuffle: _Shuffle | None = None,
        blocksize: int = 0,
    ) -> None:
        given = {"typesize": typesize, "shuffle": plain_word(shuffle, "shuffle", "BloscCodec")}
        values = {
            "_tunable_attrs": {name for name, value in given.items() if value is None},
            "typesize": 1 if typesize is None else typesize,
            "cname": plain_word(cname, "cname", "BloscCodec"),
            "clevel": clevel,
            "shuffle": "bitshuffle" if given["shuffle"] is None else given["shuffle"],
            "blocksize": blocksize,
        }
        # Elements of more bytes than Blosc's header can say are shuffled as bytes; other packages write their size.
        check_integer("blosc", "typesize", values["typesize"], 1, 2**31 - 1)
        check_choice("blosc", "cname", values["cname"], _CNAMES)
        check_integer("blosc", "clevel", clevel, 0, 9)
        check_choice("blosc", "shuffle", values["shuffle"], _SHUFFLES)
        check_integer("blosc", "blocksize", blocksize, 0, 2**31 - 1)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec with element size and shuffle decided."""
        from zarrust.dtypes import item_size

        size = item_size(array_spec.dtype)
        found = self
        if "typesize" in self._tunable_attrs:
            found = replace(found, typesize=size)
        if "shuffle" in self._tunable_attrs:
            found = replace(found, shuffle="bitshuffle" if size == 1 else "shuffle")
        return found

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Refuse: the size depends on what is in the chunk."""
        return super().compute_encoded_size(_input_byte_length, _chunk_spec)
