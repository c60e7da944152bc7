"""Version 2's functions about stores, its folders, and stores of other packages."""

import asyncio
import pickle

import numpy as np
import pytest
import zarr as zarr_python

import zarrust as zarr
from zarrust import storage
from zarrust.storage import LocalStore, MemoryStore, NestedDirectoryStore, StorePath, TempStore


def test_nodes_and_keys_by_path():
    store = MemoryStore()
    storage.init_group(store, path="g")
    storage.init_array(store, shape=4, chunks=2, path="g/x", dtype="i4")
    assert storage.contains_group(store)
    assert storage.contains_group(store, "g")
    assert storage.contains_array(store, "g/x")
    assert not storage.contains_array(store, "g")
    zarr.open_array(store, "g/x")[:] = 1
    assert storage.listdir(store, "g/x") == ["c", "zarr.json"]
    assert storage.getsize(store, "g/x/zarr.json") == len(store["g/x/zarr.json"])
    storage.rename(store, "g/x", "h/y")
    assert zarr.open_array(store, "h/y")[:].tolist() == [1, 1, 1, 1]
    storage.rmdir(store, "h")
    assert sorted(store) == ["g/zarr.json", "zarr.json"]


def test_names_of_version_2_are_there():
    for name in ("DirectoryStore", "ZipStore", "DBMStore", "LMDBStore", "SQLiteStore", "LRUStoreCache", "KVStore"):
        assert getattr(zarr, name) is getattr(storage, name)
    with pytest.raises(AttributeError, match="no attribute 'NoStore'"):
        _ = storage.NoStore
    with pytest.raises(AttributeError, match="no attribute 'NoStore'"):
        _ = zarr.NoStore


def test_a_nested_directory_store_has_chunks_of_format_2_in_folders(tmp_path):
    z = zarr.create(store=NestedDirectoryStore(tmp_path), shape=(4, 4), chunks=(2, 2), zarr_format=2)
    z[:] = 1
    assert (tmp_path / "0" / "1").exists()
    np.testing.assert_array_equal(zarr_python.open_array(tmp_path)[:], np.ones((4, 4)))


def test_a_temporary_store_goes_with_its_last_user():
    store = TempStore()
    root = store.root
    store["k"] = b"1"
    twin = store.with_read_only(True)
    del store
    assert twin["k"] == b"1"
    del twin
    assert not root.exists()


def test_an_array_follows_a_store_that_moves(tmp_path):
    store = LocalStore(tmp_path / "old")
    z = zarr.create_array(store, data=np.arange(4))
    asyncio.run(store.move(tmp_path / "deep" / "new"))
    assert store.root == tmp_path / "deep" / "new"
    np.testing.assert_array_equal(z[:], np.arange(4))
    with pytest.raises(FileExistsError):
        asyncio.run(store.move(tmp_path))


@pytest.mark.parametrize("shards", [None, (4, 4)])
def test_a_store_object_of_zarr_python_is_taken_as_it_is(shards):
    theirs = zarr_python.storage.MemoryStore()
    group = zarr.create_group(theirs)
    data = np.arange(64).reshape(8, 8)
    group.create_array("x", data=data, chunks=(2, 2), shards=shards)
    np.testing.assert_array_equal(group["x"][1:7, ::3], data[1:7, ::3])
    np.testing.assert_array_equal(zarr_python.open_array(theirs, path="x")[:], data)
    assert str(group.store) == str(theirs)
    np.testing.assert_array_equal(zarr.open_array(theirs, path="x", mode="r")[0], data[0])
    del group["x"]
    assert list(group) == []


class Duck:
    """What looks like a store and is none of ours: no base class, lists instead of iterators."""

    def __init__(self):
        self.values = {}

    async def get(self, key, prototype=None, byte_range=None):
        value = self.values.get(key)
        return None if value is None else zarr.buffer.cpu.Buffer.from_bytes(zarr.storage.Store.cut(value, byte_range))

    async def set(self, key, value):
        self.values[key] = value.to_bytes()

    async def delete(self, key):
        self.values.pop(key, None)

    async def exists(self, key):
        return key in self.values

    async def list(self):
        return list(self.values)

    async def list_dir(self, prefix):
        start = prefix.strip("/") + "/" if prefix else ""
        return {key[len(start) :].partition("/")[0] for key in self.values if key.startswith(start)}


def test_what_has_the_methods_of_a_store_is_one():
    duck = Duck()
    zarr.create_array(duck, name="x", data=np.arange(4))
    group = zarr.open_group(duck)
    assert list(group) == ["x"]
    np.testing.assert_array_equal(group["x"][:], np.arange(4))


def test_places_in_stores(tmp_path):
    place = StorePath(LocalStore(tmp_path), "a/b.zarr")
    assert (place.name, place.suffix, place.parent.path) == ("b.zarr", ".zarr", "a")
    assert StorePath(place.store, "a/b").suffix == ""
    place.set_sync(zarr.buffer.cpu.Buffer.from_bytes(b'{"k": 1}'))
    assert place.get_sync().to_bytes() == b'{"k": 1}'
    assert asyncio.run(place.get_json()) == {"k": 1}
    place.delete_sync()
    assert asyncio.run(place.get_json()) is None


def test_a_place_is_opened_by_its_mode():
    store = MemoryStore()
    store["a/x"] = b"1"
    for mode, read_only in {None: False, "r": True, "r+": False, "a": False, "w": False}.items():
        place = asyncio.run(StorePath.open(store, "a", mode=mode))
        assert (place.path, place.read_only) == ("a", read_only)
    assert asyncio.run(StorePath.open(store, "b", mode="w-")).path == "b"
    with pytest.raises(FileExistsError, match="Cannot create 'a' with mode 'w-'"):
        asyncio.run(StorePath.open(store, "a", mode="w-"))
    assert list(store) == ["a/x"]


def test_a_store_of_fsspec_takes_what_version_2_gave_it(tmp_path):
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    place = str(tmp_path / "a")
    store = storage.FSStore(place, mode="w", dimension_separator="/", normalize_keys=False, check=True, create=True)
    zarr.create_array(store, shape=(2, 2), chunks=(1, 2), dtype="i4", zarr_format=2)[:] = 5
    assert (tmp_path / "a" / "1" / "0").is_file()
    reading = storage.FSStore(f"file://{place}", mode="r", auto_mkdir=False)
    assert (reading.read_only, zarr.open_array(reading)[1].tolist()) == (True, [5, 5])
    with pytest.raises(ValueError, match="read-only"):
        reading["x"] = b"1"
    by_system = storage.FSStore("/v2/a", mode="a", fs=fsspec.filesystem("memory"), key_separator="/")
    zarr.create_array(by_system, shape=(2, 2), chunks=(1, 2), dtype="i4", zarr_format=2)[:] = 6
    assert "0/0" in by_system
    # Its keys are found by all that finds stores of fsspec.
    made = storage.FSStore.from_mapper(fsspec.get_mapper("memory://v2/a"), read_only=True)
    assert (type(made), made.read_only, zarr.open_array(made)[0, 0]) == (storage.FSStore, True, 6)
    assert storage.FSStore.from_url("memory://v2/a", read_only=True)["0/0"] == by_system["0/0"]
    assert isinstance(pickle.loads(pickle.dumps(store)), storage.FSStore)
    twin = store.with_read_only(True)
    assert (twin.read_only, twin._dimension_separator) == (True, "/")
    # What goes wrong is not taken for what is missing, as version 2 took it.
    assert PermissionError not in store.allowed_exceptions
    assert storage.FSStore(place, exceptions=(KeyError,)).allowed_exceptions == (KeyError,)
