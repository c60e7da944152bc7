"""`MemoryStore` and `ManagedMemoryStore`: this process's memory."""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections.abc import Iterator, MutableMapping
from typing import Any, Self

from zarrust import _core
from zarrust.buffer.cpu import Buffer
from zarrust.storage.bridge import MappingBridge
from zarrust.storage.names import normalize_path
from zarrust.storage.native import NativeStore

__all__ = ["DictStore", "KVStore", "ManagedMemoryStore", "MemoryStore"]


class Values(MutableMapping[str, Buffer]):
    """The engine's memory as a mapping of keys to buffers.

    Parameters
    ----------
    handle : _core.Store
    """

    def __init__(self, handle: _core.Store) -> None:
        self.handle = handle

    def __getitem__(self, key: str) -> Buffer:
        value = self.handle.get(key)
        if value is None:
            raise KeyError(key)
        return Buffer.from_bytes(value)

    def __setitem__(self, key: str, value: Any) -> None:
        self.handle.set(key, value.as_buffer_like() if hasattr(value, "as_buffer_like") else value)

    def __delitem__(self, key: str) -> None:
        if not self.handle.exists(key):
            raise KeyError(key)
        self.handle.delete(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.handle.list())

    def __len__(self) -> int:
        return len(self.handle.list())

    def __getstate__(self) -> dict[str, bytes | None]:
        """Return the values: memory is all there is of them."""
        keys = self.handle.list()
        return dict(zip(keys, self.handle.get_many(keys), strict=True))

    def __setstate__(self, state: dict[str, bytes]) -> None:
        self.handle = _core.Store.memory()
        for key, value in state.items():
            self.handle.set(key, value)


class MemoryStore(NativeStore):
    """Values in memory: the engine's own or, where a mapping is given, in that mapping.

    Parameters
    ----------
    store_dict : MutableMapping, optional
        Where the values are kept: `Buffer` objects in a dict, bytes in another mapping.
    read_only : bool, default False
        Whether writing and deleting are refused.
    normalize_keys : bool, default True
        Accepted, without effect.

    Examples
    --------
    >>> import zarrust
    >>> data = {}
    >>> z = zarrust.open(MemoryStore(data), shape=(2,))
    >>> sorted(data)
    ['zarr.json']
    """

    def __init__(
        self,
        store_dict: MutableMapping[str, Any] | None = None,
        *,
        read_only: bool = False,
        normalize_keys: bool = True,
    ) -> None:
        super().__init__(read_only=read_only)
        if store_dict is not None and not isinstance(store_dict, MutableMapping):
            raise TypeError(
                f"store_dict: expected a dict or another mutable mapping, found {type(store_dict).__name__}"
            )
        # The engine's memory is made now rather than when first needed: two threads must not each make one.
        self._store_dict: MutableMapping[str, Any] = Values(_core.Store.memory()) if store_dict is None else store_dict

    def _make_native(self) -> _core.Store:
        if isinstance(self._store_dict, Values):
            return self._store_dict.handle
        # One thread: calls into Python take turns anyway.
        return _core.Store.python(MappingBridge(self._store_dict), f"memory:{id(self._store_dict):x}", threads=1)

    def with_read_only(self, read_only: bool = False) -> Self:
        """Return a store over the same values with another ``read_only``."""
        return self._twin(read_only)

    async def set(self, key: str, value: Buffer, byte_range: tuple[int, int] | None = None) -> None:
        """Set the value of a key, or the part of it from one byte to before another."""
        if byte_range is not None:
            old = bytearray(self[key])
            old[slice(*byte_range)] = value.as_buffer_like()
            value = Buffer.from_bytes(bytes(old))
        await super().set(key, value)

    def __str__(self) -> str:
        return f"memory://{id(self._store_dict)}"

    def __repr__(self) -> str:
        return f"MemoryStore('{self}')"

    def __eq__(self, other: object) -> bool:
        """Whether another store has the same ``read_only`` and values: the same memory, or equal ones."""
        if not isinstance(other, type(self)) or self.read_only != other.read_only:
            return False
        return self._store_dict is other._store_dict or self._store_dict == other._store_dict

    def __hash__(self) -> int:
        return super().__hash__()


DictStore = MemoryStore


class KVStore(MemoryStore):
    """Version 2's name for a store over any mutable mapping.

    Parameters
    ----------
    mutablemapping : MutableMapping
    read_only : bool, default False
        Whether writing and deleting are refused.

    Examples
    --------
    >>> from collections import UserDict
    >>> store = KVStore(UserDict())
    >>> store["a"] = b"1"
    >>> store["a"]
    b'1'
    """

    def __init__(self, mutablemapping: MutableMapping[str, Any], *, read_only: bool = False) -> None:
        super().__init__(mutablemapping, read_only=read_only)


class _Memory:
    """The memory behind a name, for as long as a store has it."""

    def __init__(self) -> None:
        self.handle = _core.Store.memory()


_named: weakref.WeakValueDictionary[str, _Memory] = weakref.WeakValueDictionary()
_numbers = itertools.count()
_lock = threading.Lock()


def _renew_lock() -> None:
    """Give a forked child a lock of its own: the parent's may be held by a thread that the child does not have."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class ManagedMemoryStore(MemoryStore):
    """Memory with a name: ``memory://name`` in this process, for as long as a store of that name is in use.

    Parameters
    ----------
    name : str, optional
        A store with this name shares its values; a new name is made up without one.
    path : str, default ""
        Folder in the memory that is the store's root.
    read_only : bool, default False
        Whether writing and deleting are refused.

    Raises
    ------
    ValueError
        If the name has a slash.

    Examples
    --------
    >>> store = ManagedMemoryStore("results")
    >>> store["a/b"] = b"1"
    >>> ManagedMemoryStore.from_url("memory://results/a")["b"]
    b'1'
    """

    def __init__(self, name: str | None = None, *, path: str = "", read_only: bool = False) -> None:
        with _lock:
            if name is None:
                name = next(made for made in map(str, _numbers) if made not in _named)
            elif "/" in name:
                raise ValueError(f"store name {name!r} has a '/'; the path in the store is the argument 'path'")
            memory = _named.get(name)
            if memory is None:
                memory = _named[name] = _Memory()
        self._name, self._memory = name, memory
        self.path: str = normalize_path(path)
        super().__init__(Values(memory.handle), read_only=read_only)

    def _make_native(self) -> _core.Store:
        return self._memory.handle.prefixed(self.path)

    @property
    def name(self) -> str:
        """The name in the URL."""
        return self._name

    @classmethod
    def from_url(cls, url: str, *, read_only: bool = False) -> ManagedMemoryStore:
        """Return a store over the memory that a URL names.

        Parameters
        ----------
        url : str
            ``memory://name`` or ``memory://name/path``.
        read_only : bool, default False

        Raises
        ------
        ValueError
            If the URL is another one, or no store in use has the name.
        """
        scheme, separator, rest = url.partition("://")
        if scheme != "memory" or not separator:
            raise ValueError(f"expected a 'memory://' URL, found {url!r}")
        name, _, path = rest.partition("/")
        # Held until the new store holds it.
        memory = _named.get(name)
        if memory is None:
            raise ValueError(f"Memory store not found for URL '{url}'. The store may have been garbage collected.")
        return cls(name, path=path, read_only=read_only)

    def with_read_only(self, read_only: bool = False) -> ManagedMemoryStore:
        """Return a store over the same values with another ``read_only``."""
        return type(self)(self._name, path=self.path, read_only=read_only)

    def __reduce__(self) -> tuple[Any, ...]:
        """Name the memory and the process: its values stay here."""
        return _rebuilt, (type(self), self._name, self.path, self.read_only, os.getpid())

    def __str__(self) -> str:
        return f"memory://{self._name}" + (f"/{self.path}" if self.path else "")

    def __repr__(self) -> str:
        return f"ManagedMemoryStore('{self}')"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return False
        return (self._memory, self.path, self.read_only) == (other._memory, other.path, other.read_only)

    def __hash__(self) -> int:
        return super().__hash__()


def _rebuilt(cls: type[ManagedMemoryStore], name: str, path: str, read_only: bool, pid: int) -> ManagedMemoryStore:
    """Return a store that was pickled in this process.

    Raises
    ------
    RuntimeError
        If it was pickled in another one.
    """
    if pid != os.getpid():
        raise RuntimeError(
            f"ManagedMemoryStore '{name}' was created in process {pid} and is in its memory alone; process "
            f"{os.getpid()} has no part in it. Use a LocalStore or a ZipStore for what processes share."
        )
    return cls(name, path=path, read_only=read_only)
