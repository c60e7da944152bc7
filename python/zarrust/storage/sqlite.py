"""`SQLiteStore`: a database of SQLite."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Any, Literal

from zarrust.storage.tables import PAGE, TableStore

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SQLiteStore"]


class SQLiteStore(TableStore):
    """An SQLite database with one table, ``zarr``, of keys ``k`` and values ``v``.

    Parameters
    ----------
    path : str or pathlib.Path
        The database's file; ``":memory:"`` for one in memory.
    dimension_separator : {".", "/"}, optional
        For arrays of format 2 that are made without saying it.
    read_only : bool, default False
        Whether writing and deleting are refused.
    **kwargs
        For `sqlite3.connect`.

    Examples
    --------
    >>> import zarrust
    >>> store = SQLiteStore(":memory:")
    >>> zarrust.create_array(store, data=[1, 2, 3])[1:].tolist()
    [2, 3]
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        dimension_separator: Literal[".", "/"] | None = None,
        *,
        read_only: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(read_only=read_only, dimension_separator=dimension_separator)
        self.path: str = ":memory:" if path == ":memory:" else os.path.abspath(path)
        self.kwargs = kwargs

    def _connect(self) -> _Sqlite:
        if self.path != ":memory:":
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
        # Transactions of their own, and used by the engine's threads in turn.
        return _Sqlite(sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, **self.kwargs))

    def _name(self) -> str:
        return self.path

    def __getstate__(self) -> dict[str, Any]:
        if self.path == ":memory:":
            raise TypeError("an SQLite database in memory cannot be pickled: it is this process's own")
        return super().__getstate__()

    def __eq__(self, other: object) -> bool:
        if self.path == ":memory:":
            return isinstance(other, SQLiteStore) and self._connection is other._connection
        return super().__eq__(other)

    def __hash__(self) -> int:
        return super().__hash__()


class _Sqlite:
    """An SQLite connection as a table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE IF NOT EXISTS zarr(k TEXT PRIMARY KEY, v BLOB)")

    def read(self, key: str) -> bytes | None:
        row = self._connection.execute("SELECT v FROM zarr WHERE k = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def write(self, key: str, value: bytes) -> None:
        self._connection.execute("REPLACE INTO zarr VALUES (?, ?)", (key, value))

    def write_new(self, key: str, value: bytes) -> bool:
        done = self._connection.execute("INSERT OR IGNORE INTO zarr VALUES (?, ?)", (key, value))
        return done.rowcount > 0

    def remove(self, key: str) -> None:
        self._connection.execute("DELETE FROM zarr WHERE k = ?", (key,))

    def page(self, start: str, after: str | None) -> tuple[list[str], str | None]:
        # A folder's name ends with a slash, and the character behind the slash ends the folder. No key is as the start.
        end = start[:-1] + "0" if start else "\U0010ffff"
        # Each page to its end: a statement under way would keep other writers waiting.
        rows = self._connection.execute(
            f"SELECT k FROM zarr WHERE k > ? AND k < ? ORDER BY k LIMIT {PAGE}", (after or start, end)
        )
        keys = [row[0] for row in rows.fetchall()]
        return keys, keys[-1] if len(keys) == PAGE else None

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        rows = (self._connection.execute("SELECT length(v) FROM zarr WHERE k = ?", (key,)).fetchone() for key in keys)
        return [None if row is None else row[0] for row in rows]

    def flush(self) -> None:
        """Do nothing: every statement is a transaction of its own."""

    def close(self) -> None:
        self._connection.close()
