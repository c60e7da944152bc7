"""Codecs of format 2: a numcodecs ``id`` and its options, and what the engine calls the same thing.

Source: Zarr v2 specification, sections "compressor" and "filters"; the defaults are numcodecs'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zarrust.errors import MetadataValidationError

__all__ = ["Numcodec", "engine_document"]

_CLASS_NAMES = {
    "zlib": "Zlib",
    "gzip": "GZip",
    "zstd": "Zstd",
    "blosc": "Blosc",
    "bz2": "BZ2",
    "lz4": "LZ4",
    "lzma": "LZMA",
    "delta": "Delta",
    "shuffle": "Shuffle",
    "fixedscaleoffset": "FixedScaleOffset",
    "quantize": "Quantize",
    "bitround": "BitRound",
    "astype": "AsType",
    "packbits": "PackBits",
    "categorize": "Categorize",
    "vlen-utf8": "VLenUTF8",
    "vlen-bytes": "VLenBytes",
    "vlen-array": "VLenArray",
    "json2": "JSON",
    "msgpack2": "MsgPack",
    "pickle": "Pickle",
    "crc32": "CRC32",
    "crc32c": "CRC32C",
    "adler32": "Adler32",
    "fletcher32": "Fletcher32",
    "jenkins_lookup3": "JenkinsLookup3",
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "zlib": {"level": 1},
    "gzip": {"level": 1},
    "zstd": {"level": 0, "checksum": False},
    "blosc": {"cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0},
}
_BLOSC_SHUFFLES = {0: "noshuffle", 1: "shuffle", 2: "bitshuffle"}
_BLOSC_AUTO = -1
# As GDAL writes them when it is told which.
_GDAL_SHUFFLES = {"NONE": 0, "BYTE": 1, "BIT": 2}
_BLOSC_WORDS = {_BLOSC_AUTO: "AUTOSHUFFLE"} | {number: word.upper() for number, word in _BLOSC_SHUFFLES.items()}


@dataclass(frozen=True)
class Numcodec:
    """A codec of format 2, as its document has it.

    Parameters
    ----------
    config : dict
        ``id`` and the options.
    """

    config: Mapping[str, Any]

    @classmethod
    def parse(cls, value: object, field: str) -> Numcodec:
        """Return the codec of a config, of a numcodecs object, or of a codec of format 3 that has a twin here.

        Raises
        ------
        MetadataValidationError
            If there is no ``id``.
        TypeError
            If it is none of these.
        """
        if isinstance(value, Numcodec):
            return value
        if hasattr(value, "get_config"):
            value = value.get_config()
        elif hasattr(value, "to_dict"):
            value = _from_v3(value.to_dict(), field)
        elif isinstance(value, str):
            value = {"id": value}
        if not isinstance(value, Mapping):
            raise TypeError(f"{field}: expected a numcodecs codec or its config, found {value!r}")
        if not isinstance(value.get("id"), str):
            raise MetadataValidationError(f'{field}: expected an object with "id", found {dict(value)!r}')
        return cls(dict(value))

    @property
    def codec_id(self) -> str:
        """Name of the codec in numcodecs."""
        return str(self.config["id"])

    def get_config(self) -> dict[str, Any]:
        """Return name and options, with the defaults that numcodecs' own objects would say: the two are equal."""
        return {"id": self.codec_id} | _DEFAULTS.get(self.codec_id, {}) | dict(self.config)

    def to_document(self) -> dict[str, Any]:
        """Return what is stored: without a switched-off checksum of zstd, a field that older readers refuse."""
        config = dict(self.config)
        if self.codec_id == "zstd" and config.get("checksum") is False:
            del config["checksum"]
        return config

    def resolve(self) -> Any:
        """Return the numcodecs object.

        Raises
        ------
        UnknownCodecError
            If numcodecs does not know it, or is not installed.
        """
        import lzma

        from zarrust.registry import get_numcodec

        config = dict(self.config)
        if self.codec_id == "lzma" and "delta" in config:
            # GDAL's form of a list of filters: first differences of bytes so far apart, then LZMA2.
            first = {"id": lzma.FILTER_DELTA, "dist": config.pop("delta")}
            config["filters"] = [first, {"id": lzma.FILTER_LZMA2, "preset": config.pop("preset", None)}]
        return get_numcodec(config)

    def to_numcodecs(self) -> Any:
        """Return the numcodecs object, or this one where numcodecs is not installed or does not know it."""
        try:
            import numcodecs

            return numcodecs.get_codec(dict(self.config))
        except (ImportError, ValueError):
            return self

    def to_v3(self) -> dict[str, Any]:
        """Return the metadata that format 3 has for the same codec."""
        return engine_document(self.config)

    def __eq__(self, other: object) -> bool:
        if not hasattr(other, "get_config"):
            return NotImplemented
        equal: bool = self.get_config() == other.get_config()
        return equal

    def __repr__(self) -> str:
        named = {name: repr(value) for name, value in self.config.items() if name != "id"}
        shuffle = self.config.get("shuffle")
        if self.codec_id == "blosc" and isinstance(shuffle, int) and shuffle in _BLOSC_WORDS:
            named["shuffle"] = _BLOSC_WORDS[shuffle]
        if self.config.get("astype") == self.config.get("dtype"):
            # The type that is stored, where it is another one; numcodecs' texts leave it out too.
            named.pop("astype", None)
        options = ", ".join(f"{name}={text}" for name, text in named.items())
        return f"{_CLASS_NAMES.get(self.codec_id, self.codec_id)}({options})"

    def __hash__(self) -> int:
        return hash(self.codec_id)


def engine_document(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a codec of format 2 as format 3, and the engine, have it; what depends on the data type stays open.

    Raises
    ------
    MetadataValidationError
        If the shuffle of blosc is none.
    """
    name = str(config["id"])
    options = {key: value for key, value in config.items() if key != "id"}
    if name == "n5_wrapper":
        inner = options.get("compressor_config")
        compressor = None if inner is None else engine_document(inner)
        # The engine knows the chunk's shape and the type of its numbers.
        options = {"compressor": compressor}
    if name not in _DEFAULTS:
        return {"name": f"numcodecs.{name}", "configuration": options}
    options = _DEFAULTS[name] | options
    if name == "blosc":
        # Recorded by some writers for their own use.
        options.pop("typesize", None)
        shuffle = options.pop("shuffle")
        if isinstance(shuffle, str):
            shuffle = _GDAL_SHUFFLES.get(shuffle, shuffle)
        if not isinstance(shuffle, int) or shuffle not in (_BLOSC_AUTO, *_BLOSC_SHUFFLES):
            raise MetadataValidationError(f"compressor: blosc has shuffle -1, 0, 1 or 2, found {shuffle!r}")
        if shuffle != _BLOSC_AUTO:
            options["shuffle"] = _BLOSC_SHUFFLES[shuffle]
    return {"name": "numcodecs.zlib" if name == "zlib" else name, "configuration": options}


def _from_v3(data: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Return the format 2 config of a codec's format 3 metadata."""
    name = str(data["name"]).removeprefix("numcodecs.")
    options = dict(data.get("configuration", {}))
    if name == "blosc":
        options.pop("typesize", None)
        numbers = {word: number for number, word in _BLOSC_SHUFFLES.items()} | {None: _BLOSC_AUTO}
        options["shuffle"] = numbers[options.get("shuffle")]
    elif name in ("bytes", "transpose", "sharding_indexed"):
        raise TypeError(f"{field}: codec {name} does not exist in format 2")
    return {"id": name} | options
