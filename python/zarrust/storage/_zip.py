"""Another name of `zarrust.storage.ZipStore`."""

from zarrust.storage.zip import ZipStore

__all__ = ["ZipStore"]
