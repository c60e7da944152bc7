"""Opening, reading and creating nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from zarrust.errors import (
    ArrayNotFoundError,
    ContainsArrayError,
    ContainsGroupError,
    GroupNotFoundError,
    NodeTypeValidationError,
)
from zarrust.flows.drive import Edit, Flow, GetMany, MakeMany, SetIfAbsent, SetMany
from zarrust.flows.entries import edit_entries, edited, holders, telling
from zarrust.flows.hierarchy import delete_node
from zarrust.flows.paths import ancestors, join
from zarrust.metadata.consolidated import (
    ArrayMetadata,
    GroupMetadata,
    NodeMetadata,
    from_zmetadata,
    node_from_v2,
    node_from_v3,
)
from zarrust.metadata.text import jsonable, parse, serialize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarrust.abc.store import Store

__all__ = [
    "CONTAINS",
    "change_node",
    "check_mode",
    "create_node",
    "document_keys",
    "encode",
    "open_array",
    "open_group",
    "read_node",
    "remove_node",
    "stored_node",
]

Consolidated = bool | str | None

# What says that there is a node already.
CONTAINS = (ContainsArrayError, ContainsGroupError)

_Node = TypeVar("_Node", ArrayMetadata, GroupMetadata)


def _v2_node(path: str, texts: list[bytes | None], zmetadata: str) -> NodeMetadata | None:
    names = (".zarray", ".zgroup", ".zattrs", zmetadata)
    zarray, zgroup, zattrs, consolidated = (
        None if text is None else parse(text, join(path, name)) for name, text in zip(names, texts, strict=True)
    )
    node = node_from_v2(join(path, ""), zarray, zgroup, zattrs)
    if isinstance(node, GroupMetadata) and consolidated is not None:
        return replace(node, consolidated_metadata=from_zmetadata(consolidated, join(path, zmetadata)))
    return node


def read_node(
    path: str, zarr_format: int | None = None, use_consolidated: Consolidated = None, *, again: bool = False
) -> Flow[NodeMetadata | None]:
    """Return the metadata of the node at a path, or None.

    ``zarr.json`` is asked for first, so that a node of format 3 is one request; the documents of format 2 follow
    together. ``again`` says that the node is open: what a setting has to allow was allowed then.
    """
    if zarr_format in (None, 3):
        (text,) = yield GetMany([join(path, "zarr.json")])
        if text is not None:
            key = join(path, "zarr.json")
            return _consolidation(node_from_v3(parse(text, key), key, again=again), use_consolidated, path)
    if zarr_format in (None, 2):
        zmetadata = use_consolidated if isinstance(use_consolidated, str) else ".zmetadata"
        names = [".zarray", ".zgroup", ".zattrs"] + ([] if use_consolidated is False else [zmetadata])
        texts = yield GetMany([join(path, name) for name in names])
        node = _v2_node(path, [*texts, None][:4], zmetadata)
        return None if node is None else _consolidation(node, use_consolidated, path)
    return None


def document_keys(path: str, zarr_format: int) -> list[str]:
    """Return the keys of the documents that a node may have, consolidated metadata of format 2 included."""
    names = ["zarr.json"] if zarr_format == 3 else [".zarray", ".zgroup", ".zattrs", ".zmetadata"]
    return [join(path, name) for name in names]


def stored_node(path: str, zarr_format: int, texts: Mapping[str, bytes | None]) -> NodeMetadata | None:
    """Return a node that is open, as its documents by key have it now, None if there is none."""
    own = document_keys(path, zarr_format)
    if zarr_format == 2:
        return _v2_node(path, [*(texts[key] for key in own[:3]), None], ".zmetadata")
    text = texts[own[0]]
    return None if text is None else node_from_v3(parse(text, own[0]), own[0], again=True)


def _consolidation(node: NodeMetadata, use_consolidated: Consolidated, path: str) -> NodeMetadata:
    """Drop consolidated metadata that was not wanted, and miss it where it was asked for.

    Raises
    ------
    TypeError
        If a name of it is given in format 3, which has none.
    ValueError
        If it is missing.
    """
    if not isinstance(node, GroupMetadata):
        return node
    if use_consolidated not in (None, True, False) and node.zarr_format == 3:
        raise TypeError(
            f"use_consolidated must be a bool or None for Zarr format 3, found {use_consolidated!r}; the name of a "
            "consolidated document is for format 2"
        )
    if use_consolidated is False:
        return replace(node, consolidated_metadata=None)
    if use_consolidated and node.consolidated_metadata is None:
        raise ValueError(
            f"Consolidated metadata requested with 'use_consolidated={use_consolidated!r}' but not found in {path!r}."
        )
    return node


def wanted(use_consolidated: Consolidated, store: Store) -> Consolidated:
    """Return whether to look for consolidated metadata: never in a store that does not support it.

    Raises
    ------
    ValueError
        If it is asked for there.
    """
    if store.supports_consolidated_metadata:
        return use_consolidated
    if use_consolidated:
        raise ValueError(f"use_consolidated: the store {store!r} doesn't support consolidated metadata")
    return False


def encode(path: str, node: NodeMetadata) -> dict[str, bytes]:
    """Return the documents of a node as bytes, by store key."""
    return {
        join(path, name): serialize(document, indent=name != ".zmetadata")
        for name, document in node.documents().items()
    }


def encode_all(nodes: Mapping[str, NodeMetadata]) -> dict[str, bytes]:
    """Return the documents of several nodes, by store key."""
    return {key: text for path, node in nodes.items() for key, text in encode(path, node).items()}


def change_node(
    path: str, zarr_format: int, change: Callable[[NodeMetadata | None], NodeMetadata]
) -> Flow[NodeMetadata]:
    """Change a node's documents and its entries in consolidated metadata, and return what it is then.

    Parameters
    ----------
    path : str
    zarr_format : {2, 3}
    change : callable
        Returns what becomes of the node that is stored, which is None where there is none. Consolidated metadata of a
        group stays as it is stored.
    """
    own = document_keys(path, zarr_format)
    # In format 2 a group's own consolidated metadata has an entry of it, too.
    above = [*holders(path, zarr_format), *own[3:]]

    def documents(texts: Mapping[str, bytes | None]) -> tuple[dict[str, bytes], tuple[NodeMetadata, list[str]]]:
        node = change(stored_node(path, zarr_format, texts))
        if isinstance(node, GroupMetadata):
            node = replace(node, consolidated_metadata=None)
        written = encode(path, node)
        # In format 3 consolidated metadata is a part of the group's own document.
        if zarr_format == 3 and isinstance(node, GroupMetadata) and (text := texts[own[0]]) is not None:
            known = parse(text, own[0]).get("consolidated_metadata")
            if known is not None:
                written[own[0]] = serialize(node.to_dict() | {"consolidated_metadata": jsonable(known, own[0])})
        return written, (node, [*telling({key: texts[key] for key in above})])

    def entries(texts: Mapping[str, bytes | None]) -> tuple[dict[str, bytes], None]:
        now = stored_node(path, zarr_format, texts)
        changed = {} if now is None else {path: now}
        return edited({key: texts[key] for key in told}, changed, None if changed else path), None

    node: NodeMetadata
    node, told = yield Edit([*own[:3], *above], documents)
    if told:
        # The node is read after the documents above it: another process that changes it later changes them later, too.
        yield Edit(told, entries, late=own[:3])
    return node


def remove_node(path: str, zarr_format: int) -> Flow[None]:
    """Delete a node with everything below it, and its entries in consolidated metadata before that."""
    yield from edit_entries(holders(path, zarr_format), {}, gone=path)
    yield from delete_node(path)


def create_node(path: str, node: NodeMetadata, *, overwrite: bool, store: Store) -> Flow[None]:
    """Write a new node, and the groups above it that are missing.

    Parameters
    ----------
    path : str
    node : NodeMetadata
    overwrite : bool
        Whether a node at the path, with everything below it, makes room.
    store : Store
        Asked whether it may be written to, and named in messages.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If there is a node and it may not be overwritten.
    ValueError
        If a node above is an array, or the store is read-only.
    """
    store._check_writable()
    above = ancestors(path)
    names = [".zarray", ".zgroup"] if node.zarr_format == 2 else ["zarr.json"]
    keys = [join(path, name) for name in ("zarr.json", ".zarray", ".zgroup")]
    keys += [join(parent, name) for parent in above for name in names]
    keys += [key for key in holders(path, node.zarr_format) if key not in keys]
    found = dict(zip(keys, (yield GetMany(keys)), strict=True))
    missing = missing_above(path, found, node.zarr_format, store)
    if any(found[key] is not None for key in keys[:3]):
        if not overwrite:
            raise (ContainsArrayError if holds_array(path, found) else ContainsGroupError)(store, path)
        yield from delete_node(path)
    elif overwrite:
        # Chunks without a document, left by something that was cut off, would read as data of the new array.
        yield from delete_node(path, adopt=node)
    if missing:
        yield SetIfAbsent(encode_all(missing))
    if overwrite:
        yield SetMany(encode(path, node))
    else:
        yield from _write_new(path, node, store)
    made = {**missing, path: node}
    above_it = telling({key: found[key] for key in holders(path, node.zarr_format)})
    yield from edit_entries(above_it, made, gone=path)


def _write_new(path: str, node: NodeMetadata, store: Store) -> Flow[None]:
    """Write a node's documents, unless somebody else makes a node there at this moment: of many creators one wins."""
    documents = encode(path, node)
    # The first says that there is a node, the attributes of format 2 come after it.
    key, *more = documents
    (made,) = yield MakeMany({key: documents[key]})
    if not made:
        found = {key: (yield GetMany([key]))[0]}
        raise (ContainsArrayError if holds_array(path, found) else ContainsGroupError)(store, path)
    if more:
        yield SetMany({key: documents[key] for key in more})


def missing_above(
    path: str, found: Mapping[str, bytes | None], zarr_format: int, store: object
) -> dict[str, GroupMetadata]:
    """Return the groups above a path that have to be made.

    Parameters
    ----------
    path : str
    found : mapping
        The documents above, by key.
    zarr_format : {2, 3}
    store : object
        For messages.

    Raises
    ------
    ValueError
        If a node above is an array.
    """
    group = GroupMetadata(zarr_format=2 if zarr_format == 2 else 3)
    missing = {}
    for parent in ancestors(path):
        if holds_array(parent, found):
            raise ValueError(
                f"A parent of {join(str(store), path)} is an array - only groups may have child nodes; "
                f"the array is at {parent!r}."
            )
        if all(found.get(join(parent, name)) is None for name in ("zarr.json", ".zgroup")):
            missing[parent] = group
    return missing


def holds_array(path: str, found: Mapping[str, bytes | None]) -> bool:
    """Return whether the documents at hand have an array at a path."""
    if found.get(join(path, ".zarray")) is not None:
        return True
    text = found.get(join(path, "zarr.json"))
    return text is not None and parse(text, join(path, "zarr.json")).get("node_type") == "array"


def check_mode(mode: str | None) -> None:
    """Refuse what is no mode.

    Raises
    ------
    ValueError
        If it is none.
    """
    if mode not in (None, "r", "r+", "a", "w", "w-", "x"):
        raise ValueError(f"mode: expected 'r', 'r+', 'a', 'w' or 'w-', found {mode!r}")


def open_array(
    path: str,
    *,
    mode: str | None,
    zarr_format: int | None,
    make: Callable[[], ArrayMetadata] | None,
    store: Store,
) -> Flow[ArrayMetadata]:
    """Return the metadata of the array at a path; create it where mode and ``make`` let it.

    Raises
    ------
    ArrayNotFoundError
        If there is none and none is made.
    NodeTypeValidationError
        If there is a group.
    FileExistsError
        If there is a node and the mode is ``"w-"``.
    """
    check_mode(mode)

    def look() -> Flow[ArrayMetadata | None]:
        node = yield from read_node(path, zarr_format, use_consolidated=False)
        if node is not None and mode in ("w-", "x"):
            raise _exists(path)
        if isinstance(node, GroupMetadata):
            if make is not None and mode == "a":
                raise ContainsGroupError(store, path)
            raise NodeTypeValidationError("node_type", "array", "group")
        return node

    if mode != "w" and (node := (yield from look())) is not None:
        return node
    if make is None or mode in (None, "r", "r+"):
        raise ArrayNotFoundError(store, path)
    return (yield from _create_or_look(path, make(), mode, look, store))


def open_group(
    path: str,
    *,
    mode: str | None,
    zarr_format: int | None,
    use_consolidated: Consolidated,
    make: Callable[[], GroupMetadata],
    store: Store,
) -> Flow[GroupMetadata]:
    """Return the metadata of the group at a path; create it where the mode lets it.

    Raises
    ------
    GroupNotFoundError
        If there is none and none may be made.
    ContainsArrayError
        If there is an array.
    ValueError
        If consolidated metadata is asked for and missing, or the store does not have any.
    FileExistsError
        If there is a node and the mode is ``"w-"``.
    """
    check_mode(mode)
    use_consolidated = wanted(use_consolidated, store)

    def look() -> Flow[GroupMetadata | None]:
        node = yield from read_node(path, zarr_format, use_consolidated)
        if node is not None and mode in ("w-", "x"):
            raise _exists(path)
        if node is None or isinstance(node, GroupMetadata):
            return node
        if mode == "a":
            raise ContainsArrayError(store, path)
        raise GroupNotFoundError(store, path)

    if mode != "w" and (node := (yield from look())) is not None:
        return node
    if mode in (None, "r", "r+"):
        raise GroupNotFoundError(store, path)
    return (yield from _create_or_look(path, make(), mode, look, store))


def _create_or_look(
    path: str, new: _Node, mode: str | None, look: Callable[[], Flow[_Node | None]], store: Store
) -> Flow[_Node]:
    """Create a node, and return it or the one that somebody else has made since the first look."""
    try:
        yield from create_node(path, new, overwrite=mode == "w", store=store)
    except CONTAINS:
        node = yield from look()
        if node is None or mode == "w":
            raise
        return node
    return new


def _exists(path: str) -> FileExistsError:
    return FileExistsError(
        f"Cannot create {path!r} with mode 'w-' because it already contains data. "
        "Use mode 'w' to overwrite or 'a' to append."
    )
