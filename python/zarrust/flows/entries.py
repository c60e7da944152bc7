"""Keeping consolidated metadata true: what a group's document says of the nodes below it, changed with them.

A change of a node is followed by a change of every document above that has an entry of it; what other handles have
changed there stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from zarrust.flows.drive import Edit, Flow
from zarrust.flows.paths import ancestors, join, relative
from zarrust.metadata.consolidated import ConsolidatedMetadata, GroupMetadata, NodeMetadata
from zarrust.metadata.text import jsonable, parse, serialize

__all__ = ["edit_entries", "edited", "holders", "telling"]


def holders(path: str, zarr_format: int) -> list[str]:
    """Return the keys of the documents that may have an entry of a node."""
    name = "zarr.json" if zarr_format == 3 else ".zmetadata"
    return [join(parent, name) for parent in ancestors(path)]


def telling(texts: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """Return the documents that may have entries of nodes below, of documents by key."""
    # Most groups are not consolidated: their documents are not parsed.
    return {
        key: text
        for key, text in texts.items()
        if text is not None and (key.endswith(".zmetadata") or b"consolidated_metadata" in text)
    }


def edit_entries(keys: Iterable[str], changed: Mapping[str, NodeMetadata], gone: str | None = None) -> Flow[None]:
    """Change the entries of nodes in those of the documents that have some; the parameters are those of `edited`."""
    if asked := list(dict.fromkeys(keys)):
        yield Edit(asked, lambda texts: (edited(texts, changed, gone), None))


def edited(
    texts: Mapping[str, bytes | None], changed: Mapping[str, NodeMetadata], gone: str | None = None
) -> dict[str, bytes]:
    """Return the documents that have to change, by key.

    Parameters
    ----------
    texts : mapping
        Documents that may hold consolidated metadata, by key: ``zarr.json`` or ``.zmetadata``.
    changed : mapping
        Nodes that are new or have new metadata, by path.
    gone : str, optional
        Path of a node that is deleted, with everything below it, before the changes.
    """
    return {
        key: serialize(jsonable(document, key), indent=not key.endswith(".zmetadata"))
        for key, text in telling(texts).items()
        if (document := _edited(key, text, changed, gone)) is not None
    }


def _edited(key: str, text: bytes, changed: Mapping[str, NodeMetadata], gone: str | None) -> dict[str, Any] | None:
    """Return a document with its entries changed, None if it holds none."""
    document = parse(text, key)
    holder = document if key.endswith(".zmetadata") else document.get("consolidated_metadata")
    entries = holder.get("metadata") if isinstance(holder, Mapping) else None
    if not isinstance(entries, dict):
        return None
    parent = key.rpartition("/")[0]
    if gone is not None and _is_below(gone, parent):
        below = relative(gone, parent)
        for name in [name for name in entries if name == below or name.startswith(below + "/")]:
            del entries[name]
    for path, node in changed.items():
        if _is_below(path, parent):
            entries |= _entry(relative(path, parent), node)
    return document


def _is_below(path: str, parent: str) -> bool:
    return not parent or path == parent or path.startswith(parent + "/")


def _entry(path: str, node: NodeMetadata) -> dict[str, Any]:
    """Return what consolidated metadata has of a node."""
    if node.zarr_format == 2:
        plain = replace(node, consolidated_metadata=None) if isinstance(node, GroupMetadata) else node
        return {join(path, name): document for name, document in plain.documents().items()}
    if isinstance(node, GroupMetadata):
        node = replace(node, consolidated_metadata=ConsolidatedMetadata({}))
    return {path: node.to_dict()}
