"""Keeping writers that share chunks from losing each other's parts, as version 2 had it.

Threads of one process need nothing: the engine locks each stored object while it changes a part of it.
`ThreadSynchronizer` is there for older programs. Processes need a `ProcessSynchronizer`.
"""

from __future__ import annotations

import itertools
import os
import threading
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from pathlib import Path

    from zarrust.abc.store import Store
    from zarrust.array_grid import GriddedNode
    from zarrust.chunk_grid import ChunkGrid, Dimension
    from zarrust.indexing import Axis, Selection

__all__ = [
    "ProcessSynchronizer",
    "ThreadSynchronizer",
    "exclusive",
    "exclusive_async",
    "node_lock",
    "node_lock_async",
]

_SLOTS = 64
"""Lock files of an array, at most: chunks share them, so that a write of many chunks does not open as many files."""


class ThreadSynchronizer:
    """Says that threads share chunks. They may do so without it as well: the engine locks each stored object.

    Examples
    --------
    >>> import zarrust
    >>> z = zarrust.zeros(10, chunks=5, synchronizer=zarrust.ThreadSynchronizer())
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def __getitem__(self, key: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]


class ProcessSynchronizer:
    """Lets processes write into parts of the same chunks, and change attributes of the same nodes.

    Each write waits until it has the chunks, or the document, for itself.

    Parameters
    ----------
    path : str or pathlib.Path
        Folder for lock files, on a file system that all writers share and that has file locks. It is made when it is
        needed, and may be deleted when nobody writes.

    Notes
    -----
    Every process has to give one with the same path. Locks are the system's (``flock``; on Windows ``LockFile``): what
    a process held is free when it ends, however it ends.

    Examples
    --------
    >>> import zarrust
    >>> synchronizer = zarrust.ProcessSynchronizer("example.sync")
    >>> z = zarrust.zeros(10, chunks=5, synchronizer=synchronizer)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        from pathlib import Path

        self.path: Path = Path(path)

    @contextmanager
    def __getitem__(self, key: str) -> Iterator[None]:
        """Hold the lock of a name, as ``with synchronizer["0.0"]:``."""
        target = self.path / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "ab") as file:
            _lock(file.fileno())
            # Closing the file gives the lock back.
            yield

    def __repr__(self) -> str:
        return f"ProcessSynchronizer({str(self.path)!r})"


@contextmanager
def exclusive(synchronizer: ProcessSynchronizer | None, array: GriddedNode, selection: Selection) -> Iterator[None]:
    """Hold the chunks of a selection for this process; without a synchronizer, do nothing.

    Parameters
    ----------
    synchronizer : ProcessSynchronizer, optional
    array : Array or AsyncArray
    selection : Selection
    """
    if synchronizer is None:
        yield
        return
    with ExitStack() as held:
        # In one order everywhere, so that two writers never wait for each other.
        for slot in sorted(_slots(selection, array._chunk_grid)):
            held.enter_context(synchronizer[f"{array.path}/{slot:02}".lstrip("/")])
        yield


@asynccontextmanager
async def exclusive_async(
    synchronizer: ProcessSynchronizer | None, array: GriddedNode, selection: Selection
) -> AsyncIterator[None]:
    """Do the same as `exclusive`, without keeping the loop from running what has to give the chunks back."""
    if synchronizer is None:
        yield
        return
    import asyncio

    held = exclusive(synchronizer, array, selection)
    await asyncio.to_thread(held.__enter__)
    try:
        yield
    finally:
        held.__exit__(None, None, None)


class _NodeLock:
    """A lock that is forgotten when nobody holds it or waits for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


_guard = threading.Lock()
_node_locks: WeakValueDictionary[str, _NodeLock] = WeakValueDictionary()


def _forget_node_locks() -> None:
    """Give a forked child locks of its own: threads that it does not have may hold its parent's."""
    global _guard, _node_locks
    _guard, _node_locks = threading.Lock(), WeakValueDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_node_locks)


def _node_lock(store: Store, path: str) -> _NodeLock:
    with _guard:
        return _node_locks.setdefault(f"{store._handle.identity}/{path}", _NodeLock())


def _documents(synchronizer: ProcessSynchronizer | None, path: str) -> AbstractContextManager[None]:
    """Hold the documents of a node for this process; without a synchronizer, do nothing."""
    return nullcontext() if synchronizer is None else synchronizer[f"{path}/attributes".lstrip("/")]


@contextmanager
def node_lock(synchronizer: ProcessSynchronizer | None, store: Store, path: str) -> Iterator[None]:
    """Hold the documents of a node, which are read and then written.

    Parameters
    ----------
    synchronizer : ProcessSynchronizer, optional
        Keeps other processes out as well.
    store : Store
    path : str
        Of the node.
    """
    held = _node_lock(store, path)
    with held.lock, _documents(synchronizer, path):
        yield


@asynccontextmanager
async def node_lock_async(synchronizer: ProcessSynchronizer | None, store: Store, path: str) -> AsyncIterator[None]:
    """Do the same as `node_lock`, without keeping the loop from running who has to give the lock back."""
    import asyncio

    held = _node_lock(store, path)
    # Asked for again and again: a thread that waits for it could get it after this coroutine was cancelled.
    while not held.lock.acquire(blocking=False):
        await asyncio.sleep(0.001)
    try:
        documents = _documents(synchronizer, path)
        if synchronizer is None:
            yield
            return
        await asyncio.to_thread(documents.__enter__)
        try:
            yield
        finally:
            documents.__exit__(None, None, None)
    finally:
        held.lock.release()


def _slots(selection: Selection, grid: ChunkGrid) -> set[int]:
    """Return the numbers of the locks of all chunks of a selection."""
    numbers: Iterable[tuple[int, ...]]
    lists = [_chunks(axis, chunks) for axis, chunks in zip(selection.axes, grid.dimensions, strict=True)]
    if selection.points:
        numbers = {tuple(map(int, number)) for number in zip(*lists, strict=True)}
    else:
        lists = [np.unique(numbers) for numbers in lists]
        if any(len(numbers) >= _SLOTS for numbers in lists):
            return set(range(_SLOTS))
        numbers = itertools.product(*(map(int, numbers) for numbers in lists))
    import zlib

    slots = set()
    for number in numbers:
        slots.add(zlib.crc32(".".join(map(str, number)).encode()) % _SLOTS)
        if len(slots) == _SLOTS:
            break
    return slots


def _chunks(axis: Axis, chunks: Dimension) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the numbers of the chunks that a selection takes of an axis."""
    if not isinstance(axis, tuple):
        return chunks.indices_to_chunks(axis)
    start, count, step = axis
    if not count:
        return np.arange(0)
    ends = [chunks.index_to_chunk(at) for at in (start, start + (count - 1) * step)]
    return np.arange(min(ends), max(ends) + 1)


if os.name == "nt":  # pragma: no cover
    import msvcrt

    def _lock(file: int) -> None:
        while True:
            try:
                msvcrt.locking(file, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
            except OSError as error:
                # It gives up after ten tries, one a second.
                if error.errno != 36:
                    raise
            else:
                return

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
