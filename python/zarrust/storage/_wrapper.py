"""Another name of `zarrust.storage.WrapperStore`."""

from zarrust.storage.wrapper import WrapperStore

__all__ = ["WrapperStore"]
