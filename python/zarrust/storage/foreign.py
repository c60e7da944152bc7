"""Store objects of other packages with zarr-python's interface: its own, Icechunk's, and what looks like them."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any, cast

from zarrust.abc.listing import Listing
from zarrust.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from zarrust.abc.store import ByteRequest
    from zarrust.buffer.cpu import Buffer, BufferPrototype

__all__ = ["ForeignStore", "is_foreign"]


def is_foreign(value: object) -> bool:
    """Return whether an object has the methods of a store without being one of ours."""
    return not isinstance(value, (Store, type)) and all(
        callable(getattr(value, name, None)) for name in ("get", "set", "list", "list_dir", "exists")
    )


def _home(store: object) -> str | None:
    """Return the package whose ``abc.store.Store`` an object's class comes from, None without one."""
    for cls in type(store).__mro__:
        if cls.__name__ == "Store" and cls.__module__.endswith(".abc.store"):
            return cls.__module__.removesuffix(".abc.store")
    return None


class ForeignStore(Store):
    """Another package's store as one of ours: requests and buffers are translated, everything else is handed on.

    Parameters
    ----------
    store : object
        With the coroutines of zarr-python's ``Store``.
    """

    def __init__(self, store: Any) -> None:
        super().__init__(read_only=bool(getattr(store, "read_only", False)))
        self._store = store
        home = _home(store)
        # What the other package made is imported already; without a package, our own classes are all there is.
        self._requests: Any = sys.modules[f"{home}.abc.store"] if home else None
        self._buffers: Any = sys.modules.get(f"{home}.core.buffer") if home else None

    def _request(self, byte_range: ByteRequest | None) -> Any:
        if self._requests is None:
            return byte_range
        match byte_range:
            case RangeByteRequest(start, end):
                return self._requests.RangeByteRequest(start, end)
            case OffsetByteRequest(offset):
                return self._requests.OffsetByteRequest(offset)
            case SuffixByteRequest(suffix):
                return self._requests.SuffixByteRequest(suffix)
        return None

    def _foreign_buffer(self, value: Buffer) -> Any:
        if self._buffers is None:
            return value
        return self._buffers.default_buffer_prototype().buffer.from_bytes(value.to_bytes())

    def with_read_only(self, read_only: bool = False) -> Store:
        """Return a store over the same data with another ``read_only``."""
        if hasattr(self._store, "with_read_only"):
            return type(self)(self._store.with_read_only(read_only))
        return super().with_read_only(read_only)

    async def _open(self) -> None:
        if hasattr(self._store, "_ensure_open"):
            await self._store._ensure_open()
        # Somebody else may have opened it while that was waited for.
        if not self._is_open:
            await super()._open()

    def close(self) -> None:
        """Close the store."""
        if hasattr(self._store, "close"):
            self._store.close()
        super().close()

    @property
    def supports_writes(self) -> bool:
        """Whether the store can be written to."""
        return bool(getattr(self._store, "supports_writes", True))

    @property
    def supports_deletes(self) -> bool:
        """Whether the store can delete."""
        return bool(getattr(self._store, "supports_deletes", True))

    @property
    def supports_listing(self) -> bool:
        """Whether the store can list its keys."""
        return bool(getattr(self._store, "supports_listing", True))

    @property
    def supports_consolidated_metadata(self) -> bool:
        """Whether consolidated metadata is of use."""
        return bool(getattr(self._store, "supports_consolidated_metadata", True))

    def __eq__(self, value: object) -> bool:
        return isinstance(value, ForeignStore) and bool(self._store == value._store)

    def __hash__(self) -> int:
        return super().__hash__()

    def __str__(self) -> str:
        return str(self._store)

    def __repr__(self) -> str:
        return repr(self._store)

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it; None if there is none."""
        from zarrust.buffer.cpu import default_buffer_prototype

        wanted = prototype or default_buffer_prototype()
        theirs = wanted if self._buffers is None else self._buffers.default_buffer_prototype()
        value: Any = await self._store.get(key, theirs, self._request(byte_range))
        if value is not None and self._buffers is not None:
            value = wanted.buffer.from_bytes(value.to_bytes())
        return cast("Buffer | None", value)

    async def set(self, key: str, value: Buffer) -> None:
        """Set the value of a key."""
        self._check_writable()
        await self._store.set(key, self._foreign_buffer(value))

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Set the value of a key that has none."""
        self._check_writable()
        if hasattr(self._store, "set_if_not_exists"):
            await self._store.set_if_not_exists(key, self._foreign_buffer(value))
        else:
            await super().set_if_not_exists(key, value)

    async def delete(self, key: str) -> None:
        """Remove a key; one that is not there is no error."""
        self._check_writable()
        await self._store.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder."""
        self._check_writable()
        if hasattr(self._store, "delete_dir"):
            await self._store.delete_dir(prefix)
        else:
            await super().delete_dir(prefix)

    async def exists(self, key: str) -> bool:
        """Return whether there is a value."""
        return bool(await self._store.exists(key))

    async def getsize(self, key: str) -> int:
        """Return the size of a value, in bytes."""
        if hasattr(self._store, "getsize"):
            return int(await self._store.getsize(key))
        return await super().getsize(key)

    async def getsize_prefix(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""
        if hasattr(self._store, "getsize_prefix"):
            return int(await self._store.getsize_prefix(prefix))
        return await super().getsize_prefix(prefix)

    async def is_empty(self, prefix: str = "") -> bool:
        """Return whether a folder has no key."""
        if hasattr(self._store, "is_empty"):
            return bool(await self._store.is_empty(prefix))
        return await super().is_empty(prefix)

    async def clear(self) -> None:
        """Remove every key."""
        self._check_writable()
        if hasattr(self._store, "clear"):
            await self._store.clear()
        else:
            await super().clear()

    def list(self) -> Any:
        """Return every key."""
        return Listing.of(lambda: _keys(self._store.list()))

    def list_prefix(self, prefix: str = "") -> Any:
        """Return the keys that start with a prefix."""
        if hasattr(self._store, "list_prefix"):
            return Listing.of(lambda: _keys(self._store.list_prefix(prefix)))
        return super().list_prefix(prefix)

    def list_dir(self, prefix: str = "") -> Any:
        """Return the names directly in a folder."""
        return Listing.of(lambda: _keys(self._store.list_dir(prefix)))


async def _keys(listed: Any) -> AsyncIterator[str]:
    """Iterate over a listing: an asynchronous iterator, a coroutine of a list or of an iterator, or a list."""
    if inspect.isawaitable(listed):
        listed = await listed
    if hasattr(listed, "__aiter__"):
        async for key in listed:
            yield key
    else:
        for key in listed:
            yield key
