"""Stores: where the bytes are."""

from zarrust.storage.local import LocalStore
from zarrust.storage.memory import MemoryStore
from zarrust.storage.object import ObjectStore
from zarrust.storage.path import StoreLike, StorePath, make_store_path

__all__ = ["LocalStore", "MemoryStore", "ObjectStore", "StoreLike", "StorePath", "make_store_path"]
