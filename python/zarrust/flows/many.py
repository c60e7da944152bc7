"""Creating several nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarrust.errors import ContainsArrayError, ContainsGroupError
from zarrust.flows.drive import GetMany, SetIfAbsent, SetMany
from zarrust.flows.entries import edit_entries, holders, telling
from zarrust.flows.hierarchy import delete_node
from zarrust.flows.nodes import encode_all, holds_array, missing_above, remove_node
from zarrust.flows.paths import ancestors, join
from zarrust.metadata import GroupMetadata
from zarrust.storage.path import normalize_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarrust.flows.drive import Flow
    from zarrust.metadata import NodeMetadata

__all__ = ["create_nodes", "root_of", "write_nodes"]


def create_nodes(
    root: str, nodes: Mapping[str, NodeMetadata], *, overwrite: bool, store: object
) -> Flow[dict[str, NodeMetadata]]:
    """Create nodes, parents first, and return them with the groups that had to be made above, by path from the root.

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
    for path in named:
        for parent in ancestors(path):
            if parent in named and not isinstance(named[parent], GroupMetadata):
                raise ValueError(f"{path!r} is below the array {parent!r}. Only Zarr groups can contain other nodes.")
    if not named:
        return {}
    order = sorted(named, key=lambda path: len(path.split("/")) if path else 0)
    placed = {join(root, path) if path else root: named[path] for path in order}
    zarr_format = next(iter(placed.values())).zarr_format
    found = yield from _look(placed, zarr_format)
    # What is about to be made counts as there for the nodes below it.
    new = encode_all(placed)
    known = found | new
    missing: dict[str, GroupMetadata] = {}
    for path in placed:
        missing |= missing_above(path, known, zarr_format, store)
    taken = {path for path in placed if any(found[key] is not None for key in _documents(path))}
    if taken and not overwrite:
        path = next(path for path in placed if path in taken)
        raise (ContainsArrayError if holds_array(path, found) else ContainsGroupError)(store, path)
    if overwrite:
        for path, node in placed.items():
            yield from remove_node(path, zarr_format) if path in taken else delete_node(path, adopt=node)
        if taken:
            found = yield from _look(placed, zarr_format)
    if missing:
        yield SetIfAbsent(encode_all(missing))
    yield SetMany(new)
    above = {key: new.get(key, found[key]) for path in placed for key in holders(path, zarr_format)}
    yield from edit_entries(telling(above), {**missing, **placed})

    made: dict[str, NodeMetadata] = {}
    for path in order:
        above_it = {parent: join(root, parent) if parent else root for parent in ancestors(path)}
        made |= {parent: missing[full] for parent, full in above_it.items() if full in missing}
        made[path] = named[path]
    return made


def _documents(path: str) -> list[str]:
    return [join(path, name) for name in ("zarr.json", ".zarray", ".zgroup")]


def _look(paths: Iterable[str], zarr_format: int) -> Flow[dict[str, bytes | None]]:
    """Return the documents of nodes, of the groups above them and of consolidated metadata, by key, in one request."""
    names = [".zarray", ".zgroup"] if zarr_format == 2 else ["zarr.json"]
    keys: dict[str, None] = {}
    for path in paths:
        above = [join(parent, name) for parent in ancestors(path) for name in names]
        keys |= dict.fromkeys([*_documents(path), *above, *holders(path, zarr_format)])
    return dict(zip(keys, (yield GetMany([*keys])), strict=True))


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
