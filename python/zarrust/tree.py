"""The text that ``tree`` prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from zarrust.metadata import GroupMetadata, NodeMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Tree", "draw", "printable"]

Line: TypeAlias = tuple[str, str, str]
FONTS = "Menlo,'DejaVu Sans Mono',consolas,'Courier New',monospace"


class Tree:
    """A hierarchy as text; bold names in a terminal, HTML in a notebook.

    Parameters
    ----------
    lines : sequence of (str, str, str)
        What comes before each name, the name, and what comes after it.
    plain : bool, default False
        Whether names stay unmarked.
    """

    def __init__(self, lines: Sequence[Line], plain: bool = False) -> None:
        self._lines = tuple(lines)
        self._plain = plain

    def _text(self, start: str, end: str) -> str:
        return "".join(
            f"{before}{start if name else ''}{name}{end if name else ''}{after}\n"
            for before, name, after in self._lines
        )

    def __repr__(self) -> str:
        return str(self) if self._plain or not sys.stdout.isatty() else self._text("\x1b[1m", "\x1b[0m")

    def __str__(self) -> str:
        return self._text("", "")

    def __rich__(self) -> Any:
        """Return the text for the library rich, which prints it when asked to print the tree."""
        from rich.text import Text

        bold = "" if self._plain else "bold"
        parts = [part for before, name, after in self._lines for part in (before, (name, bold), f"{after}\n")]
        return Text.assemble(*parts, end="")

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"{before}{'<b>' if name else ''}{escape(name)}{'</b>' if name else ''}{escape(after)}\n"
            for before, name, after in self._lines
        )
        return f'<pre style="white-space:pre;overflow-x:auto;line-height:normal;font-family:{FONTS}">{rows}</pre>\n'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def draw(root: str, nodes: Mapping[str, NodeMetadata], *, max_nodes: int = 500, plain: bool = False) -> Tree:
    """Return the tree of nodes by path.

    Parameters
    ----------
    root : str
        First line.
    nodes : mapping
        Every node below, by its path.
    max_nodes : int, default 500
        How many are drawn; a line says that there are more.
    plain : bool, default False
        Whether names stay unmarked.

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
    lines: list[Line] = [("", printable(root), "")]
    _draw_level("", "", children, nodes, lines)
    if len(nodes) > max_nodes:
        lines.insert(0, ("", "", f"Truncated at max_nodes={max_nodes}, some nodes and their children may be missing"))
    return Tree(lines, plain)


def _draw_level(
    path: str, indent: str, children: Mapping[str, list[str]], nodes: Mapping[str, Any], lines: list[Line]
) -> None:
    below = children.get(path, [])
    for child in below:
        last = child is below[-1]
        name = printable(child.rpartition("/")[2])
        lines.append((indent + ("└── " if last else "├── "), name, _described(nodes[child])))
        _draw_level(child, indent + ("    " if last else "│   "), children, nodes, lines)


def printable(name: str) -> str:
    """Return a name with escapes for what would move the cursor or colour the terminal."""
    return name if name.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)


def _described(node: NodeMetadata) -> str:
    return "" if isinstance(node, GroupMetadata) else f" {node.shape} {node.dtype.to_native_dtype()}"
