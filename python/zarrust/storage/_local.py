"""Another name of `zarrust.storage.LocalStore`."""

from zarrust.storage.local import LocalStore

__all__ = ["LocalStore"]
