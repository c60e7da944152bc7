"""Other names of `zarrust.storage.StorePath` and of what makes and joins paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust.storage import path as paths
from zarrust.storage.path import StoreLike, StorePath

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["StoreLike", "StorePath", "_dereference_path", "make_store_path"]


def _dereference_path(root: str, path: str) -> str:
    """Return a path below another, without a slash at the end, as `StorePath` joins them."""
    above = root.rstrip("/")
    return (f"{above}/{path}" if above else path).rstrip("/")


async def make_store_path(
    store_like: StoreLike,
    *,
    path: str | None = "",
    mode: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> StorePath:
    """Return the store and path that a user means, as `zarrust.storage.make_store_path` does without awaiting."""
    return paths.make_store_path(store_like, path=path, mode=mode, storage_options=storage_options)
