"""Listing what is below a group, and deleting nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from zarrust.errors import MetadataValidationError
from zarrust.flows.drive import DeleteMany, Flow, GetMany, ListFolders, ListKeys
from zarrust.flows.paths import join, relative
from zarrust.metadata.consolidated import GroupMetadata, NodeMetadata, node_from_v2, node_from_v3
from zarrust.metadata.text import parse

__all__ = ["consolidated_members", "delete_node", "members"]

DOCUMENTS = frozenset({"zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"})
_CHUNK = {
    "default": re.compile(r"c(?:[/.]\d+)*"),
    "v2": re.compile(r"\d+(?:[/.]\d+)*"),
}
# With an encoding that somebody registered, all that lies below the array is taken for chunks, as zarr-python does.
_ANYTHING = re.compile(r".*", re.DOTALL)


def _children(folders: Mapping[str, list[str]], zarr_format: int) -> Flow[dict[str, NodeMetadata]]:
    """Return the nodes among the names in folders, by path. A name without a document is no node."""
    paths = sorted(
        {join(folder, name.rstrip("/")) for folder, names in folders.items() for name in names if name not in DOCUMENTS}
    )
    documents = ("zarr.json",) if zarr_format == 3 else (".zarray", ".zgroup", ".zattrs")
    keys = [f"{path}/{name}" for path in paths for name in documents]
    if not keys:
        return {}
    texts = dict(zip(keys, (yield GetMany(keys)), strict=True))
    nodes: dict[str, NodeMetadata] = {}
    for path in paths:
        found = [
            None if (text := texts[f"{path}/{name}"]) is None else parse(text, f"{path}/{name}") for name in documents
        ]
        if zarr_format == 2:
            node = node_from_v2(f"{path}/", *found)
        else:
            node = None if found[0] is None else node_from_v3(found[0], f"{path}/zarr.json")
        if node is not None:
            nodes[path] = node
    return nodes


def _check_depth(max_depth: int | None) -> None:
    if max_depth is not None and max_depth < 0:
        raise ValueError(f"max_depth must be None or >= 0. Got '{max_depth}' instead")


def members(path: str, group: GroupMetadata, max_depth: int | None = 0) -> Flow[dict[str, NodeMetadata]]:
    """Return the nodes below a group, by their path from the group: level by level, by name within a level.

    Two requests per level, whatever the number of nodes. Arrays are not listed, so their chunks cost nothing.

    Parameters
    ----------
    path : str
        Of the group.
    group : GroupMetadata
    max_depth : int or None
        0 is the direct children; None is everything.

    Raises
    ------
    ValueError
        If ``max_depth`` is negative.
    """
    _check_depth(max_depth)
    below: dict[str, NodeMetadata] = {}
    level = [path]
    depth = 0
    while level and (max_depth is None or depth <= max_depth):
        names = yield ListFolders(level)
        nodes = yield from _children(dict(zip(level, names, strict=True)), group.zarr_format)
        below |= {relative(node_path, path): node for node_path, node in nodes.items()}
        level = [node_path for node_path, node in nodes.items() if isinstance(node, GroupMetadata)]
        depth += 1
    return below


def consolidated_members(group: GroupMetadata, max_depth: int | None = 0) -> dict[str, NodeMetadata] | None:
    """Return the same as `members` from what the group knows, without a request; None if it knows nothing."""
    _check_depth(max_depth)
    if group.consolidated_metadata is None:
        return None
    below: dict[str, NodeMetadata] = {}
    level = {"": group}
    depth = 0
    while level and (max_depth is None or depth <= max_depth):
        following = {}
        for path, parent in level.items():
            known = parent.consolidated_metadata
            for name, node in sorted(known.metadata.items()) if known is not None else ():
                below[join(path, name)] = node
                if isinstance(node, GroupMetadata):
                    following[join(path, name)] = node
        level = following
        depth += 1
    return below


def delete_node(path: str, *, adopt: NodeMetadata | None = None) -> Flow[None]:
    """Delete a node and everything below it that is Zarr's: documents, and chunks of arrays with a document.

    Other files stay: a folder given by mistake loses nothing.

    Parameters
    ----------
    path : str
    adopt : NodeMetadata, optional
        Treat the path as this node's, for chunks that have no document.
    """
    keys = yield ListKeys(path)
    documents = [key for key in keys if key.rpartition("/")[2] in DOCUMENTS]
    asked = [key for key in documents if key.rpartition("/")[2] in ("zarr.json", ".zarray")]
    texts = (yield GetMany(asked)) if asked else []
    encodings = {
        key.rpartition("/")[0]: encoding
        for key, text in zip(asked, texts, strict=True)
        if (encoding := _encoding(key, text)) is not None
    }
    if adopt is not None and not isinstance(adopt, GroupMetadata):
        encodings.setdefault(path, adopt.chunk_key_encoding.name)
    doomed = documents + [key for key in keys if _is_chunk(key, encodings)]
    if doomed:
        # Children first: cut off in the middle, what is left is still below a node.
        yield DeleteMany(sorted(set(doomed), reverse=True))


def _encoding(key: str, text: bytes | None) -> str | None:
    """Return the name of the chunk key encoding of an array's document, None if it is no array's."""
    if text is None:
        return None
    try:
        document = parse(text, key)
    except MetadataValidationError:
        return None
    if key.endswith(".zarray"):
        return "v2"
    if document.get("node_type") != "array":
        return None
    encoding = document.get("chunk_key_encoding")
    name = encoding.get("name") if isinstance(encoding, Mapping) else encoding
    return name if isinstance(name, str) else None


def _is_chunk(key: str, encodings: Mapping[str, str]) -> bool:
    """Whether a key is a chunk of one of the arrays: the front is an array's path and the rest a chunk's key."""
    parts = key.split("/")
    for split in range(len(parts) - 1, -1, -1):
        name = encodings.get("/".join(parts[:split]))
        if name is not None:
            return _CHUNK.get(name, _ANYTHING).fullmatch("/".join(parts[split:])) is not None
    return False
