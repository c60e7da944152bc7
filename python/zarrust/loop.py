"""The one event loop of the package: a daemon thread that runs the coroutines of users' asynchronous stores.

Nothing else uses it: native stores never touch Python, and the async API runs on the caller's own loop.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, TypeVar

from zarrust.config import config

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable

T = TypeVar("T")


class _Loop:
    """An event loop and the thread that runs it."""

    def __init__(self) -> None:
        import asyncio

        self.pid = os.getpid()
        self.loop: asyncio.AbstractEventLoop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="zarrust-loop", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        from zarrust import _core

        _core.serve_coroutines()
        self.loop.run_forever()


_lock = threading.Lock()
_current: _Loop | None = None


def _renew_lock() -> None:
    """Give a forked child a lock of its own: the parent's may be held by a thread that the child does not have."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def event_loop() -> asyncio.AbstractEventLoop:
    """Return the package's loop, started if it does not run in this process."""
    global _current
    with _lock:
        # A forked child inherits the object but not its thread, hence the process id.
        if _current is None or _current.pid != os.getpid():
            _current = _Loop()
        return _current.loop


class SyncError(RuntimeError):
    """A coroutine was to be waited for on the loop that would have to run it."""


def run(coroutine: Awaitable[T], loop: asyncio.AbstractEventLoop | None = None, timeout: float | None = None) -> T:
    """Run a coroutine on a loop of another thread and wait for its result.

    Parameters
    ----------
    coroutine : coroutine or awaitable
    loop : asyncio.AbstractEventLoop, optional
        By default the package's own.
    timeout : float, optional
        Seconds to wait; by default the setting ``async.timeout``.

    Raises
    ------
    SyncError
        If called from the loop's own thread, which would wait for itself.
    RuntimeError
        If the loop is closed.
    TypeError
        If it is no coroutine, or no loop.
    TimeoutError
        If there is no result in time; the coroutine is cancelled.

    Examples
    --------
    >>> async def answer():
    ...     return 42
    >>> run(answer())
    42
    """
    import asyncio

    if loop is None:
        loop = event_loop()
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise TypeError(f"loop: expected an event loop, found {loop!r}")
    from zarrust import _core

    if asyncio._get_running_loop() is loop or (_core.is_awaited_by_loop() and loop is event_loop()):
        if asyncio.iscoroutine(coroutine):
            coroutine.close()
        raise SyncError(
            "a coroutine of a store or of a codec called the synchronous API of zarrust, which would wait for itself; "
            "await the asynchronous API instead"
        )
    if loop.is_closed():
        raise RuntimeError("the event loop is closed")
    if not hasattr(coroutine, "__await__"):
        raise TypeError(f"expected a coroutine, found {coroutine!r}")
    future = asyncio.run_coroutine_threadsafe(_await(coroutine), loop)
    seconds = config.get("async.timeout") if timeout is None else timeout
    try:
        return future.result(seconds)
    except TimeoutError:
        # The coroutine's own TimeoutError comes out of a future that is done.
        if future.done() and not future.cancelled():
            raise
        future.cancel()
        raise TimeoutError(f"{coroutine!r} did not finish within {seconds} s") from None


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable


async def collect(items: AsyncIterator[T]) -> tuple[T, ...]:
    """Return everything that an asynchronous iterator has."""
    return tuple([item async for item in items])
