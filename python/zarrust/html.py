"""What a notebook shows of arrays and groups: tables, and the grid of chunks as a drawing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from zarrust.drawing import grid_svg
from zarrust.flows.drive import run
from zarrust.flows.hierarchy import consolidated_members, members
from zarrust.info import one_shape
from zarrust.metadata.consolidated import GroupMetadata
from zarrust.tree import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarrust.abc.store import Store
    from zarrust.array_node import ArrayNode
    from zarrust.group_node import GroupNode
    from zarrust.metadata.consolidated import NodeMetadata

__all__ = ["array_html", "group_html", "html_table"]

_MOST_MEMBERS = 40
"""Members of a group in its table; a line says how many more there are."""

_NEAR = ("LocalStore", "MemoryStore", "ZipStore")
"""Stores that are listed for a table that nobody asked for."""

_CELL = "text-align:left;vertical-align:top;overflow-wrap:anywhere"


def _safe(text: str) -> str:
    """Return a text as a page shows it, whatever is in it."""
    return escape(printable(text))


def html_table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of name and value as a table.

    Parameters
    ----------
    rows : iterable of (str, str)

    Returns
    -------
    str
    """
    cells = "".join(
        f'<tr><th style="{_CELL};white-space:nowrap">{_safe(name)}</th><td style="{_CELL}">{_safe(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><tbody>{cells}</tbody></table>"


def array_html(array: ArrayNode) -> str:
    """Return the table of an array with its grid beside it.

    What is stored is counted in memory and on disk only: a cell of a notebook that ends with the name of an array
    should not list a million objects over a network. Printing `info` does.

    Parameters
    ----------
    array : ArrayNode

    Returns
    -------
    str
    """
    rows = array.info.all_rows() if _near(array.store) else array.info.rows
    names = [
        name and printable(name) for name in getattr(array.metadata, "dimension_names", None) or [None] * array.ndim
    ]
    inner, stored = array.metadata.inner_shape, array.metadata.chunk_sizes
    grid = grid_svg(array.shape, inner or stored, stored if inner else None, names, _counted(array))
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:center">'
        f'<div style="min-width:0">{html_table(rows)}</div>{grid}</div>'
    )


def _near(store: Store) -> bool:
    """Return whether listing the store costs no request."""
    from zarrust import storage

    return isinstance(store, tuple(getattr(storage, name) for name in _NEAR))


def _counted(array: ArrayNode) -> str:
    """Return in words how many chunks and shards there are, and what the drawing leaves out."""
    parts = [f"{array.nchunks:,} chunk{'' if array.nchunks == 1 else 's'}"]
    if array.metadata.inner_shape is not None:
        shards = array._nshards
        parts.append(f"{shards:,} shard{'' if shards == 1 else 's'}")
    if array.ndim > 3:
        parts.append(f"the last 3 of {array.ndim} axes")
    return " · ".join(parts)


def group_html(group: GroupNode) -> str:
    """Return the table of a group with that of its members, where they are known or near.

    Parameters
    ----------
    group : GroupNode

    Returns
    -------
    str
    """
    below = consolidated_members(group.metadata)
    if below is None and _near(group.store):
        below = run(members(group.path, group.metadata), group.store)
    rows = group.info.rows
    if below is not None:
        groups = sum(isinstance(node, GroupMetadata) for node in below.values())
        counts = (("No. members", len(below)), ("No. arrays", len(below) - groups), ("No. groups", groups))
        known = dict(rows)
        rows += tuple((name, str(value)) for name, value in counts if name not in known)
    table = _members_html(below) if below else ""
    return f'<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start">{html_table(rows)}{table}</div>'


def _members_html(nodes: Mapping[str, NodeMetadata]) -> str:
    names = sorted(nodes)
    head = "".join(f'<th style="{_CELL}">{title}</th>' for title in ("Member", "Shape", "Chunks", "Data type"))
    lines = "".join(_member_row(name, nodes[name]) for name in names[:_MOST_MEMBERS])
    if len(names) > _MOST_MEMBERS:
        lines += f'<tr><td style="{_CELL}" colspan="4">and {len(names) - _MOST_MEMBERS:,} more</td></tr>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _member_row(name: str, node: NodeMetadata) -> str:
    cells: list[Any] = [f"{name}/", "", "", ""]
    if not isinstance(node, GroupMetadata):
        sizes, inner = node.chunk_sizes, node.inner_shape
        stored = one_shape(sizes)
        parts = stored if inner is None else f"{inner} in shards {stored}"
        cells = [name, node.shape, parts, node.dtype.to_native_dtype()]
    return "<tr>" + "".join(f'<td style="{_CELL}">{_safe(str(cell))}</td>' for cell in cells) + "</tr>"
