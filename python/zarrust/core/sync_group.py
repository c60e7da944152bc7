"""The functions of `zarrust.core.group`, without awaiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarrust.api.synchronous import create_hierarchy
from zarrust.array import Array
from zarrust.errors import NodeNotFoundError
from zarrust.flows.drive import run
from zarrust.flows.many import root_of, write_nodes
from zarrust.flows.nodes import read_node
from zarrust.group import Group
from zarrust.metadata import GroupMetadata
from zarrust.storage.path import StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zarrust.metadata import NodeMetadata
    from zarrust.storage.path import StoreLike

__all__ = ["create_hierarchy", "create_nodes", "create_rooted_hierarchy", "get_node"]


def create_nodes(*, store: StoreLike, nodes: Mapping[str, NodeMetadata]) -> Iterator[tuple[str, Array | Group]]:
    """Write the metadata of several nodes, whatever is there and without the groups above, and iterate over them."""
    root = make_store_path(store)
    run(write_nodes(root.path, nodes), root.store)
    return iter([(path, _node(node, make_store_path(root, path=path))) for path, node in nodes.items()])


def create_rooted_hierarchy(
    *, store: StoreLike, nodes: Mapping[str, NodeMetadata], overwrite: bool = False
) -> Array | Group:
    """Create the nodes of `zarrust.create_hierarchy`, and return the one that is above all others.

    Raises
    ------
    ValueError
        If there is none.
    """
    root = root_of(nodes)
    return dict(create_hierarchy(store=store, nodes=nodes, overwrite=overwrite))[root]


def get_node(store: StoreLike, path: str, zarr_format: int) -> Array | Group:
    """Return the array or group at a path.

    Raises
    ------
    NodeNotFoundError
        If there is none.
    """
    place = make_store_path(store, path=path)
    metadata = run(read_node(place.path, zarr_format), place.store)
    if metadata is None:
        raise NodeNotFoundError(place.store, place.path)
    return _node(metadata, place)


def _node(metadata: NodeMetadata, place: StorePath) -> Array | Group:
    return Group(metadata, place) if isinstance(metadata, GroupMetadata) else Array(metadata, place)
