"""Builders of object stores: S3, Google Cloud Storage, Azure, HTTP. Give one to `zarrust.storage.ObjectStore`.

Examples
--------
>>> import zarrust
>>> from zarrust.store import MemoryStore
>>> group = zarrust.create_group(zarrust.storage.ObjectStore(MemoryStore()))
"""

from zarrust import _core

_builders = _core.store

AzureStore = _builders.AzureStore
GCSStore = _builders.GCSStore
HTTPStore = _builders.HTTPStore
LocalStore = _builders.LocalStore
MemoryStore = _builders.MemoryStore
S3Store = _builders.S3Store
from_url = _builders.from_url

__all__ = ["AzureStore", "GCSStore", "HTTPStore", "LocalStore", "MemoryStore", "S3Store", "from_url"]
