"""Settings: dotted keys, from the defaults, files, the environment and ``config.set``.

Files of YAML or JSON lie in ``~/.config/zarr``, or where `Config.collect` says.
The environment says ``ZARR_ARRAY__ORDER=F`` or ``ZARRUST_ARRAY__ORDER=F`` for ``array.order``; two underscores are a
dot, values are Python literals where they parse as such. ``ZARRUST_`` wins over ``ZARR_``.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import threading
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from zarrust.config_sources import flatten, from_environment, from_files, main_path, nest, search_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    # What becomes of chunks that are written in part: "replace", or "compare_and_swap" where others write too.
    "array.write_mode": "replace",
    # Size of a shard, in bytes, that shards="auto" aims at; None for this package's choice.
    "array.target_shard_size_bytes": None,
    # What becomes of NaN and infinities in attributes, which JSON does not have: "words" for the strings "NaN",
    # "Infinity" and "-Infinity", "null", or "raise" for a ValueError.
    "attributes.nan": "words",
    # Requests on their way at a time.
    "async.concurrency": 10,
    # Bytes of chunks that are on their way over networks at a time.
    "network.bytes_in_flight": 1 << 30,
    # Threads that decode and encode; None for one per core.
    "threading.max_workers": None,
    # Who does the I/O of FsspecStore: "native" for the engine where it knows the file system and its options, "fsspec".
    "fsspec.engine": "native",
    # Spaces of indentation of documents; None for one line.
    "json_indent": 2,
    # Registered classes that stores are handed bytes in, and that results come back in.
    "buffer": "zarr.buffer.cpu.Buffer",
    "ndbuffer": "zarr.buffer.cpu.NDBuffer",
    # Whether a chunk that is not stored reads as the fill value.
    "array.read_missing_chunks": True,
    # Whether chunks of several lengths may be created.
    "array.rectilinear_chunks": False,
    # Parts of a shard that are fetched together: how close they lie, and how long they are together.
    "array.sharding_coalesce_max_gap_bytes": 1 << 20,
    "array.sharding_coalesce_max_bytes": 16 << 20,
    # Bytes of indexes of shards that the process keeps, so that another read in a shard need not fetch its index again.
    "sharding.index_cache_bytes": 64 << 20,
    # Whether objects stored as pickles are read.
    "array.allow_unsafe_pickle_decode": False,
    # Seconds that a coroutine of the user may take; None for any time.
    "async.timeout": None,
    # Registered class that reads and writes chunks; this one stands for the engine.
    "codec_pipeline.path": "zarr.core.codec_pipeline.BatchedCodecPipeline",
    # Keys of zarr-python that choose parts of its pipeline: they can be read and set, the engine has no such parts.
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


_LIMITS = {
    "threads": "threading.max_workers",
    "requests": "async.concurrency",
    "bytes": "network.bytes_in_flight",
    "index_bytes": "sharding.index_cache_bytes",
}
"""What the engine is told of: its own names of settings."""

# Keys of zarr-python 3.0 that chose what new arrays are encoded by.
_REMOVED = ("array.v2_default_compressor", "array.v2_default_filters", "array.v3_default_")

NO_DEFAULT = "__no_default__"
"""Stands for a default that is not given; donfig's own value."""


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
        self._defaults = dict(DEFAULTS)
        # Replaced, never changed: who reads needs no lock.
        self._values: dict[str, Any] = {}
        self._told: dict[str, Any] = {}
        self.reset()

    @property
    def defaults(self) -> list[dict[str, Any]]:
        """The built-in values, as nested dictionaries."""
        return [nest(self._defaults)]

    def get(self, key: str, default: Any = NO_DEFAULT) -> Any:
        """Return the value of a dotted key, or a dictionary for a key that has parts.

        Parameters
        ----------
        key : str
            ``-`` and ``_`` are the same.
        default : optional
            Returned for a key that is unknown.

        Raises
        ------
        KeyError
            If the key is unknown and no default is given.
        """
        values = self._values
        if key in values:
            return values[key]
        key = _canonical(key, values)
        if key in values:
            return values[key]
        parts = {name.removeprefix(key + "."): value for name, value in values.items() if name.startswith(key + ".")}
        if parts:
            return nest(parts)
        if isinstance(default, str) and default == NO_DEFAULT:
            raise KeyError(key)
        return default

    def __getitem__(self, item: str) -> Any:
        return self.get(item)

    def __contains__(self, item: object) -> bool:
        return isinstance(item, str) and self.get(item, ...) is not ...

    def set(self, arg: Mapping[str, Any] | None = None, **kwargs: Any) -> _Setting:
        """Set values, for good or, in ``with``, for a block.

        Parameters
        ----------
        arg : mapping, optional
            Dotted keys, or nested mappings.
        **kwargs
            The same, with ``__`` for the dot.

        Raises
        ------
        ValueError
            If a key is one that zarr-python has removed.
        """
        flat = flatten(arg or {}) | flatten({name.replace("__", "."): value for name, value in kwargs.items()})
        if removed := [key for key in flat if key.startswith(_REMOVED)]:
            raise ValueError(f"Configuration value {removed[0]!r} has been removed")
        with self._lock:
            new = {_canonical(key, self._values): value for key, value in flat.items()}
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
        flat = flatten(new)
        with self._lock:
            self._become(self._values | flat if priority == "new" else flat | self._values)

    def reset(self) -> None:
        """Go back to the defaults, the files and the environment, read anew."""
        self.refresh()

    def refresh(self, **kwargs: Any) -> None:
        """Go back to the defaults, the files and the environment, read anew; the arguments are those of `collect`."""
        found = flatten(self.collect(**kwargs))
        with self._lock:
            start = dict(self._defaults)
            self._become(start | {_canonical(key, start): value for key, value in found.items()})

    def collect(self, paths: Sequence[str] | None = None, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return what files and the environment say, as nested dictionaries.

        Parameters
        ----------
        paths : sequence of str, optional
            Files, and folders of files, of YAML (where PyYAML is installed) or JSON; later ones win. By default
            ``/etc/zarr`` or what ``ZARR_ROOT_CONFIG`` names, ``etc/zarr`` of the Python installation,
            ``~/.config/zarr``, and what ``ZARR_CONFIG`` names.
        env : mapping, optional
            By default the environment.

        Raises
        ------
        ValueError
            If a file cannot be parsed.
        """
        environ = os.environ if env is None else env
        return nest(from_files(search_paths() if paths is None else paths) | from_environment(environ))

    def clear(self) -> None:
        """Forget all values, the defaults too."""
        with self._lock:
            self._become({})

    def merge(self, *dicts: Mapping[str, Any]) -> None:
        """Take values over from several mappings, for good; later ones win."""
        for new in dicts:
            self.update(new)

    def update_defaults(self, new: Mapping[str, Any]) -> None:
        """Change values at the start; a key that has another value by now keeps it.

        Parameters
        ----------
        new : mapping
            Dotted keys, or nested mappings.
        """
        with self._lock:
            former = self._defaults
            self._defaults = former | flatten(new)
            untouched = {
                key: value
                for key, value in flatten(new).items()
                if key not in self._values or (key in former and self._values[key] == former[key])
            }
            self._become(self._values | untouched)

    def rename(self, aliases: Mapping[str, str]) -> None:
        """Move values to other keys.

        Parameters
        ----------
        aliases : mapping
            New keys by old ones; what has no value stays without.
        """
        with self._lock:
            moved = {
                new: self._values[_canonical(old, self._values)]
                for old, new in aliases.items()
                if self.get(old, None) is not None
            }
            gone = {_canonical(old, self._values) for old in aliases}
            self._become({key: value for key, value in self._values.items() if key not in gone} | moved)

    def expand_environment_variables(self) -> None:
        """Replace ``$NAME`` and ``${NAME}`` in all values that are texts, or hold some."""
        with self._lock:
            self._become({key: _expanded(value) for key, value in self._values.items()})

    def serialize(self) -> str:
        """Return all settings as a text, for ``ZARR_INTERNAL_INHERIT_CONFIG`` of another process."""
        return base64.urlsafe_b64encode(json.dumps(self.to_dict()).encode()).decode()

    def ensure_file(self, source: str, destination: str | None = None, comment: bool = True) -> None:
        """Copy a file of settings to where the user's are, unless it is there; what cannot be written is left.

        Parameters
        ----------
        source : str
            A file of YAML.
        destination : str, optional
            A folder; by default ``~/.config/zarr``, or what ``ZARR_CONFIG`` names.
        comment : bool, default True
            Whether every line becomes a comment.
        """
        folder = destination or main_path()
        target = os.path.join(folder, os.path.basename(source))
        if os.path.isfile(folder) or os.path.exists(target):
            return
        with open(source, encoding="utf-8") as opened:
            lines = opened.readlines()
        if comment:
            lines = [line if not line.strip() or line.startswith("#") else f"# {line}" for line in lines]
        with contextlib.suppress(OSError):
            os.makedirs(folder, exist_ok=True)
            with open(target, "w", encoding="utf-8") as opened:
                opened.writelines(lines)

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
            for name, key in _LIMITS.items()
            if self._values.get(key, DEFAULTS[key]) != DEFAULTS[key]
        }
        if limits != self._told:
            from zarrust import _core

            _core.configure(**dict.fromkeys(self._told) | limits)
            self._told = limits

    @property
    def config(self) -> dict[str, Any]:
        """All settings as nested dictionaries, which are a copy."""
        return self.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """Return all settings as nested dictionaries."""
        return nest(self._values)

    def pprint(self, **kwargs: Any) -> None:
        """Print all settings; the keyword arguments are those of `pprint.pprint`."""
        from pprint import pprint

        pprint(self.to_dict(), **kwargs)


def _canonical(key: str, values: Mapping[str, Any]) -> str:
    """Return the key that is there and differs only in ``-`` and ``_``, else the key itself."""
    if key in values:
        return key
    wanted = key.replace("-", "_")
    return next((known for known in values if known.replace("-", "_") == wanted), key)


def _expanded(value: Any) -> Any:
    if isinstance(value, str):
        return os.path.expandvars(value)
    if isinstance(value, (list, tuple, set)):
        return type(value)(map(_expanded, value))
    return value


config: Config = Config()
"""The settings of the process, see `Config`."""
