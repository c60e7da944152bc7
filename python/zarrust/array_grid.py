"""The chunks of an array: how many, where, and under which keys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zarrust.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zarrust.chunk_grid import ChunkGrid
    from zarrust.metadata import ArrayMetadata

__all__ = ["GriddedNode"]


class GriddedNode(Node):
    """The part of an array that answers for its chunks.

    The names with an underscore are zarr-python's own, for programs that go through an array chunk by chunk. Their
    ``origin`` and ``selection_shape`` are in chunks, see `zarrust.experimental.ChunkGrid.all_chunk_coords`.
    """

    @property
    def metadata(self) -> ArrayMetadata:
        """The array's metadata."""
        raise NotImplementedError

    @property
    def _chunk_grid(self) -> ChunkGrid:
        """The grid of what is stored: of the shards where the array is sharded."""
        from zarrust.chunk_grid import ChunkGrid

        return ChunkGrid.from_metadata(self.metadata)

    @property
    def _inner_grid(self) -> ChunkGrid:
        """The grid of the smallest readable parts."""
        from zarrust.chunk_grid import ChunkGrid

        inner = self.metadata.inner_shape
        return self._chunk_grid if inner is None else ChunkGrid.from_sizes(self.metadata.shape, inner)

    @property
    def cdata_shape(self) -> tuple[int, ...]:
        """Number of chunks along each axis."""
        return self._inner_grid.grid_shape

    @property
    def _chunk_grid_shape(self) -> tuple[int, ...]:
        return self.cdata_shape

    @property
    def nchunks(self) -> int:
        """Number of chunks."""
        return math.prod(self.cdata_shape)

    @property
    def _shard_grid_shape(self) -> tuple[int, ...]:
        """Number of stored objects along each axis."""
        return self._chunk_grid.grid_shape

    @property
    def _nshards(self) -> int:
        """Number of stored objects."""
        return math.prod(self._shard_grid_shape)

    @property
    def read_chunk_sizes(self) -> tuple[tuple[int, ...], ...]:
        """Lengths along each axis, in elements, of the chunks that are read; the last ones end with the array.

        Examples
        --------
        >>> import zarrust
        >>> zarrust.create_array(shape=(7, 4), chunks=(2, 2), shards=(4, 4), dtype="i4").read_chunk_sizes
        ((2, 2, 2, 1), (2, 2))
        """
        return self._inner_grid.chunk_sizes

    @property
    def write_chunk_sizes(self) -> tuple[tuple[int, ...], ...]:
        """Lengths along each axis, in elements, of what is stored as one object: shards where the array is sharded.

        Examples
        --------
        >>> import zarrust
        >>> zarrust.create_array(shape=(7, 4), chunks=(2, 2), shards=(4, 4), dtype="i4").write_chunk_sizes
        ((4, 3), (4,))
        """
        return self._chunk_grid.chunk_sizes

    def _iter_chunk_coords(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[tuple[int, ...]]:
        return self._inner_grid.all_chunk_coords(origin=origin, selection_shape=selection_shape)

    def _iter_chunk_regions(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[tuple[slice, ...]]:
        return self._inner_grid.iter_chunk_regions(origin=origin, selection_shape=selection_shape)

    def _iter_shard_coords(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[tuple[int, ...]]:
        return self._chunk_grid.all_chunk_coords(origin=origin, selection_shape=selection_shape)

    def _iter_shard_keys(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[str]:
        encode = self.metadata.chunk_key_encoding.encode_chunk_key
        return map(encode, self._iter_shard_coords(origin=origin, selection_shape=selection_shape))

    def _iter_shard_regions(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[tuple[slice, ...]]:
        return self._chunk_grid.iter_chunk_regions(origin=origin, selection_shape=selection_shape)

    def _count_initialized(self, stored: Sequence[tuple[int, ...]]) -> int:
        """Return the number of chunks in stored objects, given by their coordinates: all of a shard's count."""
        inner, grid = self.metadata.inner_shape, self._chunk_grid
        if inner is None:
            return len(stored)
        if grid.is_regular:
            count = len(stored) * math.prod(
                length // part for length, part in zip(grid.chunk_shape, inner, strict=True)
            )
        else:
            lengths = [
                [axis.chunk_size(place) // length for place in range(axis.nchunks)]
                for axis, length in zip(grid.dimensions, inner, strict=True)
            ]
            count = sum(math.prod(along[at] for along, at in zip(lengths, place, strict=True)) for place in stored)
        return min(count, self.nchunks)
