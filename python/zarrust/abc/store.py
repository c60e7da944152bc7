"""The store interface: keys to bytes. Subclass `Store` to give zarrust a store of your own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, Self

from zarrust.abc.byte_ranges import (
    MAX_COALESCED_BYTES,
    MAX_GAP_BYTES,
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    SuffixByteRequest,
    read_shared,
    read_shared_sync,
    shared_reads,
)
from zarrust.abc.listing import Listing, folder
from zarrust.abc.mapping import MappingMethods
from zarrust.abc.protocols import (
    ByteGetter,
    ByteSetter,
    SupportsDeleteSync,
    SupportsGetSync,
    SupportsSetSync,
    SupportsSyncStore,
    SyncByteGetter,
    SyncByteSetter,
    _store_supports_sync_io,
    set_or_delete,
)
from zarrust.buffer.cpu import Buffer, BufferPrototype, default_buffer_prototype

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
    from types import TracebackType

    from zarrust import _core

__all__ = [
    "ByteGetter",
    "ByteRequest",
    "ByteSetter",
    "OffsetByteRequest",
    "RangeByteRequest",
    "Store",
    "SuffixByteRequest",
    "SupportsDeleteSync",
    "SupportsGetSync",
    "SupportsSetSync",
    "SupportsSyncStore",
    "SyncByteGetter",
    "SyncByteSetter",
    "_store_supports_sync_io",
    "set_or_delete",
]


class Store(MappingMethods, ABC):
    """A mapping of keys to bytes.

    A subclass must have the coroutines `get` and `set` and the asynchronous iterator `list`, and `delete` (or `erase`)
    to take part in anything that deletes; the rest has defaults on top of them, to be overridden where the store can do
    better. The engine calls them on one event-loop thread of the package. Beside the coroutines every store is a
    mapping: ``store[key]``, ``key in store``, ``iter(store)``, ``len(store)``, ``del store[key]``.

    Parameters
    ----------
    read_only : bool, default False
        Whether writing and deleting are refused.

    Examples
    --------
    >>> import zarrust
    >>> class DictStore(Store):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.values = {}
    ...
    ...     async def get(self, key, prototype=None, byte_range=None):
    ...         value = self.values.get(key)
    ...         return None if value is None else Buffer.from_bytes(self.cut(value, byte_range))
    ...
    ...     async def set(self, key, value):
    ...         self.values[key] = value.to_bytes()
    ...
    ...     async def delete(self, key):
    ...         self.values.pop(key, None)
    ...
    ...     async def list(self):
    ...         for key in [*self.values]:
    ...             yield key
    >>> store = DictStore()
    >>> zarrust.create_array(store, data=[1, 2, 3])[1:].tolist()
    [2, 3]
    """

    _read_only: bool = False
    _is_open: bool = False
    _handle_cache: _core.Store | None = None
    # For arrays of format 2 that do not say it; version 2's stores have it.
    _dimension_separator: Literal[".", "/"] | None = None
    _bridged: bool = False
    # Behind a refusal to write: why it is so, where no other way of opening the store would do.
    _read_only_because: str = ""
    _lists_all: bool = True  # pages of a web server may leave something out

    def __init__(self, *, read_only: bool = False) -> None:
        self._read_only = read_only

    # The engine's side

    @property
    def _handle(self) -> _core.Store:
        """The store as the engine sees it, made when first needed."""
        # A class attribute stands behind it: a subclass that forgets `super().__init__()` still works.
        if self._handle_cache is None:
            self._handle_cache = self._make_handle()
        return self._handle_cache

    def _make_handle(self) -> _core.Store:
        self._bridged = True
        return self._bridge(None)

    def _bridge(self, prototype: BufferPrototype | None) -> _core.Store:
        from zarrust import _core
        from zarrust.storage.bridge import StoreBridge

        bridge = StoreBridge(self, prototype)
        # Two handles of one store have one identity: they share the locks.
        return _core.Store.python(bridge, f"{type(self).__name__}:{id(self):x}", threads=bridge.threads, waits=True)

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
        """Make a store and open it.

        Parameters
        ----------
        *args, **kwargs
            As the class takes them.
        """
        store = cls(*args, **kwargs)
        await store._open()
        return store

    async def _open(self) -> None:
        if self._is_open:
            raise ValueError("store is already open")
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
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __eq__(self, value: object) -> bool:
        """Whether two stores are one place with one ``read_only``; without a better way to know, the same object."""
        return self is value

    # A class with `__eq__` has no hash otherwise.
    def __hash__(self) -> int:
        return object.__hash__(self)

    @property
    def read_only(self) -> bool:
        """Whether writing and deleting are refused."""
        return self._read_only

    def with_read_only(self, read_only: bool = False) -> Store:
        """Return a store over the same data with another ``read_only``.

        Parameters
        ----------
        read_only : bool, default False

        Raises
        ------
        NotImplementedError
            If the class does not say how.
        """
        raise NotImplementedError(f"with_read_only is not implemented for the {type(self)} store type.")

    def _check_writable(self) -> None:
        if self.read_only:
            raise ValueError(
                f"store was opened in read-only mode and does not support writing{self._read_only_because}"
            )

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
    def supports_partial_writes(self) -> Literal[False]:
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

        Parameters
        ----------
        key : str

        Raises
        ------
        NotImplementedError
            If the subclass has neither ``delete`` nor `erase`.
        """
        if type(self).erase is Store.erase:
            raise NotImplementedError(f"{type(self).__name__} does not support deletes: it defines no delete()")
        await self.erase(key)

    # Defaults on top of these

    async def erase(self, key: str) -> None:
        """Remove a key: another name of `delete`.

        Parameters
        ----------
        key : str
            Name of the value.
        """
        await self.delete(key)

    @staticmethod
    def cut(value: bytes, byte_range: ByteRequest | None) -> bytes:
        """Return the part of a whole value that a request means, for stores that only have whole values.

        Parameters
        ----------
        value : bytes
        byte_range : ByteRequest, optional

        Examples
        --------
        >>> Store.cut(b"0123456789", SuffixByteRequest(3))
        b'789'
        """
        from zarrust.abc.byte_ranges import cut, engine_range

        return cut(value, *engine_range(byte_range))

    async def get_partial(self, key: str, start: int, length: int) -> Buffer | None:
        """Return ``length`` bytes of a value from byte ``start`` on; None if there is no value.

        Parameters
        ----------
        key : str
            Name of the value.
        start : int
            First byte.
        length : int
            Number of bytes.
        """
        return await self.get(key, default_buffer_prototype(), RangeByteRequest(start, start + length))

    async def get_suffix(self, key: str, length: int) -> Buffer | None:
        """Return the last ``length`` bytes of a value; None if there is no value.

        Parameters
        ----------
        key : str
            Name of the value.
        length : int
            Number of bytes.
        """
        return await self.get(key, default_buffer_prototype(), SuffixByteRequest(length))

    async def exists(self, key: str) -> bool:
        """Return whether there is a value.

        Parameters
        ----------
        key : str
            Name of the value.
        """
        return await self.get(key, default_buffer_prototype()) is not None

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> builtins.list[Buffer | None]:
        """Return several values or parts of values, together.

        Parameters
        ----------
        prototype : BufferPrototype
        key_ranges : iterable of tuple
            Keys, each with its part or None for all of it.
        """
        import asyncio

        return [*await asyncio.gather(*(self.get(key, prototype, byte_range) for key, byte_range in key_ranges))]

    async def get_ranges(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        max_concurrency: int = 10,
        max_gap_bytes: int = MAX_GAP_BYTES,
        max_coalesced_bytes: int = MAX_COALESCED_BYTES,
    ) -> AsyncIterator[Sequence[tuple[int, Buffer | None]]]:
        """Read several parts of one value, near ones in one read, and hand them out as they come in.

        Parameters
        ----------
        key : str
        byte_ranges : sequence of ByteRequest
            None is the whole value.
        prototype : BufferPrototype
        max_concurrency : int, default 10
            Reads at once.
        max_gap_bytes : int, default 1048576
            Bytes between two ranges that may share a read.
        max_coalesced_bytes : int, default 16777216
            Bytes of the longest read that is shared.

        Yields
        ------
        sequence of tuple
            What one read gave: positions in ``byte_ranges``, each with its bytes.

        Raises
        ------
        BaseExceptionGroup
            Of what a read raised; of a FileNotFoundError if there is no value.
        """

        async def get(byte_range: ByteRequest | None) -> Buffer | None:
            return await self.get(key, prototype, byte_range)

        reads = shared_reads(byte_ranges, max_gap_bytes, max_coalesced_bytes)
        async for parts in read_shared(key, get, reads, max_concurrency):
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
        """Return what `get_ranges` hands out, without a loop.

        Parameters
        ----------
        key : str
            Name of the value.
        byte_ranges : sequence of byte requests
            Which parts, in bytes.
        prototype : BufferPrototype, optional
            Classes of buffers.
        max_gap_bytes : int
            Parts that are closer are fetched together.
        max_coalesced_bytes : int
            Length that is fetched together at most.

        Raises
        ------
        TypeError
            If the store cannot be read without a loop.
        BaseExceptionGroup
            Of a FileNotFoundError if there is no value.
        """
        if not isinstance(self, SupportsGetSync):
            raise TypeError(f"{type(self).__name__} does not support synchronous reads: it has no get_sync()")
        getter: SupportsGetSync = self

        def get(byte_range: ByteRequest | None) -> Buffer | None:
            return getter.get_sync(key, prototype=prototype, byte_range=byte_range)

        return read_shared_sync(key, get, shared_reads(byte_ranges, max_gap_bytes, max_coalesced_bytes))

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Set the value of a key that has none; this default can race with another writer.

        Parameters
        ----------
        key : str
            Name of the value.
        value : Buffer
            The bytes.
        """
        if not await self.exists(key):
            await self.set(key, value)

    def list_prefix(self, prefix: str = "") -> AsyncIterator[str]:
        """Return the keys that start with a prefix, for ``for`` and ``async for``.

        Parameters
        ----------
        prefix : str
            Of keys: the path of a folder.
        """

        async def matching() -> AsyncIterator[str]:
            async for key in self.list():
                if key.startswith(prefix):
                    yield key

        return Listing.of(matching)

    def list_dir(self, prefix: str = "") -> AsyncIterator[str]:
        """Return the names of keys and folders directly in a folder, for ``for`` and ``async for``.

        Parameters
        ----------
        prefix : str
            Of keys: the path of a folder.
        """

        async def names() -> AsyncIterator[str]:
            start, seen = folder(prefix), set()
            async for key in self.list_prefix(start):
                name = key[len(start) :].partition("/")[0]
                if name not in seen:
                    seen.add(name)
                    yield name

        return Listing.of(names)

    async def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder.

        Parameters
        ----------
        prefix : str
            Of keys: the path of a folder.
        """
        self._check_writable()
        # To the end before anything is deleted under the iterator.
        for key in [key async for key in self.list_prefix(folder(prefix))]:
            await self.delete(key)

    async def clear(self) -> None:
        """Remove every key."""
        await self.delete_dir("")

    async def is_empty(self, prefix: str = "") -> bool:
        """Return whether a folder has no key.

        Parameters
        ----------
        prefix : str
            Of keys: the path of a folder.
        """
        async for _ in self.list_prefix(folder(prefix)):
            return False
        return True

    async def getsize(self, key: str) -> int:
        """Return the size of a value, in bytes.

        Parameters
        ----------
        key : str
            Name of the value.

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
        """Return the size of all values in a folder, in bytes.

        Parameters
        ----------
        prefix : str
            Of keys: the path of a folder.
        """
        import asyncio

        keys = [key async for key in self.list_prefix(folder(prefix))]
        return sum(await asyncio.gather(*(self.getsize(key) for key in keys)))

    # Names that zarr-python's own code and tests use

    async def _get_many(
        self, requests: Iterable[tuple[str, BufferPrototype, ByteRequest | None]]
    ) -> AsyncGenerator[tuple[str, Buffer | None], None]:
        for key, prototype, byte_range in requests:
            yield key, await self.get(key, prototype, byte_range)

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        import asyncio

        await asyncio.gather(*(self.set(key, value) for key, value in values))

    async def _get_bytes(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> bytes:
        value = await self.get(key, prototype or default_buffer_prototype(), byte_range)
        if value is None:
            raise FileNotFoundError(key)
        return value.to_bytes()

    def _get_bytes_sync(
        self, key: str = "", *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> bytes:
        from zarrust import loop

        return loop.run(self._get_bytes(key, prototype=prototype, byte_range=byte_range))

    async def _get_json(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Any:
        import json

        return json.loads(await self._get_bytes(key, prototype=prototype, byte_range=byte_range))

    def _get_json_sync(
        self, key: str = "", *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Any:
        import json

        return json.loads(self._get_bytes_sync(key, prototype=prototype, byte_range=byte_range))
