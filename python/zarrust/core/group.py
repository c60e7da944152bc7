"""Other names of `zarrust.Group`, its metadata, and the coroutines that make and find nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarrust.api.asynchronous import create_hierarchy
from zarrust.async_array import AsyncArray
from zarrust.async_group import AsyncGroup
from zarrust.errors import NodeNotFoundError
from zarrust.flows.drive import arun
from zarrust.flows.many import root_of, write_nodes
from zarrust.flows.nodes import read_node
from zarrust.group import Group
from zarrust.metadata import ConsolidatedMetadata, GroupMetadata
from zarrust.metadata.consolidated import node_from_v3 as _build_metadata_v3
from zarrust.storage.path import StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from zarrust.metadata import NodeMetadata
    from zarrust.storage.path import StoreLike

__all__ = [
    "AsyncGroup",
    "ConsolidatedMetadata",
    "Group",
    "GroupMetadata",
    "_build_metadata_v3",
    "create_hierarchy",
    "create_nodes",
    "create_rooted_hierarchy",
    "get_node",
]


async def create_nodes(
    *, store: StoreLike, nodes: Mapping[str, NodeMetadata]
) -> AsyncIterator[tuple[str, AsyncArray | AsyncGroup]]:
    """Write the metadata of several nodes, whatever is there and without the groups above, and iterate over them."""
    root = make_store_path(store)
    await arun(write_nodes(root.path, nodes), root.store)
    for path, node in nodes.items():
        yield path, _node(node, make_store_path(root, path=path))


async def create_rooted_hierarchy(
    *, store: StoreLike, nodes: Mapping[str, NodeMetadata], overwrite: bool = False
) -> AsyncArray | AsyncGroup:
    """Await the nodes of `zarrust.create_hierarchy`, and return the one that is above all others.

    Raises
    ------
    ValueError
        If there is none.
    """
    root = root_of(nodes)
    made = {path: node async for path, node in create_hierarchy(store=store, nodes=nodes, overwrite=overwrite)}
    return made[root]


async def get_node(store: StoreLike, path: str, zarr_format: int) -> AsyncArray | AsyncGroup:
    """Return the array or group at a path.

    Raises
    ------
    NodeNotFoundError
        If there is none.
    """
    place = make_store_path(store, path=path)
    metadata = await arun(read_node(place.path, zarr_format), place.store)
    if metadata is None:
        raise NodeNotFoundError(place.store, place.path)
    return _node(metadata, place)


def _node(metadata: NodeMetadata, place: StorePath) -> AsyncArray | AsyncGroup:
    return AsyncGroup(metadata, place) if isinstance(metadata, GroupMetadata) else AsyncArray(metadata, place)
