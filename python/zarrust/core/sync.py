"""Waiting for coroutines, for packages that write stores with zarr-python's helpers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from zarrust.loop import SyncError, collect
from zarrust.loop import collect as _collect_aiterator
from zarrust.loop import event_loop as _get_loop
from zarrust.loop import run as sync

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

__all__ = ["SyncError", "SyncMixin", "_collect_aiterator", "_get_loop", "collect_aiterator", "sync"]

T = TypeVar("T")


def collect_aiterator(data: AsyncIterator[T]) -> tuple[T, ...]:
    """Return everything that an asynchronous iterator has, waiting for it."""
    return sync(collect(data))


class SyncMixin:
    """Waits for the coroutines of an asynchronous twin."""

    def _sync(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return sync(coroutine)

    def _sync_iter(self, async_iterator: AsyncIterator[T]) -> list[T]:
        return [*collect_aiterator(async_iterator)]
