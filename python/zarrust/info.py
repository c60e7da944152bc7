"""The tables that ``info`` and ``info_complete`` print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarrust.metadata.v2 import ArrayV2Metadata

if TYPE_CHECKING:
    from zarrust.array_node import ArrayNode
    from zarrust.group_node import GroupNode

__all__ = ["ArrayInfo", "GroupInfo"]


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
    """Rows of name and value."""

    rows: tuple[tuple[str, str], ...]
    width: int

    def __repr__(self) -> str:
        return "\n".join(f"{name:<{self.width}}: {value}" for name, value in self.rows)


@dataclass(frozen=True, repr=False)
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
            *([("Shard shape", metadata.shards)] if metadata.shards else []),
            ("Chunk shape", metadata.chunks),
            ("Order", array.order),
            ("Read-only", array.read_only),
            ("Store type", type(array.store).__name__),
            *_codecs(array),
            ("No. bytes", _bytes(array.nbytes)),
        ]
        if stored is not None:
            rows.append(("No. bytes stored", _bytes(stored)))
            rows.append(("Storage ratio", f"{array.nbytes / stored:.1f}" if stored else "0.0"))
        if initialized is not None:
            rows.append(("Chunks Initialized", initialized))
        return cls(tuple((name, str(value)) for name, value in rows), 19)


def _codecs(array: ArrayNode) -> list[tuple[str, Any]]:
    """Return the rows of the codecs; those of format 2 from the document, so that numcodecs is not imported."""
    metadata = array.metadata
    if isinstance(metadata, ArrayV2Metadata):
        compressors = () if metadata.compressor is None else (metadata.compressor,)
        return [("Filters", metadata.filters or ()), ("Compressors", compressors)]
    return [("Filters", array.filters), ("Serializer", array.serializer), ("Compressors", array.compressors)]


@dataclass(frozen=True, repr=False)
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
            arrays, groups = counts
            rows += [("No. members", arrays + groups), ("No. arrays", arrays), ("No. groups", groups)]
        return cls(tuple((name, str(value)) for name, value in rows), 12)
