"""What the stores of the network cost: requests, repeated ones, and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zarrust import _core

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Stats", "stats"]


@dataclass
class Stats:
    """Counts of the requests that the engine sent to network stores, and of those that caches spared.

    Parameters
    ----------
    requests : int
        Requests sent, repeated ones included.
    retries : int
        Requests that came to nothing and were sent again: statuses 408, 429 and 5xx, broken connections, bodies that
        were cut short.
    bytes_received, bytes_sent : int
        Bytes of values, without protocol and listings.
    cache_hits : int
        Reads that needed less or nothing of a store: in shards whose index the engine had kept, and of values that a
        `zarrust.storage.LRUStoreCache` or a `zarrust.experimental.cache_store.CacheStore` had.

    Notes
    -----
    In ``with`` the counts of the block alone are taken at its end. Other threads count as well; file systems that do
    their own I/O do not.
    """

    requests: int
    retries: int
    bytes_received: int
    bytes_sent: int
    cache_hits: int

    def __enter__(self) -> Self:
        self._start = _core.traffic()
        self._count(*(0 for _ in self._start))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._count(*(now - then for now, then in zip(_core.traffic(), self._start, strict=True)))

    def _count(self, requests: int, retries: int, received: int, sent: int, hits: int) -> None:
        self.requests, self.retries, self.bytes_received, self.bytes_sent = requests, retries, received, sent
        self.cache_hits = hits


def stats() -> Stats:
    """Return what was counted since the process began; in ``with``, what a block costs.

    Examples
    --------
    >>> import zarrust
    >>> with zarrust.stats() as cost:
    ...     z = zarrust.zeros((10, 10))
    >>> cost
    Stats(requests=0, retries=0, bytes_received=0, bytes_sent=0, cache_hits=0)
    """
    return Stats(*_core.traffic())
