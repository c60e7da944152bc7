"""Every store that has something outside of the process travels to others: spawned, forked, by dask, and to threads."""

import contextlib
import dbm.dumb
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

import pool_tasks
import zarrust as zarr
from conftest import S3
from storage.servers import KINDS, needed, redis
from web import Web, published, serving
from zarrust.experimental.cache_store import CacheStore
from zarrust.storage import (
    DBMStore,
    DirectoryStore,
    FsspecStore,
    HttpStore,
    LMDBStore,
    LocalStore,
    LoggingStore,
    LRUStoreCache,
    MemoryStore,
    NestedDirectoryStore,
    ObjectStore,
    RedisStore,
    SQLiteStore,
    TempStore,
    WrapperStore,
    ZipStore,
)
from zarrust.testing.store import LatencyStore

NUMBERS = np.repeat(np.arange(8), 6).reshape(8, 6)

Get = Callable[[str], Any]
"""A fixture by its name."""


def _write(store: Any) -> Any:
    array = zarr.create_array(store, name="a", shape=NUMBERS.shape, chunks=(2, 3), dtype="i4", fill_value=-1)
    array[...] = NUMBERS
    return array


def _s3(get: Get) -> Any:
    server: S3 = get("s3")
    return ObjectStore(zarr.store.S3Store(server.bucket, **server.options()))


def _fsspec(get: Get, engine: str = "native") -> Any:
    pytest.importorskip("s3fs", reason="the package s3fs is not installed")
    server: S3 = get("s3")
    options = {"key": "test", "secret": "test", "client_kwargs": {"endpoint_url": server.endpoint}}
    with zarr.config.set({"fsspec.engine": engine}):
        store = FsspecStore.from_url(f"s3://{server.bucket}/{server.prefix}", storage_options=options)
        assert store._native is not None
    return store


def _served(get: Get, kind: str) -> Any:
    program = needed(KINDS[kind].program)
    build = get("stack").enter_context(KINDS[kind].start(program, get("tmp_path")))
    return ObjectStore(build(uuid4().hex))


def _lmdb(get: Get) -> Any:
    pytest.importorskip("lmdb", reason="the package lmdb is not installed")
    return LMDBStore(get("tmp_path") / "a.lmdb")


def _http(get: Get) -> Any:
    source = MemoryStore()
    _write(source)
    web = get("stack").enter_context(serving(Web(published({key: source[key] for key in source}))))
    return HttpStore(f"{web.url}/data.zarr")


def _zip(get: Get) -> Any:
    path = get("tmp_path") / "a.zip"
    with ZipStore(path, mode="w") as store:
        _write(store)
    return ZipStore(path, mode="r")


STORES: dict[str, Callable[[Get], Any]] = {
    "LocalStore": lambda get: LocalStore(get("tmp_path") / "a"),
    "DirectoryStore": lambda get: DirectoryStore(get("tmp_path") / "a"),
    "NestedDirectoryStore": lambda get: NestedDirectoryStore(get("tmp_path") / "a"),
    "TempStore": lambda get: TempStore(),
    "ZipStore": _zip,
    "ObjectStore on S3": _s3,
    "ObjectStore on versitygw": partial(_served, kind="s3"),
    "ObjectStore on GCS": partial(_served, kind="gcs"),
    "ObjectStore on Azure": partial(_served, kind="azure"),
    "FsspecStore": _fsspec,
    "FsspecStore through s3fs": partial(_fsspec, engine="fsspec"),
    "HttpStore": _http,
    "SQLiteStore": lambda get: SQLiteStore(get("tmp_path") / "a.sqlite"),
    "LMDBStore": _lmdb,
    "DBMStore": lambda get: DBMStore(get("tmp_path") / "a.dbm", open=dbm.dumb.open),
    "RedisStore": lambda get: RedisStore(prefix=uuid4().hex, port=get("stack").enter_context(redis(get("tmp_path")))),
    "WrapperStore": lambda get: WrapperStore(_s3(get)),
    "LoggingStore": lambda get: LoggingStore(_s3(get), "WARNING"),
    "LatencyStore": lambda get: LatencyStore(_s3(get), get_latency=0.001),
    "CacheStore": lambda get: CacheStore(_s3(get), cache_store=MemoryStore()),
    "LRUStoreCache": lambda get: LRUStoreCache(_s3(get), max_size=1 << 20),
}

# What another process writes to them, this one does not see, or they are only read.
READ_ONLY = {"ZipStore", "HttpStore", "DBMStore", "CacheStore", "LRUStoreCache"}


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module", params=["spawn", "forkserver"])
def other(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """A process that has nothing of this one but the modules that it imports."""
    with ProcessPoolExecutor(1, multiprocessing.get_context(request.param)) as pool:
        yield pool


@pytest.fixture(params=STORES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def array(name: str, request: pytest.FixtureRequest) -> Any:
    """An array that this process has used already, in a store of each kind."""
    store = STORES[name](request.getfixturevalue)
    array = zarr.open_array(store, path="a", mode="r") if store.read_only or name == "ZipStore" else _write(store)
    if hasattr(store, "flush"):
        store.flush()
    assert np.array_equal(array[...], NUMBERS)
    return array


def use(pool: Executor, name: str, array: Any) -> None:
    """Read, and where it makes sense write, in a pool's worker."""
    assert pool.submit(pool_tasks.total, array).result(60) == NUMBERS.sum()
    if name not in READ_ONLY:
        pool.submit(pool_tasks.fill_rows, array, 2, 4).result(60)
        again = zarr.open_array(array.store, path="a", mode="r")
        assert np.array_equal(again[...], NUMBERS)


def test_another_process_uses_it(other: Executor, name: str, array: Any):
    array_there = pickle.loads(pickle.dumps(array))
    assert (array_there.store == array.store) or isinstance(array.store, WrapperStore)
    use(other, name, array)


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_uses_it(name: str, array: Any):
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        use(pool, name, array)


def test_threads_use_it(name: str, array: Any):
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            use(pool, name, array)
        rows = list(pool.map(array.__getitem__, range(8)))
    assert np.array_equal(rows, NUMBERS)


def test_dask_uses_it(other: Executor, name: str, array: Any):
    dask_array = pytest.importorskip("dask.array", reason="the package dask is not installed")
    lazy = dask_array.from_array(array, chunks=array.chunks)
    assert lazy.sum().compute(scheduler="processes", pool=other) == NUMBERS.sum()
    assert lazy.sum().compute(scheduler="threads") == NUMBERS.sum()


ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "SECRETSECRET1",
    "AWS_SECRET_ACCESS_KEY": "SECRETSECRET2",
    "AWS_SESSION_TOKEN": "SECRETSECRET3",
    "AZURE_STORAGE_ACCOUNT_NAME": "account",
    "AZURE_STORAGE_ACCOUNT_KEY": "U0VDUkVUU0VDUkVU",
    "AZURE_STORAGE_SAS_KEY": "sig=SECRETSECRET4",
}


def test_credentials_of_the_environment_are_in_no_pickle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for key, value in ENVIRONMENT.items():
        monkeypatch.setenv(key, value)
    account = tmp_path / "account.json"
    account.write_text(
        '{"gcs_base_url": "http://127.0.0.1:1", "disable_oauth": true, "client_email": "SECRETSECRET5", '
        '"private_key": "", "private_key_id": ""}'
    )
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(account))
    stores = [
        ObjectStore(zarr.store.S3Store("bucket", region="us-east-1")),
        ObjectStore(zarr.store.AzureStore("container")),
        ObjectStore(zarr.store.GCSStore("bucket")),
        ObjectStore("s3://bucket/folder", region="us-east-1"),
        FsspecStore.from_url("s3://bucket/folder"),
        LRUStoreCache(ObjectStore(zarr.store.S3Store("bucket", region="us-east-1"))),
    ]
    for store in stores:
        sent = pickle.dumps(store)
        assert b"SECRET" not in sent
        assert b"U0VDUkVU" not in sent
        assert pickle.loads(sent).read_only == store.read_only


def test_another_process_takes_credentials_from_its_environment(s3: S3, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SECRETSECRET")
    options = {name: value for name, value in s3.options().items() if not name.endswith(("key", "key_id"))}
    array = _write(ObjectStore(zarr.store.S3Store(s3.bucket, **options)))
    assert b"SECRETSECRET" not in pickle.dumps(array)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        use(pool, "ObjectStore on S3", array)
