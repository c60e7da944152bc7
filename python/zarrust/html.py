"""What a notebook shows of arrays and groups: a table, and the grid of chunks as a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["array_html", "grid_svg", "html_table"]

_SIDE = 160
"""Pixels of the longer side of a grid."""

_SHORTEST = 16
"""Pixels that a side has at least, so that a thin array is still to be seen."""

_MOST_LINES = 40
"""Lines along a side; with more chunks than that only the shards' are drawn, or none."""


def html_table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of name and value as a table."""
    from html import escape

    cells = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><tbody>{cells}</tbody></table>"


def grid_svg(shape: Sequence[int], chunks: Sequence[int], shards: Sequence[int] | None) -> str:
    """Return the grid of an array's last two axes: thin lines between chunks, thick ones between shards.

    Parameters
    ----------
    shape, chunks : sequence of int
        In elements.
    shards : sequence of int, optional
        In elements.

    Examples
    --------
    >>> grid_svg((4, 6), (2, 3), None).count("<line")
    2
    """
    rows, columns = ([1, 1, *shape])[-2:]
    longest = max(rows, columns, 1)
    height, width = (max(round(_SIDE * length / longest), _SHORTEST) for length in (rows, columns))
    lines = []
    for parts, stroke in ((chunks, 0.5), (shards, 2.0)):
        if parts is None:
            continue
        high, wide = ([1, 1, *parts])[-2:]
        lines += [_line(0, y, width, y, stroke) for y in _places(rows, high, height)]
        lines += [_line(x, 0, x, height, stroke) for x in _places(columns, wide, width)]
    title = f"{'x'.join(map(str, shape)) or 'scalar'} in chunks of {'x'.join(map(str, chunks)) or 'one element'}"
    return (
        f'<svg width="{width + 4}" height="{height + 4}" viewBox="-2 -2 {width + 4} {height + 4}" role="img" '
        f'stroke="currentColor"><title>{title}</title>'
        f'<rect width="{width}" height="{height}" fill="currentColor" fill-opacity="0.1" stroke-width="1"/>'
        f"{''.join(lines)}</svg>"
    )


def _places(length: int, part: int, pixels: int) -> list[float]:
    """Return where the lines between parts of an axis are, in pixels; none if there would be too many."""
    if part < 1 or length <= part or -(-length // part) > _MOST_LINES:
        return []
    return [round(pixels * at / length, 1) for at in range(part, length, part)]


def _line(x1: float, y1: float, x2: float, y2: float, stroke: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke-width="{stroke}"/>'


def array_html(
    rows: Iterable[tuple[str, str]], shape: Sequence[int], chunks: Sequence[int], shards: Sequence[int] | None
) -> str:
    """Return the table of an array with its grid beside it."""
    grid = grid_svg(shape, chunks, shards)
    return f'<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:center">{html_table(rows)}{grid}</div>'
