"""`LoggingStore`: what tells a logger of every call."""

from __future__ import annotations

import logging
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from zarrust.abc.listing import Listing
from zarrust.abc.store import Store
from zarrust.storage.wrapper import WrapperStore

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Generator, Iterable

    from zarrust.abc.store import ByteRequest
    from zarrust.buffer.cpu import Buffer, BufferPrototype

__all__ = ["LoggingStore"]

T_Store = TypeVar("T_Store", bound=Store)


class LoggingStore(WrapperStore[T_Store]):
    """A store that logs and counts the calls that it hands on.

    Parameters
    ----------
    store : Store
        The wrapped store.
    log_level : str or int, default "DEBUG"
        Level of the logger. A `logging.Logger` in this place is ``log``.
    log_handler : logging.Handler, optional
        Of the logger named after the store; one to the standard output if it has none.
    log : logging.Logger, optional
        Logger to use instead; records then have the level ``log_level``, else INFO.

    Attributes
    ----------
    counter : dict of str to int
        Calls by name of the method.

    Examples
    --------
    >>> import logging
    >>> from zarrust.storage import MemoryStore
    >>> store = LoggingStore(MemoryStore(), log_handler=logging.NullHandler())
    >>> store["a"] = b"1"
    >>> store.counter["set"]
    1
    """

    def __init__(
        self,
        store: T_Store,
        log_level: str | int | logging.Logger = "DEBUG",
        log_handler: logging.Handler | None = None,
        *,
        log: logging.Logger | None = None,
    ) -> None:
        super().__init__(store)
        self.counter: defaultdict[str, int] = defaultdict(int)
        if isinstance(log_level, logging.Logger):
            log, log_level = log_level, logging.INFO
        self.log_level = log_level
        self.log_handler = log_handler
        self._own_logger = log
        if log is None:
            self.logger: logging.Logger = logging.getLogger(f"LoggingStore({store})")
            self.logger.setLevel(log_level)
            if not self.logger.hasHandlers():
                self.logger.addHandler(log_handler or self._default_handler())
        else:
            self.logger = log

    def _default_handler(self) -> logging.Handler:
        """Return a handler that writes to the standard output."""
        handler = logging.StreamHandler(sys.stdout)
        handler.setLevel(self.log_level if isinstance(self.log_level, (str, int)) else logging.INFO)
        handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
        return handler

    def _changes(self) -> bool:
        # A call that the engine made by itself would not be logged.
        return True

    # The engine calls the coroutines, so that a read counts as `get` whoever asked.
    _supports_sync_io = False

    def _with_store(self, store: T_Store) -> Self:
        return type(self)(store, self.log_level, self.log_handler, log=self._own_logger)

    @contextmanager
    def log(self, hint: Any = "", *, method: str | None = None) -> Generator[None, None, None]:
        """Log and count a call, around it.

        Parameters
        ----------
        hint : object, default ""
            What to show in parentheses, such as the key.
        method : str, optional
            Name of the call; that of the calling function without it.
        """
        # Two frames up: this generator is run by the context manager that the caller entered.
        name = method or sys._getframe(2).f_code.co_name
        call = f"{type(self._store).__name__}.{name}"
        if hint:
            call = f"{call}({hint})"
        level = logging.INFO
        if self._own_logger is not None:
            level = self.log_level if isinstance(self.log_level, int) else logging.getLevelName(self.log_level)
        self.logger.log(level, " Calling %s", call)
        start = time.perf_counter()
        self.counter[name] += 1
        try:
            yield
        finally:
            self.logger.log(level, "Finished %s [%.2f s]", call, time.perf_counter() - start)

    @classmethod
    async def open(cls, store_cls: type[T_Store], *args: Any, **kwargs: Any) -> Self:
        """Make and open a store, and wrap it.

        Parameters
        ----------
        store_cls : type
            Class of the wrapped store.
        *args, **kwargs
            As that class takes them, and ``log_level``, ``log_handler`` and ``log``.
        """
        own = {name: kwargs.pop(name) for name in ("log_level", "log_handler", "log") if name in kwargs}
        return cls(await store_cls.open(*args, **kwargs), **own)

    def __str__(self) -> str:
        return f"logging-{self._store}"

    def __repr__(self) -> str:
        return f"LoggingStore({type(self._store).__name__}, '{self._store}')"

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it; None if there is none."""
        with self.log(key):
            return await self._store.get(key, prototype, byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> builtins.list[Buffer | None]:
        """Return several values or parts of values, together."""
        pairs = [*key_ranges]
        with self.log(",".join(key for key, _ in pairs)):
            return await self._store.get_partial_values(prototype, pairs)

    async def exists(self, key: str) -> bool:
        """Return whether there is a value."""
        with self.log(key):
            return await self._store.exists(key)

    async def set(self, key: str, value: Buffer) -> None:
        """Set the value of a key."""
        with self.log(key):
            await self._store.set(key, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Set the value of a key that has none."""
        with self.log(key):
            await self._store.set_if_not_exists(key, value)

    async def delete(self, key: str) -> None:
        """Remove a key; one that is not there is no error."""
        with self.log(key):
            await self._store.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder."""
        with self.log(prefix):
            await self._store.delete_dir(prefix)

    def clear(self) -> Any:
        """Remove every key."""
        with self.log():
            return self._store.clear()

    async def is_empty(self, prefix: str = "") -> bool:
        """Return whether a folder has no key."""
        with self.log(prefix):
            return await self._store.is_empty(prefix)

    async def getsize(self, key: str) -> int:
        """Return the size of a value, in bytes."""
        with self.log(key):
            return await self._store.getsize(key)

    async def getsize_prefix(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""
        with self.log(prefix):
            return await self._store.getsize_prefix(prefix)

    def get_sync(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the same as `get`, without a loop."""
        with self.log(key):
            return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Do the same as `set`, without a loop."""
        with self.log(key):
            super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        """Do the same as `delete`, without a loop."""
        with self.log(key):
            super().delete_sync(key)

    def list(self) -> Any:
        """Return every key."""
        return self._listed("list", "", self._store.list)

    def list_prefix(self, prefix: str = "") -> Any:
        """Return the keys that start with a prefix."""
        return self._listed("list_prefix", prefix, lambda: self._store.list_prefix(prefix))

    def list_dir(self, prefix: str = "") -> Any:
        """Return the names directly in a folder."""
        return self._listed("list_dir", prefix, lambda: self._store.list_dir(prefix))

    def _listed(self, method: str, prefix: str, inner: Any) -> Listing:
        async def keys() -> AsyncIterator[str]:
            with self.log(prefix, method=method):
                async for key in inner():
                    yield key

        return Listing.of(keys)
