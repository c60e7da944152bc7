"""Consolidating metadata: one document that knows everything below a group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zarrust.errors import GroupNotFoundError
from zarrust.flows.hierarchy import members
from zarrust.flows.nodes import read_node, write_node
from zarrust.metadata.consolidated import ConsolidatedMetadata, GroupMetadata

if TYPE_CHECKING:
    from zarrust.flows.drive import Flow

__all__ = ["consolidate"]


def consolidate(path: str, zarr_format: int | None, store: object) -> Flow[GroupMetadata]:
    """Write the metadata of everything below a group into the group's document, and return the group's.

    Raises
    ------
    GroupNotFoundError
        If there is no group at the path.
    """
    group = yield from read_node(path, zarr_format, use_consolidated=False)
    if not isinstance(group, GroupMetadata):
        raise GroupNotFoundError(store, path)
    nodes = yield from members(path, group, max_depth=None)
    known = replace(group, consolidated_metadata=ConsolidatedMetadata.from_flat(nodes, group.zarr_format))
    yield from write_node(path, known)
    return known
