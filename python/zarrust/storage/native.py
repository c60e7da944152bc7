"""What the stores of the engine share: every method goes straight to the Rust handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from zarrust.abc.byte_ranges import ByteRequest, engine_range
from zarrust.abc.listing import Listing, Pages
from zarrust.abc.store import Store
from zarrust.buffer.cpu import Buffer, BufferPrototype
from zarrust.errors import InvalidKeyError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from zarrust import _core

__all__ = ["Lister", "Listing", "NativeStore", "ReadOnlyStore"]


class Done:
    """An awaitable of nothing, for what is done at once."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield


DONE = Done()


def _buffer(value: bytes | None, prototype: BufferPrototype | None) -> Buffer | None:
    cls = getattr(prototype, "buffer", Buffer)
    return None if value is None else cls.from_bytes(value)


def _check_prefix(prefix: str) -> None:
    """Refuse a prefix that no key can have, by the rules that the engine has for keys.

    Raises
    ------
    InvalidKeyError
        If it is absolute, or has an empty segment, ``.``, ``..``, a NUL or a backslash.
    """
    segments = prefix.split("/")
    if {".", ".."} & set(segments) or "" in segments[:-1] or "\\" in prefix or "\0" in prefix:
        raise InvalidKeyError(
            f"key prefix {prefix!r} is absolute, or has an empty segment, '.', '..', a NUL or a backslash"
        )


_INTERFACE = (
    *("get", "get_sync", "set", "set_sync", "set_if_not_exists", "delete", "delete_sync", "delete_dir"),
    *("exists", "getsize", "list", "list_prefix", "list_dir", "_open", "_ensure_open"),
)


def _definer(cls: type, name: str) -> type:
    """Return the class that a method of a class comes from."""
    return next(parent for parent in cls.__mro__ if name in vars(parent))


def overridden(cls: type) -> bool:
    """Return whether a class has a method that is not the package's own, which the engine must then call."""
    return any(
        not _definer(cls, name).__module__.startswith(("zarrust.storage.", "zarrust.abc.")) for name in _INTERFACE
    )


class Lister(Protocol):
    """Who knows the keys of a store whose values a library for Python has, and hands them out as they are found."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Iterate over the keys in a folder."""

    def names(self, prefix: str) -> Iterator[str]:
        """Iterate over the names directly in a folder."""

    def total(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""


class NativeStore(Store):
    """A store that the engine reads and writes by itself.

    A subclass of a user's that overrides one of the methods below is called by the engine like any other store written
    in Python; its ``super()`` calls still go straight to Rust.
    """

    _native_cache: _core.Store | None = None

    def _make_native(self) -> _core.Store:
        raise NotImplementedError

    @property
    def _native(self) -> _core.Store:
        if self._native_cache is None:
            self._native_cache = self._make_native()
        return self._native_cache

    def _lister(self) -> Lister | None:
        """Return who lists in the engine's place, None where the engine does."""
        return None

    def _make_handle(self) -> _core.Store:
        return super()._make_handle() if overridden(type(self)) else self._native

    def _twin(self, read_only: bool) -> Self:
        """Return a copy with another ``read_only`` that shares what the engine has."""
        # Not `copy.copy`: pickling leaves behind what a copy in this process shares.
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._read_only, other._is_open, other._handle_cache = read_only, False, None
        return other

    def _value(self, method: str, value: object) -> Any:
        if not isinstance(value, Buffer) and not hasattr(value, "as_buffer_like"):
            raise TypeError(
                f"{type(self).__name__}.{method}(): `value` must be a Buffer instance. "
                f"Got an instance of {type(value)} instead."
            )
        return value.as_buffer_like()

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it; None if there is none."""
        await self._ensure_open()
        return _buffer(await self._native.get_async(key, *engine_range(byte_range)), prototype)

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
        """
        return _buffer(self._native.get(key, *engine_range(byte_range)), prototype)

    async def set(self, key: str, value: Buffer, byte_range: tuple[int, int] | None = None) -> None:
        """Set the value of a key.

        Parameters
        ----------
        key : str
        value : Buffer
        byte_range : tuple of int, optional
            Part of the value to set, for stores in memory.

        Raises
        ------
        NotImplementedError
            If the store sets whole values only and gets a part.
        """
        if byte_range is not None:
            raise NotImplementedError(f"{type(self).__name__} sets whole values; byte_range is for stores in memory")
        self._check_writable()
        await self._ensure_open()
        await self._native.set_async(key, self._value("set", value))

    def set_sync(self, key: str, value: Buffer) -> None:
        """Do the same as `set`, without a loop.

        Parameters
        ----------
        key : str
            Name of the value.
        value : Buffer
            The bytes.
        """
        self._check_writable()
        self._native.set(key, self._value("set_sync", value))

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Set the value of a key that has none."""
        self._check_writable()
        await self._ensure_open()
        await self._native.set_if_absent_async(key, self._value("set_if_not_exists", value))

    async def delete(self, key: str) -> None:
        """Remove a key; one that is not there is no error."""
        self._check_writable()
        await self._ensure_open()
        await self._native.delete_async(key)

    def delete_sync(self, key: str) -> None:
        """Do the same as `delete`, without a loop.

        Parameters
        ----------
        key : str
            Name of the value.
        """
        self._check_writable()
        self._native.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder."""
        self._check_writable()
        await self._ensure_open()
        await self._native.delete_prefix_async(prefix)

    def clear(self) -> Any:
        """Remove every key, at once; the result may be awaited."""
        self._check_writable()
        self._native.delete_prefix("")
        return DONE

    async def exists(self, key: str) -> bool:
        """Return whether there is a value."""
        return await self._native.exists_async(key)

    async def getsize(self, key: str) -> int:
        """Return the size of a value, in bytes.

        Raises
        ------
        FileNotFoundError
            If there is none.
        """
        size = await self._native.size_async(key)
        if size is None:
            raise FileNotFoundError(key)
        return size

    async def getsize_prefix(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""
        if overridden(type(self)) or not self.supports_listing:
            return await super().getsize_prefix(prefix)
        _check_prefix(prefix)
        lister = self._lister()
        if lister is not None:
            import asyncio

            return await asyncio.to_thread(lister.total, prefix)
        return await self._native.total_async(prefix.rstrip("/"))

    def __iter__(self) -> Iterator[str]:
        engine = overridden(type(self)) or self._lister() is None
        return super().__iter__() if engine else iter(self.list())

    def list(self) -> Any:
        """Return every key, for ``for`` and ``async for``."""
        return self.list_prefix("")

    def list_prefix(self, prefix: str = "") -> Any:
        """Return the keys that start with a prefix, for ``for`` and ``async for``."""
        _check_prefix(prefix)
        # The engine lists folders; a prefix may end within a name.
        parent = prefix.rpartition("/")[0]
        lister = self._lister()
        if lister is None:
            return Listing.of_pages(lambda: self._native.list_pages(parent), prefix)
        return Listing.of_pages(lambda: Pages(lister.keys(parent)), prefix)

    def list_dir(self, prefix: str = "") -> Any:
        """Return the names directly in a folder, for ``for`` and ``async for``."""
        lister = self._lister()
        if lister is None:
            return Listing.of_pages(lambda: self._native.list_dir_pages(prefix))
        _check_prefix(prefix)
        return Listing.of_pages(lambda: Pages(lister.names(prefix)))


class ReadOnlyStore(NativeStore):
    """A store of the engine that can only be read.

    Parameters
    ----------
    read_only : bool, default True
        True: there is no other way.

    Raises
    ------
    ValueError
        If it is False.
    """

    def __init__(self, *, read_only: bool = True) -> None:
        super().__init__(read_only=True)
        if not read_only:
            raise ValueError(f"read_only: expected True, found {read_only!r}{self._read_only_because}")

    @property
    def supports_writes(self) -> bool:
        """Whether the store can be written to: no."""
        return False

    @property
    def supports_deletes(self) -> bool:
        """Whether the store can delete: no."""
        return False

    def with_read_only(self, read_only: bool = False) -> Self:
        """Return the store itself.

        Raises
        ------
        ValueError
            If it is to be writable.
        """
        if not read_only:
            raise ValueError(f"{self!r} cannot be written to{self._read_only_because}")
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self}')"
