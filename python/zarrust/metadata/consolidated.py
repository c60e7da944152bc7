"""Groups, and the consolidated metadata that a group's document may hold of everything below it.

Source: Zarr v3 core specification, section "Group metadata"; zarr-python's ``consolidated_metadata`` field for format
3; zarr-python 2's ``.zmetadata`` for format 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from zarrust.errors import MetadataValidationError, NodeTypeValidationError
from zarrust.metadata.fields import attributes, need, one_of
from zarrust.metadata.text import buffers
from zarrust.metadata.v2 import ArrayV2Metadata
from zarrust.metadata.v3 import ArrayV3Metadata, check_shadowing, extra_fields

if TYPE_CHECKING:
    from zarrust.abc.buffer import Buffer, BufferPrototype

__all__ = ["ArrayMetadata", "ConsolidatedMetadata", "Entry", "GroupMetadata", "NodeMetadata", "node_from_v3"]

ArrayMetadata: TypeAlias = ArrayV2Metadata | ArrayV3Metadata

_GROUP_FIELDS = frozenset({"zarr_format", "node_type", "attributes", "consolidated_metadata"})


@dataclass(frozen=True)
class ConsolidatedMetadata:
    """Metadata of the nodes below a group, nested: each group among them has its own.

    Parameters
    ----------
    metadata : dict
        The direct children, by name.
    """

    metadata: dict[str, NodeMetadata]
    kind: Literal["inline"] = "inline"
    must_understand: Literal[False] = False

    @property
    def flattened_metadata(self) -> dict[str, NodeMetadata]:
        """Every node below, by its path from here; groups without what is below them."""
        return dict(self._walk(""))

    def _walk(self, prefix: str) -> Iterator[tuple[str, NodeMetadata]]:
        for name, node in self.metadata.items():
            if isinstance(node, GroupMetadata):
                yield prefix + name, replace(node, consolidated_metadata=ConsolidatedMetadata({}))
                if node.consolidated_metadata is not None:
                    yield from node.consolidated_metadata._walk(f"{prefix}{name}/")
            else:
                yield prefix + name, node

    def find(self, path: str) -> NodeMetadata | None:
        """Return the node at a path from here, or None."""
        node: NodeMetadata | None = None
        level: ConsolidatedMetadata | None = self
        for name in path.split("/"):
            node = level.metadata.get(name) if level is not None else None
            level = node.consolidated_metadata if isinstance(node, GroupMetadata) else None
        return node

    def level(self, path: str) -> dict[str, NodeMetadata] | None:
        """Return the children of the group at a path from here, by name; None if it is not known."""
        if not path:
            return self.metadata
        group = self.find(path)
        known = group.consolidated_metadata if isinstance(group, GroupMetadata) else None
        return None if known is None else known.metadata

    def put(self, path: str, node: NodeMetadata) -> None:
        """Set a new node at a path from here; nothing is below it yet. Groups that are missing are put in."""
        *parents, name = path.split("/")
        level = self
        for parent in parents:
            group = level.metadata.get(parent)
            known = group.consolidated_metadata if isinstance(group, GroupMetadata) else None
            if known is None:
                known = ConsolidatedMetadata({})
                level.metadata[parent] = GroupMetadata(zarr_format=node.zarr_format, consolidated_metadata=known)
            level = known
        if isinstance(node, GroupMetadata):
            node = replace(node, consolidated_metadata=ConsolidatedMetadata({}))
        level.metadata[name] = node

    def drop(self, path: str) -> None:
        """Forget the node at a path from here, with everything below it."""
        parent, _, name = path.rpartition("/")
        (self.level(parent) or {}).pop(name, None)

    @classmethod
    def from_flat(cls, nodes: Mapping[str, NodeMetadata], zarr_format: Literal[2, 3]) -> ConsolidatedMetadata:
        """Return the nested form of nodes by path. A group that is only implied by its children is put in."""
        root = cls({})
        for path in sorted(nodes, key=lambda path: path.split("/")):
            *parents, name = path.split("/")
            level = root
            for parent in parents:
                group = level.metadata.setdefault(
                    parent, GroupMetadata(zarr_format=zarr_format, consolidated_metadata=cls({}))
                )
                if not isinstance(group, GroupMetadata) or group.consolidated_metadata is None:
                    raise MetadataValidationError(f"consolidated_metadata: {path!r} is below an array")
                level = group.consolidated_metadata
            node = nodes[path]
            level.metadata[name] = (
                replace(node, consolidated_metadata=cls({})) if isinstance(node, GroupMetadata) else node
            )
        return root

    @classmethod
    def from_dict(cls, data: object, key: str = "zarr.json") -> ConsolidatedMetadata:
        """Return what the field of a format 3 document holds.

        Raises
        ------
        MetadataValidationError
            If it is not the inline kind, or a node in it breaks the specification.
        """
        place = f"{key}: consolidated_metadata"
        if not isinstance(data, Mapping):
            raise MetadataValidationError(f"{place}: expected an object, found {data!r:.200}")
        one_of(data, "kind", ("inline",), place)
        nodes = need(data, "metadata", place)
        if not isinstance(nodes, Mapping):
            raise MetadataValidationError(f"{place}: metadata: expected an object, found {nodes!r:.200}")
        return cls.from_flat({path: node_from_v3(node, f"{place}: {path}") for path, node in nodes.items()}, 3)

    def to_dict(self) -> dict[str, Any]:
        """Return the field of a format 3 document."""
        nodes = {path: node.to_dict() for path, node in self.flattened_metadata.items()}
        return {"kind": self.kind, "must_understand": self.must_understand, "metadata": nodes}


@dataclass(frozen=True)
class GroupMetadata:
    """Metadata of a group.

    Parameters
    ----------
    attributes : dict
    zarr_format : {2, 3}
    consolidated_metadata : ConsolidatedMetadata, optional
        What is known of everything below.
    extra_fields : dict
        Unknown fields that may be ignored; they are kept when the document is rewritten.
    """

    attributes: dict[str, Any] = field(default_factory=dict)
    zarr_format: Literal[2, 3] = 3
    consolidated_metadata: ConsolidatedMetadata | None = None
    node_type: Literal["group"] = "group"
    extra_fields: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        check_shadowing(self.extra_fields, _GROUP_FIELDS, "group")
        if self.zarr_format == 3:
            extra_fields(self.extra_fields, _GROUP_FIELDS, "extra_fields")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], key: str = "zarr.json") -> GroupMetadata:
        """Return the metadata of a document.

        Raises
        ------
        MetadataValidationError
            If it breaks the specification; the message names key and field.
        """
        zarr_format = one_of(data, "zarr_format", (2, 3), key)
        consolidated = data.get("consolidated_metadata") if zarr_format == 3 else None
        if zarr_format == 3 and need(data, "node_type", key) != "group":
            raise NodeTypeValidationError("node_type", "group", data["node_type"])
        return cls(
            attributes=attributes(data, key),
            zarr_format=zarr_format,
            consolidated_metadata=None if consolidated is None else ConsolidatedMetadata.from_dict(consolidated, key),
            extra_fields=extra_fields(data, _GROUP_FIELDS, key) if zarr_format == 3 else _extra_v2(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the document; for format 2 with the attributes of ``.zattrs`` put in."""
        consolidated = self.consolidated_metadata if self.zarr_format == 3 else None
        return {
            "attributes": dict(self.attributes),
            "zarr_format": self.zarr_format,
            **({} if consolidated is None else {"consolidated_metadata": consolidated.to_dict()}),
            **({"node_type": "group"} if self.zarr_format == 3 else {}),
            **self.extra_fields,
        }

    def documents(self) -> dict[str, dict[str, Any]]:
        """Return every document of the node, by its key below the node's path."""
        document = self.to_dict()
        if self.zarr_format == 3:
            return {"zarr.json": document}
        zattrs = document.pop("attributes")
        documents = {".zgroup": document, ".zattrs": zattrs}
        if self.consolidated_metadata is not None:
            documents[".zmetadata"] = self._zmetadata(documents)
        return documents

    def to_buffer_dict(self, prototype: BufferPrototype) -> dict[str, Buffer]:
        """Return every document of the node as a buffer, by its key below the node's path."""
        return buffers(self.documents(), prototype)

    def _zmetadata(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``.zmetadata`` document of this group's own documents and those below."""
        nodes = dict(own)
        if self.consolidated_metadata is not None:
            for path, node in self.consolidated_metadata.flattened_metadata.items():
                plain = replace(node, consolidated_metadata=None) if isinstance(node, GroupMetadata) else node
                nodes |= {f"{path}/{name}": document for name, document in plain.documents().items()}
        return {"metadata": nodes, "zarr_consolidated_format": 1}


NodeMetadata: TypeAlias = ArrayMetadata | GroupMetadata


class Entry(NamedTuple):
    """The place in a consolidated group's metadata that speaks of one opened node.

    Parameters
    ----------
    level : dict
        The children of the node's parent, by name.
    name : str
    """

    level: dict[str, NodeMetadata]
    name: str

    def set(self, node: NodeMetadata) -> None:
        """Say what the node is now, unless it is gone."""
        if self.name in self.level:
            self.level[self.name] = node


def _extra_v2(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a ``.zgroup`` that format 2 does not name; its specification lets readers ignore them."""
    return {name: value for name, value in data.items() if name not in _GROUP_FIELDS}


def node_from_v3(data: object, key: str = "zarr.json", *, again: bool = False) -> NodeMetadata:
    """Return the array or group of a ``zarr.json`` document; ``again`` if the node is open already.

    Raises
    ------
    MetadataValidationError
        If it breaks the specification, or is neither.
    """
    if not isinstance(data, Mapping):
        raise MetadataValidationError(f"{key}: expected an object, found {data!r:.200}")
    one_of(data, "zarr_format", (3,), key)
    if one_of(data, "node_type", ("array", "group"), key) == "array":
        return ArrayV3Metadata.from_dict(data, key, again=again)
    return GroupMetadata.from_dict(data, key)


def node_from_v2(
    place: str, zarray: Mapping[str, Any] | None, zgroup: Mapping[str, Any] | None, zattrs: Mapping[str, Any] | None
) -> NodeMetadata | None:
    """Return the array or group of format 2 documents, None without either; an array's document wins.

    Raises
    ------
    MetadataValidationError
        If one breaks the specification.
    """
    found = {"attributes": dict(zattrs or {})}
    if zarray is not None:
        return ArrayV2Metadata.from_dict({**zarray, **found}, f"{place}.zarray")
    if zgroup is not None:
        one_of(zgroup, "zarr_format", (2,), f"{place}.zgroup")
        return GroupMetadata.from_dict({**zgroup, **found}, f"{place}.zgroup")
    return None


def from_zmetadata(data: Mapping[str, Any], key: str) -> ConsolidatedMetadata:
    """Return what a ``.zmetadata`` document holds below its group.

    Raises
    ------
    MetadataValidationError
        If it is of another version, or a node in it breaks the specification.
    """
    one_of(data, "zarr_consolidated_format", (1,), key)
    documents = need(data, "metadata", key)
    if not isinstance(documents, Mapping) or not all(isinstance(entry, Mapping) for entry in documents.values()):
        raise MetadataValidationError(f"{key}: metadata: expected an object of objects")
    nodes: dict[str, NodeMetadata] = {}
    for path in {name.rpartition("/")[0] for name in documents} - {""}:
        zarray, zgroup, zattrs = (documents.get(f"{path}/{name}") for name in (".zarray", ".zgroup", ".zattrs"))
        node = node_from_v2(f"{key}: {path}/", zarray, zgroup, zattrs)
        if node is not None:
            nodes[path] = node
    return ConsolidatedMetadata.from_flat(nodes, 2)
