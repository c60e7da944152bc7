"""Stores: where the bytes are."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zarrust.abc.store import Store
from zarrust.storage.fsspec import FsspecStore, RemoteStore
from zarrust.storage.http import HTTPStore, HttpStore
from zarrust.storage.local import DirectoryStore, LocalStore, NestedDirectoryStore, TempStore
from zarrust.storage.memory import DictStore, KVStore, ManagedMemoryStore, MemoryStore
from zarrust.storage.object import ObjectStore
from zarrust.storage.path import StoreLike, StorePath, make_store_path
from zarrust.storage.wrapper import WrapperStore

if TYPE_CHECKING:
    from zarrust.storage.logging import LoggingStore
    from zarrust.storage.zip import ZipStore

__all__ = [
    "DictStore",
    "DirectoryStore",
    "FsspecStore",
    "HTTPStore",
    "HttpStore",
    "KVStore",
    "LocalStore",
    "LoggingStore",
    "ManagedMemoryStore",
    "MemoryStore",
    "NestedDirectoryStore",
    "ObjectStore",
    "RemoteStore",
    "Store",
    "StoreLike",
    "StorePath",
    "TempStore",
    "WrapperStore",
    "ZipStore",
    "default_compressor",
    "make_store_path",
]

default_compressor: Any = "auto"
"""What compresses new arrays that do not say it, as in version 2: assign a numcodecs codec, its config, or None for
none. New arrays then have format 2; where format 3 is asked for the codec is translated. ``"auto"``, the start value,
is zarr-python 3's default: zstd at level 0."""

_RARE = {"LoggingStore": "logging", "ZipStore": "zip"}
"""Stores that few programs use, imported when they are asked for, and the modules that have them."""


def __getattr__(name: str) -> Any:
    if name not in _RARE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_RARE[name]}"), name)
    return value
