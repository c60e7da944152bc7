"""Version 2's functions about stores: nodes and keys by their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust.abc.listing import folder
from zarrust.storage.names import normalize_path
from zarrust.storage.path import StoreLike, make_store_path

if TYPE_CHECKING:
    from zarrust.abc.store import Store

__all__ = [
    "contains_array",
    "contains_group",
    "getsize",
    "init_array",
    "init_group",
    "listdir",
    "normalize_store_arg",
    "rename",
    "rmdir",
]

_BATCH = 16
"""Values on their way at a time: chunks may be large."""


def normalize_store_arg(store: StoreLike, storage_options: dict[str, Any] | None = None, mode: str = "r") -> Store:
    """Return the store that a user means.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
    storage_options : dict, optional
        Of a URL's store.
    mode : {"r", "r+", "a", "w", "w-"}, default "r"
        A path is opened so; a store that is given stays as it is.

    Examples
    --------
    >>> normalize_store_arg("data/example.zarr", mode="a")
    LocalStore('file://data/example.zarr')
    """
    opened = mode if isinstance(store, str) else None
    return make_store_path(store, mode=opened, storage_options=storage_options).store


def _node(store: StoreLike, path: str | None) -> Any:
    from zarrust.flows.drive import run
    from zarrust.flows.nodes import read_node

    place = make_store_path(store, path=path)
    return run(read_node(place.path, None, False), place.store)


def contains_array(store: StoreLike, path: str | None = None) -> bool:
    """Return whether there is an array.

    Parameters
    ----------
    store : Store, path, URL or mapping
    path : str, optional

    Examples
    --------
    >>> store = {}
    >>> init_array(store, shape=3, path="a/b")
    >>> contains_array(store, "a/b"), contains_group(store, "a"), contains_array(store, "a")
    (True, True, False)
    """
    from zarrust.metadata import GroupMetadata

    found = _node(store, path)
    return found is not None and not isinstance(found, GroupMetadata)


def contains_group(store: StoreLike, path: str | None = None) -> bool:
    """Return whether there is a group.

    Parameters
    ----------
    store : Store, path, URL or mapping
    path : str, optional
    """
    from zarrust.metadata import GroupMetadata

    return isinstance(_node(store, path), GroupMetadata)


def init_array(store: StoreLike, shape: Any, **kwargs: Any) -> None:
    """Make an array without opening it.

    Parameters
    ----------
    store : Store, path, URL or mapping
    shape : int or tuple of int
    **kwargs
        As `zarrust.create` takes them.
    """
    from zarrust.api.synchronous import create

    create(shape=shape, store=store, **kwargs)


def init_group(store: StoreLike, overwrite: bool = False, path: str | None = None, **kwargs: Any) -> None:
    """Make a group without opening it.

    Parameters
    ----------
    store : Store, path, URL or mapping
    overwrite : bool, default False
        Whether a node that is there makes room.
    path : str, optional
    **kwargs
        As `zarrust.create_group` takes them.
    """
    from zarrust.api.synchronous import create_group

    create_group(store, path=path, overwrite=overwrite, **kwargs)


def rmdir(store: StoreLike, path: str = "") -> None:
    """Remove every key below a path.

    Parameters
    ----------
    store : Store, path, URL or mapping
    path : str, default ""
    """
    place = make_store_path(store, path=path)
    place.store._check_writable()
    place.store._handle.delete_prefix(place.path)


def rename(store: StoreLike, src_path: str, dst_path: str) -> None:
    """Give everything below a path another path.

    Parameters
    ----------
    store : Store, path, URL or mapping
    src_path, dst_path : str
    """
    found = make_store_path(store).store
    found._check_writable()
    old, new = folder(normalize_path(src_path)), folder(normalize_path(dst_path))
    handle = found._handle
    keys = handle.list(old)
    for start in range(0, len(keys), _BATCH):
        batch = keys[start : start + _BATCH]
        values = zip(batch, handle.get_many(batch), strict=True)
        # None: gone since it was listed, somebody else has removed it.
        there = {key: value for key, value in values if value is not None}
        handle.set_many([(new + key[len(old) :], value) for key, value in there.items()])
        handle.delete_many([*there])


def listdir(store: StoreLike, path: str | None = None) -> list[str]:
    """Return the names directly below a path, in order.

    Parameters
    ----------
    store : Store, path, URL or mapping
    path : str, optional
    """
    place = make_store_path(store, path=path)
    return sorted(place.store._handle.list_dir(place.path))


def getsize(store: StoreLike, path: str | None = None) -> int:
    """Return the size of a value, or of all directly below a path, in bytes.

    Parameters
    ----------
    store : Store, path, URL or mapping
    path : str, optional
    """
    place = make_store_path(store, path=path)
    handle = place.store._handle
    size = handle.size(place.path) if place.path else None
    if size is not None:
        return size
    sizes = [handle.size(folder(place.path) + name) for name in handle.list_dir(place.path)]
    return sum(size for size in sizes if size is not None)
