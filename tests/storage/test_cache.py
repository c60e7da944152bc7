"""`CacheStore`: what it keeps, and that it is never stale by its own doing."""

import asyncio
import pickle

import numpy as np
import pytest

import zarrust as zarr
from zarrust import loop
from zarrust.abc.store import RangeByteRequest
from zarrust.buffer.cpu import Buffer
from zarrust.experimental.cache_store import CacheStore
from zarrust.storage import LoggingStore, MemoryStore, ZipStore


def of(data):
    return Buffer.from_bytes(data)


@pytest.fixture
def inner():
    return LoggingStore(MemoryStore())


@pytest.fixture
def store(inner):
    return CacheStore(inner, cache_store=MemoryStore())


def test_a_second_read_asks_the_cache_alone(store, inner):
    z = zarr.create_array(store, data=np.arange(64).reshape(8, 8), chunks=(2, 2), shards=(8, 8))
    z[:2, :2]
    inner.counter.clear()
    np.testing.assert_array_equal(z[:2, :2], [[0, 1], [8, 9]])
    assert inner.counter["get"] == 0
    assert store.cache_stats()["hits"] > 0


def test_parts_are_kept_and_whole_values_answer_for_their_parts(inner):
    store = CacheStore(inner, cache_store=MemoryStore(), cache_set_data=False)
    store["k"] = b"0123456789"
    part = RangeByteRequest(2, 4)
    for _ in range(2):
        assert loop.run(store.get("k", None, part)) == of(b"23")
    assert inner.counter["get"] == 1
    assert store["k"] == b"0123456789"
    assert loop.run(store.get("k", None, RangeByteRequest(5, 7))) == of(b"56")
    assert inner.counter["get"] == 2
    assert store.cache_info()["current_size"] == 12


@pytest.mark.parametrize("change", ["set", "delete", "delete_dir", "clear", "set_if_not_exists"])
def test_a_change_through_the_store_is_seen(store, change):
    async def main():
        await store.set("a/k", of(b"old"))
        await store.get("a/k", None, RangeByteRequest(0, 1))
        arguments = {"set": ("a/k", of(b"new")), "delete": ("a/k",), "delete_dir": ("a",)}
        await getattr(store, change)(*arguments.get(change, () if change == "clear" else ("a/k", of(b"x"))))
        return await store.get("a/k"), await store.get("a/k", None, RangeByteRequest(0, 1))

    expected = {"set": (of(b"new"), of(b"n")), "set_if_not_exists": (of(b"old"), of(b"o"))}
    assert asyncio.run(main()) == expected.get(change, (None, None))


def test_what_was_used_longest_ago_makes_room_and_large_values_are_not_kept(inner):
    store = CacheStore(inner, cache_store=MemoryStore(), max_size=10)
    for key in "abc":
        store[key] = b"1234"
    assert list(store._cache) == ["b", "c"]
    store["large"] = b"1" * 11
    assert "large" not in store._cache
    assert store["large"] == b"1" * 11
    assert store.cache_stats()["evictions"] == 1
    assert store.cache_info()["current_size"] == 8


def test_old_values_are_read_again(inner):
    store = CacheStore(inner, cache_store=MemoryStore(), max_age_seconds=0)
    store["k"] = b"1"
    inner._store["k"] = b"2"
    assert store["k"] == b"2"


def test_a_twin_shares_the_cache_and_pickles_travel(store):
    store["k"] = b"1"
    twin = store.with_read_only(True)
    assert twin.read_only
    assert twin._state is store._state
    plain = CacheStore(MemoryStore(), cache_store=MemoryStore())
    plain["k"] = b"1"
    assert pickle.loads(pickle.dumps(plain))["k"] == b"1"


def test_wrong_settings_are_refused(inner, tmp_path):
    with pytest.raises(ValueError, match="must be 'infinity'"):
        CacheStore(inner, cache_store=MemoryStore(), max_age_seconds="forever")
    with pytest.raises(ValueError, match="does not support deletes"):
        CacheStore(inner, cache_store=ZipStore(tmp_path / "a.zip", mode="w"))


class Held(MemoryStore):
    """A store whose calls of one kind wait at a gate once they have read or written."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.gates = kind, []

    async def _through(self):
        gate = asyncio.Event()
        self.gates.append(gate)
        await asyncio.wait_for(gate.wait(), 30)

    async def get(self, key, prototype=None, byte_range=None):
        value = await super().get(key, prototype, byte_range)
        if self.kind == "get":
            await self._through()
        return value

    async def set(self, key, value):
        await super().set(key, value)
        if self.kind == "set":
            await self._through()


async def until(gates, count):
    while len(gates) < count:
        await asyncio.sleep(0)


@pytest.mark.parametrize("change", ["set", "delete", "delete_dir", "clear"])
@pytest.mark.parametrize("part", [None, RangeByteRequest(0, 3)])
def test_a_value_that_was_read_before_a_write_is_not_kept_after_it(change, part):
    async def main():
        inner = Held("")
        store = CacheStore(inner, cache_store=MemoryStore())
        await inner.set("a/k", of(b"old"))
        inner.kind = "get"
        reading = asyncio.create_task(store.get("a/k", None, part))
        await until(inner.gates, 1)
        inner.kind = ""
        arguments = {"set": ("a/k", of(b"new")), "delete": ("a/k",), "delete_dir": ("a",), "clear": ()}[change]
        await getattr(store, change)(*arguments)
        inner.gates[0].set()
        assert await reading == of(b"old"), "as it was when it was asked for"
        return await store.get("a/k", None, part), store._state.busy

    value, busy = asyncio.run(main())
    assert value == (of(b"new") if change == "set" else None)
    assert busy == {}


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_writers_at_once_the_cache_keeps_no_loser(first):
    async def main():
        inner = Held("set")
        store = CacheStore(inner, cache_store=MemoryStore())
        writers = []
        for value in (b"one", b"two"):
            writers.append(asyncio.create_task(store.set("k", of(value))))
            await until(inner.gates, len(writers))
        # The store has the second value; the writers learn of it in either order.
        for turn in (first, 1 - first):
            inner.gates[turn].set()
            await writers[turn]
        return await store.get("k")

    assert asyncio.run(main()) == of(b"two")
