"""`StorePath`: a store and a path in it; and what a user may give for one."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from typing import Any, TypeAlias

from zarrust.abc.protocols import SupportsDeleteSync, SupportsGetSync, SupportsSetSync
from zarrust.abc.store import ByteRequest, Store
from zarrust.buffer.cpu import Buffer, BufferPrototype, default_buffer_prototype
from zarrust.storage.foreign import ForeignStore, is_foreign
from zarrust.storage.local import LocalStore
from zarrust.storage.memory import MemoryStore
from zarrust.storage.names import normalize_path
from zarrust.storage.urls import LOCAL_SCHEMES, foreign_store, scheme_of, store_from_url

__all__ = ["StoreLike", "StorePath", "make_store_path", "normalize_path"]


class StorePath:
    """A store and a path in it.

    Parameters
    ----------
    store : Store
    path : str, default ""
        Of a node or of a key; ``""`` is the root.

    Examples
    --------
    >>> from zarrust.storage import LocalStore
    >>> print(StorePath(LocalStore("data"), "a") / "b")
    file://data/a/b
    """

    def __init__(self, store: Store, path: str = "") -> None:
        self.store: Store = store
        self.path: str = normalize_path(path)

    @property
    def read_only(self) -> bool:
        """Whether the store refuses to write."""
        return self.store.read_only

    @classmethod
    async def open(cls, store: Store, path: str, mode: str | None = None) -> StorePath:
        """Return a path whose store fits an access mode; see `make_store_path`.

        Parameters
        ----------
        store : Store
        path : str
        mode : {"r", "r+", "a", "w", "w-"} or None
            What has to be there, and what may be done to it.

        Raises
        ------
        FileExistsError
            If the mode is ``"w-"`` and there is something below the path.
        """
        place = make_store_path(store, path=path, mode=mode)
        await place.store._ensure_open()
        if mode in ("w-", "x") and not await place.is_empty():
            raise FileExistsError(
                f"Cannot create '{path}' with mode '{mode}' because it already contains data. "
                "Use mode 'w' to overwrite or 'a' to append."
            )
        return place

    async def get_json(self, *, byte_range: ByteRequest | None = None) -> Any:
        """Return the value of the key read as JSON; None if there is none.

        Parameters
        ----------
        byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
            Which part of the value, in bytes; all by default.
        """
        import json

        value = await self.get(byte_range=byte_range)
        return None if value is None else json.loads(value.to_bytes())

    async def get(
        self, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of the key, or a part of it; None if there is none.

        Parameters
        ----------
        prototype : BufferPrototype, optional
            Classes of buffers.
        byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
            Which part of the value, in bytes; all by default.
        """
        return await self.store.get(self.path, prototype or default_buffer_prototype(), byte_range)

    async def set(self, value: Buffer) -> None:
        """Set the value of the key.

        Parameters
        ----------
        value : Buffer
            The bytes.
        """
        await self.store.set(self.path, value)

    async def set_if_not_exists(self, default: Buffer) -> None:
        """Set the value of the key if it has none.

        Parameters
        ----------
        default : Buffer
            The bytes.
        """
        await self.store.set_if_not_exists(self.path, default)

    async def delete(self) -> None:
        """Remove the key."""
        await self.store.delete(self.path)

    async def delete_dir(self) -> None:
        """Remove every key below."""
        await self.store.delete_dir(self.path)

    async def exists(self) -> bool:
        """Return whether the key has a value."""
        return await self.store.exists(self.path)

    async def is_empty(self) -> bool:
        """Return whether there is no key below."""
        return await self.store.is_empty(self.path)

    def get_sync(
        self, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the same as `get`, without a loop.

        Parameters
        ----------
        prototype : BufferPrototype, optional
            Classes of buffers.
        byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
            Which part of the value, in bytes; all by default.

        Raises
        ------
        TypeError
            If the store needs one.
        """
        store: object = self.store
        if not isinstance(store, SupportsGetSync):
            raise TypeError(f"Store {type(self.store).__name__} does not support synchronous get.")
        return store.get_sync(self.path, prototype=prototype, byte_range=byte_range)

    def set_sync(self, value: Buffer) -> None:
        """Do the same as `set`, without a loop.

        Parameters
        ----------
        value : Buffer
            The bytes.

        Raises
        ------
        TypeError
            If the store needs one.
        """
        store: object = self.store
        if not isinstance(store, SupportsSetSync):
            raise TypeError(f"Store {type(self.store).__name__} does not support synchronous set.")
        store.set_sync(self.path, value)

    def delete_sync(self) -> None:
        """Do the same as `delete`, without a loop.

        Raises
        ------
        TypeError
            If the store needs one.
        """
        store: object = self.store
        if not isinstance(store, SupportsDeleteSync):
            raise TypeError(f"Store {type(self.store).__name__} does not support synchronous delete.")
        store.delete_sync(self.path)

    @property
    def name(self) -> str:
        """Last segment of the path."""
        return self.path.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """Extension of the last segment with its dot, as in pathlib; empty without one."""
        from pathlib import PurePosixPath

        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> StorePath:
        """The path one level up; the root's is itself."""
        return StorePath(self.store, self.path.rpartition("/")[0])

    def __truediv__(self, other: str) -> StorePath:
        return StorePath(self.store, f"{self.path}/{other}")

    def __str__(self) -> str:
        return f"{self.store}/{self.path}" if self.path else str(self.store)

    def __repr__(self) -> str:
        return f"StorePath({type(self.store).__name__}, '{self}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorePath) and self.store == other.store and self.path == other.path

    def __hash__(self) -> int:
        return hash((type(self.store), self.path))


StoreLike: TypeAlias = Store | StorePath | str | os.PathLike[str] | MutableMapping[str, Any] | None
"""What may be given for a store."""

_MODES = (None, "r", "r+", "a", "w", "w-", "x")


def make_store_path(
    store_like: StoreLike,
    *,
    path: str | os.PathLike[str] | None = None,
    mode: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> StorePath:
    """Return the store and path that a user means.

    Parameters
    ----------
    store_like : Store, StorePath, str, path, mapping or None
        A path of this machine or a URL; a mapping to keep the values in; None for a fresh store in memory.
    path : str, optional
        Of the node in the store.
    mode : {"r", "r+", "a", "w", "w-"}, optional
        ``"r"`` makes the store read-only.
    storage_options : mapping, optional
        Options of a URL's store.

    Raises
    ------
    ValueError
        If the mode writes and the store is read-only, or it is unknown.
    TypeError
        If it is none of these, or options come without a URL.
    """
    if mode not in _MODES:
        raise ValueError(f"mode: expected 'r', 'r+', 'a', 'w' or 'w-', found {mode!r}")
    scheme = scheme_of(store_like)
    # An empty mapping says as little as none; LocalStore has no options, fsspec's "local" has.
    if storage_options and (scheme is None or scheme == "file"):
        raise TypeError(
            "'storage_options' was provided but unused. "
            "'storage_options' is only used when the store is passed as an FSSpec URI string."
        )
    if is_foreign(store_like):
        store_like = ForeignStore(store_like)
    base = ""
    foreign = foreign_store(store_like, path=path, read_only=mode == "r")
    if foreign is not None:
        store = foreign
    elif isinstance(store_like, StorePath):
        store, base = store_like.store, store_like.path
    elif isinstance(store_like, Store):
        store = store_like
    elif store_like is None:
        store = MemoryStore()
    elif isinstance(store_like, str) and scheme is not None:
        store = _from_url(store_like, scheme, storage_options, mode, normalize_path(path))
    elif isinstance(store_like, (str, os.PathLike)):
        store = _local(os.fspath(store_like), mode, normalize_path(path))
    elif isinstance(store_like, MutableMapping):
        store = MemoryStore(store_like)
    else:
        raise TypeError(
            f"Unsupported type for store_like: {type(store_like).__name__!r}; "
            "expected a store, a path or URL, or a mapping"
        )
    if mode == "r" and not store.read_only:
        store = _read_only(store)
    elif store.read_only and mode not in (None, "r"):
        raise ValueError(
            f"Store is read-only but mode is {mode!r}. Create a writable store or use 'r' mode"
            f"{store._read_only_because}."
        )
    return StorePath(store, f"{base}/{normalize_path(path)}")


def _read_only(store: Store) -> Store:
    try:
        return store.with_read_only(True)
    except NotImplementedError as error:
        raise ValueError(f"Store is not read-only but mode is 'r'. {error}") from error


def _local(root: str, mode: str | None, path: str) -> Store:
    if root.endswith(".zip") and not os.path.isdir(root):
        return _zip(root, mode or ("a" if not os.path.exists(root) or os.access(root, os.W_OK) else "r"), path)
    return LocalStore(root)


def _zip(archive: str, mode: str, path: str, options: Mapping[str, Any] | None = None) -> Store:
    from zarrust.storage.zip import ZipStore

    if mode == "r+" and "://" not in archive and not os.path.exists(archive):
        raise FileNotFoundError(f"{archive} does not exist")
    # What is made below the root leaves the rest of the archive alone.
    modes: Mapping[str, Any] = {"r": "r", "w": "a" if path else "w"}
    return ZipStore(archive, mode=modes.get(mode, "a"), storage_options=options)


def _from_url(url: str, scheme: str, options: Mapping[str, Any] | None, mode: str | None, path: str) -> Store:
    if scheme in LOCAL_SCHEMES and not options:
        from urllib.parse import unquote

        return _local(unquote(url.partition("://")[2]), mode, path)
    if url.endswith(".zip"):
        # Read unless it is said otherwise: a change of it sends all of it.
        return _zip(url, mode or "r", path, options)
    return store_from_url(url, options, read_only=mode == "r")
