"""What a group is apart from its members: everything that `Group` and `AsyncGroup` answer without a request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np

from zarrust.errors import ArrayNotFoundError, ContainsArrayError, ContainsGroupError, GroupNotFoundError
from zarrust.flows.hierarchy import consolidated_members
from zarrust.flows.paths import join, relative
from zarrust.metadata import ArrayMetadata, Entry, GroupMetadata, NodeMetadata
from zarrust.new_array import ArrayPlan, drop_ignored, plan_array
from zarrust.node import Node
from zarrust.storage.path import StorePath, normalize_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarrust.abc.store import Store
    from zarrust.array_node import ArrayNode
    from zarrust.info import GroupInfo
    from zarrust.synchronizers import ProcessSynchronizer

Member = TypeVar("Member", bound="ArrayNode | GroupNode")

__all__ = ["GroupNode", "GroupState"]


class GroupState:
    """What an opened group knows; a `Group` and its asynchronous twin share one.

    Parameters
    ----------
    metadata : GroupMetadata
    store_path : StorePath
    """

    __slots__ = ("entry", "metadata", "store_path", "synchronizer")

    def __init__(self, metadata: GroupMetadata, store_path: StorePath) -> None:
        self.metadata: GroupMetadata = metadata
        self.store_path: StorePath = store_path
        self.entry: Entry | None = None
        self.synchronizer: ProcessSynchronizer | None = None

    def become(self, metadata: GroupMetadata) -> None:
        """Take new metadata, also where a consolidated parent knows it."""
        self.metadata = metadata
        if self.entry is not None:
            self.entry.set(metadata)


class GroupNode(Node):
    """An opened group without its members.

    Parameters
    ----------
    metadata : GroupMetadata or GroupNode
        Another group's state is shared.
    store_path : StorePath
        Where the group is.
    """

    _state: GroupState

    def __init__(self, metadata: GroupMetadata | GroupNode, store_path: StorePath | None = None) -> None:
        if isinstance(metadata, GroupNode):
            self._state = metadata._state
            return
        if store_path is None:
            raise TypeError("store_path: needed beside the metadata")
        self._state = GroupState(metadata, store_path)

    @classmethod
    def from_dict(cls, store_path: StorePath, data: Mapping[str, Any]) -> Self:
        """Return a group of its document, which is not written.

        Parameters
        ----------
        store_path : StorePath
            Where the node is.
        data : mapping
            The document.
        """
        return cls(GroupMetadata.from_dict(data), store_path)

    @property
    def metadata(self) -> GroupMetadata:
        """The group's metadata; frozen, replaced by what changes it."""
        return self._state.metadata

    @property
    def synchronizer(self) -> ProcessSynchronizer | None:
        """What lets processes change attributes of the group, and write into its members, at the same time."""
        return self._state.synchronizer

    @property
    def _synchronizer(self) -> ProcessSynchronizer | None:
        return self._state.synchronizer

    @property
    def info(self) -> GroupInfo:
        """A table of what the group is; printing it counts its members, where they are known or the store can list."""
        known = consolidated_members(self.metadata, None)
        return self._table(None if known is None else count(known))

    def _table(self, counts: tuple[int, int] | None) -> GroupInfo:
        from zarrust.info import GroupInfo

        return GroupInfo.of(self, counts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.store_path == other.store_path and self.metadata == other.metadata

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.store_path}>"

    def _repr_html_(self) -> str:
        from zarrust.html import group_html

        return group_html(self)

    # Steps that need no request

    def _join(self, name: str) -> str:
        """Return the store path of a member.

        Raises
        ------
        TypeError
            If the name is no string.
        """
        if not isinstance(name, str):
            raise TypeError(f"a member of a group is named by a string, found {type(name).__name__}")
        return join(self.path, normalize_path(name)) if normalize_path(name) else self.path

    def _place(self, path: str) -> StorePath:
        return StorePath(self.store, path)

    def _known(self, name: str) -> tuple[bool, NodeMetadata | None]:
        """Return whether the group knows all of its members, and the one of a name."""
        known = self.metadata.consolidated_metadata
        return known is not None, None if known is None else known.find(normalize_path(name))

    def _plan(self, arguments: Mapping[str, Any]) -> ArrayPlan:
        """Return the plan of a new array in this group, whose format decides.

        Parameters
        ----------
        arguments : mapping
            The arguments of `Group.create_array` by name; those of ``version_2`` in a mapping of their own.
        """
        named = {name: value for name, value in arguments.items() if name not in ("self", "name", "version_2")}
        given = drop_ignored(named | arguments["version_2"])
        if isinstance(given["compressor"], str) and given["compressor"] == "auto":
            del given["compressor"]
        asked = given.pop("zarr_format", None)
        if asked not in (None, self.metadata.zarr_format):
            raise ValueError(f"zarr_format: the group has format {self.metadata.zarr_format}, found {asked!r}")
        given.pop("storage_options", None)
        separator = self.store._dimension_separator
        return plan_array(**given, format_of_group=self.metadata.zarr_format, separator_of_store=separator)

    def _remember(self, path: str, node: NodeMetadata | None) -> None:
        """Keep consolidated metadata in memory true after a member was made, or deleted (None)."""
        known = self.metadata.consolidated_metadata
        if known is not None:
            known.drop(relative(path, self.path))
            if node is not None:
                known.put(relative(path, self.path), node)

    def _made(self, path: str, metadata: GroupMetadata) -> GroupMetadata:
        """Return the metadata of a group that was made below: with what this group knows of it, if it does."""
        self._remember(path, metadata)
        found = self._known(relative(path, self.path))[1]
        return found if isinstance(found, GroupMetadata) else metadata

    def _made_below(self, made: Mapping[str, NodeMetadata], asked: Iterable[str]) -> dict[str, NodeMetadata]:
        """Return the nodes that `create_nodes` made below, with what this group knows of them."""
        new = {normalize_path(name) for name in asked}
        below = {}
        for name, node in made.items():
            if name:
                # A group that was there keeps what is known below it.
                if name in new or self._known(name)[1] is None:
                    self._remember(self._join(name), node)
                below[name] = self._known(name)[1] or node
        return below

    def _linked(self, member: Member) -> Member:
        """Return a member that tells this group's consolidated metadata when it changes."""
        known = self.metadata.consolidated_metadata
        parent, _, name = relative(member.path, self.path).rpartition("/")
        level = None if known is None else known.level(parent)
        if level is not None and name in level:
            member._state.entry = Entry(level, name)
        return self._synchronized(member)

    def _synchronized(self, member: Member) -> Member:
        """Return a member that has this group's synchronizer, unless it has one of its own."""
        synchronizer, state = self._state.synchronizer, member._state
        if synchronizer is None:
            return member
        if isinstance(state, GroupState):
            state.synchronizer = synchronizer
        elif state.config.synchronizer is None:
            state.config = replace(state.config, synchronizer=synchronizer)
        return member

    def _same_format(self, nodes: Mapping[str, NodeMetadata]) -> Mapping[str, NodeMetadata]:
        """Return nodes that are to be made below, checked to have the group's format."""
        if any(not normalize_path(path) for path in nodes):
            raise ValueError(
                "It is an error to use this method to create a root node. Give the group's own attributes to "
                "`update_attributes`, or make it anew with `create_group(overwrite=True)`."
            )
        wanted = self.metadata.zarr_format
        if odd := sorted(path for path, node in nodes.items() if node.zarr_format != wanted):
            raise ValueError(
                f"The zarr_format of the nodes must be the same as the parent group. The group has format {wanted}, "
                f"found another one for {odd}"
            )
        return nodes

    @staticmethod
    def _like_data(value: Any) -> dict[str, Any]:
        """Return the arguments of an array that holds a value."""
        from zarrust.array_node import ArrayNode

        if isinstance(value, ArrayNode):
            return {
                "data": np.asarray(value),
                "chunks": value.metadata.inner_shape or value.metadata.chunk_sizes,
                "attributes": value.metadata.attributes,
            }
        return {"data": np.asarray(value)}


def check_array(node: Any, store: Store, path: str) -> Any:
    """Return a node that is an array.

    Raises
    ------
    ArrayNotFoundError
        If it is None.
    ContainsGroupError
        If it is a group.
    """
    if node is None:
        raise ArrayNotFoundError(store, path)
    if isinstance(node, GroupNode):
        raise ContainsGroupError(store, path)
    return node


def check_group(node: Any, store: Store, path: str) -> Any:
    """Return a node that is a group.

    Raises
    ------
    GroupNotFoundError
        If it is None.
    ContainsArrayError
        If it is an array.
    """
    if node is None:
        raise GroupNotFoundError(store, path)
    if not isinstance(node, GroupNode):
        raise ContainsArrayError(store, path)
    return node


def check_required(node: Any, shape: Any, dtype: Any, exact: bool) -> None:
    """Refuse an array that is not as ``require_array`` wants it.

    Raises
    ------
    TypeError
        If shape or data type do not fit.
    """
    from zarrust.dtypes import ZDType
    from zarrust.metadata.chunking import parse_shape

    if isinstance(node, GroupNode):
        raise TypeError(f"Incompatible object ({type(node).__name__}) already exists")
    wanted = parse_shape(shape)
    if wanted != node.shape:
        raise TypeError(f"Incompatible shape ({node.shape} vs {wanted})")
    if dtype is not None:
        dtype = dtype.to_native_dtype() if isinstance(dtype, ZDType) else np.dtype(dtype)
        if exact and node.dtype != dtype:
            raise TypeError(f"Incompatible dtype ({node.dtype} vs {dtype})")
        if not np.can_cast(node.dtype, dtype):
            raise TypeError(f"Incompatible dtype ({node.dtype} vs {dtype})")


def count(nodes: Mapping[str, NodeMetadata]) -> tuple[int, int]:
    """Return the numbers of arrays and of groups among nodes."""
    arrays = sum(isinstance(node, ArrayMetadata) for node in nodes.values())
    return arrays, len(nodes) - arrays
