"""Seed 001, the storage guide of zarr-python 3.1, row by row."""

import asyncio
import inspect
import json
import re
import zipfile
from pathlib import Path

import fsspec
import numpy as np
import obstore
import pytest

import zarrust as zarr
from harness import passed_by
from listings import files
from memory_stores import DictStore
from s3_client import anonymous, objects, public_bucket, s3_options
from web import Folder, Web, serving
from zarrust.buffer import default_buffer_prototype
from zarrust.storage import LocalStore, MemoryStore, ObjectStore


def hierarchy(store):
    root = zarr.create_group(store, attributes={"a": 1})
    root.create_array("foo/bar", data=np.arange(6).reshape(2, 3), chunks=(1, 2))
    return root


NOAA = "noaa-nwm-retro-v2-zarr-pds"


@pytest.fixture
def public(s3_server):
    """Make the bucket of the document on this machine: a group of format 2 with 12 arrays, readable by everyone."""
    root = zarr.create_group(ObjectStore(public_bucket(s3_server, NOAA)), zarr_format=2)
    for number in range(12):
        root.create_array(f"a{number:02}", data=np.arange(number, number + 3))
    return s3_server


def test_s1_01_a_writable_local_store_is_implied():
    assert repr(zarr.create_group(store="data/foo/bar")) == "<Group file://data/foo/bar>"


def test_s1_02_and_it_takes_writes():
    store = zarr.create_group(store="data/foo/bar").store
    assert isinstance(store, LocalStore)
    assert not store.read_only
    assert Path("data/foo/bar/zarr.json").is_file()


def test_s1_03_a_read_only_fsspec_store_is_implied(public):
    group = zarr.open_group(store=f"s3://{NOAA}", mode="r", storage_options=anonymous(public))
    assert repr(group) == "<Group <FsspecStore(S3FileSystem, noaa-nwm-retro-v2-zarr-pds)>>"


def test_s1_04_its_store_is_read_only_and_anonymous(public):
    group = zarr.open_group(store=f"s3://{NOAA}", mode="r", storage_options=anonymous(public))
    assert isinstance(group.store, zarr.storage.FsspecStore)
    assert group.store.read_only
    assert group.store.fs.anon
    np.testing.assert_array_equal(group["a07"][:], [7, 8, 9])


def test_s1_05_a_memory_store_is_implied():
    data = {}
    assert re.fullmatch(r"<Group memory://\d+>", repr(zarr.create_group(store=data)))
    assert list(data) == ["zarr.json"]


def test_s1_06_five_stores_are_built_in():
    for name in ("LocalStore", "FsspecStore", "ZipStore", "MemoryStore", "ObjectStore"):
        assert issubclass(getattr(zarr.storage, name), zarr.abc.store.Store)


def test_s1_07_a_local_store():
    zarr.create_group("data/foo/bar")
    store = zarr.storage.LocalStore("data/foo/bar", read_only=True)
    assert repr(zarr.open_group(store=store, mode="r")) == "<Group file://data/foo/bar>"


def test_s1_08_a_read_only_local_store_refuses_creation():
    zarr.create_group("data/foo/bar", attributes={"old": 1})
    with pytest.raises(ValueError, match="read-only"):
        zarr.create_group(store=LocalStore("data/foo/bar", read_only=True), overwrite=True)
    assert dict(zarr.open_group("data/foo/bar", mode="r").attrs) == {"old": 1}


def test_s1_09_a_zip_store():
    store = zarr.storage.ZipStore("data.zip", mode="w")
    z = zarr.create_array(store=store, shape=(2,), dtype="float64")
    assert repr(z) == "<Array zip://data.zip shape=(2,) dtype=float64>"
    store.close()


def test_s1_10_a_zip_file_holds_a_whole_hierarchy():
    store = zarr.storage.ZipStore("data.zip", mode="w")
    hierarchy(store)
    store.close()
    assert zipfile.is_zipfile("data.zip")
    store = zarr.storage.ZipStore("data.zip", mode="r")
    assert store.read_only
    root = zarr.open_group(store, mode="r")
    assert (list(root), list(root["foo"])) == (["foo"], ["bar"])
    np.testing.assert_array_equal(root["foo/bar"][:], np.arange(6).reshape(2, 3))
    store.close()


def test_s1_11_a_remote_store(public):
    store = zarr.storage.FsspecStore.from_url(f"s3://{NOAA}", read_only=True, storage_options=anonymous(public))
    group = zarr.open_group(store=store, mode="r")
    assert repr(group) == "<Group <FsspecStore(S3FileSystem, noaa-nwm-retro-v2-zarr-pds)>>"


def test_s1_12_the_stores_own_text():
    store = zarr.storage.FsspecStore.from_url("s3://noaa-nwm-retro-v2-zarr-pds")
    assert repr(store) == "<FsspecStore(S3FileSystem, noaa-nwm-retro-v2-zarr-pds)>"


def test_s1_13_storage_options_configure_the_file_system():
    from_url = zarr.storage.FsspecStore.from_url
    assert from_url("s3://b", storage_options={"anon": True}).fs.anon is True
    assert from_url("s3://b").fs.anon is False


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("s3://b/a", "S3FileSystem"),
        ("http://127.0.0.1:1/a", "HTTPFileSystem"),
        ("https://127.0.0.1:1/a", "HTTPFileSystem"),
        ("memory://a", "MemoryFileSystem"),
        ("file:///a", "LocalFileSystem"),
    ],
)
def test_s1_14_the_scheme_says_the_file_system(url, name):
    fs = zarr.storage.FsspecStore.from_url(url).fs
    assert name in (type(fs).__name__, type(getattr(fs, "sync_fs", None)).__name__)


def test_s1_15_an_explicit_file_system(public):
    fs = fsspec.filesystem("s3", **anonymous(public), asynchronous=True)
    store = zarr.storage.FsspecStore(fs, path=NOAA, read_only=True)
    assert store.fs is fs
    np.testing.assert_array_equal(zarr.open_group(store, mode="r")["a01"][:], [1, 2, 3])


def test_s1_15_an_explicit_file_system_without_a_path():
    fs = fsspec.filesystem("s3", anon=True, asynchronous=True, client_kwargs={"endpoint_url": "http://127.0.0.1:1"})
    assert zarr.storage.FsspecStore(fs).fs is fs


def test_s1_16_a_synchronous_file_system(tmp_path):
    store = zarr.storage.FsspecStore.from_url(f"file://{tmp_path}/d")
    zarr.create_array(store, data=np.arange(5))
    np.testing.assert_array_equal(zarr.open_array(LocalStore(tmp_path / "d"), mode="r")[:], np.arange(5))


def test_s1_17_a_web_server_is_read(tmp_path):
    zarr.create_array("a.zarr", data=np.arange(5))
    with serving(Web(Folder(tmp_path))) as server:
        store = zarr.storage.FsspecStore.from_url(f"{server.url}/a.zarr", read_only=True)
        np.testing.assert_array_equal(zarr.open_array(store=store, mode="r")[:], np.arange(5))


def test_s1_18_the_layout_is_a_local_stores(s3):
    hierarchy(LocalStore("local"))
    hierarchy(zarr.storage.FsspecStore.from_url(f"s3://{s3.bucket}/{s3.prefix}", storage_options=s3_options(s3)))
    assert objects(s3) == files("local")


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


def object_store(endpoint):
    options = {"endpoint": endpoint, "client_options": {"allow_http": True}}
    s3_store = obstore.store.S3Store(NOAA, skip_signature=True, region="us-west-2", **options)
    return zarr.storage.ObjectStore(store=s3_store, read_only=True)


def test_s1_24_information_about_a_remote_group(public):
    info = zarr.open_group(store=object_store(public), mode="r").info
    assert repr(info).splitlines()[:8] == [
        "Name        : ",
        "Type        : Group",
        "Zarr format : 2",
        "Read-only   : True",
        "Store type  : ObjectStore",
        "No. members : 12",
        "No. arrays  : 12",
        "No. groups  : 0",
    ]


def test_s1_25_a_read_only_object_store():
    store = ObjectStore(store=obstore.store.MemoryStore(), read_only=True)
    assert store.read_only
    with pytest.raises(ValueError, match="read-only"):
        zarr.create_group(store)


def test_s1_26_members_are_read_without_credentials(public):
    group = zarr.open_group(store=object_store(public), mode="r")
    np.testing.assert_array_equal(group["a07"][:], [7, 8, 9])


def test_s1_27_stores_of_google_and_azure_are_accepted():
    gcs = ObjectStore(obstore.store.GCSStore("b", skip_signature=True))
    azure = ObjectStore(obstore.store.AzureStore("c", account_name="a", skip_signature=True))
    assert all(str(store).startswith("object_store://") for store in (gcs, azure))


def test_s1_28_stores_are_asynchronous(tmp_path):
    stores = [
        LocalStore("d"),
        MemoryStore(),
        zarr.storage.ZipStore("d.zip", mode="w"),
        zarr.storage.FsspecStore.from_url(f"file://{tmp_path}/f"),
        ObjectStore(obstore.store.MemoryStore()),
    ]

    async def use():
        for store in stores:
            answer = store.get("k", default_buffer_prototype())
            assert inspect.isawaitable(answer)
            assert await answer is None

    asyncio.run(use())
    for store in stores:
        store.close()


def test_s1_29_a_store_of_ones_own():
    own = DictStore()
    z = zarr.create_array(store=own, shape=(4,), dtype="i4")
    z[:] = [1, 2, 3, 4]
    assert re.fullmatch(r"<Array dictstore://\d+ shape=\(4,\) dtype=int32>", repr(z))
    np.testing.assert_array_equal(zarr.open_array(store=own)[:], [1, 2, 3, 4])


def test_s1_30_the_harness_fits_the_packages_own_stores(tmp_path):
    imports = "from zarrust.storage import MemoryStore"
    places = {"argument": "store_dict", "values": "_store_dict", "written": "value", "read": ".as_numpy_array()"}
    assert passed_by(tmp_path, imports=imports, cls="MemoryStore", **places) >= 20


def test_s1_31_implicit_and_explicit_stores_meet():
    zarr.create_group(store="p", attributes={"a": 1})
    for store in (LocalStore("p"), Path("p")):
        assert dict(zarr.open_group(store=store, mode="r").attrs) == {"a": 1}
    assert LocalStore("p") == LocalStore("p")


def test_s1_32_storage_options_of_a_plain_path_are_refused():
    with pytest.raises(TypeError, match="storage_options"):
        zarr.create_group(store="plain/path", storage_options={"anon": True})
    assert not Path("plain").exists()
