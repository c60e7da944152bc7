"""The grid of an array's chunks and shards as a drawing: a bar, a rectangle or a box, whatever the number of chunks."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["grid_svg"]

Parts: TypeAlias = "int | Sequence[int]"
"""Of one axis, in elements: the length of every part, or of each."""

_SIDE = 160
"""Pixels of the longest side of a grid."""

_SHORTEST = 16
"""Pixels that a side has at least, so that a thin array is still to be seen."""

_CLOSEST = 4
"""Pixels between two lines at least: closer ones would be a grey area of a thousand elements, and are left out."""

_SLOPE = 0.4
"""Pixels to the right and upwards per pixel of the third axis from the end."""

_FONT = 11
_LETTER = 6.8
"""Pixels of a letter at most, nearly; a wide one (Chinese, emoji) has two."""

_LONGEST_NAME = 14
"""Letters of an axis' name; the rest is cut."""


@dataclass(frozen=True)
class _Axis:
    """An axis as it is drawn: pixels, places of the lines between chunks and between shards, and its label."""

    pixels: int
    chunks: list[float]
    shards: list[float]
    first: tuple[float, float]
    label: str

    @classmethod
    def of(
        cls, length: int, longest: int, chunks: Parts, shards: Parts | None, name: str | None, closest: float
    ) -> _Axis:
        pixels = max(round(_SIDE * length / longest), _SHORTEST)
        first = tuple(_first(length, parts, pixels) for parts in (chunks, chunks if shards is None else shards))
        if name and len(name) > _LONGEST_NAME:
            name = name[: _LONGEST_NAME - 1] + "…"
        return cls(
            pixels,
            _places(length, chunks, pixels, closest),
            [] if shards is None else _places(length, shards, pixels, closest),
            (first[0], first[1]),
            f"{name}: {length}" if name else str(length),
        )


def _width(text: str) -> float:
    """Return how many pixels a text needs at most, nearly."""
    return sum(_LETTER if ord(letter) < 0x1100 else 2 * _LETTER for letter in text)


def _first(length: int, parts: Parts, pixels: int) -> float:
    """Return how many pixels the first part takes."""
    part = parts if isinstance(parts, int) else next(iter(parts), length)
    return round(max(min(pixels * part / length, pixels), 1), 1) if length else float(pixels)


def _places(length: int, parts: Parts, pixels: int, closest: float) -> list[float]:
    """Return where the lines between the parts of an axis are, in pixels; none where they would be too close."""
    if isinstance(parts, int):
        if not 0 < parts < length or -(-length // parts) * closest > pixels:
            return []
        ends: Sequence[int] = range(parts, length, parts)
    else:
        if len(parts) * closest > pixels:
            return []
        ends = [end for end in accumulate(parts) if end < length]
    return [round(pixels * end / length, 1) for end in ends]


def grid_svg(
    shape: Sequence[int],
    chunks: Sequence[Parts],
    shards: Sequence[Parts] | None = None,
    names: Sequence[str | None] | None = None,
    caption: str = "",
) -> str:
    """Return the grid of an array's last three axes: thin lines between chunks, thick ones between shards.

    The first chunk is dark, the first shard half so. The colour is that of the text around, so a dark page is no
    exception. The size of the drawing does not grow with the number of chunks.

    Parameters
    ----------
    shape : sequence of int
        In elements.
    chunks : sequence of int or of sequences of int
        In elements: one length for each axis, or the lengths of all its chunks.
    shards : sequence of int or of sequences of int, optional
        As the chunks.
    names : sequence of str or None, optional
        Of the axes.
    caption : str, default ""
        Below the drawing.

    Returns
    -------
    str
        An SVG element.

    Examples
    --------
    >>> grid_svg((4, 6), (2, 3)).count("<line")
    2
    """
    shown = shape[-3:]
    count = len(shown)
    longest = max(*shown, 1) if shown else 1
    axes = [
        _Axis.of(
            length,
            longest,
            chunks[place - count],
            None if shards is None else shards[place - count],
            None if names is None else names[place - count],
            # What goes to the back is drawn shorter.
            _CLOSEST / _SLOPE if place == count - 3 else _CLOSEST,
        )
        for place, length in enumerate(shown)
    ]
    blank = _Axis(_SHORTEST, [], [], (_SHORTEST, _SHORTEST), "")
    depth, rows, columns = [*[blank] * (3 - count), *axes]
    flat = count < 3
    body = _Box(rows, columns, None if flat else depth).draw(shards is not None, 0 in shape)
    rise = 0 if flat else round(depth.pixels * _SLOPE)
    left = max(_width(rows.label), 0 if flat else _width(depth.label) - rise / 2, 0) + 8
    width, height = columns.pixels + rise, rows.pixels + rise
    # A text below that is longer than the drawing sticks out on both sides.
    over = max((max(_width(columns.label), _width(caption)) - columns.pixels) / 2, 0)
    left = max(left, over + 2)
    texts = []
    for text in (columns.label, caption):
        if text:
            height += _FONT + 4
            texts.append(_text(columns.pixels / 2, height, "middle", text))
    texts.append(_text(-6, rise + rows.pixels / 2 + 4, "end", rows.label))
    if not flat:
        texts.append(_text(rise / 2 - 6, rise / 2 + 2, "end", depth.label))
    box = (-left, -3 - _FONT / 2, left + max(width, columns.pixels + over) + 3, height + _FONT + 6)
    view = " ".join(f"{number:g}" for number in (round(number, 1) for number in box))
    title = f"{_times(shape) or 'scalar'} in chunks of {_times(chunks) or 'one element'}"
    if shards is not None:
        title += f", in shards of {_times(shards)}"
    return (
        f'<svg width="{round(box[2])}" height="{round(box[3])}" viewBox="{view}" role="img" stroke="currentColor" '
        f'style="flex:none;max-width:none"><title>{title}</title>{body}{"".join(texts)}</svg>'
    )


def _times(lengths: Sequence[Parts]) -> str:
    return " x ".join(str(length) if isinstance(length, int) else "uneven" for length in lengths)


def _text(x: float, y: float, anchor: str, text: str) -> str:
    if not text:
        return ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{_FONT}" font-family="sans-serif" '
        f'fill="currentColor" stroke="none">{escape(text)}</text>'
    )


@dataclass(frozen=True)
class _Box:
    """The front of the last two axes, and above and beside it the faces that the axis before them makes."""

    rows: _Axis
    columns: _Axis
    depth: _Axis | None

    def draw(self, sharded: bool, empty: bool) -> str:
        width, height = self.columns.pixels, self.rows.pixels
        deep = 0 if self.depth is None else self.depth.pixels
        faces = [self._face((0, 0), (width, 0), (width, height), (0, height))]
        if deep:
            faces.append(self._face((0, 0), (width, 0), (width, 0, deep), (0, 0, deep)))
            faces.append(self._face((width, 0), (width, height), (width, height, deep), (width, 0, deep)))
        first = [axis.first for axis in (self.columns, self.rows)]
        marks = [self._mark(first[0][1], first[1][1], 0.12)] if sharded and not empty else []
        marks += [] if empty else [self._mark(first[0][0], first[1][0], 0.3)]
        lines = []
        for level, stroke in (("chunks", 0.5), ("shards", 2.0)):
            for x in getattr(self.columns, level):
                lines.append(self._line((x, 0), (x, height), stroke))
                lines += [self._line((x, 0), (x, 0, deep), stroke)] if deep else []
            for y in getattr(self.rows, level):
                lines.append(self._line((0, y), (width, y), stroke))
                lines += [self._line((width, y), (width, y, deep), stroke)] if deep else []
            for z in getattr(self.depth, level, ()):
                lines.append(self._line((0, 0, z), (width, 0, z), stroke))
                lines.append(self._line((width, 0, z), (width, height, z), stroke))
        return "".join([*faces, *marks, *lines])

    def _at(self, point: tuple[float, ...]) -> tuple[float, float]:
        """Return where a point (x, y) or (x, y, z) is drawn."""
        x, y, z = (*point, 0)[:3]
        rise = 0 if self.depth is None else round(self.depth.pixels * _SLOPE)
        return round(x + z * _SLOPE, 1), round(rise + y - z * _SLOPE, 1)

    def _face(self, *corners: tuple[float, ...]) -> str:
        points = " ".join(f"{x:g},{y:g}" for x, y in map(self._at, corners))
        return f'<polygon points="{points}" fill="currentColor" fill-opacity="0.06" stroke-width="1"/>'

    def _mark(self, width: float, height: float, opacity: float) -> str:
        x, y = self._at((0, 0))
        return (
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="currentColor" '
            f'fill-opacity="{opacity}" stroke="none"/>'
        )

    def _line(self, start: tuple[float, ...], end: tuple[float, ...], stroke: float) -> str:
        (x1, y1), (x2, y2) = self._at(start), self._at(end)
        return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke-width="{stroke}"/>'
