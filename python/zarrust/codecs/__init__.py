"""Codecs as metadata: one frozen dataclass per file, one line in the table. The engine does the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zarrust._submodules import on_demand
from zarrust.abc.codec import BaseCodec
from zarrust.codecs.codec import Codec, OpaqueCodec, kind_of
from zarrust.errors import MetadataValidationError, UnknownCodecError
from zarrust.registry import get_codec_class, register_own_codec

if TYPE_CHECKING:
    from zarrust.codecs.bitround import BitRoundCodec
    from zarrust.codecs.blosc import BloscCname, BloscCodec, BloscShuffle
    from zarrust.codecs.bytes import BytesCodec, Endian
    from zarrust.codecs.cast_value import CastValue
    from zarrust.codecs.crc32c_ import Crc32cCodec
    from zarrust.codecs.gzip import GzipCodec
    from zarrust.codecs.numcodecs import (
        BZ2,
        CRC32,
        CRC32C,
        LZ4,
        LZMA,
        ZFPY,
        Adler32,
        AsType,
        BitRound,
        Blosc,
        Delta,
        FixedScaleOffset,
        Fletcher32,
        GZip,
        JenkinsLookup3,
        PackBits,
        PCodec,
        Quantize,
        Shuffle,
        Zlib,
        Zstd,
    )
    from zarrust.codecs.packbits import PackBitsCodec
    from zarrust.codecs.reshape import ReshapeCodec
    from zarrust.codecs.scale_offset import ScaleOffset
    from zarrust.codecs.sharding import ShardingCodec, ShardingCodecIndexLocation, SubchunkWriteOrder
    from zarrust.codecs.transpose import TransposeCodec
    from zarrust.codecs.vlen_utf8 import VLenBytesCodec, VLenUTF8Codec
    from zarrust.codecs.zfp import ZfpCodec
    from zarrust.codecs.zstd import ZstdCodec

_CODECS = {
    "bitround": "bitround.BitRoundCodec",
    "blosc": "blosc.BloscCodec",
    "bytes": "bytes.BytesCodec",
    "cast_value": "cast_value.CastValue",
    "crc32c": "crc32c_.Crc32cCodec",
    "endian": "bytes.BytesCodec",
    "gzip": "gzip.GzipCodec",
    "packbits": "packbits.PackBitsCodec",
    "reshape": "reshape.ReshapeCodec",
    "scale_offset": "scale_offset.ScaleOffset",
    "sharding_indexed": "sharding.ShardingCodec",
    "vlen-bytes": "vlen_utf8.VLenBytesCodec",
    "vlen-utf8": "vlen_utf8.VLenUTF8Codec",
    "transpose": "transpose.TransposeCodec",
    "zfp": "zfp.ZfpCodec",
    "zlib": "numcodecs.Zlib",
    "zstd": "zstd.ZstdCodec",
    **{
        f"numcodecs.{name.lower()}": f"numcodecs.{name}"
        for name in (
            *("BZ2", "LZ4", "LZMA", "Blosc", "GZip", "Zlib", "Zstd", "Shuffle"),
            *("CRC32", "CRC32C", "Adler32", "Fletcher32"),
            *("AsType", "BitRound", "Delta", "FixedScaleOffset", "PackBits", "Quantize"),
            *("PCodec", "ZFPY"),
        )
    },
    "numcodecs.jenkins_lookup3": "numcodecs.JenkinsLookup3",
}
"""Every codec that has a class here, by its name in documents; "endian" and "zlib" are old names."""

for _key, _path in _CODECS.items():
    register_own_codec(_key, _path)

_PLACES = {name: module for module, _, name in (path.partition(".") for path in _CODECS.values())} | {
    "BloscCname": "blosc",
    "BloscShuffle": "blosc",
    "Endian": "bytes",
    "ShardingCodecIndexLocation": "sharding",
    "SubchunkWriteOrder": "sharding",
}
"""The modules of the classes, which are imported when they are met: their codec, or their name."""

_ORDER = ("array-to-array", "array-to-bytes", "bytes-to-bytes")

__all__ = [
    "BZ2",
    "CRC32",
    "CRC32C",
    "LZ4",
    "LZMA",
    "ZFPY",
    "Adler32",
    "AsType",
    "BitRound",
    "BitRoundCodec",
    "Blosc",
    "BloscCname",
    "BloscCodec",
    "BloscShuffle",
    "BytesCodec",
    "CastValue",
    "Codec",
    "Crc32cCodec",
    "Delta",
    "Endian",
    "FixedScaleOffset",
    "Fletcher32",
    "GZip",
    "GzipCodec",
    "JenkinsLookup3",
    "PCodec",
    "PackBits",
    "PackBitsCodec",
    "Quantize",
    "ReshapeCodec",
    "ScaleOffset",
    "ShardingCodec",
    "ShardingCodecIndexLocation",
    "Shuffle",
    "SubchunkWriteOrder",
    "TransposeCodec",
    "VLenBytesCodec",
    "VLenUTF8Codec",
    "ZfpCodec",
    "Zlib",
    "Zstd",
    "ZstdCodec",
    "codec_from_json",
    "parse_chain",
    "parse_codec",
]


__getattr__ = on_demand(__name__, _PLACES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def codec_from_json(data: object, field: str = "codec") -> Codec:
    """Return the codec of its metadata JSON; a codec without a class is kept as it is.

    Parameters
    ----------
    data : str or mapping
        A name, or an object with ``name`` and ``configuration``.
    field : str
        Where in the document it stands, for messages.

    Raises
    ------
    MetadataValidationError
        If it is no codec, or a value is not allowed.

    Examples
    --------
    >>> codec_from_json({"name": "gzip", "configuration": {"level": 1}})
    GzipCodec(level=1)
    """
    document = {"name": data} if isinstance(data, str) else data
    if not isinstance(document, Mapping) or not isinstance(document.get("name"), str):
        raise MetadataValidationError(f'{field}: expected a codec, an object with "name", found {data!r}')
    configuration = document.get("configuration", {})
    if not isinstance(configuration, Mapping):
        raise MetadataValidationError(f"{field}.configuration: expected an object, found {configuration!r}")
    name = document["name"]
    try:
        cls = get_codec_class(name)
    except UnknownCodecError:
        return OpaqueCodec(name=name, document=dict(document))
    if unknown := sorted(set(document) - {"name", "configuration", "must_understand"}):
        raise MetadataValidationError(f"{field}: codec {name} has unknown fields {', '.join(map(repr, unknown))}")
    if hasattr(cls, "from_configuration"):
        found: Codec = cls.from_configuration(configuration, field)
    else:
        found = cls.from_dict(dict(document))
    return found


def parse_codec(value: object, field: str) -> Codec:
    """Return the codec of what a user may give: a codec, its JSON, a name, or a numcodecs object.

    Parameters
    ----------
    value : Codec, mapping or str
        A codec, or its metadata.
    field : str
        Where it stands, for messages.

    Raises
    ------
    TypeError
        If it is none of these.
    MetadataValidationError
        If a value is not allowed.
    """
    if isinstance(value, BaseCodec):
        return value
    if isinstance(value, (str, Mapping)):
        return codec_from_json(value, field)
    if hasattr(value, "get_config"):
        from zarrust.codecs.numcodec import Numcodec

        return codec_from_json(Numcodec.parse(value, field).to_v3(), field)
    if hasattr(value, "to_dict") and kind_of(value) is not None:
        return _foreign(value, field)
    raise TypeError(f"{field}: expected a codec, its metadata or its name, found {value!r}")


def _foreign(value: Any, field: str) -> Codec:
    """Return the codec of this package for one of zarr-python's own; others written for it stay what they are."""
    if type(value).__module__.split(".")[0] == "zarr":
        return codec_from_json(value.to_dict(), field)
    codec: Codec = value
    return codec


def parse_chain(values: Iterable[Any], field: str) -> tuple[Codec, ...]:
    """Return a list of codecs, checked to go from an array to bytes.

    Parameters
    ----------
    values : iterable
        Codecs, or their metadata.
    field : str
        Where it stands, for messages.

    Raises
    ------
    MetadataValidationError
        If the list is none, or the kinds are not array-to-array, one array-to-bytes, bytes-to-bytes.
    """
    if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
        raise MetadataValidationError(f"{field}: expected a list of codecs, found {values!r}")
    chain = tuple(parse_codec(value, f"{field}[{index}]") for index, value in enumerate(values))
    kinds = [_ORDER.index(kind) for kind in map(kind_of, chain) if kind is not None]
    count = kinds.count(1)
    # What an unknown codec would be is not known, so a list with one is not judged by what it seems to lack.
    if kinds != sorted(kinds) or count > 1 or (count == 0 and len(kinds) == len(chain)):
        names = [codec.to_dict().get("name", type(codec).__name__) for codec in chain]
        raise MetadataValidationError(
            f"{field}: expected array-to-array codecs, one array-to-bytes codec, bytes-to-bytes codecs, found {names}"
        )
    return chain
