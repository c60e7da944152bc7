"""`LRUStoreCache`: version 2's cache in memory."""

from __future__ import annotations

from typing import Any

from zarrust import loop
from zarrust.experimental.cache_store import CacheStore
from zarrust.storage.memory import MemoryStore

__all__ = ["LRUStoreCache"]


class LRUStoreCache(CacheStore):
    """A store that keeps what it has read in memory; what was used longest ago makes room.

    Parameters
    ----------
    store : Store, mapping, path or URL
        The wrapped store.
    max_size : int, optional
        Bytes that are kept at most; no limit without it.

    Examples
    --------
    >>> import zarrust
    >>> store = LRUStoreCache({}, max_size=1 << 20)
    >>> z = zarrust.create_array(store, data=[1, 2, 3])
    >>> z[:].tolist(), store.hits > 0
    ([1, 2, 3], True)
    """

    def __init__(self, store: Any, max_size: int | None = None, **kwargs: Any) -> None:
        from zarrust.storage.path import make_store_path

        super().__init__(
            make_store_path(store).store,
            **({"cache_store": MemoryStore(), "max_size": None if max_size is None else int(max_size)} | kwargs),
        )

    @property
    def hits(self) -> int:
        """How often a value was kept."""
        return self._state.hits

    @property
    def misses(self) -> int:
        """How often a value had to be read."""
        return self._state.misses

    def invalidate(self) -> None:
        """Drop everything that is kept."""
        loop.run(self.clear_cache())

    def invalidate_values(self) -> None:
        """Drop the values that are kept."""
        self.invalidate()

    def invalidate_keys(self) -> None:
        """Drop nothing: which keys there are is asked of the store each time."""
