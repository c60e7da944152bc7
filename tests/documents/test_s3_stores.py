"""Seed 003, the version 2 tutorial, row by row: storage alternatives."""

import dbm.dumb
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pytest

import zarrust as zarr
from listings import files
from memory_stores import OwnMapping
from zarrust.storage import LocalStore, MemoryStore


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


def test_s3_146_an_array_in_a_directory():
    store = zarr.DirectoryStore("data/example.zarr")
    z = zarr.create(store=store, overwrite=True, shape=1000000, dtype="i4")
    assert z.shape == (1000000,)
    assert Path("data/example.zarr/zarr.json").is_file()


def test_s3_147_open_is_short_for_it():
    store = zarr.DirectoryStore("data/long.zarr")
    long = zarr.create(store=store, overwrite=True, shape=1000000, dtype="i4")
    short = zarr.open("data/short.zarr", mode="w", shape=1000000, dtype="i4")
    long[:5] = short[:5] = 1
    assert (long.shape, long.dtype, long.chunks) == (short.shape, short.dtype, short.chunks)
    assert files("data/long.zarr") == files("data/short.zarr")


def test_s3_148_a_group_in_a_directory_replaces_what_was_there():
    zarr.open("data/example.zarr", mode="w", shape=10, dtype="i4")[:] = 1
    store = zarr.DirectoryStore("data/example.zarr")
    root = zarr.group(store=store, overwrite=True)
    assert isinstance(root, zarr.Group)
    assert (list(root), files("data/example.zarr")) == ([], ["zarr.json"])


def test_s3_149_a_directory_store_is_a_mutable_mapping():
    store = zarr.storage.DirectoryStore("d")
    store["a/b"] = b"1"
    assert (store["a/b"], "a/b" in store, list(store), len(store)) == (b"1", True, ["a/b"], 1)
    assert Path("d/a/b").read_bytes() == b"1"
    del store["a/b"]
    assert list(store) == []


def test_s3_150_open_uses_a_directory_store():
    assert isinstance(zarr.open("data/example.zarr", mode="w").store, LocalStore)
    assert issubclass(zarr.DirectoryStore, LocalStore)


def test_s3_151_create_overwrites_only_when_asked():
    zarr.create(store="data/example.zarr", shape=10, dtype="i4")[:] = 1
    with pytest.raises(ValueError, match=r"data/example\.zarr"):
        zarr.create(store="data/example.zarr", shape=20, dtype="i4")
    z = zarr.create(store="data/example.zarr", overwrite=True, shape=20, dtype="i4")
    np.testing.assert_array_equal(z[:], [0] * 20)


def test_s3_152_a_zip_store_is_written():
    store = zarr.ZipStore("data/example.zip", mode="w")
    root = zarr.group(store=store)
    z = root.zeros("foo/bar", shape=(1000, 1000), chunks=(100, 100), dtype="i4")
    z[:] = 42
    store.close()
    with zipfile.ZipFile("data/example.zip") as archive:
        assert sum(name.startswith("foo/bar/c/") for name in archive.namelist()) == 100


def test_s3_153_a_zip_store_is_opened_again():
    write_42(zarr.ZipStore("data/example.zip", mode="w"))
    check_42(zarr.ZipStore("data/example.zip", mode="r"))


def test_s3_154_a_zip_store_is_complete_after_close():
    store = zarr.ZipStore("data/example.zip", mode="w")
    zarr.group(store=store).zeros("x", shape=(2,))[:] = 1
    store.close()
    with zipfile.ZipFile("data/example.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["x/c/0", "x/zarr.json", "zarr.json"]
    store.close()


def test_s3_155_stores_at_the_top_level():
    for name in ("DirectoryStore", "ZipStore", "DBMStore", "LMDBStore", "SQLiteStore"):
        assert getattr(zarr, name) is getattr(zarr.storage, name)


def test_s3_156_a_berkeley_database():
    bsddb3 = pytest.importorskip("bsddb3", reason="Berkeley DB and its Python package are not installed")
    write_42(zarr.DBMStore("data/example.bdb", open=bsddb3.btopen), overwrite=True)
    check_42(zarr.DBMStore("data/example.bdb", open=bsddb3.btopen))


@pytest.mark.parametrize("module", ["dbm.dumb", "dbm.gnu"])
def test_s3_157_any_dbm_style_database(module):
    database = pytest.importorskip(module, reason="Python was built without this database")
    write_42(zarr.DBMStore("data/example.db", open=database.open), overwrite=True)
    check_42(zarr.DBMStore("data/example.db", open=database.open))
    assert list(Path("data").glob("example.db*"))


def test_s3_158_a_dbm_store_of_pythons_own_database():
    write_42(zarr.DBMStore("data/example.db"), overwrite=True)
    check_42(zarr.DBMStore("data/example.db"))
    assert dbm.whichdb("data/example.db")


def test_s3_159_an_lmdb_store():
    pytest.importorskip("lmdb", reason="lmdb is not installed")
    write_42(zarr.LMDBStore("data/example.lmdb"), overwrite=True)
    check_42(zarr.LMDBStore("data/example.lmdb"))


def test_s3_160_a_real_lmdb_environment():
    lmdb = pytest.importorskip("lmdb", reason="lmdb is not installed")
    write_42(zarr.LMDBStore("data/example.lmdb"), overwrite=True)
    path = Path("data/example.lmdb")
    with lmdb.open(str(path), readonly=True, subdir=path.is_dir()) as environment, environment.begin() as transaction:
        keys = [bytes(key).decode() for key, _ in transaction.cursor()]
    assert "foo/bar/zarr.json" in keys
    assert sum(key.startswith("foo/bar/c/") for key in keys) == 100


def test_s3_161_an_sqlite_store():
    write_42(zarr.SQLiteStore("data/example.sqldb"), overwrite=True)
    check_42(zarr.SQLiteStore("data/example.sqldb"))


def test_s3_162_a_real_sqlite_database():
    write_42(zarr.SQLiteStore("data/example.sqldb"), overwrite=True)
    database = sqlite3.connect("data/example.sqldb")
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert len(tables) == 1
    assert database.execute(f"SELECT count(*) FROM {tables[0][0]}").fetchone()[0] >= 101
    database.close()


@pytest.mark.parametrize("kind", ["zip", "memory"])
def test_s3_163_any_other_storage_class(kind):
    store = MemoryStore() if kind == "memory" else zarr.storage.ZipStore("data/x.zip", mode="w")
    z = zarr.create(store=store, overwrite=True, shape=100, chunks=10, dtype="i4")
    z[:] = np.arange(100)
    np.testing.assert_array_equal(zarr.open(store, mode="r")[:], np.arange(100))
    store.close()
