"""Neighbours of the tutorial that its users also had (rows X)."""

import multiprocessing
import threading

import numcodecs
import numpy as np
import pytest

import zarrust as zarr
from storage import servers
from zarrust.storage import MemoryStore


@pytest.fixture
def redis_port(tmp_path):
    with servers.redis(tmp_path) as port:
        yield port


def test_x_01_redis_store(redis_port):
    redis = pytest.importorskip("redis", reason="the client of Redis is not installed")
    store = zarr.RedisStore(port=redis_port)
    root = zarr.group(store=store)
    z = root.zeros("foo/bar", shape=(1000, 1000), chunks=(100, 100), dtype="i4")
    z[:] = 42
    again = zarr.group(store=zarr.RedisStore(port=redis_port))
    np.testing.assert_array_equal(again["foo/bar"][:], np.full((1000, 1000), 42))
    with redis.Redis(port=redis_port) as client:
        assert sum(b"foo/bar/c/" in key for key in client.scan_iter()) == 100
    store.close()
    again.store.close()


def test_x_02_mongodb_store(monkeypatch):
    pymongo = pytest.importorskip("pymongo", reason="the client of MongoDB is not installed")
    mongomock = pytest.importorskip("mongomock", reason="neither a MongoDB server nor mongomock is installed")
    monkeypatch.setattr(pymongo, "MongoClient", mongomock.MongoClient)
    store = zarr.MongoDBStore("localhost")
    root = zarr.group(store=store)
    z = root.zeros("foo/bar", shape=(100, 100), chunks=(10, 10), dtype="i4")
    z[:] = 42
    np.testing.assert_array_equal(zarr.group(store=store)["foo/bar"][:], np.full((100, 100), 42))
    store.close()


def test_x_03_lru_store_cache():
    store = MemoryStore()
    zarr.group(store=store).array("x", np.arange(5))
    cache = zarr.LRUStoreCache(store, max_size=2**28)
    root = zarr.group(store=cache)
    np.testing.assert_array_equal(root["x"][:], np.arange(5))
    store.clear()
    np.testing.assert_array_equal(root["x"][:], np.arange(5))


def together(count, work):
    """Run work(0) … work(count - 1) in threads that start at the same time."""
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait()
        work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_x_04_threads_that_write_into_shared_chunks_lose_nothing():
    z = zarr.zeros(1000, chunks=100, dtype="i4", synchronizer=zarr.ThreadSynchronizer())
    together(4, lambda number: [z.set_basic_selection(slice(i, i + 1), number + 1) for i in range(number, 1000, 4)])
    np.testing.assert_array_equal(z[:], np.arange(1000) % 4 + 1)


def write_every_fourth(number):
    synchronizer = zarr.ProcessSynchronizer("data/example.sync")
    z = zarr.open_array("data/example", mode="r+", synchronizer=synchronizer)
    for i in range(number, 200, 4):
        z[i] = number + 1


def test_x_05_processes_that_write_into_shared_chunks_lose_nothing():
    synchronizer = zarr.ProcessSynchronizer("data/example.sync")
    z = zarr.open_array("data/example", mode="w", shape=200, chunks=50, dtype="i4", synchronizer=synchronizer)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(write_every_fourth, range(4), chunksize=1)
    np.testing.assert_array_equal(z[:], np.arange(200) % 4 + 1)


def test_x_06_copy():
    source, dest = zarr.group(), zarr.group()
    source.array("foo/bar", np.arange(5))
    source["foo"].attrs["k"] = 1
    copied, skipped, size = zarr.copy(source["foo"], dest)
    assert (copied, skipped, dest["foo"].attrs["k"]) == (2, 0, 1)
    assert size > 0
    np.testing.assert_array_equal(dest["foo/bar"][:], np.arange(5))


def test_x_07_copy_all():
    source, dest = zarr.group(), zarr.group()
    source.array("foo/bar", np.arange(5))
    source.create_group("baz")
    zarr.copy_all(source, dest)
    assert sorted(dest) == ["baz", "foo"]
    np.testing.assert_array_equal(dest["foo/bar"][:], np.arange(5))


def test_x_08_copy_store():
    store1, store2 = MemoryStore(), MemoryStore()
    zarr.group(store1).array("a", np.arange(5))
    zarr.copy_store(store1, store2)
    assert {key: store1[key] for key in store1} == {key: store2[key] for key in store2}
    assert sorted(store2) == ["a/c/0", "a/zarr.json", "zarr.json"]


def test_x_09_several_arrays_are_saved_and_loaded():
    a1, a2 = np.arange(3), np.arange(4)
    zarr.save("e.zarr", foo=a1, bar=a2)
    loader = zarr.load("e.zarr")
    assert sorted(loader) == ["bar", "foo"]
    np.testing.assert_array_equal(loader["foo"], a1)
    np.testing.assert_array_equal(loader["bar"], a2)


TEXT = np.array(["ab", "čde", "", "f" * 100] * 3, dtype=object)


@pytest.mark.parametrize("codec", [numcodecs.VLenUTF8(), numcodecs.JSON()], ids=lambda codec: codec.codec_id)
def test_x_10_an_object_codec(codec):
    z = zarr.array(TEXT, chunks=5, dtype=object, object_codec=codec)
    assert list(z[:]) == list(TEXT)
    assert z.filters[0] == codec


def test_x_11_strings():
    z = zarr.array(TEXT, chunks=5, dtype=str)
    assert list(z[:]) == list(TEXT)


def test_x_12_consolidated_metadata():
    store = MemoryStore()
    zarr.group(store).array("a", np.arange(5))
    zarr.consolidate_metadata(store)
    root = zarr.open_consolidated(store)
    assert list(root) == ["a"]
    np.testing.assert_array_equal(root["a"][:], np.arange(5))


@pytest.mark.parametrize("name", ["NestedDirectoryStore", "TempStore", "FSStore"])
def test_x_13_stores_of_folders(name):
    cls = getattr(zarr.storage, name)
    store = cls() if name == "TempStore" else cls("n")
    root = zarr.group(store=store)
    root.array("x", np.arange(5))
    np.testing.assert_array_equal(zarr.open_group(store)["x"][:], np.arange(5))


def test_x_14_tree_at_the_top_level():
    group = zarr.group()
    group.create_group("a").zeros("b", shape=(2,))
    with pytest.warns(zarr.errors.ZarrDeprecationWarning, match="Group.tree"):
        tree = zarr.tree(group)
    assert str(tree) == str(group.tree())
