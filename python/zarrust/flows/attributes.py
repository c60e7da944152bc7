"""Changing attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from zarrust.flows.nodes import change_node
from zarrust.metadata import ArrayV2Metadata, ArrayV3Metadata, GroupMetadata
from zarrust.metadata.text import jsonable_attributes

if TYPE_CHECKING:
    from zarrust.flows.drive import Flow

__all__ = ["Change", "change_attributes"]

Change: TypeAlias = Callable[[dict[str, Any]], Mapping[str, Any]]
"""Makes new attributes of a copy of those that are stored."""

_Node: TypeAlias = ArrayV2Metadata | ArrayV3Metadata | GroupMetadata


def change_attributes(path: str, node: _Node, change: Change) -> Flow[_Node]:
    """Change the attributes that are stored of a node, and return what is known of it with the new ones.

    Other handles, and processes, may have changed attributes or the shape since ``node`` was read: that stays.

    Raises
    ------
    TypeError
        If a value has no JSON form; the message names the attribute.
    """

    def changed(stored: _Node | None) -> _Node:
        # What is of another kind was deleted, or never written.
        now = stored if type(stored) is type(node) else node
        return replace(now, attributes=jsonable_attributes(change(dict(now.attributes))))

    new = yield from change_node(path, node.zarr_format, changed)
    return replace(node, attributes=new.attributes)
