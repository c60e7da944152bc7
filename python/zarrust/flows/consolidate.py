"""Consolidating metadata: one document that knows everything below a group."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from zarrust.errors import GroupNotFoundError, ZarrUserWarning
from zarrust.flows.drive import Edit, Flow
from zarrust.flows.hierarchy import members
from zarrust.flows.nodes import document_keys, encode, read_node, stored_node
from zarrust.metadata.consolidated import ConsolidatedMetadata, GroupMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.abc.store import Store

__all__ = ["consolidate"]


def consolidate(path: str, zarr_format: int | None, store: Store) -> Flow[GroupMetadata]:
    """Write the metadata of everything below a group into the group's document, and return the group's.

    Raises
    ------
    GroupNotFoundError
        If there is no group at the path.
    TypeError
        If the store does not support consolidated metadata.
    """
    if not store.supports_consolidated_metadata:
        raise TypeError(f"The store {type(store).__name__} in use doesn't support consolidated metadata")
    group = yield from read_node(path, zarr_format, use_consolidated=False)
    if not isinstance(group, GroupMetadata):
        raise GroupNotFoundError(store, path)
    store._check_writable()
    if group.zarr_format == 3:
        warnings.warn(
            "Consolidated metadata is currently not part in the Zarr format 3 specification: it is in zarr-python's "
            "form, which other implementations may not read.",
            ZarrUserWarning,
            stacklevel=4,
        )
    nodes = yield from members(path, group, max_depth=None)
    consolidated = ConsolidatedMetadata.from_flat(nodes, group.zarr_format)

    def documents(texts: Mapping[str, bytes | None]) -> tuple[dict[str, bytes], GroupMetadata]:
        stored = stored_node(path, group.zarr_format, texts)
        now = stored if isinstance(stored, GroupMetadata) else group
        known = replace(now, consolidated_metadata=consolidated)
        return encode(path, known), known

    known: GroupMetadata = yield Edit(document_keys(path, group.zarr_format), documents)
    return known
