"""The chunk grid "rectilinear": along each axis, chunks that each have a length of their own.

Source: zarr-extensions, chunk grid "rectilinear". Its specification is not final, so the setting
``array.rectilinear_chunks`` has to allow it.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zarrust.config import config
from zarrust.errors import MetadataValidationError

__all__ = ["RectilinearChunkGrid", "RectilinearChunksDisabledError", "UnevenChunksError", "parse_edges"]

MOST_EDGES = 1 << 24
"""Chunks that a document may declare along an axis: it says many with few bytes, and each takes some here."""


class UnevenChunksError(NotImplementedError, AttributeError):
    """One shape was asked for, and chunks have several.

    It is an `AttributeError` too, so that ``hasattr(z, "chunks")`` and ``getattr(z, "chunks", None)`` answer, as dask
    asks, instead of raising.
    """


class RectilinearChunksDisabledError(MetadataValidationError):
    """Rectilinear chunk grids are used while the setting ``array.rectilinear_chunks`` is off."""


def check_enabled() -> None:
    """Refuse rectilinear grids unless the setting allows them.

    Raises
    ------
    RectilinearChunksDisabledError
        If it does not.
    """
    if not config.get("array.rectilinear_chunks"):
        raise RectilinearChunksDisabledError(
            "Rectilinear chunk grids are experimental and disabled by default. Enable them with: "
            "zarr.config.set({'array.rectilinear_chunks': True}) or set the environment variable "
            "ZARR_ARRAY__RECTILINEAR_CHUNKS=True"
        )


@dataclass(frozen=True)
class RectilinearChunkGrid:
    """Chunks with a length of their own along each axis.

    Parameters
    ----------
    chunk_shapes : tuple of (int or tuple of int)
        For each axis the length of all its chunks, or of each of them, in elements.

    Raises
    ------
    MetadataValidationError
        If a length is below 1, or an axis has no chunks.
    """

    chunk_shapes: tuple[int | tuple[int, ...], ...]

    def __post_init__(self) -> None:
        for axis, lengths in enumerate(self.chunk_shapes):
            edges = (lengths,) if isinstance(lengths, int) else lengths
            if not edges or min(edges) < 1:
                raise MetadataValidationError(
                    f"chunk_grid.configuration.chunk_shapes[{axis}]: expected lengths of at least 1, found "
                    f"{lengths!r:.200}"
                )

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.chunk_shapes)

    @property
    def chunk_sizes(self) -> tuple[int | tuple[int, ...], ...]:
        """For each axis the length of all its chunks, or of each of them, in elements."""
        return self.chunk_shapes

    @property
    def largest(self) -> tuple[int, ...]:
        """The greatest length of a chunk along each axis, in elements."""
        return tuple(lengths if isinstance(lengths, int) else max(lengths) for lengths in self.chunk_shapes)

    def samples(self) -> list[tuple[int, ...]]:
        """Return shapes of chunks in which every length of every axis is met."""
        kinds = [[lengths] if isinstance(lengths, int) else sorted({*lengths}) for lengths in self.chunk_shapes]
        most = max(map(len, kinds), default=1)
        return [tuple(lengths[place % len(lengths)] for lengths in kinds) for place in range(most)]

    def check_reaches(self, shape: Sequence[int]) -> None:
        """Refuse a shape that the chunks do not reach to the end of.

        Raises
        ------
        MetadataValidationError
            If the chunks of an axis are too short together.
        """
        for axis, (lengths, extent) in enumerate(zip(self.chunk_shapes, shape, strict=True)):
            if not isinstance(lengths, int) and sum(lengths) < extent:
                raise MetadataValidationError(
                    f"chunk_grid.configuration.chunk_shapes[{axis}]: the chunks reach to {sum(lengths)}, the array has "
                    f"{extent} elements along that axis"
                )

    def resized(self, shape: Sequence[int]) -> RectilinearChunkGrid:
        """Return the grid of the array at another shape: an axis that grows past its chunks gets one more."""
        return RectilinearChunkGrid(
            tuple(
                lengths if isinstance(lengths, int) or sum(lengths) >= extent else (*lengths, extent - sum(lengths))
                for lengths, extent in zip(self.chunk_shapes, shape, strict=True)
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata JSON; runs of one length are written as length and count where that is shorter."""
        return {
            "name": "rectilinear",
            "configuration": {"kind": "inline", "chunk_shapes": [_compressed(axis) for axis in self.chunk_shapes]},
        }

    @classmethod
    def from_configuration(
        cls, configuration: Mapping[str, Any], key: str, *, again: bool = False
    ) -> RectilinearChunkGrid:
        """Return the grid of its configuration in a document.

        Parameters
        ----------
        configuration : mapping
        key : str
            Store key of the document, for messages.
        again : bool, default False
            Whether the array is open already, so that the setting is not asked.

        Raises
        ------
        RectilinearChunksDisabledError
            If the setting does not allow it.
        MetadataValidationError
            If the configuration breaks the specification.
        """
        try:
            if not again:
                check_enabled()
        except RectilinearChunksDisabledError as error:
            raise RectilinearChunksDisabledError(f"{key}: chunk_grid: {error}") from None
        where = f"{key}: chunk_grid.configuration"
        if configuration.get("kind") != "inline":
            raise MetadataValidationError(f"{where}.kind: expected 'inline', found {configuration.get('kind')!r:.200}")
        shapes = configuration.get("chunk_shapes")
        if not isinstance(shapes, (list, tuple)):
            raise MetadataValidationError(f"{where}.chunk_shapes: expected a list, found {shapes!r:.200}")
        return cls(tuple(_expanded(axis, f"{where}.chunk_shapes[{place}]") for place, axis in enumerate(shapes)))


def _compressed(lengths: int | tuple[int, ...]) -> Any:
    if isinstance(lengths, int):
        return lengths
    runs = [(length, len([*run])) for length, run in itertools.groupby(lengths)]
    short = [[length, count] if count > 1 else length for length, count in runs]
    return short if len(short) < len(lengths) else [*lengths]


def _expanded(entry: Any, where: str) -> int | tuple[int, ...]:
    """Return the lengths along an axis: one for all, or a list of lengths and of pairs of length and count."""
    if _is_length(entry):
        return int(entry)
    if not isinstance(entry, (list, tuple)):
        raise MetadataValidationError(f"{where}: expected an integer or a list, found {entry!r:.200}")
    runs = [(run, 1) if _is_length(run) else run for run in entry]
    for run in runs:
        if not (isinstance(run, (list, tuple)) and len(run) == 2 and all(map(_is_length, run))):
            raise MetadataValidationError(
                f"{where}: expected lengths, or pairs of length and count, found {run!r:.200}"
            )
    if sum(count for _, count in runs) > MOST_EDGES:
        raise MetadataValidationError(f"{where}: more than {MOST_EDGES} chunks along an axis")
    return tuple(itertools.chain.from_iterable(itertools.repeat(length, count) for length, count in runs))


def _is_length(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 1 << 63


def parse_edges(chunks: Any, shape: Sequence[int]) -> tuple[int | tuple[int, ...], ...] | None:
    """Return the lengths of chunks that a user gives one by one, None where ``chunks`` is of another form.

    Parameters
    ----------
    chunks : sequence of (int or sequence of int)
        For each axis the length of all its chunks (-1 for the whole axis), or a list with that of each.
    shape : sequence of int
        Of the array; each list has to add up to its axis.

    Raises
    ------
    RectilinearChunksDisabledError
        If the setting ``array.rectilinear_chunks`` does not allow it.
    ValueError
        If the numbers of axes differ, or lengths do not add up.
    TypeError
        If a length is no integer.
    """
    if isinstance(chunks, (str, bytes)) or not isinstance(chunks, Iterable):
        return None
    entries = [*chunks]
    if not any(isinstance(entry, Iterable) and not isinstance(entry, (str, bytes)) for entry in entries):
        return None
    check_enabled()
    if len(entries) != len(shape):
        raise ValueError(f"chunks has {len(entries)} dimensions but shape has {len(shape)} dimensions")
    return tuple(_axis(entry, extent) for entry, extent in zip(entries, shape, strict=True))


def _axis(entry: Any, extent: int) -> int | tuple[int, ...]:
    try:
        if not isinstance(entry, Iterable):
            length = operator.index(entry)
            return max(extent, 1) if length == -1 else length
        lengths = tuple(map(operator.index, entry))
    except TypeError:
        raise TypeError(f"chunks: expected integers, found {entry!r:.200}") from None
    if not lengths or min(lengths) < 1:
        raise ValueError(f"All chunk sizes must be positive, got {[*lengths]!r:.200}")
    if extent and sum(lengths) != extent:
        raise ValueError(f"Chunk sizes {[*lengths]!r:.200} do not sum to span {extent}")
    return lengths
