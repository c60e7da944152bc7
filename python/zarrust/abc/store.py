"""The store interface: keys to bytes. Subclass `Store` to give zarrust a store of your own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from zarrust.buffer.cpu import Buffer, BufferPrototype, default_buffer_prototype

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Iterable, Iterator
    from types import TracebackType

    from zarrust import _core

__all__ = ["ByteRequest", "OffsetByteRequest", "RangeByteRequest", "Store", "SuffixByteRequest"]


@dataclass(frozen=True, slots=True)
class RangeByteRequest:
    """The bytes from ``start`` up to, not including, ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OffsetByteRequest:
    """The bytes from ``offset`` to the end."""

    offset: int


@dataclass(frozen=True, slots=True)
class SuffixByteRequest:
    """The last ``suffix`` bytes; all of them where there are fewer."""

    suffix: int


ByteRequest: TypeAlias = RangeByteRequest | OffsetByteRequest | SuffixByteRequest


def engine_range(byte_range: ByteRequest | None) -> tuple[int | None, int | None, int | None]:
    """Return a request as the engine takes it: start, end, suffix.

    Raises
    ------
    TypeError
        If it is no byte request.
    """
    match byte_range:
        case None:
            return None, None, None
        case RangeByteRequest(start, end):
            return start, end, None
        case OffsetByteRequest(offset):
            return offset, None, None
        case SuffixByteRequest(suffix):
            return None, None, suffix
        case _:
            raise TypeError(f"Unexpected byte_range, got {byte_range!r}.")


def folder(prefix: str) -> str:
    """Return a prefix that ends a folder: ``"a"`` and ``"a/"`` are the keys below ``a/``, never those of ``ab``."""
    stripped = prefix.strip("/")
    return stripped + "/" if stripped else ""


class Store(ABC):
    """A mapping of keys to bytes.

    A subclass must have the coroutines `get` and `set` and the asynchronous iterator `list`, and `delete` to take part
    in anything that deletes; the rest has defaults on top of them, to be overridden where the store can do better. The
    engine calls them on one event-loop thread of the package. Beside the coroutines every store is a mapping:
    ``store[key]``, ``key in store``, ``iter(store)``, ``len(store)``, ``del store[key]``.

    Parameters
    ----------
    read_only : bool, default False
        Whether writing and deleting are refused.
    """

    _read_only: bool = False
    _is_open: bool = True
    _handle_cache: _core.Store | None = None
    _bridged: bool = False

    def __init__(self, *, read_only: bool = False) -> None:
        self._read_only = read_only

    # The engine's side

    @property
    def _handle(self) -> _core.Store:
        """The store as the engine sees it, made when first needed."""
        # `getattr` on the class attribute: a subclass that forgets `super().__init__()` still works.
        if self._handle_cache is None:
            self._handle_cache = self._make_handle()
        return self._handle_cache

    def _make_handle(self) -> _core.Store:
        self._bridged = True
        return self._bridge(None)

    def _bridge(self, prototype: BufferPrototype | None) -> _core.Store:
        from zarrust import _core
        from zarrust.storage.bridge import StoreBridge

        # Two handles of one store have one identity: they share the locks.
        return _core.Store.python(StoreBridge(self, prototype), f"{type(self).__name__}:{id(self):x}")

    def _handle_for(self, prototype: BufferPrototype) -> _core.Store:
        """The store as the engine sees it, which hands values over in a prototype's class if this class's code does."""
        handle = self._handle
        return self._bridge(prototype) if self._bridged else handle

    def __getstate__(self) -> dict[str, Any]:
        """Leave the engine's handle behind: it belongs to this process."""
        return {name: value for name, value in self.__dict__.items() if name not in ("_handle_cache", "_native_cache")}

    # State

    @classmethod
    async def open(cls, *args: Any, **kwargs: Any) -> Self:
        """Make a store and open it."""
        store = cls(*args, **kwargs)
        await store._open()
        return store

    async def _open(self) -> None:
        self._is_open = True

    async def _ensure_open(self) -> None:
        if not self._is_open:
            await self._open()

    def close(self) -> None:
        """Close the store; it opens again when it is used."""
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def read_only(self) -> bool:
        """Whether writing and deleting are refused."""
        return self._read_only

    def with_read_only(self, read_only: bool = False) -> Store:
        """Return a store over the same data with another ``read_only``.

        Raises
        ------
        NotImplementedError
            If the class does not say how.
        """
        raise NotImplementedError(f"with_read_only is not implemented for the {type(self)} store type.")

    def _check_writable(self) -> None:
        if self.read_only:
            raise ValueError("store was opened in read-only mode and does not support writing")

    @property
    def supports_writes(self) -> bool:
        """Whether the store can be written to."""
        return True

    @property
    def supports_deletes(self) -> bool:
        """Whether the store can delete."""
        return True

    @property
    def supports_listing(self) -> bool:
        """Whether the store can list its keys."""
        return True

    @property
    def supports_partial_writes(self) -> bool:
        """Whether a part of a value can be written: no."""
        return False

    @property
    def supports_consolidated_metadata(self) -> bool:
        """Whether consolidated metadata is of use."""
        return True

    # What a subclass must have

    @abstractmethod
    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it; None if there is none.

        Parameters
        ----------
        key : str
        prototype : BufferPrototype, optional
            Class of the buffer to return.
        byte_range : ByteRequest, optional
            Part of the value, in bytes.
        """

    @abstractmethod
    async def set(self, key: str, value: Buffer) -> None:
        """Set the value of a key.

        Parameters
        ----------
        key : str
        value : Buffer
        """

    @abstractmethod
    def list(self) -> AsyncIterator[str]:
        """Iterate over every key."""

    async def delete(self, key: str) -> None:
        """Remove a key; one that is not there is no error.

        Raises
        ------
        NotImplementedError
            If the subclass has neither ``delete`` nor its old name ``erase``.
        """
        erase = getattr(self, "erase", None)
        if erase is None:
            raise NotImplementedError(f"{type(self).__name__} does not support deletes: it defines no delete()")
        await erase(key)

    # Defaults on top of these

    async def exists(self, key: str) -> bool:
        """Return whether there is a value."""
        return await self.get(key, default_buffer_prototype()) is not None

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> builtins.list[Buffer | None]:
        """Return several values or parts of values, together."""
        import asyncio

        return [*await asyncio.gather(*(self.get(key, prototype, byte_range) for key, byte_range in key_ranges))]

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Set the value of a key that has none; this default can race with another writer."""
        if not await self.exists(key):
            await self.set(key, value)

    async def list_prefix(self, prefix: str = "") -> AsyncIterator[str]:
        """Iterate over the keys that start with a prefix."""
        async for key in self.list():
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str = "") -> AsyncIterator[str]:
        """Iterate over the names of keys and folders directly in a folder."""
        start = folder(prefix)
        seen = set()
        async for key in self.list_prefix(start):
            name = key[len(start) :].partition("/")[0]
            if name not in seen:
                seen.add(name)
                yield name

    async def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder."""
        self._check_writable()
        async for key in _gathered(self.list_prefix(folder(prefix))):
            await self.delete(key)

    async def clear(self) -> None:
        """Remove every key."""
        await self.delete_dir("")

    async def is_empty(self, prefix: str = "") -> bool:
        """Return whether a folder has no key."""
        async for _ in self.list_prefix(folder(prefix)):
            return False
        return True

    async def getsize(self, key: str) -> int:
        """Return the size of a value, in bytes.

        Raises
        ------
        FileNotFoundError
            If there is none.
        """
        value = await self.get(key, default_buffer_prototype())
        if value is None:
            raise FileNotFoundError(key)
        return len(value)

    async def getsize_prefix(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""
        return sum([await self.getsize(key) async for key in self.list_prefix(folder(prefix))])

    # The mapping methods: through the engine, so that they work for every store alike

    def __getitem__(self, key: str) -> bytes:
        value = self._handle.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        self._check_writable()
        self._handle.set(key, value.as_buffer_like() if isinstance(value, Buffer) else value)

    def __delitem__(self, key: str) -> None:
        self._check_writable()
        if not self._handle.exists(key):
            raise KeyError(key)
        self._handle.delete(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._handle.exists(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._handle.list())

    def __len__(self) -> int:
        return len(self._handle.list())

    def __bool__(self) -> bool:
        """A store is true, also an empty one: ``if store`` asks whether one was given."""
        return True

    # Identity, as `__eq__` would otherwise take the hash away in subclasses that define it.
    __hash__ = object.__hash__


async def _gathered(keys: AsyncIterator[str]) -> AsyncIterator[str]:
    """Read an iterator to its end before its keys are deleted under it."""
    for key in [key async for key in keys]:
        yield key
