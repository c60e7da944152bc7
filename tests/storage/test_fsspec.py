"""FsspecStore: what the documents print and zarr-python does, with the engine's I/O and with fsspec's."""

import asyncio
import pickle
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
import s3fs
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.http import HTTPFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

import zarrust as zarr
from conftest import S3
from storage.test_harness import Engine, Harness
from web import Web, published, serving
from zarrust.buffer import Buffer
from zarrust.storage import FsspecStore, LocalStore, ObjectStore, RemoteStore
from zarrust.storage.fsspec_options import native_store


@pytest.fixture(params=["native", "fsspec"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    with zarr.config.set({"fsspec.engine": request.param}):
        yield request.param


@pytest.fixture
def options(s3: S3, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """storage_options of the test's S3 server, in fsspec's spelling."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    s3fs.S3FileSystem.clear_instance_cache()
    return {"endpoint_url": s3.endpoint, "anon": False}


@pytest.fixture
def url(s3: S3) -> str:
    return f"s3://{s3.bucket}/{s3.prefix}"


class TestFsspecStore(Harness):
    store_cls = FsspecStore
    text = "<FsspecStore("

    @pytest.fixture
    def store_kwargs(self, s3: S3, url: str, options: dict[str, Any], engine: str) -> dict[str, Any]:
        self.place = ObjectStore(zarr.store.S3Store(s3.bucket, **s3.options()))
        return {"fs": FsspecStore.from_url(url, storage_options=options).fs, "path": url.removeprefix("s3://")}

    def values(self, store: FsspecStore) -> Engine:
        return Engine(self.place)


def by_engine(store: FsspecStore) -> bool:
    """Whether the engine itself does the I/O."""
    return not store._native.identity.startswith("fsspec:")


def test_a_hierarchy_is_written_and_read_by_url(url: str, options: dict[str, Any], engine: str):
    group = zarr.open_group(url, mode="w", storage_options=options, attributes={"a": 1})
    assert repr(group) == f"<Group <FsspecStore(S3FileSystem, {url.removeprefix('s3://')})>>"
    assert by_engine(group.store) is (engine == "native")
    for name, layout in {"chunks": {"chunks": (4, 5)}, "shards": {"chunks": (4, 5), "shards": (8, 10)}}.items():
        values = np.arange(17 * 12).reshape(17, 12)
        array = group.create_array(f"deep/{name}", shape=values.shape, dtype="i8", **layout)
        array[...] = values
        array[3:9, 2] = values[3:9, 2] = 0
        assert np.array_equal(group[f"deep/{name}"][...], values)
        assert np.array_equal(array[2:-5:2, ::3], values[2:-5:2, ::3])
    again = zarr.open(url, mode="r", storage_options=options)
    assert again.store.read_only
    assert dict(again.attrs) == {"a": 1}
    assert sorted(name for name, _ in again.members(max_depth=None)) == ["deep", "deep/chunks", "deep/shards"]
    with pytest.raises(ValueError, match="read-only"):
        again.create_group("b")
    del group["deep/chunks"]
    assert sorted(name for name, _ in group["deep"].members()) == ["shards"]


def test_the_keys_are_those_of_a_local_store(url: str, options: dict[str, Any], engine: str, tmp_path: Path):
    stores = [FsspecStore.from_url(url, options), LocalStore(tmp_path)]
    for store in stores:
        root = zarr.create_group(store)
        root.create_array("a/b", shape=(4,), chunks=(2,), shards=(4,), dtype="i4")[:] = 1
        root.create_array("c", shape=(4,), chunks=(2,), dtype="i4")[:] = 1
    listed, local = (sorted(store) for store in stores)
    assert listed == local
    assert sorted(stores[0].list_prefix("a/b/")) == ["a/b/c/0", "a/b/zarr.json"]
    assert sorted(stores[0].list_dir("")) == ["a", "c", "zarr.json"]


def test_the_methods_of_a_store_mean_what_they_mean_elsewhere(url: str, options: dict[str, Any], engine: str):
    async def body() -> None:
        store = await FsspecStore.open(url, **options)
        assert await store.is_empty("")
        assert await store.get("foo") is None
        await store.set("foo/bar", Buffer.from_bytes(b"0123456789"))
        ranges = [zarr.abc.store.RangeByteRequest(2, 4), zarr.abc.store.OffsetByteRequest(7)]
        parts = [*ranges, zarr.abc.store.SuffixByteRequest(2), zarr.abc.store.OffsetByteRequest(10)]
        got = [(await store.get("foo/bar", byte_range=part)).to_bytes() for part in parts]
        assert got == [b"23", b"789", b"89", b""]
        await store.set_if_not_exists("foo/bar", Buffer.from_bytes(b"other"))
        assert await store.getsize("foo/bar") == 10
        with pytest.raises(FileNotFoundError):
            await store.getsize("foo")
        await store.set("foobar", Buffer.from_bytes(b""))
        assert (await store.get("foobar")).to_bytes() == b""
        await store.delete("nothing")
        await store.delete_dir("foo")
        assert [key async for key in store.list()] == ["foobar"]
        await store.clear()
        assert await store.is_empty("")
        for key in ("../a", "/a", "a//b", "a\\b"):
            with pytest.raises(ValueError):
                await store.get(key)

    asyncio.run(body())


def test_read_only_stores_refuse_and_leave_nothing(url: str, options: dict[str, Any], engine: str):
    store = RemoteStore.from_url(url, options, read_only=True)
    with pytest.raises(ValueError, match="read-only"):
        asyncio.run(store.set("a", Buffer.from_bytes(b"1")))
    with pytest.raises(ValueError, match="read-only"):
        zarr.create_group(store)
    assert list(FsspecStore.from_url(url, options)) == []
    writable = store.with_read_only(False)
    writable["a"] = b"1"
    assert store["a"] == b"1"
    assert (store.read_only, writable.read_only) == (True, False)


def test_the_file_system_is_made_when_it_is_asked_for(s3: S3):
    store = FsspecStore(f"s3://{s3.bucket}/{s3.prefix}/", key="a", secret="b", endpoint_url=s3.endpoint)
    zarr.create_group(store)
    assert store._fs is None
    assert repr(store) == f"<FsspecStore(S3FileSystem, {s3.bucket}/{s3.prefix})>"
    assert isinstance(store.fs, s3fs.S3FileSystem)
    assert (store.fs.asynchronous, store.fs.key, store.path) == (True, "a", f"{s3.bucket}/{s3.prefix}")
    assert repr(store) == f"<FsspecStore(S3FileSystem, {s3.bucket}/{s3.prefix})>"


def test_options_reach_the_file_system():
    assert FsspecStore.from_url("s3://b", storage_options={"anon": True}).fs.anon is True
    assert FsspecStore.from_url("s3://b").fs.anon is False
    store = FsspecStore("s3://b/data/", cache_type="blockcache", block_size=1 << 20, normalize_keys=False)
    assert (store.fs.default_cache_type, store.fs.default_block_size) == ("blockcache", 1 << 20)
    with pytest.raises(TypeError, match="belong to a URL"):
        FsspecStore(store.fs, anon=True)
    with pytest.raises(TypeError, match="expected a file system"):
        FsspecStore(3)


def test_file_systems_of_the_user_are_taken(s3: S3, options: dict[str, Any], engine: str):
    fs = s3fs.S3FileSystem(asynchronous=True, **options)
    store = FsspecStore(fs, path=f"{s3.bucket}/{s3.prefix}")
    assert store.fs is fs
    assert by_engine(store) is (engine == "native")
    zarr.create_array(store, shape=(3,), dtype="i4")[:] = 7
    mapper = s3fs.S3FileSystem(**options).get_mapper(f"s3://{s3.bucket}/{s3.prefix}")
    assert zarr.open(mapper)[:].tolist() == [7, 7, 7]
    with pytest.warns(zarr.errors.ZarrUserWarning, match="was not created with `asynchronous=True`"):
        store = FsspecStore(s3fs.S3FileSystem(**options), path=f"{s3.bucket}/{s3.prefix}")
    assert zarr.open(store)[:].tolist() == [7, 7, 7]
    with pytest.raises(ValueError, match="not used for FSMap"):
        zarr.open(mapper, path="bar")
    with pytest.raises(TypeError, match="only used when the store is passed as an FSSpec URI string"):
        zarr.open(mapper, storage_options={"anon": True})


def test_a_subclass_of_a_known_file_system_is_asked_itself(s3: S3, options: dict[str, Any]):
    class Watched(s3fs.S3FileSystem):
        seen: list[str] = []

        async def _cat_file(self, path, *args, **kwargs):
            self.seen.append(path)
            return await super()._cat_file(path, *args, **kwargs)

    store = FsspecStore(Watched(asynchronous=True, **options), path=f"{s3.bucket}/{s3.prefix}")
    zarr.create_array(store, shape=(3,), dtype="i4")[:] = 7
    assert zarr.open(store)[:].tolist() == [7, 7, 7]
    assert f"{s3.bucket}/{s3.prefix}/c/0" in Watched.seen


def test_any_backend_serves_under_its_own_scheme():
    class Mine(MemoryFileSystem):
        protocol = "mine"
        store: dict[str, Any] = {}
        pseudo_dirs = [""]

    fsspec.register_implementation("mine", Mine, clobber=True)
    store = FsspecStore.from_url("mine://root")
    assert isinstance(store.fs.sync_fs, Mine)
    group = zarr.open_group(store, mode="w")
    group.create_array("x", shape=(20,), chunks=(5,), dtype="i2")[:] = np.arange(20)
    assert zarr.open_group("mine://root", mode="r")["x"][7:9].tolist() == [7, 8]
    assert sorted(name for name, _ in group.members()) == ["x"]
    assert any(key.endswith("root/x/c/3") for key in Mine.store)
    group.store.clear()
    assert list(group.store) == []


def test_memory_urls_are_the_memory_of_fsspec():
    group = zarr.open_group("memory://place/here", mode="w")
    group.create_array("x", shape=(3,), dtype="i4")[:] = 5
    assert "/place/here/x/zarr.json" in fsspec.filesystem("memory").find("/place")
    again = zarr.open_group("memory://place/here", mode="r")
    assert again["x"][:].tolist() == [5, 5, 5]
    assert again.store.read_only
    fsspec.filesystem("memory").rm("/place", recursive=True)


def test_local_files_by_url_are_those_of_a_local_store(tmp_path: Path, engine: str):
    store = FsspecStore.from_url(f"file://{tmp_path}", {"auto_mkdir": True})
    assert isinstance(store.fs, AsyncFileSystemWrapper)
    assert by_engine(store) is (engine == "native")
    group = zarr.open_group(store, mode="w")
    group.create_array("x", shape=(4,), chunks=(2,), dtype="i4")[:] = [1, 2, 3, 4]
    assert zarr.open_group(LocalStore(tmp_path))["x"][:].tolist() == [1, 2, 3, 4]
    assert sorted(store) == sorted(LocalStore(tmp_path))
    assert sorted(store.list_dir("x")) == ["c", "zarr.json"]


def test_a_new_local_folder_needs_no_option(tmp_path: Path):
    store = FsspecStore.from_url(f"file://{tmp_path}/new")
    zarr.create_array(store, shape=(4,), chunks=(2,), dtype="i4")[:] = 3
    assert zarr.open(tmp_path / "new")[:].tolist() == [3, 3, 3, 3]
    mapper = LocalFileSystem(auto_mkdir=False, skip_instance_cache=True).get_mapper(str(tmp_path / "other"))
    with pytest.raises(FileNotFoundError):
        zarr.create_array(mapper, shape=(4,), chunks=(2,), dtype="i4")


def test_paths_of_universal_pathlib_are_taken(s3: S3, options: dict[str, Any], tmp_path: Path):
    upath = pytest.importorskip("upath", reason="universal_pathlib is not installed")
    place = upath.UPath(f"s3://{s3.bucket}/{s3.prefix}/", **options)
    zarr.create_array(place, shape=(3,), dtype="i4")[:] = 7
    assert zarr.open(place)[:].tolist() == [7, 7, 7]
    store = FsspecStore.from_upath(place)
    assert (store.path, store.fs.endpoint_url) == (f"{s3.bucket}/{s3.prefix}", options["endpoint_url"])
    assert isinstance(zarr.create_group(upath.UPath(tmp_path / "x")).store, LocalStore)


def test_equality_and_pickling_are_by_place_and_options(url: str, options: dict[str, Any], engine: str):
    store = FsspecStore.from_url(url, options)
    assert store == FsspecStore.from_url(url, options)
    assert store != FsspecStore.from_url(url, options, read_only=True)
    assert store != FsspecStore.from_url(f"{url}/a", options)
    assert store != FsspecStore.from_url(url, options | {"anon": True})
    zarr.create_array(store, shape=(3,), dtype="i4")[:] = 7
    for kept in (store, FsspecStore(s3fs.S3FileSystem(asynchronous=True, **options), path=store.path)):
        again = pickle.loads(pickle.dumps(kept))
        assert again == kept
        assert zarr.open(again)[:].tolist() == [7, 7, 7]
    assert store == FsspecStore(s3fs.S3FileSystem(asynchronous=True, **options), path=store.path)


def test_two_event_loops_in_a_row_use_one_store(url: str, options: dict[str, Any], engine: str):
    store = FsspecStore.from_url(url, options)
    asyncio.run(store.set("a", Buffer.from_bytes(b"1")))
    assert asyncio.run(store.get("a")).to_bytes() == b"1"
    assert store["a"] == b"1"


def test_a_web_server_is_read_without_a_listing(engine: str):
    source = zarr.storage.MemoryStore()
    zarr.create_array(source, shape=(8, 8), chunks=(4, 4), shards=(8, 8), dtype="i4")[:] = np.arange(64).reshape(8, 8)
    with serving(Web(published({key: source[key] for key in source}))) as web:
        store = FsspecStore.from_url(f"{web.url}/data.zarr", read_only=True)
        assert repr(store) == f"<FsspecStore(HTTPFileSystem, {web.url}/data.zarr)>"
        assert by_engine(store) is (engine == "native")
        array = zarr.open_array(store, mode="r")
        assert array[4:6, 1].tolist() == [33, 41]
        assert zarr.open_array(FsspecStore(f"{web.url}/data.zarr"))[0, 0] == 0
        assert zarr.open_array(f"{web.url}/data.zarr", mode="r")[7, 7] == 63
        with pytest.raises(FileNotFoundError):
            zarr.open(f"{web.url}/none.zarr", mode="r")


@pytest.mark.parametrize(
    ("protocol", "given", "path"),
    [
        ("s3", {"anon": True, "client_kwargs": {"region_name": "us-west-2"}}, "bucket"),
        ("s3", {"key": "k", "secret": "s", "token": "t", "endpoint_url": "http://h:1"}, "bucket/a/b"),
        ("s3", {"key": "k", "secret": "s", "config_kwargs": {"s3": {"addressing_style": "virtual"}}}
         | {"client_kwargs": {"endpoint_url": "https://h"}, "requester_pays": True}, "bucket"),
        ("gs", {"token": "anon"}, "bucket/a"),
        ("gs", {"token": "anon", "endpoint_url": "http://h:1", "project": "p"}, "bucket/a"),
        ("az", {"account_name": "a", "account_key": "a2V5"}, "container/a"),
        ("abfs", {"account_name": "a", "anon": True}, "container/a"),
        ("abfs", {"connection_string": "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;"
                                       "BlobEndpoint=http://127.0.0.1:1/a"}, "container/a"),
        ("http", {"headers": {"X-A": "b"}, "block_size": 5}, "http://h:1/a"),
    ],
)  # fmt: skip
def test_options_that_mean_the_same_go_to_the_engine(protocol: str, given: dict[str, Any], path: str):
    assert native_store(protocol, given, path) is not None


@pytest.mark.parametrize(
    ("protocol", "given", "path"),
    [
        ("s3", {"session": object()}, "bucket"),
        ("s3", {"version_aware": True}, "bucket"),
        ("s3", {"s3_additional_kwargs": {"ACL": "private"}}, "bucket"),
        ("s3", {"something": 1}, "bucket"),
        ("s3", {}, ""),
        ("gs", {"token": "browser"}, "bucket"),
        ("abfs", {}, "container"),
        ("abfs", {"account_name": "a", "credential": object()}, "container"),
        ("http", {"encoded": True}, "http://h/a"),
        ("http", {}, "http://h/a#b"),
        ("ftp", {}, "host/a"),
    ],
)
def test_options_that_the_engine_does_not_know_stay_with_fsspec(protocol: str, given: dict[str, Any], path: str):
    assert native_store(protocol, given, path) is None


def test_secrets_of_a_url_are_not_printed():
    store = FsspecStore(HTTPFileSystem(asynchronous=True), path="https://u:SECRET@h.example/a.zarr?sig=SECRET")
    assert repr(store) == "<FsspecStore(HTTPFileSystem, https://h.example/a.zarr)>"


def test_a_session_token_of_the_environment_does_not_join_keys_that_were_given(s3: S3, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-another-key")
    store = native_store("s3", {"key": "k", "secret": "s", "endpoint_url": s3.endpoint}, f"{s3.bucket}/a")
    assert store.credential_provider() == {
        "access_key_id": "k", "secret_access_key": "s", "token": None, "expires_at": None
    }  # fmt: skip
    zarr.create_group(zarr.storage.ObjectStore(store), overwrite=True)


def test_files_of_aws_are_read_by_botocore(s3: S3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text("[mine]\naws_access_key_id = fromfile\naws_secret_access_key = s\n")
    (tmp_path / "config").write_text("[profile mine]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    store = FsspecStore(f"s3://{s3.bucket}/{s3.prefix}", profile="mine", endpoint_url=s3.endpoint)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        zarr.create_array(store, shape=(3,), dtype="i4")[:] = 7
    assert by_engine(store)
    made = native_store("s3", {"profile": "mine", "endpoint_url": s3.endpoint}, "b")
    assert made.credential_provider()["access_key_id"] == "fromfile"
    assert made.config["region"] == "eu-west-3"


class Stumbling(LocalFileSystem):
    """A file system that cannot list one of its folders."""

    def ls(self, path, detail=True, **kwargs):
        if path.endswith("/closed"):
            raise PermissionError(path)
        return super().ls(path, detail=detail, **kwargs)


def test_a_folder_that_cannot_be_listed_is_no_empty_one(tmp_path: Path):
    store: Any = FsspecStore(Stumbling(auto_mkdir=True), path=str(tmp_path))
    for key in ("a/x", "closed/y", "b/c/d/z"):
        store[key] = b"12"
    with pytest.raises(PermissionError, match="closed"):
        list(store)
    with pytest.raises(PermissionError, match="closed"):
        store._handle.list()
    assert list(store.list_prefix("b/")) == ["b/c/d/z"]
    assert asyncio.run(store.getsize_prefix("b")) == 2
    assert asyncio.run(store.is_empty("b")) is False


def test_sizes_come_with_the_listing_where_fsspec_lists(url: str, options: dict[str, Any]):
    with zarr.config.set({"fsspec.engine": "fsspec"}):
        store: Any = FsspecStore.from_url(url, storage_options=options)
        for number in range(20):
            store[f"a/{number}"] = bytes(number)
        assert store.fs is not None
        told: list[str] = []
        info = store.fs._info

        async def asked(path: str, **kwargs: Any) -> Any:
            told.append(path)
            return await info(path, **kwargs)

        store.fs._info = asked
        assert asyncio.run(store.getsize_prefix("a")) == sum(range(20))
        assert told == []


def test_names_with_letters_that_mean_something_in_urls_are_listed():
    store: Any = FsspecStore(MemoryFileSystem(), path="/letters")
    group = zarr.create_group(store)
    for name in ("a#b", "c?d"):
        group.create_group(name)
    assert sorted(zarr.open_group(store)) == ["a#b", "c?d"]
    assert sorted(key for key in store if key != "zarr.json") == ["a#b/zarr.json", "c?d/zarr.json"]


def test_a_local_url_with_options_is_fsspecs(tmp_path: Path):
    url = f"local://{tmp_path}/made/data.zarr"
    zarr.save_group(url, np.arange(3), storage_options={"auto_mkdir": True})
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "made/data.zarr/arr_0")[...], np.arange(3))
    np.testing.assert_array_equal(zarr.open_array(f"{url}/arr_0")[...], np.arange(3))
    with pytest.raises(TypeError, match="storage_options"):
        zarr.open_group(f"file://{tmp_path}/made/data.zarr", storage_options={"auto_mkdir": True})
