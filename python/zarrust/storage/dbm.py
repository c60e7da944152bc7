"""`DBMStore`: a database of the dbm family."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from zarrust.storage.tables import TableStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["DBMStore"]


class DBMStore(TableStore):
    """A database of the dbm family: a file, or several that start alike.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; the library may add an extension.
    flag : {"c", "r", "w", "n"}, default "c"
        Make it if it is missing; read; write; make it anew.
    mode : int, default 0o666
        Permissions of a new file.
    open : callable, optional
        Opens a database, such as ``dbm.gnu.open`` or ``bsddb3.btopen``; what `dbm` finds best without it.
    write_lock : bool, default True
        Accepted; calls take turns always.
    dimension_separator : {".", "/"}, optional
        For arrays of format 2 that are made without saying it.
    read_only : bool, optional
        Whether writing is refused; by default with flag ``"r"``.
    **open_kwargs
        For ``open``.

    Examples
    --------
    >>> import tempfile, zarrust
    >>> store = DBMStore(tempfile.mkdtemp() + "/example.db")
    >>> z = zarrust.create_array(store, data=[1, 2, 3])
    >>> store.close()
    >>> zarrust.open_array(store)[:].tolist()
    [1, 2, 3]
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        flag: str = "c",
        mode: int = 0o666,
        open: Callable[..., Any] | None = None,
        write_lock: bool = True,
        dimension_separator: Literal[".", "/"] | None = None,
        *,
        read_only: bool | None = None,
        **open_kwargs: Any,
    ) -> None:
        super().__init__(
            read_only=flag == "r" if read_only is None else read_only, dimension_separator=dimension_separator
        )
        self.path: str = os.path.abspath(path)
        self.flag = flag
        self.mode = mode
        self.open_kwargs = open_kwargs
        self._opener = open

    def _connect(self) -> _Dbm:
        import dbm

        if self.flag != "r":
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
        opener: Callable[..., Any] = self._opener or dbm.open
        database = opener(self.path, self.flag, self.mode, **self.open_kwargs)
        if self.flag == "n":
            # Made anew once: what is there from now on is this store's own.
            self.flag = "c"
        return _Dbm(database)

    def _name(self) -> str:
        return self.path


class _Dbm:
    """A database of the dbm family as a table; its keys are bytes."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def read(self, key: str) -> bytes | None:
        try:
            value: bytes = self._database[key.encode()]
        except KeyError:
            return None
        return value

    def write(self, key: str, value: bytes) -> None:
        self._database[key.encode()] = value

    def write_new(self, key: str, value: bytes) -> bool:
        if key.encode() in self._database:
            return False
        self.write(key, value)
        return True

    def remove(self, key: str) -> None:
        if key.encode() in self._database:
            del self._database[key.encode()]

    def page(self, start: str, after: None) -> tuple[list[str], None]:
        # The family has no way to go on after a key that all of it shares.
        keys = (bytes(key) for key in [*self._database.keys()])
        return [key.decode() for key in keys if key.startswith(start.encode())], None

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        values = map(self.read, keys)
        return [None if value is None else len(value) for value in values]

    def flush(self) -> None:
        for name in ("sync", "_commit"):
            # Not every library of the family has one: what has none writes through, or when it is closed.
            if hasattr(self._database, name):
                getattr(self._database, name)()
                break

    def close(self) -> None:
        self._database.close()
