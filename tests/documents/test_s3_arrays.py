"""Seed 003, the version 2 tutorial, row by row: creating, reading, writing and resizing arrays."""

import importlib
from pathlib import Path

import numpy as np
import pytest

import zarrust as zarr


@pytest.fixture
def empty():
    return zarr.zeros((10000, 10000), chunks=(1000, 1000), dtype="i4")


@pytest.fixture(scope="module")
def written():
    """The array of the section on reading and writing; the tests of this module only read it."""
    z = zarr.zeros((10000, 10000), chunks=(1000, 1000), dtype="i4")
    z[:] = 42
    z[0, :] = np.arange(10000)
    z[:, 0] = np.arange(10000)
    return z


def persistent():
    z1 = zarr.open("data/example.zarr", mode="w", shape=(1000, 1000), chunks=(100, 100), dtype="i4")
    z1[:] = 42
    z1[0, :] = np.arange(1000)
    z1[:, 0] = np.arange(1000)
    return z1


def test_s3_001_zeros_makes_an_array(empty):
    assert (empty.shape, empty.chunks, empty.dtype) == ((10000, 10000), (1000, 1000), np.int32)


def test_s3_002_the_text_of_an_array(empty):
    assert repr(empty) == f"<Array {empty.store} shape=(10000, 10000) dtype=int32>"
    assert str(empty.store).startswith("memory://")


def test_s3_003_there_are_100_chunks_in_total(empty):
    assert (empty.nchunks, empty.cdata_shape) == (100, (10, 10))


def test_s3_004_creation_routines_live_in_their_module():
    names = """create empty zeros ones full array open_array empty_like zeros_like ones_like full_like open_like"""
    with pytest.warns(DeprecationWarning, match="deprecated"):
        creation = importlib.import_module("zarrust.creation")
    assert [name for name in names.split() if getattr(creation, name) is not getattr(zarr, name)] == []


def test_s3_005_an_array_behaves_like_numpys():
    a = np.arange(12, dtype="i4").reshape(3, 4)
    z = zarr.array(a)
    assert (z.ndim, z.size, z.dtype.itemsize, z.nbytes) == (a.ndim, a.size, a.dtype.itemsize, a.nbytes)
    np.testing.assert_array_equal(np.asarray(z), a, strict=True)


def test_s3_006_an_array_is_filled_with_a_scalar():
    z = zarr.zeros((1000, 1000), chunks=(100, 100), dtype="i4")
    z[:] = 42
    assert np.all(z[:] == 42)


def test_s3_007_regions_are_written(written):
    values = written[:3000, :3000]
    expected = np.full((3000, 3000), 42, dtype="i4")
    expected[0, :] = expected[:, 0] = np.arange(3000)
    np.testing.assert_array_equal(values, expected)
    assert np.all(written[9000:, 9000:] == 42)


def test_s3_008_one_item_is_read(written):
    item = written[0, 0]
    assert (item, item.dtype, item.shape) == (0, np.int32, ())


def test_s3_009_indices_may_be_negative(written):
    assert written[-1, -1] == 42


def test_s3_010_a_row_is_read(written):
    assert repr(written[0, :]) == "array([   0,    1,    2, ..., 9997, 9998, 9999],\n      shape=(10000,), dtype=int32)"
    np.testing.assert_array_equal(written[0, :], np.arange(10000, dtype="i4"), strict=True)


def test_s3_011_a_column_is_read(written):
    np.testing.assert_array_equal(written[:, 0], np.arange(10000, dtype="i4"), strict=True)


def test_s3_012_everything_is_read(written):
    values = written[:]
    assert (type(values), values.shape, values.dtype) == (np.ndarray, (10000, 10000), np.int32)
    assert [list(values[row, :3]) for row in (0, 1, -1)] == [[0, 1, 2], [1, 42, 42], [9999, 42, 42]]
    np.testing.assert_array_equal(values[:, 0], np.arange(10000))
    assert np.all(values[1:, 1:] == 42)


def test_s3_013_open_makes_a_persistent_array():
    z1 = zarr.open("data/example.zarr", mode="w", shape=(10000, 10000), chunks=(1000, 1000), dtype="i4")
    assert (z1.shape, z1.chunks, z1.dtype) == ((10000, 10000), (1000, 1000), np.int32)
    assert Path("data/example.zarr").is_dir()


def test_s3_014_a_directory_holds_metadata_and_compressed_chunks():
    z1 = persistent()
    chunks = [path for path in Path("data/example.zarr/c").rglob("*") if path.is_file()]
    assert Path("data/example.zarr/zarr.json").is_file()
    assert len(chunks) == 100
    assert sum(chunk.stat().st_size for chunk in chunks) < z1.nbytes / 10


def test_s3_015_data_are_flushed_automatically():
    z1 = persistent()
    z1[5, 5] = 7
    assert zarr.open("data/example.zarr")[5, 5] == 7


def test_s3_016_written_data_can_be_read_again():
    z1 = persistent()
    z2 = zarr.open("data/example.zarr", mode="r")
    assert np.all(z1[:] == z2[:])


def test_s3_017_mode_r_is_read_only():
    z1 = persistent()
    z2 = zarr.open("data/example.zarr", mode="r")
    assert z2.read_only
    with pytest.raises(ValueError, match="read-only"):
        z2[:] = 1
    assert z1[1, 1] == 42


@pytest.mark.parametrize("mode", ["a", "r+"])
def test_s3_018_open_continues_with_an_existing_array(mode):
    persistent()
    z = zarr.open("data/example.zarr", mode=mode)
    assert z[1, 1] == 42
    z[1, 1] = 7
    assert zarr.open("data/example.zarr", mode="r")[1, 1] == 7


def test_s3_019_open_save_and_load_live_in_their_module():
    with pytest.warns(DeprecationWarning, match="deprecated"):
        convenience = importlib.import_module("zarrust.convenience")
    assert (convenience.open, convenience.save, convenience.load) == (zarr.open, zarr.save, zarr.load)


def test_s3_020_save_and_load():
    a = np.arange(10)
    zarr.save("data/example.zarr", a)
    loaded = zarr.load("data/example.zarr")
    assert repr(loaded) == "array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])"


def test_s3_021_save_replaces_an_array_of_another_shape():
    persistent()
    zarr.save("data/example.zarr", np.arange(10))
    np.testing.assert_array_equal(zarr.load("data/example.zarr"), np.arange(10))


def test_s3_022_resize_takes_an_argument_for_each_dimension():
    z = zarr.zeros(shape=(10000, 10000), chunks=(1000, 1000))
    z[:10, :10] = 42
    z.resize(20000, 10000)
    assert z.shape == (20000, 10000)


def test_s3_023_resize_takes_a_tuple():
    z = zarr.zeros(shape=(100, 100), chunks=(10, 10))
    z.resize((200, 100))
    assert z.shape == (200, 100)


def test_s3_024_data_are_not_rearranged():
    z = zarr.zeros(shape=(100, 100), chunks=(10, 10))
    z[:] = 42
    z.resize(200, 100)
    np.testing.assert_array_equal(z[:100], np.full((100, 100), 42))
    np.testing.assert_array_equal(z[100:], np.zeros((100, 100)))


def test_s3_025_chunks_outside_the_new_shape_are_deleted():
    z = zarr.open("z", mode="w", shape=(100, 100), chunks=(10, 10))
    z[:] = 42
    z.resize((50, 100))
    assert len([path for path in Path("z/c").rglob("*") if path.is_file()]) == 50
    z.resize((100, 100))
    np.testing.assert_array_equal(z[50:], np.zeros((50, 100)))


@pytest.fixture(scope="module")
def long():
    return np.arange(10000000, dtype="i4").reshape(10000, 1000)


def test_s3_026_array_makes_an_array_of_data(long):
    z = zarr.array(long, chunks=(1000, 100))
    assert (z.shape, z.chunks, z.dtype) == ((10000, 1000), (1000, 100), np.int32)


def test_s3_027_append(long):
    z = zarr.array(long, chunks=(1000, 100))
    assert z.append(long) == (20000, 1000)
    np.testing.assert_array_equal(z[:10000], long)
    np.testing.assert_array_equal(z[10000:], long)


def test_s3_028_append_along_another_axis(long):
    z = zarr.array(long, chunks=(1000, 100))
    z.append(long)
    both = np.vstack([long, long])
    assert z.append(both, axis=1) == (20000, 2000)
    assert z.shape == (20000, 2000)
    np.testing.assert_array_equal(z[:, 1000:], both)
