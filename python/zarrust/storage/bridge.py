"""Stores written in Python, as the engine calls them: plain blocking methods, from worker threads."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from zarrust import loop
from zarrust.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest, folder
from zarrust.buffer.cpu import Buffer, BufferPrototype, default_buffer_prototype

if TYPE_CHECKING:
    import builtins
    from collections.abc import MutableMapping

__all__ = ["MappingBridge", "StoreBridge"]


def _bytes(value: Any) -> bytes | None:
    """Return what a store answered as bytes: a buffer, bytes, or anything with the buffer protocol."""
    if value is None or isinstance(value, bytes):
        return value
    return bytes(value.to_bytes()) if hasattr(value, "to_bytes") else bytes(memoryview(value))


def _request(start: int | None, end: int | None, suffix: int | None) -> ByteRequest | None:
    if suffix is not None:
        return SuffixByteRequest(suffix)
    if end is not None:
        return RangeByteRequest(start or 0, end)
    return None if start is None else OffsetByteRequest(start)


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


class StoreBridge:
    """The engine's view of a user's store.

    Parameters
    ----------
    store : Store
        Its ``get_sync``, ``set_sync`` and ``delete_sync`` are called directly if it has them; its coroutines run on the
        package's loop.
    prototype : BufferPrototype, optional
        The class that values are handed over in; by default what the settings say at each call.
    """

    def __init__(self, store: Store, prototype: BufferPrototype | None = None) -> None:
        self._store = store
        self._prototype = prototype
        self._get = _blocking(store, "get")
        self._set = _blocking(store, "set")
        self._delete = _blocking(store, "delete")

    def _buffers(self) -> BufferPrototype:
        return self._prototype or default_buffer_prototype()

    def _wrap(self, value: bytes) -> Any:
        return self._buffers().buffer.from_bytes(value)

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a value or a part of it."""
        prototype, byte_range = self._buffers(), _request(start, end, suffix)
        if self._get is not None:
            return _bytes(self._get(key, prototype=prototype, byte_range=byte_range))
        return _bytes(_wait(self._store.get(key, prototype, byte_range)))

    def set(self, key: str, value: bytes) -> None:
        """Set a value."""
        _wait((self._set or self._store.set)(key, self._wrap(value)))

    def set_if_absent(self, key: str, value: bytes) -> bool:
        """Set a value if there is none, and return whether it was set."""
        # The interface does not say who won, so a loser is told from the value that is there afterwards.
        if _wait(self._store.exists(key)):
            return False
        _wait(self._store.set_if_not_exists(key, self._wrap(value)))
        return self.get(key, None, None, None) == value

    def delete(self, key: str) -> None:
        """Remove a value."""
        _wait((self._delete or self._store.delete)(key))

    def delete_prefix(self, prefix: str) -> None:
        """Remove the values in a folder."""
        _wait(self._store.delete_dir(prefix))

    def size(self, key: str) -> int | None:
        """Return the size of a value, in bytes."""
        try:
            return int(_wait(self._store.getsize(key)))
        except (FileNotFoundError, KeyError):
            return None

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the keys in a folder."""
        start = folder(prefix)
        # A user's list_prefix may go by folders or by characters; both give at least these.
        return [key for key in _keys(self._store.list_prefix(start)) if key.startswith(start)]

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        return [name.rstrip("/") for name in _keys(self._store.list_dir(prefix.rstrip("/")))]


class MappingBridge:
    """The engine's view of a dict or of another mutable mapping.

    Parameters
    ----------
    mapping : MutableMapping
        A dict holds `Buffer` values, as zarr-python's MemoryStore has them; another mapping holds bytes. Both are read.
    """

    def __init__(self, mapping: MutableMapping[str, Any]) -> None:
        self._mapping = mapping
        self._wrap: Any = Buffer.from_bytes if isinstance(mapping, dict) else bytes

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a value or a part of it."""
        try:
            value = _bytes(self._mapping[key])
        except KeyError:
            return None
        if value is None or suffix is None:
            return None if value is None else value[start:end]
        return value[max(len(value) - suffix, 0) :]

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
