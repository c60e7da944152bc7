"""`MemoryStore`: this process's memory."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from zarrust import _core
from zarrust.storage.bridge import MappingBridge
from zarrust.storage.native import NativeStore

__all__ = ["MemoryStore"]


class MemoryStore(NativeStore):
    """Values in memory: the engine's own or, where a mapping is given, in that mapping.

    Parameters
    ----------
    store_dict : MutableMapping, optional
        Where the values are kept: `Buffer` objects in a dict, bytes in another mapping.
    read_only : bool, default False
        Whether writing and deleting are refused.

    Examples
    --------
    >>> import zarrust
    >>> data = {}
    >>> z = zarrust.open(MemoryStore(data), shape=(2,))
    >>> sorted(data)
    ['zarr.json']
    """

    def __init__(self, store_dict: MutableMapping[str, Any] | None = None, *, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        if store_dict is not None and not isinstance(store_dict, MutableMapping):
            raise TypeError(
                f"store_dict: expected a dict or another mutable mapping, found {type(store_dict).__name__}"
            )
        self._mapping = store_dict
        if store_dict is None:
            # Now rather than when first needed: two threads must not each make a memory of their own.
            self._native_cache = _core.Store.memory()

    def _make_native(self) -> _core.Store:
        if self._mapping is None:
            return _core.Store.memory()
        # One thread: calls into Python take turns anyway.
        return _core.Store.python(MappingBridge(self._mapping), f"memory:{id(self._mapping):x}", threads=1)

    @property
    def _identity(self) -> int:
        return id(self._native if self._mapping is None else self._mapping)

    def with_read_only(self, read_only: bool = False) -> MemoryStore:
        """Return a store over the same values with another ``read_only``."""
        other = type(self)(self._mapping, read_only=read_only)
        other._native_cache = self._native
        return other

    def __getstate__(self) -> dict[str, Any]:
        """Return the values with the rest: memory is all there is of them."""
        state = super().__getstate__()
        if self._mapping is None:
            handle = self._native
            keys = handle.list()
            state["_values"] = dict(zip(keys, handle.get_many(keys), strict=True))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        values = state.pop("_values", {})
        self.__dict__.update(state)
        for key, value in values.items():
            self._native.set(key, value)

    def __str__(self) -> str:
        return f"memory://{self._identity}"

    def __repr__(self) -> str:
        return f"MemoryStore('{self}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._identity == other._identity and self.read_only == other.read_only

    __hash__ = NativeStore.__hash__
