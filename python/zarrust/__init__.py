"""Chunked, compressed, n-dimensional arrays: Zarr formats 2 and 3 on a Rust engine, with zarr-python's API."""

from typing import TYPE_CHECKING, Any

from zarrust import codecs, errors, storage, store
from zarrust._core import __version__
from zarrust._submodules import on_demand
from zarrust.api.synchronous import (
    array,
    consolidate_metadata,
    copy,
    copy_all,
    copy_store,
    create,
    create_array,
    create_group,
    create_hierarchy,
    delete_node,
    empty,
    empty_like,
    from_array,
    full,
    full_like,
    group,
    load,
    ones,
    ones_like,
    open,
    open_array,
    open_consolidated,
    open_group,
    open_like,
    save,
    save_array,
    save_group,
    tree,
    zeros,
    zeros_like,
)
from zarrust.array import Array
from zarrust.async_array import AsyncArray
from zarrust.async_group import AsyncGroup
from zarrust.config import config
from zarrust.group import Group
from zarrust.synchronizers import ProcessSynchronizer, ThreadSynchronizer

if TYPE_CHECKING:
    from zarrust.debugging import print_debug_info, set_format, set_log_level
    from zarrust.statistics import stats

__all__ = [
    "Array",
    "AsyncArray",
    "AsyncGroup",
    "Group",
    "ProcessSynchronizer",
    "ThreadSynchronizer",
    "__version__",
    "array",
    "codecs",
    "config",
    "consolidate_metadata",
    "copy",
    "copy_all",
    "copy_store",
    "create",
    "create_array",
    "create_group",
    "create_hierarchy",
    "delete_node",
    "empty",
    "empty_like",
    "errors",
    "from_array",
    "full",
    "full_like",
    "group",
    "load",
    "ones",
    "ones_like",
    "open",
    "open_array",
    "open_consolidated",
    "open_group",
    "open_like",
    "print_debug_info",
    "save",
    "save_array",
    "save_group",
    "set_format",
    "set_log_level",
    "stats",
    "storage",
    "store",
    "tree",
    "zeros",
    "zeros_like",
]

_RARE = {
    **dict.fromkeys(["print_debug_info", "set_format", "set_log_level"], "debugging"),
    "stats": "statistics",
    **dict.fromkeys(
        [
            *("DBMStore", "DictStore", "DirectoryStore", "FSStore", "KVStore", "LMDBStore", "LRUStoreCache"),
            *("MemoryStore", "MongoDBStore", "N5FSStore", "N5Store", "NestedDirectoryStore", "RedisStore"),
            *("SQLiteStore", "TempStore", "ZipStore"),
        ],
        "storage",
    ),
}
"""What few programs use, imported when it is asked for, and the modules that have it. Version 2 has its stores here."""

_MODULES = ("abc", "core", "dtype", "experimental", "metadata", "registry", "testing", "types")
"""Modules that are imported when they are asked for, where `import zarr` has them at once."""


_find = on_demand(__name__, _RARE)


def __getattr__(name: str) -> Any:
    if name not in _RARE and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
