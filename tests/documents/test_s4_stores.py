"""Seed 004, the stores of the MATLAB package in Python's words, row by row."""

import asyncio
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

import zarrust as zarr
from listings import files
from memory_stores import DictStore, cut
from zarrust.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarrust.buffer import Buffer, default_buffer_prototype
from zarrust.storage import LocalStore, MemoryStore


def magic(size):
    """A square of different numbers, in the place of MATLAB's."""
    return np.arange(1.0, size * size + 1).reshape(size, size)


def test_s4_01_a_store_is_a_flat_namespace():
    async def use():
        store = MemoryStore()
        for key in ("a", "a/b/c"):
            await store.set(key, Buffer.from_bytes(b"1"))
        return sorted([key async for key in store.list()])

    assert asyncio.run(use()) == ["a", "a/b/c"]


def test_s4_02_with_byte_range_reads(store):
    asked = {
        RangeByteRequest(2, 4): b"23",
        OffsetByteRequest(7): b"789",
        SuffixByteRequest(2): b"89",
        RangeByteRequest(8, 20): b"89",
        SuffixByteRequest(20): b"0123456789",
    }

    async def use():
        await store.set("k", Buffer.from_bytes(b"0123456789"))
        return [(await store.get("k", default_buffer_prototype(), request)).to_bytes() for request in asked]

    assert asyncio.run(use()) == list(asked.values())


@pytest.mark.parametrize("root", [str, Path, LocalStore])
def test_s4_03_a_directory_path_is_taken_as_a_store(root):
    zarr.create_array("d", name="x", data=np.arange(3))
    np.testing.assert_array_equal(zarr.open(root("d"), path="x")[:], [0, 1, 2])


def test_s4_04_a_local_store():
    z = zarr.create(store="storage_demo.zarr", shape=(10, 10), dtype="float64", path="x", chunks=(5, 5))
    z[:, :] = magic(10)
    z2 = zarr.open("storage_demo.zarr", path="x")
    np.testing.assert_array_equal(z2[:, :], magic(10))


def test_s4_05_each_chunk_and_document_is_a_file():
    z = zarr.create(store="storage_demo.zarr", shape=(10, 10), dtype="float64", path="x", chunks=(5, 5))
    z[:, :] = magic(10)
    assert files("storage_demo.zarr/x") == ["c/0/0", "c/0/1", "c/1/0", "c/1/1", "zarr.json"]


def test_s4_06_writes_are_atomic():
    size = 4 * 2**20
    store = LocalStore("d")
    values = [b"a" * size, b"b" * size]
    store["k"] = values[0]
    done = threading.Event()
    torn = []

    def read():
        while not done.is_set():
            value = Path("d/k").read_bytes()
            if value not in values:
                torn.append(len(value))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        store["k"] = values[turn % 2]
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []


def test_s4_07_a_write_is_a_rename():
    store = LocalStore("d")
    store["k"] = b"old"
    before = Path("d/k").stat().st_ino
    with open("d/k", "rb") as handle:
        store["k"] = b"new"
        assert handle.read() == b"old"
    assert Path("d/k").stat().st_ino != before
    assert Path("d/k").read_bytes() == b"new"


def test_s4_08_no_temporary_files_are_left():
    store = LocalStore("d")
    for turn in range(50):
        store[f"a/{turn % 5}"] = b"1" * turn
    expected = [f"a/{number}" for number in range(5)]
    assert files("d") == expected
    assert sorted(store.list()) == expected


def test_s4_09_a_memory_store():
    zm = zarr.create(store=MemoryStore(), shape=5, dtype="int32")
    zm[:] = [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(zm[1:3], np.array([2, 3], dtype="int32"), strict=True)


def test_s4_10_a_zip_store():
    zw = zarr.storage.ZipStore("archive.zarr.zip", mode="w")
    zarr.create_group(zw, attributes={"kind": "archive"})
    za = zarr.create(store=zw, shape=(4, 4), dtype="float64", path="data")
    za[:, :] = magic(4)
    zw.close()
    zr = zarr.storage.ZipStore("archive.zarr.zip")
    g = zarr.open(zr)
    assert g.attrs["kind"] == "archive"
    np.testing.assert_array_equal(g["data"][:], magic(4))
    zr.close()


def zipped():
    with zarr.storage.ZipStore("archive.zarr.zip", mode="w") as store:
        zarr.create_array(store, name="data", data=magic(4))


def test_s4_11_a_zip_store_is_read_only_by_default():
    zipped()
    with zarr.storage.ZipStore("archive.zarr.zip") as store:
        assert store.read_only
        with pytest.raises(ValueError, match="read-only"):
            zarr.create_group(store, overwrite=True)


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_s4_12_a_zip_of_others_is_read(kind):
    root = zarr.create_group("d")
    root.create_array("x", data=magic(4), chunks=(2, 2))
    with zipfile.ZipFile("d.zip", "w", compression=kind) as archive:
        for name in files("d"):
            archive.write(Path("d", name), name)
    with zarr.storage.ZipStore("d.zip") as store:
        np.testing.assert_array_equal(zarr.open(store)["x"][:], magic(4))


def test_s4_13_a_zip_is_written_as_others_do():
    archive_store = zarr.storage.ZipStore("d.zip", mode="w")
    for store in (LocalStore("d"), archive_store):
        zarr.create_group(store).create_array("x", data=magic(4), chunks=(2, 2))
    archive_store.close()
    with zipfile.ZipFile("d.zip") as archive:
        assert sorted(archive.namelist()) == files("d")
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert all(archive.read(name) == Path("d", name).read_bytes() for name in files("d"))


def test_s4_14_a_key_that_is_written_again_is_one_entry():
    store = zarr.storage.ZipStore("d.zip", mode="w")
    z = zarr.create_array(store, shape=(2,), dtype="i4")
    for turn in range(3):
        z[:] = turn
    for turn in range(2):
        z.attrs["turn"] = turn
    store.close()
    with zipfile.ZipFile("d.zip") as archive:
        assert sorted(archive.namelist()) == ["c/0", "zarr.json"]
    with zarr.storage.ZipStore("d.zip") as store:
        again = zarr.open_array(store)
        np.testing.assert_array_equal(again[:], [2, 2])
        assert again.attrs["turn"] == 1


def test_s4_15_entries_that_are_not_yet_written_are_readable():
    store = zarr.storage.ZipStore("d.zip", mode="w")
    zarr.create_array(store, data=magic(4))
    np.testing.assert_array_equal(zarr.open_array(store)[:], magic(4))
    store.close()


def test_s4_34_a_node_is_deleted_by_its_path():
    store = LocalStore("root")
    nested(store)
    zarr.delete_node("root", "deep")
    assert not asyncio.run(store.exists("deep/nested/y/zarr.json"))
    assert not Path("root/deep").exists() or files("root/deep") == []
    assert "beside/zarr.json" in store


def nested(store):
    zarr.create(store=store, shape=3, dtype="int8", path="deep/nested/y")
    zarr.create(store=store, shape=2, dtype="int8", path="beside")
    return zarr.open(store)


def test_s4_35_a_node_is_deleted_through_its_group():
    gc = nested(MemoryStore())
    del gc["deep"]
    assert not asyncio.run(gc.store.exists("deep/nested/y/zarr.json"))
    assert list(gc) == ["beside"]


def test_s4_36_chunks_go_with_the_metadata():
    g = nested("root")
    g["deep/nested/y"][:] = 1
    assert "deep/nested/y/c/0" in files("root")
    del g["deep"]
    assert [name for name in files("root") if name.startswith("deep")] == []


def test_s4_37_delete_node_takes_any_store():
    store = MemoryStore()
    nested(store)
    zarr.delete_node(store, "deep/nested")
    assert sorted(store) == ["beside/zarr.json", "deep/zarr.json", "zarr.json"]


def test_s4_38_a_custom_store():
    root = zarr.create_group(DictStore())
    root.create_array("a/b", data=magic(3), attributes={"unit": "m"})
    again = zarr.open_group(root.store, mode="r")
    np.testing.assert_array_equal(again["a/b"][:], magic(3))
    assert dict(again["a/b"].attrs) == {"unit": "m"}


class Six(Store):
    """Only the six methods that the document asks for."""

    def __init__(self):
        self.values = {}

    async def get(self, key, prototype, byte_range=None):
        value = self.values.get(key)
        return None if value is None else prototype.buffer.from_bytes(cut(value, byte_range))

    async def set(self, key, value):
        self.values[key] = value.to_bytes()

    async def erase(self, key):
        self.values.pop(key, None)

    async def exists(self, key):
        return key in self.values

    async def list(self):
        for key in list(self.values):
            yield key

    async def list_dir(self, prefix):
        start = f"{prefix}/" if prefix else ""
        for name in {key[len(start) :].partition("/")[0] for key in self.values if key.startswith(start)}:
            yield name


def test_s4_39_six_methods_suffice():
    store = Six()
    root = zarr.create_group(store)
    root.create_array("x", data=np.arange(3))
    root.create_group("g")
    assert sorted(root) == ["g", "x"]
    np.testing.assert_array_equal(zarr.open_group(store)["x"][:], [0, 1, 2])
    del root["x"]
    assert sorted(store.values) == ["g/zarr.json", "zarr.json"]


class Ranged(Six):
    """Writes down what it is asked for, and how many bytes that is."""

    def __init__(self):
        super().__init__()
        self.asked = []

    async def get(self, key, prototype, byte_range=None):
        value = await super().get(key, prototype, byte_range)
        self.asked.append((key, byte_range, 0 if value is None else len(value)))
        return value


def sharded(store):
    z = zarr.create_array(
        store, shape=(64, 64), shards=(64, 64), chunks=(8, 8), dtype="f8", compressors=None, fill_value=0
    )
    z[:] = magic(64)
    return z


def test_s4_40_a_shard_of_a_custom_store_is_read_by_ranges():
    store = Ranged()
    z = sharded(store)
    store.asked.clear()
    np.testing.assert_array_equal(z[8:16, 8:16], magic(64)[8:16, 8:16])
    parts = [(byte_range, size) for key, byte_range, size in store.asked if key == "c/0/0"]
    assert parts
    assert all(byte_range is not None for byte_range, _ in parts)
    assert isinstance(parts[0][0], SuffixByteRequest)
    assert sum(size for _, size in parts) < 64 * 64 * 8 / 8


def test_s4_41_ranged_reads_are_optional():
    class Whole(Six):
        async def get(self, key, prototype, byte_range=None):
            value = self.values.get(key)
            whole = None if value is None else prototype.buffer.from_bytes(value)
            return whole if whole is None or byte_range is None else type(whole).from_bytes(cut(value, byte_range))

    z = sharded(Whole())
    np.testing.assert_array_equal(z[5:20, 30:33], magic(64)[5:20, 30:33])


def test_s4_42_members_by_item():
    gc = nested(MemoryStore())
    assert gc["deep"]["nested"].path == "deep/nested"
    np.testing.assert_array_equal(gc["beside"][:], [0, 0])
