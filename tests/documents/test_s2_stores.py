"""Seed 002, the storage page, row by row: the classes of stores, wrappers and paths."""

import pathlib

import numpy as np
import pytest

import zarrust as zarr
from memory_stores import OwnMapping
from zarrust.storage import LocalStore, MemoryStore, StorePath


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def ones(z):
    assert z.dtype == np.float64
    z[:] = 1
    np.testing.assert_array_equal(z[:], np.ones(z.shape))


def test_s2_08_a_store_by_position_and_no_dtype():
    store = LocalStore("path/to/zarr/data")
    arr = zarr.create_array(store, shape=(1000, 1000), chunks=(100, 100))
    arr[:100, :100] = 1.0
    assert arr.dtype == np.float64
    assert [key for key in store if key != "zarr.json"] == ["c/0/0"]


def test_s2_09_a_store_by_position_and_a_dtype():
    arr = zarr.create_array(LocalStore("path/to/zarr/data"), shape=(1000, 1000), chunks=(100, 100), dtype="f8")
    assert (arr.shape, arr.chunks, arr.dtype) == ((1000, 1000), (100, 100), np.float64)


def test_s2_28_temporary_arrays():
    store = MemoryStore()
    temp_arr = zarr.create_array(store, shape=(100, 100))
    temp_arr[:] = 42
    assert temp_arr.dtype == np.float64
    assert np.all(temp_arr[:] == 42)


def test_s2_74_google_cloud_storage():
    gcsfs = pytest.importorskip("gcsfs", reason="the file system of gs:// URLs is not installed")
    fs = zarr.storage.FsspecStore("gs://my-bucket/zarr-data/", token="anon").fs
    assert isinstance(fs, gcsfs.GCSFileSystem)


def test_s2_90_a_store_path():
    store = LocalStore("root/data/")
    path = StorePath(store, "experiments/run1")
    assert path.store is store
    assert (path.path, StorePath(store).path) == ("experiments/run1", "")


def test_s2_91_a_store_path_is_joined_with_a_string():
    path = StorePath(LocalStore("root/data/"), "experiments/run1")
    sub_path = path / "results" / "array1"
    assert isinstance(sub_path, StorePath)
    assert (sub_path.store, sub_path.path) == (path.store, "experiments/run1/results/array1")


def test_s2_92_a_store_path_has_a_parent():
    sub_path = StorePath(LocalStore("root/data/"), "experiments/run1") / "results" / "array1"
    parent = sub_path.parent
    assert isinstance(parent, StorePath)
    assert (parent.store, parent.path) == (sub_path.store, "experiments/run1/results")


def test_s2_93_a_store_path_has_a_name():
    assert StorePath(MemoryStore(), "experiments/run1").name == "run1"


def test_s2_95_the_text_of_a_store_path():
    assert str(StorePath(LocalStore("root/data/"), "experiments/run1")) == "file://root/data/experiments/run1"


def test_s2_96_an_array_is_made_at_a_store_path():
    store = LocalStore("root/data/")
    sub_path = StorePath(store, "experiments/run1") / "results" / "array1"
    arr = zarr.create_array(sub_path, shape=(100, 100), dtype="f8")
    assert arr.path == "experiments/run1/results/array1"
    assert "experiments/run1/results/array1/zarr.json" in store


def test_s2_97_an_array_is_made_at_a_store_path_without_a_dtype():
    sub_path = StorePath(LocalStore("root/data/"), "experiments/run1") / "results" / "array1"
    arr = zarr.create_array(sub_path, shape=(100, 100))
    ones(arr)
    assert arr.path == "experiments/run1/results/array1"


def test_s2_98_the_type_of_what_is_like_a_store():
    assert zarr.storage.StoreLike is not None


@pytest.mark.parametrize("make", [lambda: "d", lambda: pathlib.Path("d"), MemoryStore, dict])
def test_s2_99_what_is_like_a_store_is_taken_as_one(make):
    store = make()
    zarr.create_group(store=store, attributes={"a": 1})
    assert dict(zarr.open_group(store=store, mode="r").attrs) == {"a": 1}


def test_s2_100_a_mutable_mapping_that_is_no_dict():
    own_mapping = OwnMapping()
    zarr.create_group(store=own_mapping, attributes={"a": 1})
    assert list(own_mapping) == ["zarr.json"]
    assert dict(zarr.open_group(store=own_mapping).attrs) == {"a": 1}
