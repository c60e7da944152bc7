"""Seed 002, the storage page, row by row: the classes of stores, wrappers and paths."""

import pathlib

import fsspec
import numpy as np
import pytest

import zarrust as zarr
from memory_stores import OwnMapping
from s3_client import objects, s3_options
from web_server import WebServer
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


def test_s2_55_an_fsspec_store_of_a_url_and_options(s3):
    options = s3_options(s3)
    s3_store = zarr.storage.FsspecStore(f"s3://{s3.bucket}/{s3.prefix}/zarr-data/", **options)
    z = zarr.create_array(s3_store, shape=(4, 4), chunks=(2, 2))
    ones(z)
    assert objects(s3) == [*(f"zarr-data/c/{i}/{j}" for i in (0, 1) for j in (0, 1)), "zarr-data/zarr.json"]


def check_fs_and_path(store):
    assert isinstance(store.fs, fsspec.AbstractFileSystem)
    assert store.path == "my-bucket/zarr-data"


def test_s2_56_the_file_system_and_the_path_of_a_url():
    check_fs_and_path(zarr.storage.FsspecStore("s3://my-bucket/zarr-data/"))


def test_s2_70_the_file_system_and_the_path_of_from_url():
    check_fs_and_path(zarr.storage.FsspecStore.from_url("s3://my-bucket/zarr-data/"))


def test_s2_71_an_fsspec_store_takes_normalize_keys_and_key_separator():
    for option in ({"normalize_keys": False}, {"key_separator": "/"}):
        store = zarr.storage.FsspecStore("memory://x", **option)
        assert not set(option) & set(store.fs.storage_options)
        store["k"] = b"1"
        assert store["k"] == b"1"


def test_s2_72_http_storage(tmp_path):
    zarr.create_array("data.zarr", data=np.arange(5))
    with WebServer(tmp_path) as server:
        http_store = zarr.storage.FsspecStore(f"{server.url}/data.zarr")
        arr = zarr.open_array(http_store)
        np.testing.assert_array_equal(arr[:], np.arange(5))


def test_s2_73_network_optimised_storage(s3):
    url, options = f"s3://{s3.bucket}/{s3.prefix}/data/", s3_options(s3)
    network_store = zarr.storage.FsspecStore(url, cache_type="blockcache", block_size=1024 * 1024, **options)
    given = network_store.fs.storage_options
    assert given.get("cache_type", given.get("default_cache_type")) == "blockcache"
    assert given.get("block_size", given.get("default_block_size")) == 1024 * 1024
    ones(zarr.create_array(network_store, shape=(4,)))


def test_s2_74_google_cloud_storage():
    gcsfs = pytest.importorskip("gcsfs", reason="the file system of gs:// URLs is not installed")
    fs = zarr.storage.FsspecStore("gs://my-bucket/zarr-data/", token="anon").fs
    assert isinstance(fs, gcsfs.GCSFileSystem)


def test_s2_75_only_the_metadata_object_is_written(s3):
    s3_store = zarr.storage.FsspecStore(f"s3://{s3.bucket}/{s3.prefix}/zarr-data/", **s3_options(s3))
    arr = zarr.create_array(s3_store, shape=(10000, 10000), chunks=(1000, 1000))
    assert arr.dtype == np.float64
    assert objects(s3) == ["zarr-data/zarr.json"]


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
