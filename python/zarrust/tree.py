"""The text that ``tree`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust.metadata import GroupMetadata, NodeMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Tree", "draw"]


class Tree:
    """A hierarchy as text.

    Parameters
    ----------
    text : str
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def __str__(self) -> str:
        return self._text


def draw(root: str, nodes: Mapping[str, NodeMetadata], *, max_nodes: int = 500) -> Tree:
    """Return the tree of nodes by path.

    Parameters
    ----------
    root : str
        First line.
    nodes : mapping
        Every node below, by its path.
    max_nodes : int, default 500
        How many are drawn; a line says that there are more.

    Examples
    --------
    >>> print(str(draw("/", {"a": GroupMetadata(), "a/b": GroupMetadata()})).rstrip())
    /
    └── a
        └── b
    """
    children: dict[str, list[str]] = {}
    for path in sorted(nodes, key=lambda path: path.split("/"))[:max_nodes]:
        children.setdefault(path.rpartition("/")[0], []).append(path)
    lines = [root]
    _draw_level("", "", children, nodes, lines)
    if len(nodes) > max_nodes:
        lines.insert(0, f"Truncated at max_nodes={max_nodes}, some nodes and their children may be missing")
    return Tree("\n".join(lines) + "\n")


def _draw_level(
    path: str, indent: str, children: Mapping[str, list[str]], nodes: Mapping[str, Any], lines: list[str]
) -> None:
    below = children.get(path, [])
    for child in below:
        last = child is below[-1]
        lines.append(f"{indent}{'└── ' if last else '├── '}{_label(child, nodes[child])}")
        _draw_level(child, indent + ("    " if last else "│   "), children, nodes, lines)


def _label(path: str, node: NodeMetadata) -> str:
    name = path.rpartition("/")[2]
    if isinstance(node, GroupMetadata):
        return name
    return f"{name} {node.shape} {node.memory_type.to_native_dtype()}"
