"""Version 2's stores over databases: the libraries find what they keep, which survives closing, forks and pickles."""

import asyncio
import dbm.dumb
import multiprocessing
import pickle
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import zarrust as zarr
from storage import servers
from storage.test_harness import Engine, Harness
from zarrust.storage import DBMStore, LMDBStore, LRUStoreCache, MongoDBStore, RedisStore, SQLiteStore


class Database(Harness):
    """The harness for a store over a database, and what databases have beside."""

    def values(self, store):
        return Engine(store)

    def test_an_array_survives_closing_and_other_threads(self, store):
        z = zarr.create_group(store).zeros("foo/bar", shape=(100, 100), chunks=(10, 10), dtype="i4")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda row: z.__setitem__(row, row), range(100)))
        store.close()
        expected = np.repeat(np.arange(100), 100).reshape(100, 100)
        np.testing.assert_array_equal(zarr.open_group(store)["foo/bar"][:], expected)

    def test_a_child_and_a_pickle_read(self, store):
        store["k"] = b"1"
        store.flush()
        assert pickle.loads(pickle.dumps(store))["k"] == b"1"
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.map(store.__getitem__, ["k"]) == [b"1"]

    def test_keys_with_letters_that_mean_something_elsewhere(self, store):
        for key in ("a%/x", "a_/x", "a*/x", "a[b]/x", "ü/x"):
            store[key] = b"1"
        assert list(store.list_prefix("a*/")) == ["a*/x"]
        assert list(store.list_prefix("a[b]/")) == ["a[b]/x"]
        assert sorted(store.list_dir()) == sorted(["a%", "a_", "a*", "a[b]", "ü"])

    # Whether keys come by pages, and whether the size of a value is known without it.
    by_pages = measures = True

    def test_the_first_key_costs_no_more_than_what_is_handed_out_with_it(self, store, monkeypatch):
        wanted = [f"k/{number % 7}/{number}" for number in range(2500)]
        store._handle.set_many([(key, b"123") for key in [*wanted, "j", "k0", "ka/b"]])
        table, asked = store._connection.table, []
        page = table.page
        monkeypatch.setattr(table, "page", lambda *given: asked.append(given) or page(*given))
        for listed in (store.list_prefix("k/"), store.list(), store):
            asked.clear()
            keys = iter(listed)
            next(keys)
            # A page of Redis may be shorter than it was asked to be; all of the keys are three or more.
            assert len(asked) <= 2 or not self.by_pages
        assert sorted(store.list_prefix("k/")) == sorted(wanted)
        assert sorted(store) == sorted([*wanted, "j", "k0", "ka/b"])
        assert sorted(store.list_dir("k")) == [*"0123456"]
        assert sorted(asyncio.run(awaited(store.list_prefix("k/3/")))) == sorted(k for k in wanted if k[2] == "3")

    def test_a_listing_goes_on_when_the_store_is_closed_and_written_to(self, store):
        wanted = {f"k/{number:04}" for number in range(2500)}
        store._handle.set_many([(key, b"1") for key in wanted])
        found = set()
        for key in store.list_prefix("k/"):
            found.add(key)
            if len(found) == 10:
                store.close()
            if len(found) % 100 == 0:
                store["other"] = b"2"
                del store[key]
        assert found == wanted

    def test_sizes_are_known_without_the_values(self, store, monkeypatch):
        store._handle.set_many([(f"k/{number}", bytes(number)) for number in range(1200)])
        store["none"] = b""
        if self.measures:
            monkeypatch.setattr(store._connection.table, "read", None)
        assert asyncio.run(store.getsize_prefix("k")) == sum(range(1200))
        assert asyncio.run(store.getsize_prefix("")) == sum(range(1200))
        assert asyncio.run(store.getsize("k/7")) == 7
        assert "k/0" in store
        assert "none" in store
        assert "k" not in store
        with pytest.raises(FileNotFoundError):
            asyncio.run(store.getsize("k"))


async def awaited(keys):
    """Every key of a listing, by ``async for``."""
    return [key async for key in keys]


class TestSQLiteStore(Database):
    store_cls = SQLiteStore
    text = "SQLiteStore('sqlite://"

    @pytest.fixture
    def store_kwargs(self, tmp_path):
        return {"path": tmp_path / "folder" / "example.sqldb"}

    def test_the_table_is_version_2s(self, store):
        store["a/b"] = b"1"
        store.close()
        rows = sqlite3.connect(store.path).execute("SELECT k, v FROM zarr").fetchall()
        assert rows == [("a/b", b"1")]


class TestDBMStore(Database):
    store_cls = DBMStore
    text = "DBMStore('dbm://"
    by_pages = measures = False

    # The one of the family that every Python has, and that takes a second reader beside a writer.
    @pytest.fixture
    def store_kwargs(self, tmp_path):
        return {"path": tmp_path / "folder" / "example.db", "open": dbm.dumb.open}


def test_what_dbm_finds_best_is_the_default(tmp_path):
    store = DBMStore(tmp_path / "example.db", flag="n")
    store["k"] = b"1"
    store.close()
    with dbm.open(str(tmp_path / "example.db")) as database:
        assert database[b"k"] == b"1"
    assert store["k"] == b"1"
    store.close()
    reading = DBMStore(tmp_path / "example.db", "r")
    assert reading.read_only
    assert reading["k"] == b"1"
    reading.close()


class TestLMDBStore(Database):
    store_cls = LMDBStore
    text = "LMDBStore('lmdb://"

    @pytest.fixture
    def store_kwargs(self, tmp_path):
        pytest.importorskip("lmdb", reason="the package lmdb is not installed")
        return {"path": tmp_path / "folder" / "example.lmdb", "map_size": 1 << 26}

    def test_the_keys_are_the_environments(self, store):
        import lmdb

        store["a/b"] = b"1"
        store.close()
        with lmdb.open(store.path, readonly=True) as environment, environment.begin() as transaction:
            assert transaction.get(b"a/b") == b"1"


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory):
    """Port of a Redis server on this machine."""
    pytest.importorskip("redis", reason="the package redis is not installed")
    with servers.redis(tmp_path_factory.mktemp("redis")) as port:
        yield port


class TestRedisStore(Database):
    store_cls = RedisStore
    text = "RedisStore('redis://"

    @pytest.fixture
    def store_kwargs(self, redis_port, request):
        kwargs = {"prefix": f"zarr*[{request.node.name}", "port": redis_port}
        yield kwargs
        RedisStore(**kwargs).clear()

    def test_a_second_client_finds_the_keys(self, store, redis_port):
        import redis

        store["a/b"] = b"1"
        with redis.Redis(port=redis_port) as client:
            assert client.get(f"{store._prefix}:a/b") == b"1"


def test_mongodb_store_says_where_it_looks_without_passwords():
    pytest.importorskip("pymongo", reason="the package pymongo is not installed")
    store = MongoDBStore(host="mongodb://user:secret@127.0.0.1", port=1, serverSelectionTimeoutMS=10)
    assert str(store) == "mongodb://127.0.0.1:1/mongodb_zarr/zarr_collection"
    assert pickle.loads(pickle.dumps(store)) == store
    from pymongo.errors import ServerSelectionTimeoutError

    with pytest.raises(ServerSelectionTimeoutError):
        store["k"]
    store.close()


class TestMongoDBStore(Database):
    store_cls = MongoDBStore
    text = "MongoDBStore('mongodb://"

    @pytest.fixture
    def store_kwargs(self, request, tmp_path):
        pymongo = pytest.importorskip("pymongo", reason="the package pymongo is not installed")
        program, port = servers.needed("mongod"), servers.free_port()
        with servers.running([program, "--dbpath", str(tmp_path), "--port", str(port), "--bind_ip", "127.0.0.1"], port):
            pymongo.MongoClient(port=port).admin.command("ping")
            yield {"host": "127.0.0.1", "port": port}


def test_memory_of_sqlite_is_this_process_alone():
    store = SQLiteStore(":memory:")
    store["k"] = b"1"
    assert store.with_read_only(True)["k"] == b"1"
    assert store != SQLiteStore(":memory:")
    with pytest.raises(TypeError, match="in memory"):
        pickle.dumps(store)


def test_an_lru_cache_answers_when_the_store_behind_it_is_emptied():
    behind = {}
    store = LRUStoreCache(behind, max_size=2**20)
    z = zarr.create_array(store, data=np.arange(100), chunks=(10,))
    z[:]
    misses = store.misses
    behind.clear()
    np.testing.assert_array_equal(z[:], np.arange(100))
    np.testing.assert_array_equal(zarr.open_array(store)[:5], np.arange(5))
    assert store.misses == misses
    assert store.hits > 0
    store.invalidate()
    np.testing.assert_array_equal(z[:], np.zeros(100))
