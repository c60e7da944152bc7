"""Another name of `zarrust.storage.FsspecStore`."""

from zarrust.storage.fsspec import FsspecStore

__all__ = ["FsspecStore"]
