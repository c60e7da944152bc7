"""`ObjectStore`: S3, Google Cloud Storage, Azure, HTTP and what else the object_store library reaches."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Generic

from typing_extensions import TypeVar

from zarrust import _core
from zarrust.storage.names import without_secrets
from zarrust.storage.native import NativeStore

if TYPE_CHECKING:
    import builtins
    from collections.abc import Sequence

__all__ = ["ObjectStore"]

T = TypeVar("T", default=Any)


class ObjectStore(NativeStore, Generic[T]):
    """A store of the builders in `zarrust.store`, or one of the obstore package, or a URL of either.

    Parameters
    ----------
    store : zarrust.store.S3Store, zarrust.store.HTTPStore, ..., an obstore store, or str
        Built with its options; the engine makes its own connections from them. Obstore's in-memory store is called
        through obstore, as its values are in obstore's hands. A URL is given to `zarrust.store.from_url` with
        ``**options``.
    read_only : bool, default False
        Whether writing and deleting are refused.
    missing_status : sequence of int, default (404,)
        Statuses of HTTP that mean that a key is not there. Public buckets without the right to list answer 403 for
        missing objects: ``(404, 403)`` reads those as missing, at the price that a refusal is taken for a hole.
    **options
        Of a URL: ``region``, ``skip_signature``, ``client_options``, ``retry_config``, ``credential_provider``, ...

    Raises
    ------
    TypeError
        If it is no such store, or options come with a store that is built already.
    ValueError
        If an endpoint, a URL or a proxy is none to which requests can go.

    Examples
    --------
    >>> from zarrust.store import MemoryStore
    >>> import zarrust
    >>> z = zarrust.create_array(ObjectStore(MemoryStore()), shape=(2,), dtype="float64")
    >>> z[0] = 5
    >>> z[:]
    array([5., 0.])
    """

    def __init__(
        self, store: Any, *, read_only: bool = False, missing_status: Sequence[int] = (404,), **options: Any
    ) -> None:
        super().__init__(read_only=read_only)
        # A parameter of stores of version 2, without effect on keys.
        options.pop("normalize_keys", None)
        if isinstance(store, str) and "://" in store:
            from zarrust.store import from_url

            store = from_url(store, **options)
        elif options:
            raise TypeError(f"options {sorted(options)} belong to a URL, not to the store {store!r}")
        self.store = store
        self._missing = tuple(missing_status)
        # Now rather than when first needed: what is no such store is a TypeError here.
        self._native_cache = self._make_native()

    def _make_native(self) -> _core.Store:
        name, module = type(self.store).__name__, type(self.store).__module__
        if name == "MemoryStore" and module.partition(".")[0] in ("obstore", "_obstore"):
            return _core.Store.python(_ObstoreBridge(self.store), f"obstore:{id(self.store):x}")
        try:
            return _core.Store.object(self.store, missing=self._missing)
        except (AttributeError, TypeError) as error:
            raise TypeError(f"expected ObjectStore class, got {self.store!r}") from error

    async def get_async(self, key: str) -> bytes | None:
        """Return the value of a key as bytes; None if there is none.

        Parameters
        ----------
        key : str
        """
        return await self._native.get_async(key)

    async def set_async(self, key: str, value: bytes) -> None:
        """Set the value of a key.

        Parameters
        ----------
        key : str
        value : bytes
        """
        self._check_writable()
        await self._native.set_async(key, value)

    @property
    def _lists_all(self) -> bool:  # type: ignore[override]
        return type(self.store).__name__ != "HTTPStore"

    def with_read_only(self, read_only: bool = False) -> ObjectStore[T]:
        """Return a store over the same objects with another ``read_only``."""
        other = type(self)(self.store, read_only=read_only, missing_status=self._missing)
        other._native_cache = self._native
        return other

    def __str__(self) -> str:
        # Obstore's clients show their URLs whole.
        return without_secrets(f"object_store://{self.store}")

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
