"""Chunk grids, and what arrays say about their chunks."""

import asyncio

import numpy as np
import pytest

import zarrust as zarr
from zarrust.experimental import ChunkGrid, ChunkSpec


@pytest.fixture
def sharded():
    return zarr.create_array(shape=(7, 4), chunks=(2, 2), shards=(4, 4), dtype="i4")


def test_a_grid_says_where_a_chunk_is():
    grid = ChunkGrid.from_sizes((10, 6), (4, [1, 5]))
    assert (grid.ndim, grid.is_regular, grid.grid_shape, grid.get_nchunks()) == (2, False, (3, 2), 6)
    assert grid.chunk_sizes == ((4, 4, 2), (1, 5))
    assert grid[2, 1] == ChunkSpec((slice(8, 10, 1), slice(1, 6, 1)), (4, 5))
    assert grid[2, 1].shape == (2, 5)
    assert grid[2, 1].is_boundary
    assert not grid[0, 0].is_boundary
    assert grid[3, 0] is None
    assert len(list(grid)) == 6
    with pytest.raises(ValueError, match=r"grid\[coords\]"):
        _ = grid.chunk_shape
    with pytest.raises(ValueError, match="2-d chunk grid, got 1"):
        grid[0]


def test_a_grid_is_gone_through_in_parts():
    grid = ChunkGrid.from_sizes((6, 6), (2, 3))
    assert list(grid.all_chunk_coords(origin=(1, 0), selection_shape=(1, 2))) == [(1, 0), (1, 1)]
    assert list(grid.iter_chunk_regions(origin=(2, 1))) == [(slice(4, 6, 1), slice(3, 6, 1))]
    with pytest.raises(IndexError, match="Invalid selection shape"):
        grid.all_chunk_coords(origin=(2, 0), selection_shape=(2, 1))


def test_a_grid_grows_by_chunks_of_its_own_or_one_more():
    grid = ChunkGrid.from_sizes((6, 6), (2, (1, 5)))
    assert grid.update_shape((7, 9)).chunk_sizes == ((2, 2, 2, 1), (1, 5, 3))
    assert grid.update_shape((2, 3)).chunk_sizes == ((2,), (1, 2))
    assert grid.update_shape((0, 0)).grid_shape == (0, 0)


@pytest.mark.parametrize(
    ("shape", "sizes", "match"),
    [
        ((4,), (0,), "size must be >= 1"),
        ((4,), ((),), "must not be empty"),
        ((4,), ((2, 0),), "must be > 0"),
        ((4,), ((2, 1),), "exceeds sum of edges 3"),
        ((4,), (2, 2), "1 dimensions but chunk_sizes has 2"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(shape, sizes, match):
    with pytest.raises(ValueError, match=match):
        ChunkGrid.from_sizes(shape, sizes)


def test_an_array_counts_its_chunks_and_its_stored_objects(sharded):
    assert (sharded.cdata_shape, sharded.nchunks) == ((4, 2), 8)
    assert (sharded._shard_grid_shape, sharded._nshards) == ((2, 1), 2)
    assert sharded.read_chunk_sizes == ((2, 2, 2, 1), (2, 2))
    assert sharded.write_chunk_sizes == ((4, 3), (4,))
    assert list(sharded._iter_shard_keys()) == ["c/0/0", "c/1/0"]
    assert list(sharded._iter_shard_regions())[1] == (slice(4, 7, 1), slice(0, 4, 1))
    assert len(list(sharded._iter_chunk_coords())) == len(list(sharded._iter_chunk_regions())) == 8
    sharded[:4] = 1
    assert (sharded._nshards_initialized, asyncio.run(sharded.async_array._nshards_initialized())) == (1, 1)


def test_an_array_without_axes_is_one_chunk():
    z = zarr.create_array(shape=(), dtype="i4")
    assert (z.nchunks, z.cdata_shape, z.read_chunk_sizes, list(z._iter_shard_keys())) == (1, (), (), ["c"])


def test_views_of_an_awaitable_array_read_later():
    data = np.arange(20).reshape(4, 5)
    array = zarr.array(data).async_array

    async def program():
        view = array.lazy[1:, ::2]
        assert (view.shape, view.ndim, view.size, len(view)) == ((3, 3), 2, 9, 3)
        np.testing.assert_array_equal(await view.oindex[[2, 0]].result(), data[1:, ::2][[2, 0]])
        np.testing.assert_array_equal(await view.vindex[[0, 1], [1, 2]].result(), data[1:, ::2][[0, 1], [1, 2]])
        await view[0].setitem(slice(1, None), -1)
        assert (await array.getitem((1, 4))) == -1
        assert "AsyncLazyView shape=(3, 3)" in repr(view)

    asyncio.run(program())
