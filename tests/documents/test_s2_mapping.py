"""Seed 002, the storage page, row by row: stores as mappings, and what their listings return."""

import asyncio
import uuid

import obstore
import pytest

import zarrust as zarr
from zarrust.buffer import default_buffer_prototype
from zarrust.storage import LocalStore, MemoryStore, ObjectStore


def open_store(kind, tmp_path):
    match kind:
        case "local":
            return LocalStore(tmp_path / "d")
        case "memory":
            return MemoryStore()
        case "zip":
            return zarr.storage.ZipStore(tmp_path / "d.zip", mode="w")
        case "fsspec":
            return zarr.storage.FsspecStore(f"memory://{uuid.uuid4().hex}")
        case "object":
            return ObjectStore(obstore.store.MemoryStore())


@pytest.fixture
def store(row_and_kind, tmp_path):
    """Return a store with two keys."""
    store = open_store(row_and_kind[1], tmp_path)
    store["a/b"] = b"1"
    store["c"] = b"23"
    yield store
    store.close()


def rows(**row_of_kind):
    """Run a test for each kind of store, under the id of its row."""
    pairs = [(row, kind) for kind, row in row_of_kind.items()]
    return pytest.mark.parametrize("row_and_kind", pairs, ids=lambda pair: f"{pair[0]}-{pair[1]}")


@rows(local="S2-10", memory="S2-20", zip="S2-40", fsspec="S2-50", object="S2-60")
def test_a_value_is_got_by_its_key(store):
    assert store["a/b"] == b"1"
    assert type(store["a/b"]) is bytes
    with pytest.raises(KeyError):
        store["missing"]


@rows(local="S2-11", memory="S2-21", zip="S2-41", fsspec="S2-51", object="S2-61")
def test_a_value_is_set_and_replaced(store):
    store["a/b"] = b"new"
    assert store["a/b"] == b"new"
    assert asyncio.run(store.get("a/b", default_buffer_prototype())).to_bytes() == b"new"


@rows(local="S2-12", memory="S2-22", zip="S2-42", fsspec="S2-52", object="S2-62")
def test_a_key_is_deleted_and_others_are_kept(store):
    del store["a/b"]
    assert "a/b" not in store
    assert sorted(store) == ["c"]
    with pytest.raises(KeyError):
        del store["a/b"]


@rows(local="S2-13", memory="S2-23", zip="S2-43", fsspec="S2-53", object="S2-63")
def test_a_key_is_in_the_store_or_not(store):
    assert "a/b" in store
    assert "a" not in store
    assert "missing" not in store


@rows(local="S2-14", memory="S2-24", zip="S2-44", fsspec="S2-54", object="S2-64")
def test_iteration_gives_all_keys(store):
    assert sorted(iter(store)) == ["a/b", "c"]


@rows(local="S2-15", memory="S2-25")
def test_a_store_has_a_length(store):
    assert len(store) == 2


@rows(local="S2-04")
def test_list_gives_all_keys(store):
    assert sorted(store.list()) == ["a/b", "c"]


@rows(local="S2-05")
def test_list_prefix_gives_full_keys(store):
    assert list(store.list_prefix("a")) == ["a/b"]


@rows(local="S2-06")
def test_list_dir_gives_names_and_needs_no_prefix(store):
    assert sorted(store.list_dir()) == ["a", "c"]
    assert list(store.list_dir("a")) == ["b"]


def test_s2_01_the_root_is_a_string_or_a_path(tmp_path):
    for root in (str(tmp_path / "d"), tmp_path / "d"):
        store = LocalStore(root)
        store["k"] = b"1"
        assert store.root == tmp_path / "d"
    assert (tmp_path / "d/k").read_bytes() == b"1"


@rows(local="S2-02")
def test_a_local_store_takes_normalize_keys(row_and_kind, tmp_path):
    for given in (True, False):
        store = LocalStore(str(tmp_path / "d"), normalize_keys=given)
        store["A/b"] = b"1"
        assert list(store) == ["A/b"]


@rows(local="S2-03")
def test_a_local_store_takes_map_size(row_and_kind, tmp_path):
    store = LocalStore(str(tmp_path / "d"), map_size=2**30)
    store["k"] = b"1"
    assert store["k"] == b"1"


def test_s2_07_direct_store_access(tmp_path):
    store = LocalStore(tmp_path / "d")
    store["array_metadata/.zarray"] = b'{"shape": [1000, 1000]}'
    assert store["array_metadata/.zarray"] == b'{"shape": [1000, 1000]}'
    assert (tmp_path / "d/array_metadata/.zarray").read_bytes() == b'{"shape": [1000, 1000]}'


def test_s2_26_a_memory_store_takes_normalize_keys():
    for given in (True, False):
        assert len(MemoryStore(normalize_keys=given)) == 0
    data = {}
    MemoryStore(data, normalize_keys=False)["k"] = b"1"
    assert list(data) == ["k"]


def test_s2_27_a_memory_store_is_cleared_at_once():
    store = MemoryStore()
    store["k"] = b"1"
    store.clear()
    assert len(store) == 0
