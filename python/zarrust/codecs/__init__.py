"""Codecs as metadata: one frozen dataclass per file, one line in the table. The engine does the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zarrust.codecs.blosc import BloscCname, BloscCodec, BloscShuffle
from zarrust.codecs.bytes import BytesCodec
from zarrust.codecs.codec import Codec, OpaqueCodec
from zarrust.codecs.crc32c import Crc32cCodec
from zarrust.codecs.gzip import GzipCodec
from zarrust.codecs.sharding import ShardingCodec
from zarrust.codecs.transpose import TransposeCodec
from zarrust.codecs.zlib import Zlib
from zarrust.codecs.zstd import ZstdCodec
from zarrust.errors import MetadataValidationError

CODECS: dict[str, type[Codec]] = {
    "blosc": BloscCodec,
    "bytes": BytesCodec,
    "crc32c": Crc32cCodec,
    "endian": BytesCodec,
    "gzip": GzipCodec,
    "numcodecs.zlib": Zlib,
    "sharding_indexed": ShardingCodec,
    "transpose": TransposeCodec,
    "zlib": Zlib,
    "zstd": ZstdCodec,
}
"""Every codec that has a class here, by its name in documents; ``endian`` and ``zlib`` are old names."""

_ORDER = ("array-to-array", "array-to-bytes", "bytes-to-bytes")

__all__ = [
    "CODECS",
    "BloscCname",
    "BloscCodec",
    "BloscShuffle",
    "BytesCodec",
    "Codec",
    "Crc32cCodec",
    "GzipCodec",
    "ShardingCodec",
    "TransposeCodec",
    "Zlib",
    "ZstdCodec",
    "codec_from_json",
    "parse_chain",
    "parse_codec",
]


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
    if name not in CODECS:
        return OpaqueCodec(name=name, document=dict(document))
    if unknown := sorted(set(document) - {"name", "configuration", "must_understand"}):
        raise MetadataValidationError(f"{field}: codec {name} has unknown fields {', '.join(map(repr, unknown))}")
    return CODECS[name].from_configuration(configuration, field)


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
    if isinstance(value, Codec):
        return value
    if isinstance(value, (str, Mapping)):
        return codec_from_json(value, field)
    if hasattr(value, "get_config"):
        from zarrust.codecs.numcodec import Numcodec

        return codec_from_json(Numcodec.parse(value, field).to_v3(item_size=None), field)
    if hasattr(value, "to_dict"):
        return codec_from_json(value.to_dict(), field)
    raise TypeError(f"{field}: expected a codec, its metadata or its name, found {value!r}")


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
    known = [codec for codec in chain if not isinstance(codec, OpaqueCodec)]
    kinds = [_ORDER.index(codec.kind) for codec in known]
    count = kinds.count(1)
    # What an unknown codec would be is not known, so a list with one is not judged by what it seems to lack.
    if kinds != sorted(kinds) or count > 1 or (count == 0 and len(known) == len(chain)):
        names = [codec.to_dict()["name"] for codec in chain]
        raise MetadataValidationError(
            f"{field}: expected array-to-array codecs, one array-to-bytes codec, bytes-to-bytes codecs, found {names}"
        )
    return chain
