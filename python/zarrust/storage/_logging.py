"""Another name of `zarrust.storage.LoggingStore`."""

from zarrust.storage.logging import LoggingStore

__all__ = ["LoggingStore"]
