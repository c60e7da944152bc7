"""`LocalStore`."""

import asyncio
import os
import pickle

import numpy as np
import pytest

import zarrust as zarr
from zarrust.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarrust.buffer import Buffer, default_buffer_prototype
from zarrust.storage import LocalStore, StorePath

PROTOTYPE = default_buffer_prototype()


def test_repr_has_the_root_as_given():
    assert str(LocalStore("data/foo/bar")) == "file://data/foo/bar"
    assert repr(LocalStore("/tmp/x")) == "LocalStore('file:///tmp/x')"


def test_keys_are_files(tmp_path):
    zarr.create_array(tmp_path, name="foo/bar", data=np.ones((2, 2)))
    assert (tmp_path / "foo/bar/zarr.json").is_file()
    assert (tmp_path / "foo/bar/c/0/0").is_file()
    assert zarr.open(f"file://{tmp_path}")["foo/bar"].shape == (2, 2)


def test_the_working_directory_is_that_of_the_first_use(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    z = zarr.create_array("rel", data=np.arange(2))
    monkeypatch.chdir("/")
    np.testing.assert_array_equal(z[:], [0, 1])


def test_the_coroutines(tmp_path):
    async def main():
        store = await LocalStore.open(tmp_path)
        await store.set("a/b", Buffer.from_bytes(b"12345"))
        await store.set_if_not_exists("a/b", Buffer.from_bytes(b"no"))
        await store.set_if_not_exists("a/c", Buffer.from_bytes(b"yes"))
        parts = [
            (await store.get("a/b", PROTOTYPE, byte_range)).to_bytes()
            for byte_range in (None, RangeByteRequest(1, 3), OffsetByteRequest(3), SuffixByteRequest(2))
        ]
        assert parts == [b"12345", b"23", b"45", b"45"]
        assert await store.get("none", PROTOTYPE) is None
        assert await store.exists("a/c")
        assert await store.getsize("a/b") == 5
        assert await store.getsize_prefix("a") == 8
        assert sorted([key async for key in store.list()]) == ["a/b", "a/c"]
        assert [name async for name in store.list_dir("")] == ["a"]
        assert not await store.is_empty("a")
        many = await store.get_partial_values(PROTOTYPE, [("a/b", None), ("none", None)])
        assert [None if value is None else value.to_bytes() for value in many] == [b"12345", None]
        await store.delete("a/b")
        await store.delete("a/b")
        await store.delete_dir("a")
        assert await store.is_empty("")
        with pytest.raises(FileNotFoundError):
            await store.getsize("a/b")
        with pytest.raises(TypeError, match="Buffer"):
            await store.set("a", b"bytes")

    asyncio.run(main())


def test_the_mapping_methods(tmp_path):
    store = LocalStore(tmp_path)
    store["a"] = b"1"
    assert (store["a"], "a" in store, list(store), len(store), sorted(store.list_dir())) == (
        b"1",
        True,
        ["a"],
        1,
        ["a"],
    )
    del store["a"]
    for use in (lambda: store["a"], lambda: store.__delitem__("a")):
        with pytest.raises(KeyError):
            use()
    assert store


def test_a_node_that_is_deleted_leaves_no_folder_but_for_files_of_others(tmp_path):
    root = zarr.open_group(tmp_path / "data.zarr", mode="w")
    for name in ("a", "b"):
        root.create_array(f"{name}/x", data=np.ones((4, 4)), chunks=(2, 2))
    (tmp_path / "data.zarr/b/x/notes.txt").write_text("mine")
    del root["a"]
    del root["b"]
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    below = ["b", "b/x", "b/x/notes.txt", "zarr.json"]
    assert found == ["data.zarr", *(f"data.zarr/{name}" for name in below)]


def test_a_read_only_store_refuses(tmp_path):
    store = LocalStore(tmp_path, read_only=True)
    with pytest.raises(ValueError, match="read-only"):
        store["a"] = b"1"
    with pytest.raises(ValueError, match="read-only"):
        asyncio.run(store.delete("a"))
    with pytest.raises(ValueError, match="read-only"):
        zarr.create_group(store)
    store.with_read_only(False)["a"] = b"1"
    assert store["a"] == b"1"


@pytest.mark.parametrize("key", ["../x", "/x", "a//b", "a\\b", "a\0b", "a/../b"])
def test_keys_that_leave_the_root_are_value_errors(tmp_path, key):
    store = LocalStore(tmp_path / "root")
    with pytest.raises(ValueError, match="key"):
        store[key]
    with pytest.raises(ValueError, match="key"):
        store[key] = b"x"


def test_stores_are_equal_by_root_and_can_be_pickled(tmp_path):
    store = LocalStore(tmp_path)
    store["a"] = b"1"
    again = pickle.loads(pickle.dumps(store))
    assert again == store
    assert again["a"] == b"1"
    assert store != LocalStore(tmp_path / "other")


def test_a_root_is_a_path():
    with pytest.raises(TypeError, match="root"):
        LocalStore(3)


def test_store_paths_are_joined(tmp_path):
    path = StorePath(LocalStore(tmp_path), "a") / "b"
    assert (path.path, path.name, path.parent.path) == ("a/b", "b", "a")
    assert str(path) == f"file://{tmp_path.as_posix()}/a/b"
    asyncio.run(path.set(Buffer.from_bytes(b"1")))
    assert asyncio.run(path.get()) == Buffer.from_bytes(b"1")
    assert os.path.exists(tmp_path / "a" / "b")
