"""Stores that users write in Python."""

import asyncio

import numpy as np
import pytest

import zarrust as zarr
from zarrust import loop
from zarrust.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarrust.buffer import Buffer
from zarrust.storage import LocalStore


def cut(value, byte_range):
    match byte_range:
        case None:
            return value
        case RangeByteRequest(start, end):
            return value[start:end]
        case OffsetByteRequest(offset):
            return value[offset:]
        case SuffixByteRequest(suffix):
            return value[-suffix:]


class SmallStore(Store):
    """The least that a store is."""

    def __init__(self):
        super().__init__()
        self.values = {}

    async def get(self, key, prototype=None, byte_range=None):
        await asyncio.sleep(0)
        value = self.values.get(key)
        return None if value is None else Buffer.from_bytes(cut(value, byte_range))

    async def set(self, key, value):
        self.values[key] = value.to_bytes()

    async def delete(self, key):
        self.values.pop(key, None)

    async def list(self):
        for key in list(self.values):
            yield key


class ErasingStore(SmallStore):
    """A store that has the old name of delete, no `super().__init__`, and a list that is a coroutine of a list."""

    def __init__(self):
        self.values = {}

    delete = Store.delete

    async def erase(self, key):
        self.values.pop(key, None)


class FailingStore(SmallStore):
    """A store that fails as its user made it fail."""

    async def get(self, key, prototype=None, byte_range=None):
        if "c/" in key:
            raise ZeroDivisionError("mine")
        return await super().get(key, prototype, byte_range)


@pytest.mark.parametrize("cls", [SmallStore, ErasingStore])
@pytest.mark.parametrize("shards", [None, (4, 4)])
def test_a_small_store_is_enough(cls, shards):
    store = cls()
    root = zarr.create_group(store)
    data = np.arange(64).reshape(8, 8)
    root.create_array("a/x", data=data, chunks=(2, 2), shards=shards)
    root.attrs["k"] = 1
    again = zarr.open_group(store)
    np.testing.assert_array_equal(again["a/x"][1:7, ::3], data[1:7, ::3])
    assert list(again) == ["a"]
    assert str(again.tree()) == "/\n└── a\n    └── x (8, 8) int64\n"
    del again["a"]
    assert list(store) == ["zarr.json"]


def test_the_store_works_inside_of_a_running_loop():
    async def main():
        store = SmallStore()
        z = zarr.create_array(store, data=np.arange(4))
        return z[:].tolist(), (await z.async_array.getitem(...)).tolist()

    assert asyncio.run(main()) == ([0, 1, 2, 3], [0, 1, 2, 3])
    assert asyncio.run(main()) == ([0, 1, 2, 3], [0, 1, 2, 3])


def test_a_users_exception_comes_out_unchanged():
    store = FailingStore()
    z = zarr.create_array(store, shape=(4,), dtype="i4")
    with pytest.raises(ZeroDivisionError, match="mine"):
        z[:2]


class LoggingStore(LocalStore):
    """A store of the package with one method changed by a user."""

    async def get(self, key, prototype=None, byte_range=None):
        self.log.append(key)
        return await super().get(key, prototype, byte_range)


def test_a_method_that_a_subclass_overrides_is_called(tmp_path):
    store = LoggingStore(tmp_path)
    store.log = []
    z = zarr.create_array(store, data=np.arange(4), chunks=(2,))
    store.log.clear()
    np.testing.assert_array_equal(z[:], np.arange(4))
    assert sorted(store.log) == ["c/0", "c/1"]


def test_defaults_stand_on_get_set_and_list():
    async def main():
        store = SmallStore()
        await store.set("a/b", Buffer.from_bytes(b"123"))
        await store.set_if_not_exists("a/b", Buffer.from_bytes(b"no"))
        assert await store.exists("a/b")
        assert await store.getsize("a/b") == 3
        assert await store.getsize_prefix("a") == 3
        assert [name async for name in store.list_dir("")] == ["a"]
        assert not await store.is_empty("a")
        await store.clear()
        assert await store.is_empty("")

    asyncio.run(main())


def test_the_interface_itself_is_no_store():
    with pytest.raises(TypeError, match="abstract"):
        Store()


def test_waiting_on_the_loop_from_the_loop_is_an_error():
    async def inner():
        return 1

    async def outer():
        return loop.run(inner())

    with pytest.raises(RuntimeError, match="asynchronous API"):
        loop.run(outer())
    assert loop.run(inner()) == 1


class MeetingStore(SmallStore):
    """A store whose reads wait for each other: one alone never ends."""

    meeting: asyncio.Barrier | None = None

    async def get(self, key, prototype=None, byte_range=None):
        if self.meeting is not None:
            await asyncio.wait_for(self.meeting.wait(), timeout=30)
        return await super().get(key, prototype, byte_range)


def test_coroutines_of_a_store_are_waited_for_side_by_side():
    store = MeetingStore()
    size = 1 << 18
    z = zarr.create_array(store, data=np.arange(size), chunks=(size // 4,), compressors=None)
    store.meeting = asyncio.Barrier(4)
    np.testing.assert_array_equal(z[:], np.arange(size))


class OpeningStore(SmallStore):
    """A store that takes a while to open, and bears it once."""

    async def _open(self):
        await asyncio.sleep(0.02)
        await super()._open()


def test_a_store_is_opened_once_by_many_who_come_at_once():
    store = OpeningStore()
    zarr.create_array(store, data=np.arange(64), chunks=(1,))
    for _ in range(5):
        store.close()
        np.testing.assert_array_equal(zarr.open_array(store, zarr_format=3)[:], np.arange(64))
        store.close()
        zarr.open(store, zarr_format=2, mode="a", path="b", shape=(1,))


def test_documents_of_members_are_waited_for_side_by_side():
    store = MeetingStore()
    group = zarr.create_group(store)
    for name in "abcd":
        group.create_group(name)
    store.meeting = asyncio.Barrier(4)
    assert sorted(group.group_keys()) == [*"abcd"]
