"""Stores from URLs, and from what obstore, fsspec and universal_pathlib have for places."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from zarrust.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.abc.store import Store

__all__ = ["LOCAL_SCHEMES", "foreign_store", "scheme_of", "store_from_url"]

LOCAL_SCHEMES = ("file", "local")
"""Schemes of this machine's folders."""


def scheme_of(place: object) -> str | None:
    """Return the scheme of a URL; None for what is none, such as the path of a folder.

    Examples
    --------
    >>> scheme_of("s3://bucket/data.zarr"), scheme_of("simplecache::s3://bucket"), scheme_of("a/b")
    ('s3', 'simplecache', None)
    """
    if not isinstance(place, str) or "://" not in place:
        return None
    scheme = place.partition("://")[0].partition("::")[0]
    return scheme if scheme.replace("+", "").replace("-", "").replace(".", "").isalnum() else None


def store_from_url(url: str, options: Mapping[str, Any] | None = None, *, read_only: bool = False) -> Store:
    """Return the store of a URL that is not this machine's.

    Parameters
    ----------
    url : str
    options : mapping, optional
        As fsspec spells them.
    read_only : bool, default False

    Raises
    ------
    ValueError
        If an option or the scheme is unknown where fsspec is not installed.
    """
    if find_spec("fsspec") is not None:
        from zarrust.storage.fsspec import FsspecStore

        return FsspecStore.from_url(url, options, read_only=read_only)
    from zarrust.storage.fsspec_options import UntranslatedError, translate
    from zarrust.storage.object import ObjectStore

    scheme, _, rest = url.partition("://")
    if scheme == "memory":
        from zarrust.storage.memory import ManagedMemoryStore

        name, _, path = rest.partition("/")
        return ManagedMemoryStore(name or None, path=path, read_only=read_only)
    try:
        store = translate(scheme, dict(options or {}), url if scheme.startswith("http") else rest)
    except UntranslatedError as why:
        raise ValueError(f"{why}, and the package fsspec, which may, is not installed") from None
    # Plain HTTP servers cannot be written to, and say so only when asked.
    return ObjectStore(store, read_only=read_only or scheme.startswith("http"))


_CLIENTS = frozenset(("zarrust._core.store", "obstore._store"))
"""Where the clients of `zarrust.store` and of obstore come from."""


def foreign_store(place: object, *, path: object = None, read_only: bool = False) -> Store | None:
    """Return the store of a client, of a mapping of fsspec or of a path of universal_pathlib; None for anything else.

    Parameters
    ----------
    place : object
    path : str, optional
        Of a node below; a mapping has its own root and takes none.
    read_only : bool, default False

    Raises
    ------
    ValueError
        If a mapping of fsspec comes with a path.
    """
    if not _CLIENTS.isdisjoint(cls.__module__ for cls in type(place).__mro__):
        from zarrust.storage.object import ObjectStore

        # Plain HTTP servers cannot be written to, and say so only when asked.
        return ObjectStore(place, read_only=read_only or type(place).__name__ == "HTTPStore")
    # Neither can have been made without its package.
    mappings, paths = sys.modules.get("fsspec.mapping"), sys.modules.get("upath")
    if mappings is not None and isinstance(place, mappings.FSMap):
        if path:
            raise ValueError(
                "'path' was provided but is not used for FSMap store_like objects. "
                "Specify the path when creating the FSMap instance instead."
            )
        from zarrust.storage.fsspec import FsspecStore

        return FsspecStore.from_mapper(place, read_only=read_only)
    if paths is not None and isinstance(place, paths.UPath):
        upath: Any = place
        if upath.protocol in ("", *LOCAL_SCHEMES):
            return LocalStore(os.fspath(upath.path), read_only=read_only)
        from zarrust.storage.fsspec import FsspecStore

        return FsspecStore.from_upath(upath, read_only=read_only)
    return None
