"""Another name of `zarrust.storage.ObjectStore`."""

from zarrust.storage.object import ObjectStore

__all__ = ["ObjectStore"]
