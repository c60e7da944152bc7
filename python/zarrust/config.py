"""Settings: dotted keys, from the defaults, the environment and ``config.set``.

The environment says ``ZARR_ARRAY__ORDER=F`` or ``ZARRUST_ARRAY__ORDER=F`` for ``array.order``; two underscores are a
dot, values are Python literals where they parse as such. ``ZARRUST_`` wins over ``ZARR_``.
"""

from __future__ import annotations

import ast
import os
import threading
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["BadConfigError", "Config", "config"]


class BadConfigError(ValueError):
    """A setting has a value that cannot be used."""


DEFAULTS: dict[str, Any] = {
    # Format of what is created, where nothing else decides: 2 or 3.
    "default_zarr_format": 3,
    # Memory order of what a read returns: "C" or "F".
    "array.order": "C",
    # Whether a chunk that is all fill value is stored.
    "array.write_empty_chunks": False,
    # Size of a shard, in bytes, that shards="auto" aims at; None for this package's choice.
    "array.target_shard_size_bytes": None,
    # What becomes of NaN and infinities in attributes, which JSON does not have: "words" for the strings "NaN",
    # "Infinity" and "-Infinity", "null", or "raise" for a ValueError.
    "attributes.nan": "words",
    # Requests on their way at a time.
    "async.concurrency": 10,
    # Threads that decode and encode; None for one per core.
    "threading.max_workers": None,
    # Who does the I/O of FsspecStore: "native" for the engine where it knows the file system and its options, "fsspec".
    "fsspec.engine": "native",
    # Spaces of indentation of documents; None for one line.
    "json_indent": 2,
    # Registered classes that stores are handed bytes in, and that results come back in.
    "buffer": "zarr.buffer.cpu.Buffer",
    "ndbuffer": "zarr.buffer.cpu.NDBuffer",
    # Keys of zarr-python that choose parts of its pipeline: they can be read and set, the engine has no such parts.
    "array.read_missing_chunks": True,
    "array.rectilinear_chunks": False,
    "array.sharding_coalesce_max_gap_bytes": 1 << 20,
    "array.sharding_coalesce_max_bytes": 16 << 20,
    "array.allow_unsafe_pickle_decode": False,
    "async.timeout": None,
    "codec_pipeline.path": "zarr.core.codec_pipeline.BatchedCodecPipeline",
    "codec_pipeline.batch_size": 1,
    "codec_pipeline.max_workers": None,
    "codecs.blosc": "zarr.codecs.blosc.BloscCodec",
    "codecs.bytes": "zarr.codecs.bytes.BytesCodec",
    "codecs.crc32c": "zarr.codecs.crc32c_.Crc32cCodec",
    "codecs.endian": "zarr.codecs.bytes.BytesCodec",
    "codecs.gzip": "zarr.codecs.gzip.GzipCodec",
    "codecs.numcodecs.adler32": "zarr.codecs.numcodecs.Adler32",
    "codecs.numcodecs.astype": "zarr.codecs.numcodecs.AsType",
    "codecs.numcodecs.bitround": "zarr.codecs.numcodecs.BitRound",
    "codecs.numcodecs.blosc": "zarr.codecs.numcodecs.Blosc",
    "codecs.numcodecs.bz2": "zarr.codecs.numcodecs.BZ2",
    "codecs.numcodecs.crc32": "zarr.codecs.numcodecs.CRC32",
    "codecs.numcodecs.crc32c": "zarr.codecs.numcodecs.CRC32C",
    "codecs.numcodecs.delta": "zarr.codecs.numcodecs.Delta",
    "codecs.numcodecs.fixedscaleoffset": "zarr.codecs.numcodecs.FixedScaleOffset",
    "codecs.numcodecs.fletcher32": "zarr.codecs.numcodecs.Fletcher32",
    "codecs.numcodecs.gzip": "zarr.codecs.numcodecs.GZip",
    "codecs.numcodecs.jenkins_lookup3": "zarr.codecs.numcodecs.JenkinsLookup3",
    "codecs.numcodecs.lz4": "zarr.codecs.numcodecs.LZ4",
    "codecs.numcodecs.lzma": "zarr.codecs.numcodecs.LZMA",
    "codecs.numcodecs.packbits": "zarr.codecs.numcodecs.PackBits",
    "codecs.numcodecs.pcodec": "zarr.codecs.numcodecs.PCodec",
    "codecs.numcodecs.quantize": "zarr.codecs.numcodecs.Quantize",
    "codecs.numcodecs.shuffle": "zarr.codecs.numcodecs.Shuffle",
    "codecs.numcodecs.zfpy": "zarr.codecs.numcodecs.ZFPY",
    "codecs.numcodecs.zlib": "zarr.codecs.numcodecs.Zlib",
    "codecs.numcodecs.zstd": "zarr.codecs.numcodecs.Zstd",
    "codecs.sharding_indexed": "zarr.codecs.sharding.ShardingCodec",
    "codecs.transpose": "zarr.codecs.transpose.TransposeCodec",
    "codecs.vlen-bytes": "zarr.codecs.vlen_utf8.VLenBytesCodec",
    "codecs.vlen-utf8": "zarr.codecs.vlen_utf8.VLenUTF8Codec",
    "codecs.zstd": "zarr.codecs.zstd.ZstdCodec",
}
"""Every key and its value at the start."""


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for prefix in ("ZARR_", "ZARRUST_"):
        for name, text in environ.items():
            if name.startswith(prefix):
                values[name.removeprefix(prefix).lower().replace("__", ".")] = _literal(text)
    return values


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        key = prefix + name
        if isinstance(value, Mapping):
            flat |= _flatten(value, key + ".")
        else:
            flat[key] = value
    return flat


class _Setting:
    """What ``config.set`` returns: used in ``with``, it puts the former values back at the end."""

    def __init__(self, owner: Config, former: dict[str, Any]) -> None:
        self._owner = owner
        self._former = former

    def __enter__(self) -> Config:
        return self._owner

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._owner._restore(self._former)


class Config:
    """The settings of the process.

    Examples
    --------
    >>> from zarrust import config
    >>> config.get("array.order")
    'C'
    >>> with config.set({"array.order": "F"}):
    ...     config.get("array.order")
    'F'
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        # Replaced, never changed: who reads needs no lock.
        self._values: dict[str, Any] = {}
        self._told: dict[str, Any] = {}
        self.reset()

    @property
    def defaults(self) -> list[dict[str, Any]]:
        """The built-in values, as nested dictionaries."""
        return [_nest(DEFAULTS)]

    def get(self, key: str, default: Any = ...) -> Any:
        """Return the value of a dotted key, or a dictionary for a key that has parts.

        Raises
        ------
        KeyError
            If the key is unknown and no default is given.
        """
        values = self._values
        if key in values:
            return values[key]
        parts = {name.removeprefix(key + "."): value for name, value in values.items() if name.startswith(key + ".")}
        if parts:
            return _nest(parts)
        if default is ...:
            raise KeyError(key)
        return default

    def set(self, values: Mapping[str, Any] | None = None, **kwargs: Any) -> _Setting:
        """Set values, for good or, in ``with``, for a block.

        Parameters
        ----------
        values : mapping, optional
            Dotted keys, or nested mappings.
        **kwargs
            The same, with ``__`` for the dot.
        """
        new = _flatten(values or {}) | _flatten({name.replace("__", "."): value for name, value in kwargs.items()})
        with self._lock:
            former = {key: self._values.get(key, ...) for key in new}
            self._become(self._values | new)
        return _Setting(self, former)

    def update(self, new: Mapping[str, Any], priority: Literal["new", "old"] = "new") -> None:
        """Take values over, for good.

        Parameters
        ----------
        new : mapping
            Dotted keys, or nested mappings.
        priority : {"new", "old"}
            What stays where a key has a value already.

        Raises
        ------
        ValueError
            If the priority is neither.
        """
        if priority not in ("new", "old"):
            raise ValueError(f"priority: expected 'new' or 'old', found {priority!r}")
        flat = _flatten(new)
        with self._lock:
            self._become(self._values | flat if priority == "new" else flat | self._values)

    def reset(self) -> None:
        """Go back to the defaults and the environment, read anew."""
        with self._lock:
            self._become(DEFAULTS | _from_environment(os.environ))

    def refresh(self) -> None:
        """Go back to the defaults and the environment, read anew; donfig's other name for `reset`."""
        self.reset()

    def enable_gpu(self) -> _Setting:
        """Make reads return CuPy arrays, for good or, in ``with``, for a block.

        Raises
        ------
        ImportError
            If CuPy is not installed.

        Notes
        -----
        The engine decodes into main memory; results are copied to the GPU from there.
        """
        if find_spec("cupy") is None:
            raise ImportError("enable_gpu: arrays on a GPU need CuPy, which is not installed")
        import_module("zarrust.buffer.gpu")
        return self.set({"buffer": "zarr.buffer.gpu.Buffer", "ndbuffer": "zarr.buffer.gpu.NDBuffer"})

    def _restore(self, former: dict[str, Any]) -> None:
        with self._lock:
            kept = {key: value for key, value in self._values.items() if key not in former}
            self._become(kept | {key: value for key, value in former.items() if value is not ...})

    def _become(self, values: dict[str, Any]) -> None:
        self._values = values
        self._apply()

    def _apply(self) -> None:
        """Tell the engine of its limits, if they were changed; untouched, its own defaults stand."""
        limits = {
            name: self._values[key]
            for name, key in (("threads", "threading.max_workers"), ("requests", "async.concurrency"))
            if self._values[key] != DEFAULTS[key]
        }
        if limits != self._told:
            from zarrust import _core

            _core.configure(**dict.fromkeys(self._told) | limits)
            self._told = limits

    def to_dict(self) -> dict[str, Any]:
        """Return all settings as nested dictionaries."""
        return _nest(self._values)

    def pprint(self, **kwargs: Any) -> None:
        """Print all settings; the keyword arguments are those of `pprint.pprint`."""
        from pprint import pprint

        pprint(self.to_dict(), **kwargs)


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        *parents, last = key.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return nested


config = Config()
"""The settings of the process, see `Config`."""
