"""Seed 003, the version 2 tutorial, row by row: storage alternatives."""

from pathlib import Path

import numpy as np
import pytest

import zarrust as zarr
from memory_stores import OwnMapping
from zarrust.storage import MemoryStore


@pytest.fixture(autouse=True)
def _a_folder_for_data(_in_a_folder_of_its_own):
    Path("data").mkdir()


def write_42(store, **options):
    """Do what the tutorial does with every kind of database."""
    root = zarr.group(store=store, **options)
    z = root.zeros("foo/bar", shape=(1000, 1000), chunks=(100, 100), dtype="i4")
    z[:] = 42
    store.close()


def check_42(store):
    root = zarr.group(store=store)
    np.testing.assert_array_equal(root["foo/bar"][:], np.full((1000, 1000), 42, dtype="i4"), strict=True)
    store.close()


def test_s3_143_an_array_in_any_mutable_mapping():
    own_mapping = OwnMapping()
    z = zarr.create(store=own_mapping, shape=10, chunks=5, dtype="i4")
    z[:] = np.arange(10)
    assert sorted(own_mapping) == ["c/0", "c/1", "zarr.json"]
    np.testing.assert_array_equal(zarr.open(own_mapping, mode="r")[:], np.arange(10))


def test_s3_144_a_group_in_any_mutable_mapping():
    own_mapping = OwnMapping()
    zarr.group(store=own_mapping).create_group("foo").create_group("bar")
    root = zarr.open_group(own_mapping)
    assert (list(root), list(root["foo"])) == (["foo"], ["bar"])


def test_s3_145_a_plain_dict():
    d, d2 = {}, {}
    zarr.group(store=d).create_group("foo")
    zarr.create(store=d2, shape=10, chunks=5, dtype="i4")[:] = 1
    assert list(zarr.open_group(d)) == ["foo"]
    np.testing.assert_array_equal(zarr.open(d2)[:], [1] * 10)


def test_s3_149_a_directory_store_is_a_mutable_mapping():
    store = zarr.storage.DirectoryStore("d")
    store["a/b"] = b"1"
    assert (store["a/b"], "a/b" in store, list(store), len(store)) == (b"1", True, ["a/b"], 1)
    assert Path("d/a/b").read_bytes() == b"1"
    del store["a/b"]
    assert list(store) == []


def test_s3_151_create_overwrites_only_when_asked():
    zarr.create(store="data/example.zarr", shape=10, dtype="i4")[:] = 1
    with pytest.raises(ValueError, match=r"data/example\.zarr"):
        zarr.create(store="data/example.zarr", shape=20, dtype="i4")
    z = zarr.create(store="data/example.zarr", overwrite=True, shape=20, dtype="i4")
    np.testing.assert_array_equal(z[:], [0] * 20)


def test_s3_156_a_berkeley_database():
    bsddb3 = pytest.importorskip("bsddb3", reason="Berkeley DB and its Python package are not installed")
    write_42(zarr.DBMStore("data/example.bdb", open=bsddb3.btopen), overwrite=True)
    check_42(zarr.DBMStore("data/example.bdb", open=bsddb3.btopen))


@pytest.mark.parametrize("kind", ["zip", "memory"])
def test_s3_163_any_other_storage_class(kind):
    store = MemoryStore() if kind == "memory" else zarr.storage.ZipStore("data/x.zip", mode="w")
    z = zarr.create(store=store, overwrite=True, shape=100, chunks=10, dtype="i4")
    z[:] = np.arange(100)
    np.testing.assert_array_equal(zarr.open(store, mode="r")[:], np.arange(100))
    store.close()
