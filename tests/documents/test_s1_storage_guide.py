"""Seed 001, the storage guide of zarr-python 3.1, row by row."""

import json
import re
from pathlib import Path

import numpy as np
import obstore
import pytest

import zarrust as zarr
from memory_stores import DictStore
from zarrust.storage import LocalStore, ObjectStore


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def hierarchy(store):
    root = zarr.create_group(store, attributes={"a": 1})
    root.create_array("foo/bar", data=np.arange(6).reshape(2, 3), chunks=(1, 2))
    return root


def test_s1_01_a_writable_local_store_is_implied():
    assert repr(zarr.create_group(store="data/foo/bar")) == "<Group file://data/foo/bar>"


def test_s1_02_and_it_takes_writes():
    store = zarr.create_group(store="data/foo/bar").store
    assert isinstance(store, LocalStore)
    assert not store.read_only
    assert Path("data/foo/bar/zarr.json").is_file()


def test_s1_05_a_memory_store_is_implied():
    data = {}
    assert re.fullmatch(r"<Group memory://\d+>", repr(zarr.create_group(store=data)))
    assert list(data) == ["zarr.json"]


def test_s1_07_a_local_store():
    zarr.create_group("data/foo/bar")
    store = zarr.storage.LocalStore("data/foo/bar", read_only=True)
    assert repr(zarr.open_group(store=store, mode="r")) == "<Group file://data/foo/bar>"


def test_s1_08_a_read_only_local_store_refuses_creation():
    zarr.create_group("data/foo/bar", attributes={"old": 1})
    with pytest.raises(ValueError, match="read-only"):
        zarr.create_group(store=LocalStore("data/foo/bar", read_only=True), overwrite=True)
    assert dict(zarr.open_group("data/foo/bar", mode="r").attrs) == {"old": 1}


def test_s1_19_a_memory_store():
    data = {}
    store = zarr.storage.MemoryStore(data)
    z = zarr.create_array(store=store, shape=(2,), dtype="float64")
    assert re.fullmatch(r"<Array memory://\d+ shape=\(2,\) dtype=float64>", repr(z))


def test_s1_20_it_serialises_to_the_dictionary():
    data = {}
    zarr.create_array(store=zarr.storage.MemoryStore(data), shape=(2,), dtype="float64")[:] = [1, 2]
    assert sorted(data) == ["c/0", "zarr.json"]
    assert json.loads(data["zarr.json"].to_bytes())["shape"] == [2]


def test_s1_21_an_object_store():
    z = zarr.create_array(store=ObjectStore(obstore.store.MemoryStore()), shape=(2,), dtype="float64")
    assert re.fullmatch(r"<Array object_store://.* shape=\(2,\) dtype=float64>", repr(z))


def test_s1_22_an_object_store_holds_a_hierarchy():
    store = ObjectStore(obstore.store.MemoryStore())
    hierarchy(store)
    root = zarr.open_group(store, mode="r")
    assert (dict(root.attrs), list(root)) == ({"a": 1}, ["foo"])
    np.testing.assert_array_equal(root["foo/bar"][:], np.arange(6).reshape(2, 3))


def test_s1_23_any_store_of_obstore(tmp_path):
    (tmp_path / "o").mkdir()
    hierarchy(ObjectStore(obstore.store.LocalStore(str(tmp_path / "o"))))
    hierarchy(LocalStore("l"))
    assert files("o") == files("l")
    assert all(Path("o", name).read_bytes() == Path("l", name).read_bytes() for name in files("l"))


def object_store(s3):
    options = {name: value for name, value in s3.options().items() if "key" not in name}
    return ObjectStore(store=obstore.store.S3Store(s3.bucket, skip_signature=True, **options), read_only=True)


def test_s1_25_a_read_only_object_store():
    store = ObjectStore(store=obstore.store.MemoryStore(), read_only=True)
    assert store.read_only
    with pytest.raises(ValueError, match="read-only"):
        zarr.create_group(store)


def test_s1_27_stores_of_google_and_azure_are_accepted():
    gcs = ObjectStore(obstore.store.GCSStore("b", skip_signature=True))
    azure = ObjectStore(obstore.store.AzureStore("c", account_name="a", skip_signature=True))
    assert all(str(store).startswith("object_store://") for store in (gcs, azure))


def test_s1_29_a_store_of_ones_own():
    own = DictStore()
    z = zarr.create_array(store=own, shape=(4,), dtype="i4")
    z[:] = [1, 2, 3, 4]
    assert re.fullmatch(r"<Array dictstore://\d+ shape=\(4,\) dtype=int32>", repr(z))
    np.testing.assert_array_equal(zarr.open_array(store=own)[:], [1, 2, 3, 4])


def test_s1_31_implicit_and_explicit_stores_meet():
    zarr.create_group(store="p", attributes={"a": 1})
    for store in (LocalStore("p"), Path("p")):
        assert dict(zarr.open_group(store=store, mode="r").attrs) == {"a": 1}
    assert LocalStore("p") == LocalStore("p")
