"""Deleting a node by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust.errors import NodeNotFoundError
from zarrust.flows.drive import run
from zarrust.flows.nodes import read_node, remove_node
from zarrust.storage.path import StoreLike, make_store_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.flows.drive import Flow

__all__ = ["delete_node", "deletion"]


def deletion(path: str, store: object) -> Flow[None]:
    """Delete the node at a path and its entries in consolidated metadata.

    Raises
    ------
    NodeNotFoundError
        If there is none.
    """
    node = yield from read_node(path, None, use_consolidated=False)
    if node is None:
        raise NodeNotFoundError(store, path)
    yield from remove_node(path, node.zarr_format)


def delete_node(store: StoreLike, path: str | None = None, *, storage_options: Mapping[str, Any] | None = None) -> None:
    """Delete an array, or a group with everything below it.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    path : str, optional
        Of the node in the store; by default its root.
    storage_options : mapping, optional
        Options of a URL's store.

    Raises
    ------
    NodeNotFoundError
        If there is no node.

    Notes
    -----
    Files that are not Zarr's stay. Consolidated metadata above loses what it says of the node.

    Examples
    --------
    >>> import zarrust
    >>> root = zarrust.group()
    >>> _ = root.require_groups("deep/nested", "other")
    >>> zarrust.delete_node(root.store, "deep")
    >>> list(root)
    ['other']
    """
    place = make_store_path(store, path=path, storage_options=storage_options)
    run(deletion(place.path, place.store), place.store)
