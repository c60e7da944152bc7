"""Tests that every store passes, and a slow store to try programs on.

Subclass `StoreTests` for a store of your own, in a project with pytest-asyncio in its ``auto`` mode.
"""

from __future__ import annotations

import asyncio
import pickle
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import pytest

from zarrust.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
    SupportsDeleteSync,
    SupportsGetSync,
    SupportsSetSync,
)
from zarrust.buffer.cpu import Buffer, BufferPrototype, default_buffer_prototype
from zarrust.storage.wrapper import WrapperStore
from zarrust.testing.utils import assert_bytes_equal

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Iterable, Sequence

__all__ = ["LatencyStore", "StoreTests"]

S = TypeVar("S", bound=Store)
B = TypeVar("B", bound=Buffer)

READ_ONLY = "store was opened in read-only mode and does not support writing"
FOUR = b"\x01\x02\x03\x04"
RANGES = [None, RangeByteRequest(1, 4), OffsetByteRequest(1), SuffixByteRequest(1)]


async def _listed(keys: AsyncIterator[str]) -> list[str]:
    return sorted([key async for key in keys])


class StoreTests(Generic[S, B]):
    """Tests of the interface of a store; every test gets a new, empty one.

    A subclass sets ``store_cls`` and ``buffer_cls``, has a fixture ``store_kwargs``, reads and writes values behind the
    store's back in `get` and `set`, and has tests of its own for the three abstract ones.
    """

    store_cls: type[S]
    buffer_cls: type[B]

    @abstractmethod
    async def set(self, store: S, key: str, value: Buffer) -> None:
        """Put a value where the store has its values, without the store."""

    @abstractmethod
    async def get(self, store: S, key: str) -> Buffer:
        """Return a value from where the store has its values, without the store."""

    @abstractmethod
    @pytest.fixture
    def store_kwargs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return what ``store_cls`` is called with."""

    @abstractmethod
    def test_store_repr(self, store: S) -> None:
        """The text of the store."""

    @abstractmethod
    def test_store_supports_writes(self, store: S) -> None:
        """Whether the store can be written to."""

    @abstractmethod
    def test_store_supports_listing(self, store: S) -> None:
        """Whether the store can list."""

    @pytest.fixture
    def open_kwargs(self, store_kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return what ``store_cls.open`` is called with."""
        return store_kwargs

    @pytest.fixture
    async def store(self, open_kwargs: dict[str, Any]) -> Store:
        """Return an open store."""
        return await self.store_cls.open(**open_kwargs)

    @pytest.fixture
    async def store_not_open(self, store_kwargs: dict[str, Any]) -> Store:
        """Return a store that nobody has opened."""
        return self.store_cls(**store_kwargs)

    def _buffer(self, data: bytes) -> B:
        return self.buffer_cls.from_bytes(data)

    # What a store cannot do is not asked of it.

    def _needs_writes(self, store: Store) -> None:
        if not store.supports_writes:
            pytest.skip("store does not support writes")

    def _needs_deletes(self, store: Store) -> None:
        if not store.supports_deletes:
            pytest.skip("store does not support deletes")

    def _needs_listing(self, store: Store) -> None:
        if not store.supports_listing:
            pytest.skip("store does not support listing")

    # What a store is

    def test_store_type(self, store: S) -> None:
        """The fixture gives a store of the class under test."""
        assert isinstance(store, Store)
        assert isinstance(store, self.store_cls)

    def test_store_eq(self, store: S, store_kwargs: dict[str, Any]) -> None:
        """Stores made alike are equal."""
        again = store
        assert store == again
        assert store == self.store_cls(**store_kwargs)

    async def test_serializable_store(self, store: S) -> None:
        """A store comes out of a pickle equal, and the original works on."""
        copied: S = pickle.loads(pickle.dumps(store))
        assert copied == store
        assert copied.read_only == store.read_only
        self._needs_writes(store)
        await store.set("foo", self._buffer(FOUR))
        assert_bytes_equal(await store.get("foo", default_buffer_prototype()), FOUR)

    def test_store_supports_partial_writes(self, store: S) -> None:
        """No store writes parts."""
        assert not store.supports_partial_writes

    def test_store_read_only(self, store: S) -> None:
        """``read_only`` is False, and fixed."""
        assert not store.read_only
        with pytest.raises(AttributeError):
            store.read_only = False  # type: ignore[misc]

    @pytest.mark.parametrize("read_only", [True, False])
    async def test_store_open_read_only(self, open_kwargs: dict[str, Any], read_only: bool) -> None:
        """Opening takes ``read_only``."""
        store = await self.store_cls.open(**(open_kwargs | {"read_only": read_only}))
        assert store._is_open
        assert store.read_only == read_only

    async def test_store_context_manager(self, open_kwargs: dict[str, Any]) -> None:
        """A block closes the store, which cannot be opened twice."""
        with await self.store_cls.open(**open_kwargs) as store:
            assert store._is_open
            with pytest.raises(ValueError, match="store is already open"):
                await store._open()
        assert not store._is_open

    async def _assert_refuses(self, store: Store) -> None:
        with pytest.raises(ValueError, match=READ_ONLY):
            await store.set("foo", self._buffer(b"bar"))
        with pytest.raises(ValueError, match=READ_ONLY):
            await store.delete("foo")

    async def test_read_only_store_raises(self, open_kwargs: dict[str, Any]) -> None:
        """A read-only store refuses to write and to delete."""
        store = await self.store_cls.open(**(open_kwargs | {"read_only": True}))
        assert store.read_only
        await self._assert_refuses(store)

    async def test_with_read_only_store(self, open_kwargs: dict[str, Any]) -> None:
        """A twin with another ``read_only`` leaves the store as it is."""
        store = await self.store_cls.open(**(open_kwargs | {"read_only": True}))
        try:
            writer = store.with_read_only(read_only=False)
        except NotImplementedError:
            expected = f"with_read_only is not implemented for the {type(store)} store type."
            with pytest.raises(NotImplementedError, match=expected):
                store.with_read_only(read_only=False)
            return
        assert not writer._is_open
        assert not writer.read_only
        await writer.set("foo", self._buffer(b"bar"))
        await writer.delete("foo")
        reader = store.with_read_only(read_only=True)
        assert reader.read_only
        for refusing in (store, reader):
            await self._assert_refuses(refusing)

    # Values

    @pytest.mark.parametrize("key", ["c/0", "foo/c/0.0", "foo/0/0"])
    @pytest.mark.parametrize(("data", "byte_range"), [*((FOUR, byte_range) for byte_range in RANGES), (b"", None)])
    async def test_get(self, store: S, key: str, data: bytes, byte_range: ByteRequest | None) -> None:
        """A value is read, whole or in part."""
        await self.set(store, key, self._buffer(data))
        found = await store.get(key, prototype=default_buffer_prototype(), byte_range=byte_range)
        assert_bytes_equal(found, Store.cut(data, byte_range))

    async def test_get_not_open(self, store_not_open: S) -> None:
        """Reading opens a store."""
        assert not store_not_open._is_open
        await self.set(store_not_open, "c/0", self._buffer(FOUR))
        assert_bytes_equal(await store_not_open.get("c/0", prototype=default_buffer_prototype()), FOUR)

    async def test_get_raises(self, store: S) -> None:
        """A range that is none of the requests is refused."""
        await self.set(store, "c/0", self._buffer(FOUR))
        wrong: Any = (0, 2)
        with pytest.raises((ValueError, TypeError), match=r"Unexpected byte_range, got.*"):
            await store.get("c/0", prototype=default_buffer_prototype(), byte_range=wrong)

    async def test_get_many(self, store: S) -> None:
        """Several values are read in one call."""
        values = {str(number): f"{number}".encode() for number in range(10)}
        for key, value in values.items():
            await self.set(store, key, self._buffer(value))
        asked = [(key, default_buffer_prototype(), None) for key in values]
        found = {key: None if value is None else value.to_bytes() async for key, value in store._get_many(asked)}
        assert found == values

    @pytest.mark.parametrize("key", ["zarr.json", "c/0", "foo/c/0.0", "foo/0/0"])
    @pytest.mark.parametrize("data", [FOUR, b""])
    async def test_set(self, store: S, key: str, data: bytes) -> None:
        """A value that is set is there."""
        self._needs_writes(store)
        await store.set(key, self._buffer(data))
        assert_bytes_equal(await self.get(store, key), data)

    async def test_set_not_open(self, store_not_open: S) -> None:
        """Writing opens a store."""
        self._needs_writes(store_not_open)
        assert not store_not_open._is_open
        await store_not_open.set("c/0", self._buffer(FOUR))
        assert_bytes_equal(await self.get(store_not_open, "c/0"), FOUR)

    async def test_set_many(self, store: S) -> None:
        """Several values are set in one call."""
        self._needs_writes(store)
        values = {key: self._buffer(key.encode()) for key in ["zarr.json", "c/0", "foo/c/0.0", "foo/0/0"]}
        await store._set_many(values.items())
        for key, value in values.items():
            assert_bytes_equal(await self.get(store, key), value)

    async def test_set_if_not_exists(self, store: S) -> None:
        """A value that is there stays; one that is not is set."""
        self._needs_writes(store)
        await self.set(store, "k", self._buffer(b"0000"))
        for key, expected in (("k", b"0000"), ("k2", b"1111")):
            await store.set_if_not_exists(key, self._buffer(b"1111"))
            assert_bytes_equal(await store.get(key, default_buffer_prototype()), expected)

    @pytest.mark.parametrize(
        "key_ranges",
        [
            [],
            [("zarr.json", RangeByteRequest(0, 2))],
            [("c/0", RangeByteRequest(0, 2)), ("zarr.json", None)],
            [
                ("c/0/0", RangeByteRequest(0, 2)),
                ("c/0/1", SuffixByteRequest(2)),
                ("c/0/2", OffsetByteRequest(2)),
            ],
        ],
    )
    async def test_get_partial_values(self, store: S, key_ranges: list[tuple[str, ByteRequest | None]]) -> None:
        """Parts of several values are read in one call, in the order of the question."""
        for key, _ in key_ranges:
            await self.set(store, key, self._buffer(key.encode()))
        # Something that can be gone through once only is enough.
        found = await store.get_partial_values(default_buffer_prototype(), iter(key_ranges))
        assert len(found) == len(key_ranges)
        for value, (key, byte_range) in zip(found, key_ranges, strict=True):
            assert_bytes_equal(value, Store.cut(key.encode(), byte_range))

    @pytest.mark.parametrize("key", ["c/0", "foo/c/0.0", "foo/0/0"])
    @pytest.mark.parametrize("data", [FOUR, b""])
    async def test_getsize(self, store: S, key: str, data: bytes) -> None:
        """The size of a value."""
        await self.set(store, key, self._buffer(data))
        assert await store.getsize(key) == len(data)

    async def test_getsize_raises(self, store: S) -> None:
        """A value that is not there has no size."""
        with pytest.raises(FileNotFoundError):
            await store.getsize("c/1000")

    async def test_getsize_prefix(self, store: S) -> None:
        """The size of a folder, without a folder whose name starts alike."""
        self._needs_listing(store)
        self._needs_writes(store)
        keys = ["c/0/0", "c/0/1", "c/1/0", "c/1/1"]
        await store._set_many([(key, self._buffer(FOUR)) for key in [*keys, "cc/0"]])
        assert await store.getsize_prefix("c") == len(FOUR) * len(keys)

    # Keys

    async def test_exists(self, store: S) -> None:
        """Whether there is a value."""
        self._needs_writes(store)
        assert not await store.exists("foo")
        await store.set("foo/zarr.json", self._buffer(b"bar"))
        assert await store.exists("foo/zarr.json")

    async def test_delete(self, store: S) -> None:
        """A value that is deleted is gone."""
        self._needs_deletes(store)
        await store.set("foo/zarr.json", self._buffer(b"bar"))
        await store.delete("foo/zarr.json")
        assert not await store.exists("foo/zarr.json")

    async def test_delete_nonexistent_key_does_not_raise(self, store: S) -> None:
        """Deleting what is not there is no error."""
        self._needs_deletes(store)
        await store.delete("nonexistent_key")

    async def test_delete_dir(self, store: S) -> None:
        """A folder that is deleted takes no other along whose name starts alike."""
        self._needs_deletes(store)
        for key in ("zarr.json", "foo-bar/zarr.json", "foo/zarr.json", "foo/c/0"):
            await store.set(key, self._buffer(b"bar"))
        await store.delete_dir("foo")
        assert await _listed(store.list()) == ["foo-bar/zarr.json", "zarr.json"]

    async def test_is_empty(self, store: S) -> None:
        """Whether a folder has no keys, its name being all of a name."""
        self._needs_listing(store)
        assert await store.is_empty("")
        await self.set(store, "foo/bar", self._buffer(b"something"))
        found = {prefix: await store.is_empty(prefix) for prefix in ("", "fo", "foo/", "foo", "spam/")}
        assert found == {"": False, "fo": True, "foo/": False, "foo": False, "spam/": True}

    async def test_clear(self, store: S) -> None:
        """A store that is cleared is empty."""
        self._needs_listing(store)
        self._needs_deletes(store)
        await self.set(store, "key", self._buffer(b"something"))
        await store.clear()
        assert await store.is_empty("")

    async def _fill(self, store: Store, keys: Iterable[str]) -> None:
        await store._set_many([(key, self._buffer(b"")) for key in keys])

    async def test_list(self, store: S) -> None:
        """Every key is listed."""
        self._needs_listing(store)
        self._needs_writes(store)
        assert await _listed(store.list()) == []
        keys = ["foo/zarr.json", *(f"foo/c/{number}" for number in range(10))]
        await self._fill(store, keys)
        assert await _listed(store.list()) == sorted(keys)

    async def test_list_prefix(self, store: S) -> None:
        """The keys that start with a prefix are listed, whole."""
        self._needs_listing(store)
        self._needs_writes(store)
        keys = [f"{prefix}zarr.json" for prefix in ("", "a/", "a/b/", "a/b/c/")]
        await self._fill(store, keys)
        for prefix in ("", "a/", "a/b/", "a/b/c/"):
            assert await _listed(store.list_prefix(prefix)) == sorted(key for key in keys if key.startswith(prefix))

    async def test_list_empty_path(self, store: S) -> None:
        """The empty prefix is that of every key."""
        self._needs_listing(store)
        self._needs_writes(store)
        keys = ["foo/bar/c/1", "foo/bar/zarr.json", "foo/baz/c/0"]
        await self._fill(store, keys)
        assert await _listed(store.list()) == keys
        assert await _listed(store.list_prefix("")) == keys
        assert await _listed(store.list_prefix("foo/bar/")) == keys[:2]

    async def test_list_dir(self, store: S) -> None:
        """The names directly in a folder are listed, each once."""
        self._needs_listing(store)
        self._needs_writes(store)
        assert await _listed(store.list_dir("")) == []
        await self._fill(store, ["foo/zarr.json", "foo/c/1", "foo/bar/first", "foo/bar/second/zarr.json"])
        expected = {"": ["foo"], "foo": ["bar", "c", "zarr.json"], "foo/bar": ["first", "second"], "none": []}
        for prefix, names in expected.items():
            assert await _listed(store.list_dir(prefix)) == names
            if prefix:
                assert await _listed(store.list_dir(prefix + "/")) == names

    # Without a loop

    @staticmethod
    def _require_get_sync(store: Store) -> Any:
        if not isinstance(store, SupportsGetSync):
            pytest.skip("store does not implement SupportsGetSync")
        return store

    @staticmethod
    def _require_set_sync(store: Store) -> Any:
        if not isinstance(store, SupportsSetSync):
            pytest.skip("store does not implement SupportsSetSync")
        if not store.supports_writes:
            pytest.skip("store does not support writes")
        return store

    @staticmethod
    def _require_delete_sync(store: Store) -> Any:
        if not isinstance(store, SupportsDeleteSync):
            pytest.skip("store does not implement SupportsDeleteSync")
        if not store.supports_deletes:
            pytest.skip("store does not support deletes")
        return store

    def test_get_sync(self, store: S) -> None:
        """A value is read without a loop."""
        from zarrust import loop

        getter = self._require_get_sync(store)
        loop.run(_done(self.set(store, "sync_get", self._buffer(FOUR))))
        assert_bytes_equal(getter.get_sync("sync_get"), FOUR)

    def test_get_sync_missing(self, store: S) -> None:
        """A value that is not there is None."""
        assert self._require_get_sync(store).get_sync("nonexistent") is None

    def test_set_sync(self, store: S) -> None:
        """A value is set without a loop."""
        from zarrust import loop

        self._require_set_sync(store).set_sync("sync_set", self._buffer(FOUR))
        assert_bytes_equal(loop.run(_done(self.get(store, "sync_set"))), FOUR)

    def test_delete_sync(self, store: S) -> None:
        """A value is deleted without a loop."""
        deleter, setter = self._require_delete_sync(store), self._require_set_sync(store)
        setter.set_sync("sync_delete", self._buffer(FOUR))
        deleter.delete_sync("sync_delete")
        assert self._require_get_sync(store).get_sync("sync_delete") is None

    def test_delete_sync_missing(self, store: S) -> None:
        """Deleting what is not there is no error."""
        self._require_delete_sync(store).delete_sync("nonexistent_sync")

    @pytest.mark.parametrize("direction", ["set_async_get_sync", "set_sync_get_async"])
    async def test_sync_async_set_get_parity(self, store: S, direction: str) -> None:
        """What is set by one way is read by the other."""
        self._needs_writes(store)
        setter, getter = self._require_set_sync(store), self._require_get_sync(store)
        if direction == "set_async_get_sync":
            await store.set("parity", self._buffer(FOUR))
            assert_bytes_equal(getter.get_sync("parity"), FOUR)
        else:
            setter.set_sync("parity", self._buffer(FOUR))
            assert_bytes_equal(await store.get("parity", prototype=default_buffer_prototype()), FOUR)

    async def test_delete_sync_visible_to_async_get(self, store: S) -> None:
        """What is deleted by one way is gone by the other."""
        self._needs_writes(store)
        deleter = self._require_delete_sync(store)
        await store.set("parity", self._buffer(FOUR))
        deleter.delete_sync("parity")
        assert await store.get("parity", prototype=default_buffer_prototype()) is None

    @pytest.mark.parametrize(
        "byte_range",
        [*RANGES, RangeByteRequest(10, 20)],
        ids=["none", "range", "offset", "suffix", "range-past-eof"],
    )
    async def test_get_sync_byte_range_parity(self, store: S, byte_range: ByteRequest | None) -> None:
        """Both ways read the same part."""
        self._needs_writes(store)
        getter = self._require_get_sync(store)
        await store.set("parity", self._buffer(FOUR))
        found = await store.get("parity", prototype=default_buffer_prototype(), byte_range=byte_range)
        assert_bytes_equal(getter.get_sync("parity", byte_range=byte_range), found)


async def _done(value: Any) -> Any:
    """Await what a hook of a subclass returned, if it is a coroutine."""
    return await value if hasattr(value, "__await__") else value


class LatencyStore(WrapperStore[Store]):
    """A store that takes its time, to try a program on.

    Parameters
    ----------
    store : Store
        The wrapped store.
    get_latency, set_latency : float or tuple of float, default 0
        Seconds that a read and a write take more; a pair is mean and standard deviation of a normal distribution.
    """

    def __init__(
        self,
        store: Store,
        *,
        get_latency: float | tuple[float, float] = 0,
        set_latency: float | tuple[float, float] = 0,
    ) -> None:
        super().__init__(store)
        self._get_latency = get_latency if isinstance(get_latency, tuple) else float(get_latency)
        self._set_latency = set_latency if isinstance(set_latency, tuple) else float(set_latency)

    @property
    def get_latency(self) -> float:
        """Seconds that the next read takes more."""
        return _drawn(self._get_latency)

    @property
    def set_latency(self) -> float:
        """Seconds that the next write takes more."""
        return _drawn(self._set_latency)

    # The engine calls the coroutines, which wait side by side; the plain calls below would hold its threads.
    _supports_sync_io = False

    def _with_store(self, store: Store) -> Self:
        return type(self)(store, get_latency=self._get_latency, set_latency=self._set_latency)

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it, after a while."""
        await asyncio.sleep(self.get_latency)
        return await self._store.get(key, prototype, byte_range)

    async def set(self, key: str, value: Buffer) -> None:
        """Set the value of a key, after a while."""
        await asyncio.sleep(self.set_latency)
        await self._store.set(key, value)

    def get_sync(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the same as `get`, without a loop."""
        time.sleep(self.get_latency)
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Do the same as `set`, without a loop."""
        time.sleep(self.set_latency)
        super().set_sync(key, value)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> builtins.list[Buffer | None]:
        """Return several values or parts of values, each after a while."""
        # The interface's own, on top of `get`: the wrapped store's would cost no time.
        return await Store.get_partial_values(self, prototype, key_ranges)

    async def get_ranges(
        self, key: str, byte_ranges: Sequence[ByteRequest | None], **kwargs: Any
    ) -> AsyncIterator[Sequence[tuple[int, Buffer | None]]]:
        """Read several parts of one value, each read after a while."""
        given = {name: value for name, value in kwargs.items() if value is not None}
        async for parts in Store.get_ranges(self, key, byte_ranges, **given):
            yield parts


def _drawn(latency: float | tuple[float, float]) -> float:
    if isinstance(latency, tuple):
        import random

        return max(0.0, random.gauss(*latency))
    return latency
