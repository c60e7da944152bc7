"""The one event loop of the package: a daemon thread that runs the coroutines of users' asynchronous stores.

Nothing else uses it: native stores never touch Python, and the async API runs on the caller's own loop.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

T = TypeVar("T")


class _Loop:
    """An event loop and the thread that runs it."""

    def __init__(self) -> None:
        import asyncio

        self.pid = os.getpid()
        self.loop: asyncio.AbstractEventLoop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="zarrust-loop", daemon=True)
        self.thread.start()


_lock = threading.Lock()
_current: _Loop | None = None


def _renew_lock() -> None:
    """Give a forked child a lock of its own: the parent's may be held by a thread that the child does not have."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def _loop() -> _Loop:
    global _current
    with _lock:
        # A forked child inherits the object but not its thread, hence the process id.
        if _current is None or _current.pid != os.getpid():
            _current = _Loop()
        return _current


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the package's loop and wait for its result.

    Raises
    ------
    RuntimeError
        If called from the loop's own thread, which would wait for itself.
    """
    import asyncio

    current = _loop()
    if threading.current_thread() is current.thread:
        coroutine.close()
        raise RuntimeError(
            "a coroutine of a store called the synchronous API of zarrust, which would wait for itself; "
            "await the asynchronous API instead"
        )
    return asyncio.run_coroutine_threadsafe(coroutine, current.loop).result()
