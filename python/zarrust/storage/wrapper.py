"""`WrapperStore`: what wraps another store and hands every call on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from zarrust.abc.byte_ranges import MAX_COALESCED_BYTES, MAX_GAP_BYTES
from zarrust.abc.protocols import (
    SupportsDeleteSync,
    SupportsGetSync,
    SupportsSetSync,
    _store_supports_sync_io,
)
from zarrust.abc.store import Store
from zarrust.storage.native import overridden

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
    from types import TracebackType

    from zarrust import _core
    from zarrust.abc.store import ByteRequest
    from zarrust.buffer.cpu import Buffer, BufferPrototype

__all__ = ["WrapperStore"]

T_Store = TypeVar("T_Store", bound=Store)


class WrapperStore(Store, Generic[T_Store]):
    """A store that hands every call on to another one; subclass it to change some of them.

    Parameters
    ----------
    store : Store
        The wrapped store. A wrapper that changes nothing costs nothing: the engine goes straight to it.

    Examples
    --------
    >>> from zarrust.storage import MemoryStore
    >>> class Hiding(WrapperStore):
    ...     async def exists(self, key):
    ...         return not key.startswith("secret") and await super().exists(key)
    >>> inner = MemoryStore()
    >>> Hiding(inner).inner_store is inner
    True
    """

    _store: T_Store

    def __init__(self, store: T_Store) -> None:
        self._store = store

    @property
    def inner_store(self) -> T_Store:
        """The wrapped store."""
        return self._store

    @property
    def _handle(self) -> _core.Store:
        # Asked every time where nothing is changed: closing and moving can give the wrapped store another one.
        return super()._handle if self._changes() else self._store._handle

    def _handle_for(self, prototype: BufferPrototype) -> _core.Store:
        return super()._handle_for(prototype) if self._changes() else self._store._handle_for(prototype)

    def _changes(self) -> bool:
        """Return whether a call means something else here than in the wrapped store."""
        return overridden(type(self))

    def _with_store(self, store: T_Store) -> Self:
        """Return a wrapper like this one around another store."""
        return type(self)(store=store)

    @classmethod
    async def open(cls, store_cls: type[T_Store], *args: Any, **kwargs: Any) -> Self:
        """Make and open a store, and wrap it.

        Parameters
        ----------
        store_cls : type
            Class of the wrapped store.
        *args, **kwargs
            As that class takes them.
        """
        return cls(store=await store_cls.open(*args, **kwargs))

    def with_read_only(self, read_only: bool = False) -> Self:
        """Return a wrapper like this one around the store with another ``read_only``."""
        wrapped: Any = self._store.with_read_only(read_only)
        return self._with_store(wrapped)

    def __enter__(self) -> Self:
        self._store.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._store.__exit__(exc_type, exc_value, traceback)

    async def _open(self) -> None:
        await self._store._open()

    async def _ensure_open(self) -> None:
        await self._store._ensure_open()

    @property
    def _is_open(self) -> bool:
        return self._store._is_open

    @_is_open.setter
    def _is_open(self, value: bool) -> None:
        raise NotImplementedError(f"{type(self).__name__} must be opened via the `_open` method")

    def close(self) -> None:
        """Close the wrapped store."""
        self._store.close()

    @property
    def read_only(self) -> bool:
        """Whether writing and deleting are refused."""
        return self._store.read_only

    def _check_writable(self) -> None:
        self._store._check_writable()

    @property
    def supports_writes(self) -> bool:
        """Whether the store can be written to."""
        return self._store.supports_writes

    @property
    def supports_deletes(self) -> bool:
        """Whether the store can delete."""
        return self._store.supports_deletes

    @property
    def supports_listing(self) -> bool:
        """Whether the store can list its keys."""
        return self._store.supports_listing

    @property
    def supports_consolidated_metadata(self) -> bool:
        """Whether consolidated metadata is of use."""
        return self._store.supports_consolidated_metadata

    @property
    def _lists_all(self) -> bool:  # type: ignore[override]
        return self._store._lists_all

    @property
    def _dimension_separator(self) -> Any:  # type: ignore[override]
        return self._store._dimension_separator

    @property
    def _supports_sync_io(self) -> bool:
        return _store_supports_sync_io(self._store)

    def __eq__(self, value: object) -> bool:
        return type(self) is type(value) and bool(self._store == value._store)

    def __hash__(self) -> int:
        return super().__hash__()

    def __str__(self) -> str:
        return f"wrapping-{self._store}"

    def __repr__(self) -> str:
        return f"WrapperStore({type(self._store).__name__}, '{self._store}')"

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it; None if there is none."""
        return await self._store.get(key, prototype, byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> builtins.list[Buffer | None]:
        """Return several values or parts of values, together."""
        return await self._store.get_partial_values(prototype, key_ranges)

    async def get_ranges(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        max_concurrency: int | None = None,
        max_gap_bytes: int | None = None,
        max_coalesced_bytes: int | None = None,
    ) -> AsyncIterator[Sequence[tuple[int, Buffer | None]]]:
        """Read several parts of one value; what is None is the wrapped store's default."""
        limits = {
            "max_concurrency": max_concurrency,
            "max_gap_bytes": max_gap_bytes,
            "max_coalesced_bytes": max_coalesced_bytes,
        }
        given = {name: limit for name, limit in limits.items() if limit is not None}
        async for parts in self._store.get_ranges(key, byte_ranges, prototype=prototype, **given):
            yield parts

    def get_ranges_sync(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        max_gap_bytes: int = MAX_GAP_BYTES,
        max_coalesced_bytes: int = MAX_COALESCED_BYTES,
    ) -> Sequence[tuple[int, Buffer | None]]:
        """Return what `get_ranges` hands out, without a loop."""
        return self._store.get_ranges_sync(
            key,
            byte_ranges,
            prototype=prototype,
            max_gap_bytes=max_gap_bytes,
            max_coalesced_bytes=max_coalesced_bytes,
        )

    async def exists(self, key: str) -> bool:
        """Return whether there is a value."""
        return await self._store.exists(key)

    async def set(self, key: str, value: Buffer) -> None:
        """Set the value of a key."""
        await self._store.set(key, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Set the value of a key that has none."""
        await self._store.set_if_not_exists(key, value)

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        await self._store._set_many(values)

    async def delete(self, key: str) -> None:
        """Remove a key; one that is not there is no error."""
        await self._store.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder."""
        await self._store.delete_dir(prefix)

    def clear(self) -> Any:
        """Remove every key."""
        return self._store.clear()

    async def is_empty(self, prefix: str = "") -> bool:
        """Return whether a folder has no key."""
        return await self._store.is_empty(prefix)

    async def getsize(self, key: str) -> int:
        """Return the size of a value, in bytes."""
        return await self._store.getsize(key)

    async def getsize_prefix(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""
        return await self._store.getsize_prefix(prefix)

    def list(self) -> Any:
        """Return every key."""
        return self._store.list()

    def list_prefix(self, prefix: str = "") -> Any:
        """Return the keys that start with a prefix."""
        return self._store.list_prefix(prefix)

    def list_dir(self, prefix: str = "") -> Any:
        """Return the names directly in a folder."""
        return self._store.list_dir(prefix)

    async def _get_many(
        self, requests: Iterable[tuple[str, BufferPrototype, ByteRequest | None]]
    ) -> AsyncGenerator[tuple[str, Buffer | None], None]:
        async for item in self._store._get_many(requests):
            yield item

    def get_sync(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the same as `get`, without a loop.

        Parameters
        ----------
        key : str
            Name of the value.
        prototype : BufferPrototype, optional
            Classes of buffers.
        byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
            Which part of the value, in bytes; all by default.

        Raises
        ------
        TypeError
            If the wrapped store needs one.
        """
        store: object = self._store
        if not isinstance(store, SupportsGetSync):
            raise TypeError(f"Store {type(self._store).__name__} does not support synchronous get.")
        return store.get_sync(key, prototype=prototype, byte_range=byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Do the same as `set`, without a loop.

        Parameters
        ----------
        key : str
            Name of the value.
        value : Buffer
            The bytes.

        Raises
        ------
        TypeError
            If the wrapped store needs one.
        """
        store: object = self._store
        if not isinstance(store, SupportsSetSync):
            raise TypeError(f"Store {type(self._store).__name__} does not support synchronous set.")
        store.set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        """Do the same as `delete`, without a loop.

        Parameters
        ----------
        key : str
            Name of the value.

        Raises
        ------
        TypeError
            If the wrapped store needs one.
        """
        store: object = self._store
        if not isinstance(store, SupportsDeleteSync):
            raise TypeError(f"Store {type(self._store).__name__} does not support synchronous delete.")
        store.delete_sync(key)
