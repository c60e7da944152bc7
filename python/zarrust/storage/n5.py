"""`N5Store`: hierarchies of N5, read as arrays and groups of format 2.

Source: N5's specification (saalfeldlab/n5, "Filesystem specification"); what the documents become is zarr-python 2's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust import _core
from zarrust.abc.byte_ranges import cut
from zarrust.abc.listing import folder
from zarrust.errors import MetadataValidationError, UnknownCodecError
from zarrust.metadata.fields import chunk_lengths, integers, need
from zarrust.metadata.text import parse
from zarrust.storage.native import ReadOnlyStore

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Mapping

    from zarrust.abc.store import Store

__all__ = ["N5FSStore", "N5Store"]

_DOCUMENT = "attributes.json"
_KEYWORDS = frozenset(("n5", "dimensions", "blockSize", "dataType", "compression", "compressionType"))
_DATA_TYPES = frozenset(
    ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float32", "float64")
)

_Config = dict[str, Any]


def _gzip(options: _Config) -> _Config:
    level = options.get("level", -1)
    # N5 writes -1 for zlib's own default.
    known = level if isinstance(level, int) and 0 <= level <= 9 else 6
    return {"id": "zlib" if options.get("useZlib") else "gzip", "level": known}


def _blosc(options: _Config) -> _Config:
    usual = {"cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0}
    return {"id": "blosc"} | {name: options.get(name, value) for name, value in usual.items()}


def _lzma(options: _Config) -> _Config:
    # What zarr-python 2 writes for a format that is not xz.
    return {"id": "lzma"} | {name: options.get(name) for name in ("format", "check", "preset", "filters")}


_COMPRESSIONS: dict[str, Callable[[_Config], _Config | None]] = {
    "raw": lambda options: None,
    "gzip": _gzip,
    "zlib": lambda options: _gzip(options | {"useZlib": True}),
    "bzip2": lambda options: {"id": "bz2", "level": options.get("blockSize", 9)},
    # Of lz4-java's blocks or numcodecs' own: they tell themselves apart.
    "lz4": lambda options: {"id": "lz4", "acceleration": 1},
    "xz": lambda options: {"id": "lzma", "format": 1, "check": -1, "preset": options.get("preset"), "filters": None},
    "lzma": _lzma,
    "blosc": _blosc,
    "zstd": lambda options: {"id": "zstd", "level": options.get("level", 3)},
}
"""N5's compressions as numcodecs has them."""


def _compressor(attributes: Mapping[str, Any], key: str) -> _Config | None:
    # Before N5 1.1 the compression was a bare name.
    found = attributes.get("compression", attributes.get("compressionType"))
    options = {"type": found} if isinstance(found, str) else found
    if not isinstance(options, dict) or not isinstance(options.get("type"), str):
        raise MetadataValidationError(f'{key}: compression: expected an object with "type", found {found!r:.200}')
    if options["type"] not in _COMPRESSIONS:
        raise UnknownCodecError(
            f"{key}: compression: {options['type']!r} is not known; known are {', '.join(sorted(_COMPRESSIONS))}"
        )
    return _COMPRESSIONS[options["type"]](options)


def _is_array(attributes: Mapping[str, Any] | None) -> bool:
    return attributes is not None and "dimensions" in attributes and "dataType" in attributes


def _zarray(attributes: Mapping[str, Any], key: str) -> _Config:
    """Return the ``.zarray`` of an array of N5, whose axes are in the opposite order."""
    shape = integers(need(attributes, "dimensions", key), "dimensions", key)
    chunks = chunk_lengths(need(attributes, "blockSize", key), shape, "blockSize", key)
    if len(chunks) != len(shape):
        raise MetadataValidationError(f"{key}: blockSize: expected {len(shape)} lengths, found {[*chunks]}")
    name = attributes["dataType"]
    if name not in _DATA_TYPES:
        raise MetadataValidationError(
            f"{key}: dataType: expected one of {', '.join(sorted(_DATA_TYPES))}, found {name!r:.200}"
        )
    dtype = np.dtype(name).str
    return {
        "zarr_format": 2,
        "shape": shape[::-1],
        "chunks": chunks[::-1],
        "dtype": dtype,
        "fill_value": 0,
        "order": "C",
        "filters": None,
        "dimension_separator": ".",
        "compressor": {
            "id": "n5_wrapper",
            "compressor_config": _compressor(attributes, key),
            "dtype": dtype,
            "chunk_shape": chunks[::-1],
        },
    }


class _Names:
    """The engine's view of what N5 has under other names: documents, and which keys there are."""

    def __init__(self, inner: _core.Store) -> None:
        self._inner = inner

    def _attributes(self, path: str) -> dict[str, Any] | None:
        key = folder(path) + _DOCUMENT
        text = self._inner.get(key)
        return None if text is None else parse(text, key)

    def _document(self, path: str, name: str) -> Mapping[str, Any] | None:
        if name not in (".zarray", ".zgroup", ".zattrs"):
            return None
        attributes = self._attributes(path)
        if attributes is None:
            # A folder is a group, whatever it is that lies in it.
            return {"zarr_format": 2} if name == ".zgroup" and self._inner.list_dir(path) else None
        if name == ".zattrs":
            return {key: value for key, value in attributes.items() if key not in _KEYWORDS}
        if _is_array(attributes) is not (name == ".zarray"):
            return None
        return _zarray(attributes, folder(path) + _DOCUMENT) if name == ".zarray" else {"zarr_format": 2}

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a document or a part of it."""
        path, _, name = key.rpartition("/")
        document = self._document(path, name)
        return None if document is None else cut(json.dumps(document).encode(), start, end, suffix)

    def size(self, key: str) -> int | None:
        """Return the size of a document, in bytes."""
        value = self.get(key, None, None, None)
        return None if value is None else len(value)

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the keys in a folder."""
        found = self._inner.list(prefix)
        nodes = {key[: -len(_DOCUMENT)].rstrip("/") for key in found if f"/{key}".endswith(f"/{_DOCUMENT}")}
        axes: dict[str, int] = {}
        for path in sorted(nodes):
            attributes = self._attributes(path)
            if attributes is not None and _is_array(attributes):
                axes[path] = len(attributes["dimensions"])
        keys: dict[str, None] = {}
        for key in found:
            array = next((path for path in _folders(key) if path in axes), None)
            if array is not None:
                chunk = _chunk(key[len(folder(array)) :], axes[array])
                keys.update(dict.fromkeys([] if chunk is None else [folder(array) + chunk]))
            for path in _folders(key):
                if path not in axes and folder(path).startswith(folder(prefix)):
                    keys[f"{folder(path)}.zgroup"] = None
        keys.update({f"{folder(path)}.zarray": None for path in axes})
        keys.update({f"{folder(path)}.zattrs": None for path in nodes})
        return [*keys]

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        names = self._inner.list_dir(prefix)
        attributes = self._attributes(prefix) if _DOCUMENT in names else None
        if attributes is None:
            return [".zgroup", *names] if names else []
        if not _is_array(attributes):
            return [".zgroup", ".zattrs", *(name for name in names if name != _DOCUMENT)]
        start = len(folder(prefix))
        chunks = (_chunk(key[start:], len(attributes["dimensions"])) for key in self._inner.list(prefix))
        return [".zarray", ".zattrs", *(chunk for chunk in chunks if chunk is not None)]


def _folders(key: str) -> builtins.list[str]:
    """Return the folders that a key lies in, from the innermost to the root."""
    parts = key.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]


def _chunk(block: str, ndim: int) -> str | None:
    """Return what format 2 calls a block, None for what is no block."""
    parts = block.split("/")
    return ".".join(parts[::-1]) if len(parts) == ndim and all(part.isdecimal() for part in parts) else None


class N5Store(ReadOnlyStore):
    """A hierarchy of N5, for reading: its datasets are arrays of format 2 with the axes in the opposite order.

    Blocks are read by the engine where they lie; ``attributes.json`` gives the metadata and the attributes. A folder
    without one is a group. Compressions: raw, gzip, bzip2, lz4, xz, blosc and zstd.

    Parameters
    ----------
    store : path, URL, mapping or Store
        With the hierarchy.
    read_only : bool, default True
        True: N5 is not written here.
    normalize_keys, dimension_separator : optional
        Accepted; without effect on N5's keys.
    storage_options : mapping, optional
        Of a URL's store.

    Raises
    ------
    ValueError
        If ``read_only`` is False.

    Examples
    --------
    >>> import zarrust
    >>> store = {
    ...     "a/attributes.json": b'{"dimensions": [3, 1], "blockSize": [2, 1], "dataType": "uint8",'
    ...     b' "compression": {"type": "raw"}, "unit": "m"}',
    ...     "a/0/0": bytes([0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 8]),
    ...     "a/1/0": bytes([0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 9]),
    ... }
    >>> z = zarrust.open_group(N5Store(store))["a"]
    >>> z[:].tolist(), dict(z.attrs)
    ([[7, 8, 9]], {'unit': 'm'})
    """

    _read_only_because = "; N5 is read here, not written: zarrust.copy_all copies it into a group of Zarr"

    def __init__(
        self,
        store: Any,
        read_only: bool = True,
        *,
        normalize_keys: bool = False,
        dimension_separator: str | None = None,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        from zarrust.storage.path import make_store_path

        super().__init__(read_only=read_only)
        place = make_store_path(store, storage_options=storage_options)
        self._store: Store = place.store
        self.path: str = place.path

    def _make_native(self) -> _core.Store:
        blocks = self._store._handle.prefixed(self.path)
        return _core.Store.n5(blocks, _core.Store.python(_Names(blocks), f"n5:{blocks.identity}"))

    @property
    def supports_listing(self) -> bool:
        """Whether the store can list its keys."""
        return bool(self._store.supports_listing)

    @property
    def _lists_all(self) -> bool:  # type: ignore[override]
        return self._store._lists_all

    def __str__(self) -> str:
        return f"n5+{self._store}" + (f"/{self.path}" if self.path else "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, N5Store) and (self._store, self.path) == (other._store, other.path)

    def __hash__(self) -> int:
        return super().__hash__()


class N5FSStore(N5Store):
    """The same over a file system of fsspec, as version 2 spelled it.

    Parameters
    ----------
    url : str
        Of the hierarchy.
    mode : {"r"}, default "r"
        N5 is only read.
    **storage_options
        Of the URL's store.
    """

    def __init__(self, url: Any, mode: str = "r", **storage_options: Any) -> None:
        super().__init__(url, read_only=mode == "r", storage_options=storage_options or None)
