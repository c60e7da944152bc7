"""`ObjectStore`: S3, Google Cloud Storage, Azure, HTTP and what else the object_store library reaches."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from zarrust import _core
from zarrust.storage.native import NativeStore

if TYPE_CHECKING:
    import builtins

__all__ = ["ObjectStore"]


class ObjectStore(NativeStore):
    """A store of the builders in `zarrust.store`, or one of the obstore package.

    Parameters
    ----------
    store : zarrust.store.S3Store, zarrust.store.HTTPStore, ... or an obstore store
        Built with its options; the engine uses it directly. Obstore's in-memory store is called through obstore, as its
        values are in obstore's hands.
    read_only : bool, default False
        Whether writing and deleting are refused.

    Raises
    ------
    TypeError
        If it is no such store.

    Examples
    --------
    >>> from zarrust.store import MemoryStore
    >>> import zarrust
    >>> z = zarrust.create_array(ObjectStore(MemoryStore()), shape=(2,), dtype="float64")
    >>> z[0] = 5
    >>> z[:]
    array([5., 0.])
    """

    def __init__(self, store: Any, *, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        self.store = store
        # Now rather than when first needed: what is no such store is a TypeError here.
        self._native_cache = self._make_native()

    def _make_native(self) -> _core.Store:
        name, module = type(self.store).__name__, type(self.store).__module__
        if name == "MemoryStore" and module.partition(".")[0] in ("obstore", "_obstore"):
            return _core.Store.python(_ObstoreBridge(self.store), f"obstore:{id(self.store):x}")
        return _core.Store.object(self.store)

    def with_read_only(self, read_only: bool = False) -> ObjectStore:
        """Return a store over the same objects with another ``read_only``."""
        other = type(self)(self.store, read_only=read_only)
        other._native_cache = self._native
        return other

    def __str__(self) -> str:
        return f"object_store://{self.store}"

    def __repr__(self) -> str:
        return f"ObjectStore({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.read_only == other.read_only and bool(self.store == other.store)

    def __hash__(self) -> int:
        return super().__hash__()


class _ObstoreBridge:
    """The engine's view of a store whose values only obstore can reach."""

    def __init__(self, store: Any) -> None:
        import obstore

        self._store = store
        self._obstore: Any = obstore

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a value or a part of it."""
        try:
            value = bytes(self._obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None
        return value[start:end] if suffix is None else value[max(len(value) - suffix, 0) :]

    def set(self, key: str, value: bytes) -> None:
        """Set a value."""
        self._obstore.put(self._store, key, value)

    def set_if_absent(self, key: str, value: bytes) -> bool:
        """Set a value if there is none, and return whether it was set."""
        try:
            self._obstore.put(self._store, key, value, mode="create")
        except self._obstore.exceptions.AlreadyExistsError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove a value."""
        with contextlib.suppress(FileNotFoundError):
            self._obstore.delete(self._store, key)

    def delete_prefix(self, prefix: str) -> None:
        """Remove the values in a folder."""
        for key in self.list(prefix):
            self.delete(key)

    def size(self, key: str) -> int | None:
        """Return the size of a value, in bytes."""
        try:
            return int(self._obstore.head(self._store, key)["size"])
        except FileNotFoundError:
            return None

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the keys in a folder."""
        return [entry["path"] for batch in self._obstore.list(self._store, prefix or None) for entry in batch]

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        found = self._obstore.list_with_delimiter(self._store, prefix or None)
        paths = [*found["common_prefixes"], *(entry["path"] for entry in found["objects"])]
        return [path.rstrip("/").rpartition("/")[2] for path in paths]
