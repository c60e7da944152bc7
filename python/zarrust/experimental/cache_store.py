"""`CacheStore`: a store that keeps what it has read in another one."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from zarrust import _core
from zarrust.abc.listing import folder
from zarrust.abc.store import ByteRequest, Store
from zarrust.buffer.cpu import default_buffer_prototype
from zarrust.storage.wrapper import WrapperStore

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

    from zarrust.buffer.cpu import Buffer, BufferPrototype

__all__ = ["CacheStore"]

Entry: TypeAlias = "str | tuple[str, ByteRequest]"
"""A whole value, or a part of one."""


@dataclass
class _Busy:
    """The calls that are under way for one key; gone when the last of them is."""

    calls: int = 0
    writing: int = 0
    writes: int = 0

    def is_as(self, writes: int) -> bool:
        """Return whether nobody has written since the count was so, nor is about to."""
        return self.writes == writes and not self.writing


@dataclass
class _State:
    """What is in the cache; shared by the stores that `CacheStore.with_read_only` makes."""

    cache_order: OrderedDict[Entry, None] = field(default_factory=OrderedDict)
    key_sizes: dict[Entry, int] = field(default_factory=dict)
    key_insert_times: dict[Entry, float] = field(default_factory=dict)
    range_cache: dict[str, dict[ByteRequest, Buffer]] = field(default_factory=dict)
    current_size: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0
    busy: dict[str, _Busy] = field(default_factory=dict)
    # Held for moments without an `await`: stores are used from several loops and threads.
    lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def turn(self, key: str) -> Generator[_Busy, None, None]:
        """Take part in what is done about a key."""
        with self.lock:
            busy = self.busy.setdefault(key, _Busy())
            busy.calls += 1
        try:
            yield busy
        finally:
            with self.lock:
                busy.calls -= 1
                if not busy.calls:
                    del self.busy[key]

    def outdate(self, start: str) -> None:
        """Let no call that is under way keep what it has read of keys that start so."""
        with self.lock:
            for key, busy in self.busy.items():
                busy.writes += key.startswith(start)

    def add(self, entry: Entry, size: int) -> None:
        """Note an entry as the one used last."""
        self.remove(entry)
        self.cache_order[entry] = None
        self.key_sizes[entry] = size
        self.key_insert_times[entry] = time.monotonic()
        self.current_size += size

    def remove(self, entry: Entry) -> None:
        """Forget an entry; a part goes with it."""
        self.cache_order.pop(entry, None)
        self.key_insert_times.pop(entry, None)
        self.current_size -= self.key_sizes.pop(entry, 0)
        if not isinstance(entry, str):
            parts = self.range_cache.get(entry[0], {})
            parts.pop(entry[1], None)
            if not parts:
                self.range_cache.pop(entry[0], None)

    def remove_parts(self, key: str) -> None:
        """Forget the parts of a value."""
        for byte_range in [*self.range_cache.get(key, {})]:
            self.remove((key, byte_range))

    def clear(self) -> None:
        """Forget everything but the counts."""
        self.cache_order.clear()
        self.key_sizes.clear()
        self.key_insert_times.clear()
        self.range_cache.clear()
        self.current_size = 0

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("lock", "busy")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, lock=threading.RLock(), busy={})


class CacheStore(WrapperStore[Store]):
    """A store that keeps what it has read: whole values in another store, parts of values in memory.

    Parameters
    ----------
    store : Store
        The wrapped store.
    cache_store : Store
        Where whole values are kept; it must be able to delete.
    max_age_seconds : float or "infinity", default "infinity"
        Seconds after which a kept value is read again.
    max_size : int, optional
        Bytes that are kept at most; what was used longest ago goes first, and a larger value is not kept.
    cache_set_data : bool, default True
        Whether values that are written are kept too.

    Raises
    ------
    ValueError
        If ``cache_store`` cannot delete, or ``max_age_seconds`` is another text.

    Examples
    --------
    >>> import zarrust
    >>> from zarrust.storage import MemoryStore
    >>> store = CacheStore(MemoryStore(), cache_store=MemoryStore(), max_size=1 << 20)
    >>> z = zarrust.create_array(store, data=[1, 2, 3])
    >>> z[:].tolist(), store.cache_stats()["hits"] > 0
    ([1, 2, 3], True)
    """

    def __init__(
        self,
        store: Store,
        *,
        cache_store: Store,
        max_age_seconds: float | str = "infinity",
        max_size: int | None = None,
        cache_set_data: bool = True,
    ) -> None:
        super().__init__(store)
        if not cache_store.supports_deletes:
            raise ValueError(
                f"The provided cache store {cache_store} does not support deletes. "
                "The cache_store must support deletes for CacheStore to function properly."
            )
        if isinstance(max_age_seconds, str) and max_age_seconds != "infinity":
            raise ValueError("max_age_seconds string value must be 'infinity'")
        self._cache = cache_store
        self.max_age_seconds = max_age_seconds
        self.max_size = max_size
        self.cache_set_data = cache_set_data
        self._state = _State()

    # The coroutines keep the cache; a way around them would leave it stale.
    _supports_sync_io = False

    def _with_store(self, store: Store) -> Self:
        raise NotImplementedError("CacheStore does not support this operation.")

    def with_read_only(self, read_only: bool = False) -> Self:
        """Return a store over the same values with another ``read_only``, which shares what is kept."""
        other = type(self)(
            self._store.with_read_only(read_only),
            cache_store=self._cache,
            max_age_seconds=self.max_age_seconds,
            max_size=self.max_size,
            cache_set_data=self.cache_set_data,
        )
        other._state = self._state
        return other

    # Keeping

    def _is_key_fresh(self, entry_key: Entry) -> bool:
        """Return whether an entry may still be used."""
        if isinstance(self.max_age_seconds, str):
            return True
        return time.monotonic() - self._state.key_insert_times.get(entry_key, 0) < self.max_age_seconds

    async def _accommodate_value(self, value_size: int) -> None:
        """Make room for a value."""
        while self.max_size is not None:
            with self._state.lock:
                full = self._state.current_size + value_size > self.max_size
                oldest = next(iter(self._state.cache_order), None)
            if not full or oldest is None:
                return
            await self._evict_key(oldest)

    async def _evict_key(self, entry_key: Entry) -> None:
        """Drop an entry to make room."""
        with self._state.lock:
            self._state.remove(entry_key)
            self._state.evictions += 1
        if isinstance(entry_key, str):
            await self._cache.delete(entry_key)

    async def _track_entry(self, entry_key: Entry, value: Buffer) -> bool:
        """Note an entry if it is small enough, and return whether it is."""
        if self.max_size is not None and len(value) > self.max_size:
            return False
        with self._state.lock:
            self._state.remove(entry_key)
        await self._accommodate_value(len(value))
        with self._state.lock:
            self._state.add(entry_key, len(value))
        return True

    async def _keep(self, key: str, byte_range: ByteRequest | None, value: Buffer) -> None:
        entry: Entry = key if byte_range is None else (key, byte_range)
        if not await self._track_entry(entry, value):
            if byte_range is None:
                await self._cache.delete(key)
        elif byte_range is None:
            await self._cache.set(key, value)
        else:
            self._state.range_cache.setdefault(key, {})[byte_range] = value

    async def _drop(self, key: str) -> None:
        """Forget a value and its parts."""
        with self._state.lock:
            self._state.remove_parts(key)
            self._state.remove(key)
        await self._cache.delete(key)

    async def _kept(self, key: str, prototype: BufferPrototype | None, byte_range: ByteRequest | None) -> Buffer | None:
        if byte_range is not None:
            part = self._state.range_cache.get(key, {}).get(byte_range)
            if part is not None:
                return part
            if key not in self._state.cache_order or not self._is_key_fresh(key):
                return None
        return await self._cache.get(key, prototype or default_buffer_prototype(), byte_range)

    # The interface

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it; None if there is none."""
        entry: Entry = key if byte_range is None else (key, byte_range)
        value = await self._kept(key, prototype, byte_range) if self._is_key_fresh(entry) else None
        state = self._state
        with state.lock:
            if value is not None:
                state.hits += 1
                _core.count_cache_hit()
                if entry in state.cache_order:
                    state.cache_order.move_to_end(entry)
                return value
            state.misses += 1
        with state.turn(key) as busy:
            writes = busy.writes
            value = await self._store.get(key, prototype, byte_range)
            if value is None:
                await self._drop(key)
            else:
                await self._keep_unless_written(key, byte_range, value, busy, writes)
        return value

    async def _keep_unless_written(
        self, key: str, byte_range: ByteRequest | None, value: Buffer, busy: _Busy, writes: int
    ) -> None:
        """Keep a value that is still the store's: one read or written while another was written may not be."""
        if busy.is_as(writes):
            await self._keep(key, byte_range, value)
            if not busy.is_as(writes):
                await self._drop(key)

    async def _write(self, key: str, call: Coroutine[Any, Any, None], value: Buffer | None = None) -> None:
        """Change the store and forget what was kept; keep the new value if it is known."""
        with self._state.turn(key) as busy:
            with self._state.lock:
                alone = not busy.writing
                busy.writing += 1
                busy.writes += 1
                writes = busy.writes
            try:
                await call
            finally:
                await self._drop(key)
                with self._state.lock:
                    busy.writing -= 1
            if alone and value is not None:
                await self._keep_unless_written(key, None, value, busy, writes)

    async def set(self, key: str, value: Buffer) -> None:
        """Set the value of a key."""
        await self._write(key, self._store.set(key, value), value if self.cache_set_data else None)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Set the value of a key that has none."""
        await self._write(key, self._store.set_if_not_exists(key, value))

    async def delete(self, key: str) -> None:
        """Remove a key; one that is not there is no error."""
        await self._write(key, self._store.delete(key))

    async def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder."""
        await self._store.delete_dir(prefix)
        start = folder(prefix)
        self._state.outdate(start)
        kept = {entry if isinstance(entry, str) else entry[0] for entry in [*self._state.cache_order]}
        for key in kept:
            if key.startswith(start):
                await self._drop(key)

    async def clear(self) -> None:
        """Remove every key."""
        await self._store.clear()
        self._state.outdate("")
        await self.clear_cache()

    # About the cache

    def cache_info(self) -> dict[str, Any]:
        """Return the cache's settings and what is in it."""
        return {
            "cache_store_type": type(self._cache).__name__,
            "max_age_seconds": self.max_age_seconds,
            "max_size": self.max_size,
            "current_size": self._state.current_size,
            "cache_set_data": self.cache_set_data,
            "tracked_keys": len(self._state.key_insert_times),
            "cached_keys": len(self._state.cache_order),
        }

    def cache_stats(self) -> dict[str, Any]:
        """Return how often the cache had what was asked for."""
        state = self._state
        total = state.hits + state.misses
        return {
            "hits": state.hits,
            "misses": state.misses,
            "evictions": state.evictions,
            "total_requests": total,
            "hit_rate": state.hits / total if total else 0.0,
        }

    async def clear_cache(self) -> None:
        """Drop everything that is kept."""
        await self._cache.clear()
        with self._state.lock:
            self._state.clear()

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(store={self._store!r}, cache_store={self._cache!r}, "
            f"max_age_seconds={self.max_age_seconds}, max_size={self.max_size}, "
            f"current_size={self._state.current_size}, cached_keys={len(self._state.cache_order)})"
        )
