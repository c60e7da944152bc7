"""Stores: where the bytes are."""

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from zarrust._submodules import on_demand
from zarrust.abc.store import Store
from zarrust.storage.fsspec import FsspecStore, RemoteStore
from zarrust.storage.http import HTTPStore, HttpStore
from zarrust.storage.local import DirectoryStore, LocalStore, NestedDirectoryStore, TempStore
from zarrust.storage.memory import DictStore, KVStore, ManagedMemoryStore, MemoryStore
from zarrust.storage.object import ObjectStore
from zarrust.storage.path import StoreLike, StorePath, make_store_path
from zarrust.storage.wrapper import WrapperStore

if TYPE_CHECKING:
    from zarrust.storage.dbm import DBMStore
    from zarrust.storage.fsstore import FSStore
    from zarrust.storage.gpu import GpuMemoryStore
    from zarrust.storage.lmdb import LMDBStore
    from zarrust.storage.logging import LoggingStore
    from zarrust.storage.lru import LRUStoreCache
    from zarrust.storage.mongodb import MongoDBStore
    from zarrust.storage.n5 import N5FSStore, N5Store
    from zarrust.storage.redis import RedisStore
    from zarrust.storage.sqlite import SQLiteStore
    from zarrust.storage.version2 import (
        contains_array,
        contains_group,
        getsize,
        init_array,
        init_group,
        listdir,
        normalize_store_arg,
        rename,
        rmdir,
    )
    from zarrust.storage.zip import ZipStore

__all__ = [
    "DBMStore",
    "DictStore",
    "DirectoryStore",
    "FSStore",
    "FsspecStore",
    "GpuMemoryStore",
    "HTTPStore",
    "HttpStore",
    "KVStore",
    "LMDBStore",
    "LRUStoreCache",
    "LocalStore",
    "LoggingStore",
    "ManagedMemoryStore",
    "MemoryStore",
    "MongoDBStore",
    "N5FSStore",
    "N5Store",
    "NestedDirectoryStore",
    "ObjectStore",
    "RedisStore",
    "RemoteStore",
    "SQLiteStore",
    "Store",
    "StoreLike",
    "StorePath",
    "TempStore",
    "WrapperStore",
    "ZipStore",
    "contains_array",
    "contains_group",
    "default_compressor",
    "getsize",
    "init_array",
    "init_group",
    "listdir",
    "make_store_path",
    "normalize_store_arg",
    "rename",
    "rmdir",
]

default_compressor: Any = "auto"
"""What compresses new arrays that do not say it, as in version 2: assign a numcodecs codec, its config, or None for
none. New arrays then have format 2; where format 3 is asked for the codec is translated. ``"auto"``, the start value,
is zarr-python 3's default: zstd at level 0."""

_RARE = {
    "DBMStore": "dbm",
    "FSStore": "fsstore",
    "GpuMemoryStore": "gpu",
    "LMDBStore": "lmdb",
    "LRUStoreCache": "lru",
    "LoggingStore": "logging",
    "MongoDBStore": "mongodb",
    "N5FSStore": "n5",
    "N5Store": "n5",
    "RedisStore": "redis",
    "SQLiteStore": "sqlite",
    "ZipStore": "zip",
    **dict.fromkeys(
        [
            *("contains_array", "contains_group", "getsize", "init_array", "init_group", "listdir"),
            *("normalize_store_arg", "rename", "rmdir"),
        ],
        "version2",
    ),
}
"""What few programs use, imported when it is asked for, and the modules that have it."""


class _Storage(ModuleType):
    """The type of this module: a wrong default is refused where it is set, not where an array is made."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "default_compressor":
            codec = hasattr(value, "get_config") or hasattr(value, "to_dict") or isinstance(value, Mapping)
            if not (codec or value is None or value == "auto"):
                raise TypeError(
                    f"default_compressor: expected a codec, its configuration, None or 'auto', found {value!r}"
                )
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the name: functions that use the module are sent to other processes with it, by dask for one."""
        return import_module, (self.__name__,)


sys.modules[__name__].__class__ = _Storage


__getattr__ = on_demand(__name__, _RARE)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
