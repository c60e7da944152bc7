"""Changing attributes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from zarrust.metadata import ArrayV2Metadata, ArrayV3Metadata, GroupMetadata
from zarrust.metadata.text import jsonable_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["updated"]

Node = TypeVar("Node", ArrayV2Metadata, ArrayV3Metadata, GroupMetadata, ArrayV2Metadata | ArrayV3Metadata)


def updated(node: Node, attributes: Mapping[str, Any]) -> Node:
    """Return a node with other attributes, as strict JSON.

    Raises
    ------
    TypeError
        If a value has no JSON form; the message names the attribute.
    """
    return replace(node, attributes=jsonable_attributes(attributes))
