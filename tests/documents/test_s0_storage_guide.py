"""Seed 000, the storage guide of zarr-python 3.0, row by row."""

import asyncio
import re
import zipfile
from pathlib import Path

import fsspec
import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem

import zarrust as zarr
from harness import passed_by
from listings import files
from memory_stores import DictStore
from s3_client import anonymous, objects, public_bucket, s3_options
from zarrust.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarrust.buffer import Buffer, default_buffer_prototype
from zarrust.storage import LocalStore, MemoryStore


def buffer(value):
    return Buffer.from_bytes(value)


async def collect(keys):
    return sorted([key async for key in keys])


def test_s0_01_four_kinds_of_stores_are_classes():
    names = ("LocalStore", "ZipStore", "RemoteStore", "FsspecStore", "MemoryStore")
    assert all(isinstance(getattr(zarr.storage, name), type) for name in names)


def test_s0_02_built_in_stores_are_subclasses_of_the_abstract_store():
    for cls in (LocalStore, zarr.storage.ZipStore, zarr.storage.FsspecStore, MemoryStore, zarr.storage.ObjectStore):
        assert issubclass(cls, zarr.abc.store.Store)
    with pytest.raises(TypeError):
        zarr.abc.store.Store()


def test_s0_03_the_interface_is_coroutines(store):
    async def use():
        prototype = default_buffer_prototype()
        await store.set("a/b", buffer(b"1"))
        assert (await store.get("a/b", prototype)).to_bytes() == b"1"
        assert await store.get("missing", prototype) is None
        assert await store.exists("a/b")
        assert await collect(store.list()) == ["a/b"]
        await store.delete("a/b")
        assert not await store.exists("a/b")

    asyncio.run(use())


def test_s0_04_a_string_makes_the_store():
    node = zarr.open("data/foo/bar", mode="w")
    assert isinstance(node.store, LocalStore)
    assert Path("data/foo/bar").is_dir()


def test_s0_05_an_existing_group_is_opened_by_path():
    zarr.open("data/foo/bar", mode="w")
    assert repr(zarr.open("data/foo/bar", mode="r")) == "<Group file://data/foo/bar>"


def test_s0_06_mode_r_makes_a_read_only_local_store():
    zarr.open("data/foo/bar", mode="w")
    group = zarr.open("data/foo/bar", mode="r")
    assert isinstance(group.store, LocalStore)
    assert group.store.read_only
    with pytest.raises(ValueError, match="read-only"):
        group.attrs["a"] = 1
    with pytest.raises(ValueError, match="read-only"):
        group.create_group("a")
    assert files("data") == ["foo/bar/zarr.json"]


def test_s0_07_mode_r_never_creates(tmp_path):
    with pytest.raises(FileNotFoundError):
        zarr.open("data/none", mode="r")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def foo(s3_server):
    """Make the bucket of the document on this machine, with a group, and return the options to reach it."""
    bucket = public_bucket(s3_server, "foo")
    zarr.create_group(zarr.storage.ObjectStore(bucket), path="bar")
    return anonymous(s3_server)


def test_s0_08_a_group_is_opened_by_an_s3_url(foo):
    group = zarr.open("s3://foo/bar", mode="r", storage_options=foo)
    assert repr(group) == "<Group <FsspecStore(S3FileSystem, foo/bar)>>"


def test_s0_09_an_s3_url_makes_a_read_only_remote_store(foo):
    store = zarr.open("s3://foo/bar", mode="r", storage_options=foo).store
    assert isinstance(store, zarr.storage.FsspecStore)
    assert store.read_only


def test_s0_10_a_dict_is_opened():
    data = {}
    assert repr(zarr.open(data, mode="w")) == f"<Group memory://{id(data)}>"


def test_s0_11_a_dict_makes_a_memory_store_over_it():
    data = {}
    assert isinstance(zarr.open(data, mode="w").store, MemoryStore)
    assert list(data) == ["zarr.json"]


def test_s0_12_the_remote_store_keeps_its_name():
    assert zarr.storage.RemoteStore is zarr.storage.FsspecStore


def test_s0_13_an_explicit_local_store_needs_no_mode():
    zarr.create_group("data/foo/bar")
    store = LocalStore("data/foo/bar", read_only=True)
    assert repr(zarr.open(store=store)) == "<Group file://data/foo/bar>"


def test_s0_14_a_local_store_is_a_nested_set_of_directories():
    z = zarr.create_array(LocalStore("d"), name="foo/bar", shape=(2, 2), dtype="i4")
    z[:] = 1
    assert {"foo/bar/zarr.json", "foo/bar/c/0/0"} <= set(files("d"))


def test_s0_15_a_read_only_store_refuses_writes():
    async def use():
        await LocalStore("d").set("a", buffer(b"old"))
        store = LocalStore("d", read_only=True)
        with pytest.raises(ValueError, match="read-only"):
            await store.set("a", buffer(b"new"))
        with pytest.raises(ValueError, match="read-only"):
            await store.delete("a")

    asyncio.run(use())
    assert Path("d/a").read_bytes() == b"old"


def test_s0_16_a_zip_store_is_opened():
    store = zarr.storage.ZipStore("data.zip", mode="w")
    assert repr(zarr.open(store=store, shape=(2,))) == "<Array zip://data.zip shape=(2,) dtype=float64>"
    store.close()


def test_s0_17_a_shape_makes_an_array_of_float64():
    z = zarr.open(store={}, shape=(2,))
    assert z.dtype == np.float64
    np.testing.assert_array_equal(z[:], [0, 0])


def test_s0_18_the_zip_file_holds_the_keys():
    store = zarr.storage.ZipStore("data.zip", mode="w")
    zarr.open(store=store, shape=(2,))[:] = [1, 2]
    store.close()
    with zipfile.ZipFile("data.zip") as archive:
        assert sorted(archive.namelist()) == ["c/0", "zarr.json"]
        assert b'"shape"' in archive.read("zarr.json")


def test_s0_19_a_remote_store_from_a_url(s3_server):
    bucket = public_bucket(s3_server, "foo")
    zarr.create_array(zarr.storage.ObjectStore(bucket), name="bar", shape=(10, 20), dtype="f4")
    options = anonymous(s3_server)
    store = zarr.storage.RemoteStore.from_url("s3://foo/bar", read_only=True, storage_options=options)
    text = repr(zarr.open(store=store))
    assert text == "<Array <FsspecStore(S3FileSystem, foo/bar)> shape=(10, 20) dtype=float32>"


class MineFileSystem(MemoryFileSystem):
    protocol = "mine"
    store = {}
    pseudo_dirs = [""]

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.removeprefix("mine://"))


def test_s0_20_any_file_system_of_fsspec_serves():
    fsspec.register_implementation("mine", MineFileSystem, clobber=True)
    store = zarr.storage.FsspecStore.from_url("mine://root")
    zarr.create_array(store, data=np.arange(5))
    np.testing.assert_array_equal(
        zarr.open_array(zarr.storage.FsspecStore.from_url("mine://root"), mode="r")[:], np.arange(5)
    )
    assert any("root" in key and key.endswith("zarr.json") for key in MineFileSystem.store)


def hierarchy(store):
    root = zarr.create_group(store, attributes={"a": 1})
    root.create_array("foo/bar", data=np.arange(6).reshape(2, 3), chunks=(1, 2))
    return root


def test_s0_21_a_remote_store_has_the_layout_of_a_local_one(s3):
    hierarchy(LocalStore("local"))
    hierarchy(zarr.storage.FsspecStore.from_url(f"s3://{s3.bucket}/{s3.prefix}", storage_options=s3_options(s3)))
    assert objects(s3) == files("local")


def test_s0_22_from_url_is_read_only_when_asked(s3):
    url = f"s3://{s3.bucket}/{s3.prefix}"
    store = zarr.storage.RemoteStore.from_url(url, read_only=True, storage_options=s3_options(s3))
    assert store.read_only
    with pytest.raises(ValueError, match="read-only"):
        asyncio.run(store.set("a", buffer(b"1")))
    assert objects(s3) == []


def test_s0_23_an_explicit_memory_store_over_a_dict():
    data = {}
    store = MemoryStore(data)
    assert re.fullmatch(r"<Array memory://\d+ shape=\(2,\) dtype=float64>", repr(zarr.open(store=store, shape=(2,))))
    assert str(id(data)) in repr(store)


def test_s0_24_metadata_and_chunks_land_in_the_dict():
    data = {}
    zarr.open(store=MemoryStore(data), shape=(2,))[:] = [1, 2]
    assert sorted(data) == ["c/0", "zarr.json"]
    np.testing.assert_array_equal(zarr.open(store=MemoryStore(data))[:], [1, 2])


def test_s0_25_a_store_of_ones_own():
    own = DictStore()
    group = zarr.create_group(store=own, attributes={"a": 1})
    group.create_array("x", data=np.arange(4))
    again = zarr.open_group(store=own, mode="r")
    assert dict(again.attrs) == {"a": 1}
    np.testing.assert_array_equal(again["x"][:], np.arange(4))


def test_s0_26_the_base_class_has_every_method_of_a_store():
    names = """get get_partial_values set set_if_not_exists delete delete_dir exists list list_prefix list_dir clear
        is_empty getsize getsize_prefix close open with_read_only read_only supports_writes supports_deletes
        supports_listing"""
    assert [name for name in names.split() if not hasattr(Store, name)] == []


def test_s0_27_the_harness_tests_a_store_of_ones_own(tmp_path):
    imports = "from memory_stores import DictStore"
    own = {"cls": "DictStore", "argument": "values", "values": "values", "written": "value.to_bytes()", "read": ""}
    assert passed_by(tmp_path, imports=imports, **own) >= 20


@pytest.mark.parametrize("kind", ["local", "memory", "zip"])
def test_s0_28_byte_ranges_of_the_store(kind):
    made = {
        "local": lambda: LocalStore("d"),
        "memory": MemoryStore,
        "zip": lambda: zarr.storage.ZipStore("d.zip", mode="w"),
    }

    async def use():
        store = made[kind]()
        await store.set("k", buffer(b"12345"))
        asked = [RangeByteRequest(1, 3), OffsetByteRequest(3), SuffixByteRequest(2)]
        parts = [await store.get("k", default_buffer_prototype(), byte_range=request) for request in asked]
        store.close()
        return [part.to_bytes() for part in parts]

    assert asyncio.run(use()) == [b"23", b"45", b"45"]


@pytest.mark.parametrize("path", [str, Path])
def test_s0_29_a_path_is_enough(path):
    zarr.create_group(path("g"))
    zarr.create_array(path("a"), shape=(2,), dtype="i4")
    zarr.save(path("s"), np.arange(3))
    assert isinstance(zarr.open(path("g")), zarr.Group)
    assert zarr.open_array(path("a")).shape == (2,)
    np.testing.assert_array_equal(zarr.load(path("s")), np.arange(3))


def test_s0_30_a_remote_store_is_writable_unless_it_is_read_only(s3):
    url = f"s3://{s3.bucket}/{s3.prefix}"
    store = zarr.storage.RemoteStore.from_url(url, storage_options=s3_options(s3))
    zarr.create_array(store, data=np.arange(5))
    np.testing.assert_array_equal(zarr.open_array(store)[:], np.arange(5))
    assert objects(s3) == ["c/0", "zarr.json"]
