"""Creating several nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarrust.flows.drive import SetMany
from zarrust.flows.nodes import create_node, encode_all, read_node
from zarrust.flows.paths import ancestors, join
from zarrust.storage.path import normalize_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.flows.drive import Flow
    from zarrust.metadata import NodeMetadata

__all__ = ["create_nodes", "root_of", "write_nodes"]


def create_nodes(
    root: str, nodes: Mapping[str, NodeMetadata], *, overwrite: bool, store: object
) -> Flow[dict[str, NodeMetadata]]:
    """Create nodes, parents first, and return them with the groups above them, by path from the root.

    Parameters
    ----------
    root : str
        Path that the others are seen from.
    nodes : mapping
    overwrite : bool
        Whether nodes that are there make room.
    store : object
        For messages.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If there is a node and ``overwrite`` is False.
    ValueError
        If the nodes are of both formats, two have one path, or one is below an array.
    """
    named = {normalize_path(path): node for path, node in nodes.items()}
    if len(named) < len(nodes):
        raise ValueError(f"create_hierarchy: two of the paths {sorted(nodes)} are one")
    formats = {number: [path for path, node in nodes.items() if node.zarr_format == number] for number in (2, 3)}
    if all(formats.values()):
        raise ValueError(
            "Got data with both Zarr v2 and Zarr v3 nodes, which is invalid. "
            f"The following keys map to Zarr v2 nodes: {formats[2]}. "
            f"The following keys map to Zarr v3 nodes: {formats[3]}."
            "Ensure that all nodes have the same Zarr format."
        )
    made: dict[str, NodeMetadata] = {}
    for path in sorted(named, key=lambda path: len(path.split("/")) if path else 0):
        yield from create_node(join(root, path) if path else root, named[path], overwrite=overwrite, store=store)
        for parent in ancestors(path):
            if parent not in made:
                found = yield from read_node(join(root, parent) if parent else root, named[path].zarr_format, False)
                if found is not None:
                    made[parent] = found
        made[path] = named[path]
    return made


def write_nodes(root: str, nodes: Mapping[str, NodeMetadata]) -> Flow[None]:
    """Write the documents of nodes as they are: what is there is not asked for, and nothing is made above them."""
    yield SetMany(encode_all({join(root, path) if path else root: node for path, node in nodes.items()}))


def root_of(nodes: Mapping[str, NodeMetadata]) -> str:
    """Return the path that every other one is below.

    Raises
    ------
    ValueError
        If there is none.
    """
    paths = sorted((normalize_path(path) for path in nodes), key=len)
    if not paths or any(paths[0] and not path.startswith(f"{paths[0]}/") for path in paths[1:]):
        raise ValueError(
            "The input does not specify a root node. A root is the one node that every other one is below, "
            f"found {paths}"
        )
    return paths[0]
