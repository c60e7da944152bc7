"""What the stores over databases share: a table of keys and values, and how the engine sees it."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from zarrust import _core
from zarrust.abc.byte_ranges import cut
from zarrust.abc.listing import folder
from zarrust.storage.native import NativeStore

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterator, Sequence

    from zarrust.storage.native import Lister

__all__ = ["PAGE", "Table", "TableStore"]

PAGE = 1000
"""Keys that are asked for at once."""


class Table(Protocol):
    """A connection to a database, as a table of keys and values."""

    def read(self, key: str) -> bytes | None:
        """Return a value, None if there is none."""

    def write(self, key: str, value: bytes) -> None:
        """Set a value."""

    def write_new(self, key: str, value: bytes) -> bool:
        """Set a value if there is none, and return whether it was set."""

    def remove(self, key: str) -> None:
        """Remove a value if there is one."""

    def page(self, start: str, after: Any) -> tuple[list[str], Any]:
        """Return some of the keys that start with a text, and what to ask with for those after them; None at the end.

        The first are asked for with None. What is written and removed meanwhile may be among them or not.
        """

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        """Return the sizes of values, in bytes, None for one that is not there."""

    def flush(self) -> None:
        """Wait until the database has what was written."""

    def close(self) -> None:
        """End the connection."""


class _Connection:
    """A table that is opened when it is needed, anew in a forked process: connections are not for children."""

    def __init__(self, connect: Callable[[], Table]) -> None:
        self._connect = connect
        self._table: Table | None = None
        # Held in a forked child: letting go of a connection can end it, for the parent as well.
        self._inherited: Table | None = None
        self._pid = os.getpid()
        self.lock = threading.RLock()

    @property
    def table(self) -> Table:
        if self._pid != os.getpid():
            # The lock too: a thread that the child does not have may hold it.
            self._inherited, self._table = self._table, None
            self._pid, self.lock = os.getpid(), threading.RLock()
        with self.lock:
            if self._table is None:
                self._table = self._connect()
            return self._table

    def flush(self) -> None:
        with self.lock:
            if self._table is not None and self._pid == os.getpid():
                self._table.flush()

    def close(self) -> None:
        with self.lock:
            if self._table is not None and self._pid == os.getpid():
                self._table.flush()
                self._table.close()
            self._table = None


class _Bridge:
    """The engine's view of a table. One call at a time: not every library bears two."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a value or a part of it."""
        table = self._connection.table
        with self._connection.lock:
            value = table.read(key)
        return None if value is None else cut(value, start, end, suffix)

    def set(self, key: str, value: bytes) -> None:
        """Set a value."""
        table = self._connection.table
        with self._connection.lock:
            table.write(key, bytes(value))

    def set_if_absent(self, key: str, value: bytes) -> bool:
        """Set a value if there is none, and return whether it was set."""
        table = self._connection.table
        with self._connection.lock:
            return table.write_new(key, bytes(value))

    def delete(self, key: str) -> None:
        """Remove a value."""
        table = self._connection.table
        with self._connection.lock:
            table.remove(key)

    def delete_prefix(self, prefix: str) -> None:
        """Remove the values in a folder."""
        for key in self.list(prefix):
            self.delete(key)

    def size(self, key: str) -> int | None:
        """Return the size of a value, in bytes."""
        return self._sizes([key])[0]

    def _sizes(self, keys: builtins.list[str]) -> builtins.list[int | None]:
        table = self._connection.table
        with self._connection.lock:
            return table.sizes(keys)

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the keys in a folder."""
        return [*self.keys(prefix)]

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        return [*self.names(prefix)]

    def _pages(self, prefix: str) -> Iterator[builtins.list[str]]:
        after = None
        while True:
            # Asked for each time: the store may be closed, and opened again, between two pages.
            table = self._connection.table
            with self._connection.lock:
                page, after = table.page(folder(prefix), after)
            yield page
            if after is None:
                return

    def keys(self, prefix: str) -> Iterator[str]:
        """Iterate over the keys in a folder."""
        return (key for page in self._pages(prefix) for key in page)

    def names(self, prefix: str) -> Iterator[str]:
        """Iterate over the names directly in a folder."""
        start, seen = len(folder(prefix)), set()
        for key in self.keys(prefix):
            name = key[start:].partition("/")[0]
            if name not in seen:
                seen.add(name)
                yield name

    def total(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""
        return sum(size or 0 for page in self._pages(prefix) for size in self._sizes(page))


class TableStore(NativeStore):
    """A store whose values are in a database.

    Parameters
    ----------
    read_only : bool, default False
        Whether writing and deleting are refused.
    dimension_separator : {".", "/"}, optional
        Between the numbers of a chunk, for arrays of format 2 that are made without saying it.
    """

    def __init__(self, *, read_only: bool = False, dimension_separator: Literal[".", "/"] | None = None) -> None:
        super().__init__(read_only=read_only)
        self._dimension_separator = dimension_separator
        self._connection = _Connection(self._connect)

    @abstractmethod
    def _connect(self) -> Table:
        """Open the database."""

    @abstractmethod
    def _name(self) -> str:
        """Return what tells the database from others of its kind, without secrets."""

    def _make_native(self) -> _core.Store:
        return _core.Store.python(_Bridge(self._connection), str(self), threads=1)

    def _lister(self) -> Lister:
        return _Bridge(self._connection)

    def flush(self) -> None:
        """Wait until the database has what was written."""
        self._connection.flush()

    def close(self) -> None:
        """Close the database; it opens again when it is used."""
        self._connection.close()
        super().close()

    def with_read_only(self, read_only: bool = False) -> Self:
        """Return a store over the same database with another ``read_only``."""
        return self._twin(read_only)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the connection behind; what it has not written yet is written."""
        self.flush()
        return {name: value for name, value in super().__getstate__().items() if name != "_connection"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._is_open = False
        self._connection = _Connection(self._connect)

    def __str__(self) -> str:
        return f"{type(self).__name__.removesuffix('Store').lower()}://{self._name()}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and str(self) == str(other) and self.read_only == other.read_only

    def __hash__(self) -> int:
        return super().__hash__()
