"""Another name of `zarrust.storage.MemoryStore`."""

from zarrust.storage.memory import MemoryStore

__all__ = ["MemoryStore"]
