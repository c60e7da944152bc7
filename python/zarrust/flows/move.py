"""Moving a node to another path of its store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarrust.flows.drive import DeleteMany, Flow, GetMany, ListKeys, SetIfAbsent, SetMany
from zarrust.flows.entries import edit_entries, holders
from zarrust.flows.hierarchy import DOCUMENTS, members
from zarrust.flows.nodes import encode_all, missing_above, read_node
from zarrust.flows.paths import ancestors, join, relative
from zarrust.metadata.consolidated import GroupMetadata, NodeMetadata

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["move_node"]

_BATCH = 16
"""Values on their way at a time: chunks may be large."""


def documents_last(keys: Iterable[str]) -> list[str]:
    """Return keys with chunks before documents: a node is there when all of it is there."""
    return sorted(keys, key=lambda key: (key.rpartition("/")[2] in DOCUMENTS, key))


def move_node(source: str, dest: str, zarr_format: int, store: object) -> Flow[dict[str, NodeMetadata]]:
    """Move a node and everything below it, and return what was made by path: the groups above, and what was moved.

    Raises
    ------
    ValueError
        If there is no node at the source, there is one at the destination, or that is below the source or an array.
    """
    if dest == source or not source or dest.startswith(source + "/"):
        raise ValueError(f"move: {source!r} cannot be moved to {dest!r}")
    node = yield from read_node(source, zarr_format, use_consolidated=False)
    if node is None:
        raise ValueError(f"move: the source, {source!r}, does not exist")
    if (yield from read_node(dest, None, use_consolidated=False)) is not None:
        raise ValueError(f"move: the destination, {dest!r}, already exists")
    names = [".zarray", ".zgroup"] if zarr_format == 2 else ["zarr.json"]
    above = [join(parent, name) for parent in ancestors(dest) for name in names]
    found = dict(zip(above, (yield GetMany(above)), strict=True))
    missing = missing_above(dest, found, zarr_format, store)
    below = (yield from members(source, node, None)) if isinstance(node, GroupMetadata) else {}
    keys = documents_last((yield ListKeys(source)))
    for start in range(0, len(keys), _BATCH):
        batch = keys[start : start + _BATCH]
        values = yield GetMany(batch)
        places = [join(dest, relative(key, source)) for key in batch]
        yield SetMany({key: value for key, value in zip(places, values, strict=True) if value is not None})
    if missing:
        yield SetIfAbsent(encode_all(missing))
    made = {**missing, dest: node} | {join(dest, path): child for path, child in below.items()}
    yield from edit_entries([*holders(source, zarr_format), *holders(dest, zarr_format)], made, gone=source)
    # Documents first this time: what is left, cut off in the middle, is no node any more.
    yield DeleteMany(keys[::-1])
    return made
