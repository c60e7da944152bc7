"""Chunk grids: where the chunks of an array begin and end, along each axis on its own."""

from __future__ import annotations

import bisect
import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from zarrust.metadata import ArrayMetadata

__all__ = ["ChunkGrid", "ChunkSpec", "FixedDimension", "VaryingDimension"]


@dataclass(frozen=True)
class FixedDimension:
    """An axis whose chunks are all of one length; the last one may reach past the end.

    Parameters
    ----------
    size : int
        Length of a chunk, in elements.
    extent : int
        Length of the axis, in elements.

    Raises
    ------
    ValueError
        If the size is below 1 or the extent below 0.
    """

    size: int
    extent: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"FixedDimension size must be >= 1, got {self.size}")
        if self.extent < 0:
            raise ValueError(f"FixedDimension extent must be >= 0, got {self.extent}")

    @property
    def nchunks(self) -> int:
        """Number of chunks that hold elements."""
        return -(-self.extent // self.size)

    @property
    def ngridcells(self) -> int:
        """Number of chunks that are declared."""
        return self.nchunks

    def index_to_chunk(self, idx: int) -> int:
        """Return the chunk that holds an element.

        Raises
        ------
        IndexError
            If the element is outside of the axis.
        """
        _check_index(idx, self.extent)
        return idx // self.size

    def indices_to_chunks(self, indices: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return the chunks that hold elements, which are not checked."""
        return indices // self.size

    def chunk_offset(self, chunk_ix: int) -> int:
        """Return the first element of a chunk."""
        return chunk_ix * self.size

    def chunk_size(self, chunk_ix: int) -> int:
        """Return the length of a chunk as it is stored."""
        return self.size

    def data_size(self, chunk_ix: int) -> int:
        """Return the number of a chunk's elements that are inside of the axis."""
        return max(0, min(self.size, self.extent - chunk_ix * self.size))

    def resize(self, new_extent: int) -> FixedDimension:
        """Return the axis at another length."""
        return FixedDimension(self.size, new_extent)

    with_extent = resize

    def __str__(self) -> str:
        return str(self.size)


@dataclass(frozen=True)
class VaryingDimension:
    """An axis with a length of its own for each chunk.

    Parameters
    ----------
    edges : tuple of int
        Lengths of the chunks, in elements; together at least the extent.
    extent : int
        Length of the axis, in elements.

    Raises
    ------
    ValueError
        If there are no edges, one is below 1, or they do not reach the extent.
    """

    edges: tuple[int, ...]
    extent: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", tuple(self.edges))
        if not self.edges:
            raise ValueError("VaryingDimension edges must not be empty")
        if any(edge <= 0 for edge in self.edges):
            raise ValueError(f"All edge lengths must be > 0, got {self.edges}")
        if self.extent < 0:
            raise ValueError(f"VaryingDimension extent must be >= 0, got {self.extent}")
        if self.extent > self.cumulative[-1]:
            raise ValueError(f"VaryingDimension extent {self.extent} exceeds sum of edges {self.cumulative[-1]}")

    @cached_property
    def cumulative(self) -> tuple[int, ...]:
        """Where each chunk ends."""
        return tuple(itertools.accumulate(self.edges))

    @property
    def nchunks(self) -> int:
        """Number of chunks that hold elements."""
        return bisect.bisect_left(self.cumulative, self.extent) + 1 if self.extent else 0

    @property
    def ngridcells(self) -> int:
        """Number of chunks that are declared."""
        return len(self.edges)

    def index_to_chunk(self, idx: int) -> int:
        """Return the chunk that holds an element.

        Raises
        ------
        IndexError
            If the element is outside of the axis.
        """
        _check_index(idx, self.extent)
        return bisect.bisect_right(self.cumulative, idx)

    def indices_to_chunks(self, indices: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return the chunks that hold elements, which are not checked."""
        return np.searchsorted(self.cumulative, indices, side="right")

    def chunk_offset(self, chunk_ix: int) -> int:
        """Return the first element of a chunk."""
        return self.cumulative[chunk_ix - 1] if chunk_ix > 0 else 0

    def chunk_size(self, chunk_ix: int) -> int:
        """Return the length of a chunk as it is stored."""
        return self.edges[chunk_ix]

    def data_size(self, chunk_ix: int) -> int:
        """Return the number of a chunk's elements that are inside of the axis."""
        return max(0, min(self.edges[chunk_ix], self.extent - self.chunk_offset(chunk_ix)))

    def with_extent(self, new_extent: int) -> VaryingDimension:
        """Return the axis at another length that its chunks reach."""
        return VaryingDimension(self.edges, new_extent)

    def resize(self, new_extent: int) -> VaryingDimension:
        """Return the axis at another length, with one more chunk where it has grown past the last one."""
        missing = new_extent - self.cumulative[-1]
        return VaryingDimension((*self.edges, missing) if missing > 0 else self.edges, new_extent)

    def __str__(self) -> str:
        return repr(self.edges)


Dimension = FixedDimension | VaryingDimension


def iter_grid(
    grid_shape: Sequence[int], *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
) -> Iterator[tuple[int, ...]]:
    """Return an iterator over the coordinates in a grid, in C order.

    Parameters
    ----------
    grid_shape : sequence of int
    origin : sequence of int, optional
        The first coordinates; by default zeros.
    selection_shape : sequence of int, optional
        Number along each axis from there; by default all.

    Raises
    ------
    IndexError
        If there are not so many.

    Examples
    --------
    >>> list(iter_grid((2, 3), origin=(1, 1)))
    [(1, 1), (1, 2)]
    """
    first = (0,) * len(grid_shape) if origin is None else tuple(origin)
    counts = (
        tuple(count - start for start, count in zip(first, grid_shape, strict=True))
        if selection_shape is None
        else tuple(selection_shape)
    )
    for axis, (start, count, all_) in enumerate(zip(first, counts, grid_shape, strict=True)):
        if start + count > all_:
            raise IndexError(
                f"Invalid selection shape ({count}) for origin ({start}) and grid shape ({all_}) at axis {axis}."
            )
    return itertools.product(*(range(start, start + count) for start, count in zip(first, counts, strict=True)))


def _check_index(idx: int, extent: int) -> None:
    if not 0 <= idx < extent:
        raise IndexError(f"Index {idx} is out of bounds for extent {extent}")


@dataclass(frozen=True)
class ChunkSpec:
    """Where a chunk is in its array.

    Parameters
    ----------
    slices : tuple of slice
        Its elements inside of the array.
    codec_shape : tuple of int
        Its shape as it is stored, in elements.
    """

    slices: tuple[slice, ...]
    codec_shape: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what is inside of the array, in elements."""
        return tuple(part.stop - part.start for part in self.slices)

    @property
    def is_boundary(self) -> bool:
        """Whether the chunk reaches past the end of the array."""
        return self.shape != self.codec_shape


@dataclass(frozen=True, repr=False)
class ChunkGrid:
    """The chunks of an array.

    Parameters
    ----------
    dimensions : tuple of FixedDimension or VaryingDimension
        One for each axis.

    Examples
    --------
    >>> from zarrust.experimental import ChunkGrid
    >>> grid = ChunkGrid.from_sizes((10, 6), (4, (1, 5)))
    >>> grid
    ChunkGrid(chunk_sizes=(4, (1, 5)), array_shape=(10, 6))
    >>> grid[2, 1]
    ChunkSpec(slices=(slice(8, 10, 1), slice(1, 6, 1)), codec_shape=(4, 5))
    """

    dimensions: tuple[Dimension, ...]

    def __init__(self, *, dimensions: tuple[Dimension, ...]) -> None:
        object.__setattr__(self, "dimensions", tuple(dimensions))

    @classmethod
    def from_sizes(cls, array_shape: int | Sequence[int], chunk_sizes: Sequence[int | Sequence[int]]) -> ChunkGrid:
        """Return the grid of an array's shape and chunk lengths.

        Parameters
        ----------
        array_shape : int or sequence of int
            Length of each axis, in elements.
        chunk_sizes : sequence of (int or sequence of int)
            For each axis the length of all its chunks, or of each of them.

        Raises
        ------
        ValueError
            If the numbers of axes differ.
        """
        from zarrust.metadata.chunking import parse_shape

        extents = parse_shape(array_shape)
        if len(extents) != len(chunk_sizes):
            raise ValueError(
                f"array_shape has {len(extents)} dimensions but chunk_sizes has {len(chunk_sizes)} dimensions"
            )
        return cls(
            dimensions=tuple(
                FixedDimension(size, extent) if isinstance(size, int) else VaryingDimension(tuple(size), extent)
                for size, extent in zip(chunk_sizes, extents, strict=True)
            )
        )

    @classmethod
    def from_metadata(cls, metadata: ArrayMetadata) -> ChunkGrid:
        """Return the grid of an array's stored objects: of its shards where it is sharded.

        Parameters
        ----------
        metadata : ArrayMetadata
        """
        return cls.from_sizes(metadata.shape, metadata.chunk_sizes)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.dimensions)

    @property
    def is_regular(self) -> bool:
        """Whether all chunks have one shape."""
        return all(isinstance(axis, FixedDimension) for axis in self.dimensions)

    @property
    def grid_shape(self) -> tuple[int, ...]:
        """Number of chunks along each axis."""
        return tuple(axis.nchunks for axis in self.dimensions)

    @property
    def chunk_shape(self) -> tuple[int, ...]:
        """Shape of a chunk, in elements.

        Raises
        ------
        ValueError
            If they have several.
        """
        if not self.is_regular:
            raise ValueError(
                "chunk_shape is only available for regular chunk grids. Use grid[coords] for per-chunk sizes."
            )
        return tuple(axis.chunk_size(0) for axis in self.dimensions)

    @property
    def chunk_sizes(self) -> tuple[tuple[int, ...], ...]:
        """Lengths of the chunks along each axis, in elements; the last ones end with the array."""
        return tuple(tuple(map(axis.data_size, range(axis.nchunks))) for axis in self.dimensions)

    def get_nchunks(self) -> int:
        """Return the number of chunks."""
        return math.prod(self.grid_shape)

    def __getitem__(self, coords: int | tuple[int, ...]) -> ChunkSpec | None:
        coords = (coords,) if isinstance(coords, int) else coords
        if len(coords) != self.ndim:
            raise ValueError(f"Expected {self.ndim} coordinate(s) for a {self.ndim}-d chunk grid, got {len(coords)}.")
        if any(not 0 <= place < axis.nchunks for axis, place in zip(self.dimensions, coords, strict=True)):
            return None
        starts = [axis.chunk_offset(place) for axis, place in zip(self.dimensions, coords, strict=True)]
        return ChunkSpec(
            slices=tuple(
                slice(start, start + axis.data_size(place), 1)
                for axis, place, start in zip(self.dimensions, coords, starts, strict=True)
            ),
            codec_shape=tuple(axis.chunk_size(place) for axis, place in zip(self.dimensions, coords, strict=True)),
        )

    def __iter__(self) -> Iterator[ChunkSpec]:
        for coords in itertools.product(*map(range, self.grid_shape)):
            spec = self[coords]
            if spec is not None:
                yield spec

    def all_chunk_coords(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[tuple[int, ...]]:
        """Return an iterator over the coordinates of chunks, in C order.

        Parameters
        ----------
        origin : sequence of int, optional
            Coordinates of the first chunk; by default zeros.
        selection_shape : sequence of int, optional
            Number of chunks along each axis from there; by default all.

        Raises
        ------
        IndexError
            If there are not so many.
        """
        return iter_grid(self.grid_shape, origin=origin, selection_shape=selection_shape)

    def iter_chunk_regions(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[tuple[slice, ...]]:
        """Iterate over the elements of chunks, as slices of the array.

        Parameters
        ----------
        origin, selection_shape : sequence of int, optional
            In chunks, as `all_chunk_coords` takes them.
        """
        for coords in self.all_chunk_coords(origin=origin, selection_shape=selection_shape):
            spec = self[coords]
            if spec is not None:
                yield spec.slices

    def update_shape(self, new_shape: tuple[int, ...]) -> ChunkGrid:
        """Return the grid of the array at another shape.

        Parameters
        ----------
        new_shape : tuple of int
            Length of each axis, in elements.

        Raises
        ------
        ValueError
            If the number of axes differs.
        """
        if len(new_shape) != self.ndim:
            raise ValueError(f"new_shape has {len(new_shape)} dimensions but chunk grid has {self.ndim} dimensions")
        resized: Any = (axis.resize(extent) for axis, extent in zip(self.dimensions, new_shape, strict=True))
        return ChunkGrid(dimensions=tuple(resized))

    def __repr__(self) -> str:
        sizes = ", ".join(map(str, self.dimensions))
        return f"ChunkGrid(chunk_sizes=({sizes}), array_shape={tuple(axis.extent for axis in self.dimensions)})"
