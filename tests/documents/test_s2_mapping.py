"""Seed 002, the storage page, row by row: stores as mappings, and what their listings return."""

import uuid

import obstore
import pytest

import zarrust as zarr
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
