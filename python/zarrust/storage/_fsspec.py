"""Other names of `zarrust.storage.FsspecStore` and of what goes with it."""

from zarrust.storage.fsspec import ALLOWED_EXCEPTIONS, FsspecStore
from zarrust.storage.fsspec import make_async as _make_async

__all__ = ["ALLOWED_EXCEPTIONS", "FsspecStore", "_make_async"]
