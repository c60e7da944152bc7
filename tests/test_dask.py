"""dask over our arrays, and dask's own functions over the stand-in for zarr."""

import pickle

import dask.array as da
import numpy as np
import pytest

import zarrust as zarr
from programs import run


@pytest.fixture
def array(tmp_path):
    return zarr.create_array(
        tmp_path / "a.zarr", data=np.arange(10_000, dtype="i4").reshape(100, 100), chunks=(30, 40), shards=(60, 80)
    )


def test_an_array_is_a_dask_array(array):
    lazy = da.from_array(array, chunks=array.chunks)
    assert lazy.chunks == ((30, 30, 30, 10), (40, 40, 20))
    np.testing.assert_array_equal(lazy[5:50:7, [3, 1]].compute(scheduler="threads"), array[...][5:50:7, [3, 1]])
    again = pickle.loads(pickle.dumps(lazy))
    assert again.sum().compute(scheduler="threads") == 49_995_000


def test_dask_stores_into_an_array_without_a_lock(array, tmp_path):
    for where in ({}, tmp_path / "b.zarr"):
        out = zarr.create_array(where, shape=array.shape, chunks=(60, 80), dtype="i8")
        da.store(da.from_array(array, chunks=(60, 80)) + 1, out, lock=False, scheduler="threads")
        np.testing.assert_array_equal(out[...], array[...] + 1)


def test_chunks_of_dask_that_share_a_stored_chunk_lose_nothing_in_threads(array):
    out = zarr.create_array({}, shape=array.shape, chunks=(100, 100), dtype="i4")
    da.store(da.from_array(array, chunks=(10, 10)), out, lock=False, scheduler="threads")
    np.testing.assert_array_equal(out[...], array[...])


@pytest.fixture
def uneven(tmp_path):
    with zarr.config.set({"array.rectilinear_chunks": True}):
        yield zarr.create_array(tmp_path / "a.zarr", data=np.arange(80).reshape(8, 10), chunks=[[3, 1, 4], [2, 8]])


def test_uneven_chunks_are_those_of_dask(uneven):
    lazy = da.from_array(uneven, chunks=uneven.read_chunk_sizes)
    assert lazy.chunks == ((3, 1, 4), (2, 8))
    np.testing.assert_array_equal(lazy.compute(scheduler="threads"), uneven[...])
    assert da.from_array(uneven).sum().compute(scheduler="threads") == 3160
    out = zarr.create_array({}, shape=(8, 10), chunks=uneven.write_chunk_sizes, dtype="i8")
    da.store(lazy * 2, out, lock=False, scheduler="threads")
    np.testing.assert_array_equal(out[...], uneven[...] * 2)


def test_uneven_chunks_are_given_to_dasks_own_functions(uneven, tmp_path):
    run(
        """
        import sys, warnings
        warnings.simplefilter("error")
        import zarrust.as_zarr
        import dask.array as da, numpy as np, zarr

        zarr.config.set({"array.rectilinear_chunks": True})
        z = zarr.open_array(sys.argv[1], mode="r")
        for lazy in (da.from_zarr(z, chunks=z.read_chunk_sizes), da.from_zarr(sys.argv[1], chunks=z.read_chunk_sizes)):
            assert lazy.chunks == ((3, 1, 4), (2, 8)), lazy.chunks
            np.testing.assert_array_equal(lazy.compute(), z[...])
        try:
            da.from_zarr(z)
        except NotImplementedError as error:
            assert "read_chunk_sizes" in str(error)
        """,
        tmp_path / "a.zarr",
    )


def test_dasks_own_functions_take_paths_arrays_and_components(array, tmp_path):
    output = run(
        """
        import sys, warnings
        warnings.simplefilter("error")
        import zarrust.as_zarr
        import dask.array as da, numpy as np, zarr

        source, target = sys.argv[1:]
        lazy = da.from_zarr(source)
        assert lazy.chunks[0] == (30, 30, 30, 10), lazy.chunks
        assert da.from_zarr(zarr.open_array(source)).sum().compute() == 49_995_000
        (lazy.rechunk((50, 50)) * 2).to_zarr(target)
        target += "-group"
        (lazy.rechunk((50, 50)) * 3).to_zarr(target, component="q/r", overwrite=True)
        print(da.from_zarr(target, component="q/r").max().compute())
        out = zarr.create_array({}, shape=(100, 100), chunks=(50, 50), dtype="i4")
        lazy.rechunk((50, 50)).to_zarr(out)
        print(out[99, 99])
        """,
        tmp_path / "a.zarr",
        tmp_path / "c.zarr",
    )
    assert output.split() == ["29997", "9999"]
