"""Stores written in Python, as the engine calls them: plain blocking methods, from worker threads."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from zarrust import loop
from zarrust.abc.byte_ranges import cut, request
from zarrust.abc.listing import folder
from zarrust.buffer.cpu import Buffer, BufferPrototype, default_buffer_prototype

if TYPE_CHECKING:
    import asyncio
    import builtins
    from collections.abc import Callable, MutableMapping

    from zarrust.abc.store import Store

__all__ = ["MappingBridge", "StoreBridge"]

CALLS = 10
"""Coroutines of a store that are waited for at once, unless ``async.concurrency`` says otherwise."""


def _bytes(value: Any) -> bytes | None:
    """Return what a store answered as bytes: a buffer, bytes, or anything with the buffer protocol."""
    if value is None or isinstance(value, bytes):
        return value
    return bytes(value.to_bytes()) if hasattr(value, "to_bytes") else bytes(memoryview(value))


def _wait(value: Any) -> Any:
    """Return the result of what a store's method returned, on the package's loop if it has to be awaited."""
    return loop.run(_await(value)) if inspect.isawaitable(value) else value


async def _await(value: Any) -> Any:
    return await value


def _keys(value: Any) -> builtins.list[str]:
    """Return the keys of a listing: an asynchronous iterator, a coroutine of a list, or an iterable."""
    if hasattr(value, "__aiter__"):
        return loop.run(_collect(value))
    return [*_wait(value)]


async def _collect(keys: Any) -> builtins.list[str]:
    return [key async for key in keys]


def _blocking(store: Store, name: str) -> Any:
    """Return the store's blocking form of a coroutine, None without one that means the same.

    A subclass that overrides only the coroutine means the coroutine: an inherited blocking form would pass it by.
    """
    definers = [cls for cls in type(store).__mro__ if name in vars(cls) or f"{name}_sync" in vars(cls)]
    return getattr(store, f"{name}_sync") if definers and f"{name}_sync" in vars(definers[0]) else None


def _takes_ranges(get: Any) -> bool:
    """Return whether a store's ``get`` takes more than the key."""
    try:
        parameters = inspect.signature(get).parameters.values()
    except (TypeError, ValueError):
        return True
    return len(parameters) > 1 or any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)


class StoreBridge:
    """The engine's view of a user's store.

    Parameters
    ----------
    store : Store
        Its ``get_sync``, ``set_sync`` and ``delete_sync`` are called directly if it has them; its coroutines run on the
        package's loop. One whose ``get`` takes nothing but the key has its values cut here.
    prototype : BufferPrototype, optional
        The class that values are handed over in; by default what the settings say at each call.
    """

    def __init__(self, store: Store, prototype: BufferPrototype | None = None) -> None:
        self._store = store
        self._prototype = prototype
        direct = getattr(store, "_supports_sync_io", True)
        self._get = _blocking(store, "get") if direct else None
        self._set = _blocking(store, "set") if direct else None
        self._delete = _blocking(store, "delete") if direct else None
        self._ranged = _takes_ranges(store.get)
        self._opening: asyncio.Future[None] | None = None
        # Coroutines wait for something else than this process: as many at once as zarr-python has. Plain calls do not.
        self.threads = CALLS if self._get is None else None

    def _open(self) -> Store:
        # Here and not when the store is handed in: only here may a coroutine be waited for, whoever runs the loop.
        if not self._store._is_open:
            loop.run(self._open_once())
        return self._store

    async def _open_once(self) -> None:
        """Open the store, or wait for who is opening it: not every store bears to be opened twice."""
        import asyncio

        if self._opening is None:
            self._opening = asyncio.ensure_future(self._store._ensure_open())
        opening = self._opening
        try:
            # One who is cancelled leaves it to the others.
            await asyncio.shield(opening)
        finally:
            if self._opening is opening and opening.done():
                self._opening = None

    def _buffers(self) -> BufferPrototype:
        return self._prototype or default_buffer_prototype()

    def _wrap(self, value: bytes) -> Any:
        return self._buffers().buffer.from_bytes(value)

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a value or a part of it."""
        prototype, byte_range = self._buffers(), request(start, end, suffix)
        store = self._open()
        if self._get is not None:
            return _bytes(self._get(key, prototype=prototype, byte_range=byte_range))
        if self._ranged:
            return _bytes(_wait(store.get(key, prototype, byte_range)))
        value = _bytes(_wait(store.get(key)))
        return None if value is None else cut(value, start, end, suffix)

    def set(self, key: str, value: bytes) -> None:
        """Set a value."""
        _wait((self._set or self._open().set)(key, self._wrap(value)))

    def set_if_absent(self, key: str, value: bytes) -> bool:
        """Set a value if there is none, and return whether it was set."""
        # The interface does not say who won, so a loser is told from the value that is there afterwards.
        if _wait(self._open().exists(key)):
            return False
        _wait(self._store.set_if_not_exists(key, self._wrap(value)))
        return self.get(key, None, None, None) == value

    def delete(self, key: str) -> None:
        """Remove a value."""
        _wait((self._delete or self._open().delete)(key))

    def delete_prefix(self, prefix: str) -> None:
        """Remove the values in a folder."""
        _wait(self._open().delete_dir(prefix))

    def size(self, key: str) -> int | None:
        """Return the size of a value, in bytes."""
        try:
            return int(_wait(self._open().getsize(key)))
        except (FileNotFoundError, KeyError):
            return None

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the keys in a folder."""
        start = folder(prefix)
        # A user's list_prefix may go by folders or by characters; both give at least these.
        return [key for key in _keys(self._open().list_prefix(start)) if key.startswith(start)]

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        return [name.rstrip("/") for name in _keys(self._open().list_dir(prefix.rstrip("/")))]


class MappingBridge:
    """The engine's view of a dict or of another mutable mapping.

    Parameters
    ----------
    mapping : MutableMapping
        A dict holds `Buffer` values, as zarr-python's MemoryStore has them; another mapping holds bytes. Both are read.
    wrap : callable, optional
        Makes what the mapping holds of bytes instead.
    """

    def __init__(self, mapping: MutableMapping[str, Any], wrap: Callable[[bytes], Any] | None = None) -> None:
        self._mapping = mapping
        self._wrap = wrap or (Buffer.from_bytes if isinstance(mapping, dict) else bytes)

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a value or a part of it."""
        try:
            value = _bytes(self._mapping[key])
        except KeyError:
            return None
        return None if value is None else cut(value, start, end, suffix)

    def set(self, key: str, value: bytes) -> None:
        """Set a value."""
        self._mapping[key] = self._wrap(value)

    def set_if_absent(self, key: str, value: bytes) -> bool:
        """Set a value if there is none, and return whether it was set."""
        new = self._wrap(value)
        return self._mapping.setdefault(key, new) is new

    def delete(self, key: str) -> None:
        """Remove a value."""
        self._mapping.pop(key, None)

    def delete_prefix(self, prefix: str) -> None:
        """Remove the values in a folder."""
        for key in self.list(prefix):
            self.delete(key)

    def size(self, key: str) -> int | None:
        """Return the size of a value, in bytes."""
        value = self.get(key, None, None, None)
        return None if value is None else len(value)

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the keys in a folder."""
        start = folder(prefix)
        return [key for key in list(self._mapping) if key.startswith(start)]

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        start = folder(prefix)
        return list(dict.fromkeys(key[len(start) :].partition("/")[0] for key in self.list(prefix)))
