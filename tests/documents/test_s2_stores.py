"""Seed 002, the storage page, row by row: the classes of stores, wrappers and paths."""

import asyncio
import importlib
import io
import logging
import pathlib
import re
import zipfile
from collections import Counter

import fsspec
import numpy as np
import obstore
import pytest

import zarrust as zarr
from memory_stores import OwnMapping
from s3_client import objects, s3_options
from web import Folder, Web, serving
from zarrust.abc.store import Store
from zarrust.buffer import Buffer, default_buffer_prototype
from zarrust.storage import LocalStore, MemoryStore, ObjectStore, StorePath


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


def test_s2_45_a_zip_store_is_read_only_when_no_mode_is_given():
    with zipfile.ZipFile("dataset.zip", "w") as archive:
        archive.writestr("k", b"1")
    store = zarr.storage.ZipStore("dataset.zip")
    assert store.read_only
    assert store["k"] == b"1"
    store.close()


def test_s2_46_a_zip_store_takes_an_open_file():
    file = io.BytesIO()
    store = zarr.storage.ZipStore(file, mode="w")
    zarr.create_array(store, data=np.arange(5))
    store.close()
    again = zarr.storage.ZipStore(io.BytesIO(file.getvalue()), mode="r")
    np.testing.assert_array_equal(zarr.open_array(again)[:], np.arange(5))
    again.close()


@pytest.mark.parametrize(
    ("options", "kind"), [({}, zipfile.ZIP_STORED), ({"compression": zipfile.ZIP_DEFLATED}, zipfile.ZIP_DEFLATED)]
)
def test_s2_47_entries_are_stored_or_deflated(options, kind):
    store = zarr.storage.ZipStore("d.zip", mode="w", **options)
    store["k"] = b"1" * 1000
    store.close()
    with zipfile.ZipFile("d.zip") as archive:
        assert [entry.compress_type for entry in archive.infolist()] == [kind]
        assert archive.read("k") == b"1" * 1000


@pytest.mark.parametrize("given", [True, False])
def test_s2_48_a_small_archive_needs_no_zip64(given):
    with zarr.storage.ZipStore("d.zip", mode="w", allowZip64=given) as store:
        store["k"] = b"1"
    assert zipfile.ZipFile("d.zip").read("k") == b"1"


def test_s2_49_flush_and_close():
    store = zarr.storage.ZipStore("d.zip", mode="w")
    store["a"] = b"1"
    store.flush()
    with zipfile.ZipFile("d.zip") as archive:
        assert archive.namelist() == ["a"]
    store["b"] = b"2"
    store.close()
    with zipfile.ZipFile("d.zip") as archive:
        assert sorted(archive.namelist()) == ["a", "b"]


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


def test_s2_57_58_zip_file_storage():
    from zarrust.storage import ZipStore

    written = np.random.random((500, 500))
    with ZipStore("dataset.zip", mode="w") as store:
        arr1 = zarr.create_array(store, "array1", shape=(500, 500))
        arr2 = zarr.create_array(store, "array2", shape=(300, 300))
        arr1[:] = written
        arr2[:] = np.random.random((300, 300))
        assert (arr1.dtype, arr2.dtype) == (np.float64, np.float64)
    with zipfile.ZipFile("dataset.zip") as archive:
        assert {"array1/zarr.json", "array2/zarr.json"} <= set(archive.namelist())
    with ZipStore("dataset.zip", mode="r") as store:
        arr1 = zarr.open_array(store, "array1")
        data = arr1[:]
    np.testing.assert_array_equal(data, written)


def test_s2_59_a_store_is_a_context_manager():
    with zarr.storage.ZipStore("d.zip", mode="w") as store:
        zarr.create_array(store=store, name="x", data=np.arange(3))
    with zipfile.ZipFile("d.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["x/c/0", "x/zarr.json", "zarr.json"]


def test_s2_65_an_object_store_of_a_url(s3):
    options = {name: value for name, value in s3.options().items() if name != "prefix"}
    store = ObjectStore(f"s3://{s3.bucket}/{s3.prefix}/path/", **options)
    ones(zarr.create_array(store, shape=(2,)))
    assert objects(s3) == ["path/c/0", "path/zarr.json"]


def test_s2_66_set_async_and_get_async(s3):
    options = {name: value for name, value in s3.options().items() if name != "prefix"}
    store = ObjectStore(f"s3://{s3.bucket}/{s3.prefix}/path/", **options)
    chunk_data = b"12345"

    async def async_write():
        await store.set_async("data/chunk.0.0", chunk_data)
        return await store.get_async("data/chunk.0.0")

    assert asyncio.run(async_write()) == chunk_data
    assert objects(s3) == ["path/data/chunk.0.0"]


def test_s2_67_set_async_and_get_async_of_a_store_of_obstore():
    store = ObjectStore(obstore.store.MemoryStore())

    async def async_write():
        await store.set_async("k", b"12345")
        return await store.get_async("k")

    assert asyncio.run(async_write()) == b"12345"


def test_s2_68_an_object_store_takes_normalize_keys():
    store = ObjectStore("memory:///", normalize_keys=False)
    store["k"] = b"1"
    assert store["k"] == b"1"


def test_s2_71_an_fsspec_store_takes_normalize_keys_and_key_separator():
    for option in ({"normalize_keys": False}, {"key_separator": "/"}):
        store = zarr.storage.FsspecStore("memory://x", **option)
        assert not set(option) & set(store.fs.storage_options)
        store["k"] = b"1"
        assert store["k"] == b"1"


def test_s2_72_http_storage(tmp_path):
    zarr.create_array("data.zarr", data=np.arange(5))
    with serving(Web(Folder(tmp_path))) as server:
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


def test_s2_80_a_logging_store_logs_all_operations(caplog):
    base_store = LocalStore("data/")
    logged_store = zarr.storage.LoggingStore(base_store, log_level=logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        arr = zarr.create_array(logged_store, shape=(100, 100), dtype="f8")
    assert arr.dtype == np.float64
    assert any("set" in message and "zarr.json" in message for message in caplog.messages)


def test_s2_81_a_logging_store_without_a_dtype():
    logged_store = zarr.storage.LoggingStore(LocalStore("data/"), log_level=logging.DEBUG)
    ones(zarr.create_array(logged_store, shape=(100, 100)))


def test_s2_82_operations_are_logged_to_a_given_logger(caplog):
    my_logger = logging.getLogger("mine")
    store = zarr.storage.LoggingStore(MemoryStore(), log=my_logger, log_level=logging.INFO)
    with caplog.at_level(logging.DEBUG):
        asyncio.run(store.set("k", Buffer.from_bytes(b"1")))
    records = [record for record in caplog.records if record.name == "mine"]
    assert records
    assert {record.levelno for record in records} == {logging.INFO}


def test_s2_83_a_logging_store_wraps_all_operations(caplog):
    store = zarr.storage.LoggingStore(MemoryStore())

    async def use():
        await store.set("a/b", Buffer.from_bytes(b"1"))
        assert (await store.get("a/b", default_buffer_prototype())).to_bytes() == b"1"
        assert await store.exists("a/b")
        assert [key async for key in store.list()] == ["a/b"]
        assert [key async for key in store.list_dir("a")] == ["b"]
        await store.delete("a/b")
        assert not await store.exists("a/b")

    with caplog.at_level(logging.DEBUG):
        asyncio.run(use())
    for name in ("set", "get", "exists", "list", "list_dir", "delete"):
        assert any(re.search(rf"\b{name}\b", message) for message in caplog.messages), name


def test_s2_84_a_logging_store_is_a_wrapper():
    assert issubclass(zarr.storage.LoggingStore, zarr.storage.WrapperStore)


def test_s2_85_wrappers_have_a_base_class():
    gets = Counter()

    class Counting(zarr.storage.WrapperStore):
        async def get(self, key, prototype, byte_range=None):
            gets[key] += 1
            return await super().get(key, prototype, byte_range)

    base = MemoryStore()
    zarr.create_array(base, data=np.arange(4), chunks=(2,))
    wrapper = Counting(base)
    np.testing.assert_array_equal(zarr.open_array(wrapper)[:], np.arange(4))
    assert isinstance(wrapper, Store)
    assert (gets["c/0"], gets["c/1"]) == (1, 1)


def test_s2_86_a_wrapper_has_its_inner_store():
    base = MemoryStore()
    assert zarr.storage.WrapperStore(base).inner_store is base


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


def test_s2_94_a_store_path_has_a_suffix():
    assert StorePath(MemoryStore(), "a/b.zarr").suffix == ".zarr"
    assert StorePath(MemoryStore(), "a/b").suffix == ""


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


def test_s2_101_the_import_line_of_the_examples():
    names = """LocalStore, MemoryStore, ZipStore, FsspecStore, ObjectStore, LoggingStore, WrapperStore, StorePath,
        GpuMemoryStore"""
    storage = importlib.import_module("zarrust.storage")
    assert [name for name in re.findall(r"\w+", names) if not isinstance(getattr(storage, name), type)] == []


def test_s2_102_the_type_of_stores():
    assert zarr.storage.Store is Store
