"""Stores: where the bytes are."""

from typing import Any

from zarrust.storage.fsspec import FsspecStore, RemoteStore
from zarrust.storage.local import LocalStore
from zarrust.storage.memory import MemoryStore
from zarrust.storage.object import ObjectStore
from zarrust.storage.path import StoreLike, StorePath, make_store_path

__all__ = [
    "FsspecStore",
    "LocalStore",
    "MemoryStore",
    "ObjectStore",
    "RemoteStore",
    "StoreLike",
    "StorePath",
    "default_compressor",
    "make_store_path",
]

default_compressor: Any = "auto"
"""What compresses new arrays that do not say it, as in version 2: assign a numcodecs codec, its config, or None for
none. New arrays then have format 2; where format 3 is asked for the codec is translated. ``"auto"``, the start value,
is zarr-python 3's default: zstd at level 0."""
