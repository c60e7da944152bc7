"""Every store of the package passes the tests that stores of others are offered."""

from pathlib import Path

import numpy as np
import pytest

import zarrust as zarr
from zarrust import loop
from zarrust.abc.store import Store
from zarrust.buffer.cpu import Buffer
from zarrust.storage import (
    KVStore,
    LocalStore,
    LoggingStore,
    ManagedMemoryStore,
    MemoryStore,
    ObjectStore,
    StorePath,
    WrapperStore,
    ZipStore,
)
from zarrust.testing import StoreTests
from zarrust.testing.store import LatencyStore


class Harness(StoreTests[Store, Buffer]):
    """The tests with fixtures for pytest alone; the project of a user has pytest-asyncio for them."""

    buffer_cls = Buffer
    text = ""

    @pytest.fixture
    def store(self, open_kwargs):
        return loop.run(self.store_cls.open(**open_kwargs))

    @pytest.fixture
    def store_not_open(self, store_kwargs):
        return self.store_cls(**store_kwargs)

    def values(self, store):
        """Return what the store keeps its values in, as a mapping."""
        return store._store_dict

    async def set(self, store, key, value):
        self.values(store)[key] = value

    async def get(self, store, key):
        return self.values(store)[key]

    def test_store_repr(self, store):
        assert repr(store).startswith(self.text)
        assert str(store) in repr(store)

    def test_store_supports_writes(self, store):
        assert store.supports_writes

    def test_store_supports_listing(self, store):
        assert store.supports_listing

    def go_round(self, writing, reading):
        """Write arrays with one store, and read them with another, or itself."""
        values = np.arange(17 * 12, dtype="i8").reshape(17, 12)
        layouts = {"chunks": {}, "shards": {"shards": (8, 10)}, "old": {"zarr_format": 2}}
        for name, layout in layouts.items():
            array = zarr.create_array(writing, name=name, shape=values.shape, dtype="i8", chunks=(4, 5), **layout)
            array[...] = values
        for name in layouts:
            array = zarr.open_array(reading, path=name, mode="r")
            np.testing.assert_array_equal(array[...], values)
            np.testing.assert_array_equal(array[2:-5:2, ::3], values[2:-5:2, ::3])

    def test_arrays_of_both_formats_go_round(self, store):
        self.go_round(store, store)


class Files:
    """A folder as a mapping of keys to buffers."""

    def __init__(self, root):
        self.root = Path(root)

    def __setitem__(self, key, value):
        (self.root / key).parent.mkdir(parents=True, exist_ok=True)
        (self.root / key).write_bytes(value.to_bytes())

    def __getitem__(self, key):
        return Buffer.from_bytes((self.root / key).read_bytes())


class TestMemoryStore(Harness):
    store_cls = MemoryStore
    text = "MemoryStore('memory://"

    @pytest.fixture(params=["native", "dict"])
    def store_kwargs(self, request):
        return {"store_dict": {} if request.param == "dict" else None}


class TestKVStore(Harness):
    store_cls = KVStore
    text = "MemoryStore('memory://"

    @pytest.fixture
    def store_kwargs(self):
        return {"mutablemapping": {}}


class TestManagedMemoryStore(Harness):
    store_cls = ManagedMemoryStore
    text = "ManagedMemoryStore('memory://harness/a"

    @pytest.fixture
    def store_kwargs(self):
        return {"name": "harness", "path": "a/b"}

    # The mapping is the whole memory, of which the store has a folder.
    async def set(self, store, key, value):
        store._store_dict[f"a/b/{key}"] = value

    async def get(self, store, key):
        return store._store_dict[f"a/b/{key}"]


class TestLocalStore(Harness):
    store_cls = LocalStore
    text = "LocalStore('file://"

    @pytest.fixture
    def store_kwargs(self, tmp_path):
        return {"root": tmp_path}

    def values(self, store):
        return Files(store.root)


class Engine:
    """A store through the engine, for places that have no simpler way in."""

    def __init__(self, store):
        self.store = store

    def __setitem__(self, key, value):
        self.store._handle.set(key, value.to_bytes())

    def __getitem__(self, key):
        return Buffer.from_bytes(self.store._handle.get(key))


class TestZipStore(Harness):
    store_cls = ZipStore
    text = "ZipStore('zip://"

    @pytest.fixture(params=["path", "key", "s3"])
    def store_kwargs(self, request, tmp_path):
        if request.param == "path":
            return {"path": tmp_path / "a.zip", "mode": "w"}
        if request.param == "key":
            return {"path": StorePath(LocalStore(tmp_path), "k/a.zip"), "mode": "w"}
        s3 = request.getfixturevalue("s3")
        return {"path": StorePath(ObjectStore(zarr.store.S3Store(s3.bucket, **s3.options())), "k/a.zip"), "mode": "w"}

    def values(self, store):
        return Engine(store)


class Wrapped(Harness):
    """A wrapper around a folder: made with a store, opened with the store's class."""

    options: dict = {}

    @pytest.fixture
    def store_kwargs(self, tmp_path):
        return {"store": LocalStore(tmp_path), **self.options}

    @pytest.fixture
    def open_kwargs(self, tmp_path):
        return {"store_cls": LocalStore, "root": tmp_path}

    def values(self, store):
        return Files(store._store.root)


class TestWrapperStore(Wrapped):
    store_cls = WrapperStore
    text = "WrapperStore(LocalStore, 'file://"

    def test_store_repr(self, store):
        assert repr(store).startswith(self.text)
        assert str(store) == f"wrapping-{store._store}"


class TestLatencyStore(TestWrapperStore):
    store_cls = LatencyStore
    options = {"get_latency": 0.001, "set_latency": (0.0005, 0.0001)}


class TestLoggingStore(Wrapped):
    store_cls = LoggingStore
    text = "LoggingStore(LocalStore, 'file://"

    def test_store_repr(self, store):
        assert repr(store).startswith(self.text)
        assert str(store) == f"logging-{store._store}"
