"""The tables that ``info`` and ``info_complete`` print."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from zarrust.errors import UnknownCodecError
from zarrust.flows.drive import run
from zarrust.flows.hierarchy import members
from zarrust.flows.sizes import stored_bytes
from zarrust.metadata.consolidated import GroupMetadata
from zarrust.metadata.v2 import ArrayV2Metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zarrust.array_node import ArrayNode
    from zarrust.group_node import GroupNode

__all__ = ["ArrayInfo", "GroupInfo"]

_MOST_NAMES = 100
"""Names of members in a line."""

Rows: TypeAlias = tuple[tuple[str, str], ...]


def human_size(size: int) -> str:
    """Return a size in bytes with a unit of 1024, as ``1.5M``.

    Examples
    --------
    >>> human_size(1536)
    '1.5K'
    """
    if size < 1024:
        return str(size)
    value = float(size)
    for unit in "KMGTPE":
        value /= 1024
        if value < 1024 or unit == "E":
            break
    return f"{value:.1f}{unit}"


def _bytes(size: int) -> str:
    return str(size) if size < 1024 else f"{size} ({human_size(size)})"


@dataclass(frozen=True)
class _Table:
    """Rows of name and value; and rows that have to be asked of the store, which is done when they are printed."""

    rows: Rows
    width: int
    ask: Callable[[], Rows] | None = field(default=None, compare=False)

    def all_rows(self) -> Rows:
        """Return every row; this lists the store. Where that is not possible, its rows are left out."""
        if self.ask is None:
            return self.rows
        try:
            return self.rows + self.ask()
        except (OSError, NotImplementedError, UnknownCodecError):
            # A table is also printed of what cannot be listed, as a web server, or read, for want of a codec.
            return self.rows

    def __repr__(self) -> str:
        return "\n".join(f"{name:<{self.width}}: {value}" for name, value in self.all_rows())

    def _repr_html_(self) -> str:
        from zarrust.html import html_table

        return html_table(self.all_rows())


class ArrayInfo(_Table):
    """What an array is, as a table."""

    @classmethod
    def of(cls, array: ArrayNode, stored: int | None = None, initialized: int | None = None) -> ArrayInfo:
        """Return the table of an array, with the stored bytes and chunks if they were counted."""
        metadata = array.metadata
        rows: list[tuple[str, Any]] = [
            ("Type", "Array"),
            ("Zarr format", metadata.zarr_format),
            ("Data type", metadata.data_type),
            ("Fill value", metadata.fill_value),
            ("Shape", metadata.shape),
            *([("Shard shape", one_shape(metadata.chunk_sizes))] if metadata.inner_shape else []),
            ("Chunk shape", metadata.inner_shape or one_shape(metadata.chunk_sizes)),
            ("Order", array.order),
            ("Read-only", array.read_only),
            ("Store type", type(array.store).__name__),
            *_codecs(array),
            ("No. bytes", _bytes(array.nbytes)),
        ]
        if stored is not None:
            rows += _stored(array, stored)
        if initialized is not None:
            rows.append(("Chunks Initialized", initialized))
        complete = stored is not None or not array.store.supports_listing
        return cls(_texts(rows), 19, None if complete else partial(_asked_of_array, array))


def one_shape(sizes: tuple[int | tuple[int, ...], ...]) -> Any:
    """Return the shape of all chunks, or what zarr-python shows where they have several."""
    return sizes if all(isinstance(length, int) for length in sizes) else "<variable>"


def _stored(array: ArrayNode, stored: int) -> list[tuple[str, Any]]:
    return [
        ("No. bytes stored", _bytes(stored)),
        ("Storage ratio", f"{array.nbytes / stored:.1f}" if stored else "0.0"),
    ]


def _asked_of_array(array: ArrayNode) -> Rows:
    """Return the rows of version 2 that zarr-python 3 has in ``info_complete`` only, or not at all."""
    initialized = array._count_initialized(array._state.handle().stored_objects())
    return _texts(
        [
            *([("Name", array.name)] if array.path else []),
            *_stored(array, run(stored_bytes(array.path), array.store)),
            ("Chunks initialized", f"{initialized}/{array.nchunks}"),
        ]
    )


def _texts(rows: Iterable[tuple[str, Any]]) -> Rows:
    return tuple((name, str(value)) for name, value in rows)


def _codecs(array: ArrayNode) -> list[tuple[str, Any]]:
    """Return the rows of the codecs; those of format 2 from the document, so that numcodecs is not imported."""
    metadata = array.metadata
    if isinstance(metadata, ArrayV2Metadata):
        compressors = () if metadata.compressor is None else (metadata.compressor,)
        return [("Filters", metadata.filters or ()), ("Compressors", compressors)]
    return [("Filters", array.filters), ("Serializer", array.serializer), ("Compressors", array.compressors)]


class GroupInfo(_Table):
    """What a group is, as a table."""

    @classmethod
    def of(cls, group: GroupNode, counts: tuple[int, int] | None = None) -> GroupInfo:
        """Return the table of a group, with the numbers of arrays and groups below if they were counted."""
        rows: list[tuple[str, Any]] = [
            ("Name", group.path),
            ("Type", "Group"),
            ("Zarr format", group.metadata.zarr_format),
            ("Read-only", group.read_only),
            ("Store type", type(group.store).__name__),
        ]
        if counts is not None:
            rows += _counts(*counts)
        complete = counts is not None or not group.store.supports_listing
        return cls(_texts(rows), 12, None if complete else partial(_asked_of_group, group))


def _counts(arrays: int, groups: int) -> list[tuple[str, Any]]:
    return [("No. members", arrays + groups), ("No. arrays", arrays), ("No. groups", groups)]


def _named(names: Sequence[str]) -> str:
    """Return names in one line, without those beyond the first hundred."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _asked_of_group(group: GroupNode) -> Rows:
    """Return the rows of version 2: the direct members, counted and by name."""
    nodes = run(members(group.path, group.metadata, 0), group.store)
    groups = [name for name, node in nodes.items() if isinstance(node, GroupMetadata)]
    arrays = [name for name in nodes if name not in groups]
    named = [(title, _named(names)) for title, names in (("Arrays", arrays), ("Groups", groups)) if names]
    return _texts([*_counts(len(arrays), len(groups)), *named])
