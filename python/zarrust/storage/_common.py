"""Other names of `zarrust.storage.StorePath` and what makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust.storage import path as paths
from zarrust.storage.path import StoreLike, StorePath

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["StoreLike", "StorePath", "make_store_path"]


async def make_store_path(
    store_like: StoreLike,
    *,
    path: str | None = "",
    mode: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> StorePath:
    """Return the store and path that a user means, as `zarrust.storage.make_store_path` does without awaiting."""
    return paths.make_store_path(store_like, path=path, mode=mode, storage_options=storage_options)
