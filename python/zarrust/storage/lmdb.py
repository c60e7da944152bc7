"""`LMDBStore`: a database of the LMDB library."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any, Literal

from zarrust.storage.tables import PAGE, TableStore

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LMDBStore"]


class LMDBStore(TableStore):
    """An LMDB database, for which the package ``lmdb`` is needed.

    Parameters
    ----------
    path : str or pathlib.Path
        The database's folder, or its file with ``subdir=False``.
    buffers : bool, default True
        Accepted; values are copied out of the database's memory.
    dimension_separator : {".", "/"}, optional
        For arrays of format 2 that are made without saying it.
    read_only : bool, default False
        Whether writing is refused; ``readonly=True`` opens the database so, too.
    **kwargs
        For ``lmdb.open``, such as ``map_size``, the most bytes that the database may grow to.

    Raises
    ------
    ImportError
        When it is used without ``lmdb``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        buffers: bool = True,
        dimension_separator: Literal[".", "/"] | None = None,
        *,
        read_only: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(read_only=read_only or bool(kwargs.get("readonly")), dimension_separator=dimension_separator)
        self.path: str = os.path.abspath(path)
        # A limit, of addresses only; sparse where the system has sparse files.
        self.kwargs: dict[str, Any] = {"map_size": 1 << 40 if os.name == "posix" else 1 << 28} | kwargs

    def _connect(self) -> _Lmdb:
        import lmdb

        # A process may open an environment once; stores over one path share it.
        place = os.getpid(), self.path
        table = _environments.get(place)
        if table is None:
            for (pid, path), inherited in [*_environments.items()]:
                if path == self.path and pid != os.getpid():
                    # A forked child's copy; the library must see it closed before the child has one of its own.
                    inherited.end()
            if not self.kwargs.get("readonly"):
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
            table = _environments[place] = _Lmdb(lmdb.open(self.path, **self.kwargs))
        return table

    def _name(self) -> str:
        return self.path


class _Lmdb:
    """An LMDB environment as a table; its keys are bytes."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment

    def read(self, key: str) -> bytes | None:
        with self._environment.begin() as transaction:
            value: bytes | None = transaction.get(key.encode())
            return value

    def write(self, key: str, value: bytes) -> None:
        with self._environment.begin(write=True) as transaction:
            transaction.put(key.encode(), value)

    def write_new(self, key: str, value: bytes) -> bool:
        with self._environment.begin(write=True) as transaction:
            return bool(transaction.put(key.encode(), value, overwrite=False))

    def remove(self, key: str) -> None:
        with self._environment.begin(write=True) as transaction:
            transaction.delete(key.encode())

    def page(self, start: str, after: str | None) -> tuple[list[str], str | None]:
        prefix, keys = start.encode(), list[str]()
        with self._environment.begin() as transaction, transaction.cursor() as cursor:
            found = cursor.set_range(prefix if after is None else after.encode() + b"\0")
            while found and cursor.key().startswith(prefix) and len(keys) < PAGE:
                keys.append(cursor.key().decode())
                found = cursor.next()
        return keys, keys[-1] if len(keys) == PAGE else None

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        with self._environment.begin(buffers=True) as transaction:
            values = [transaction.get(key.encode()) for key in keys]
            return [None if value is None else len(value) for value in values]

    def flush(self) -> None:
        if not self._environment.flags().get("readonly"):
            self._environment.sync()

    def end(self) -> None:
        """Close the environment for good."""
        self._environment.close()

    def close(self) -> None:
        """Do nothing: the environment closes when the last store lets go of this object."""


_environments: weakref.WeakValueDictionary[tuple[int, str], _Lmdb] = weakref.WeakValueDictionary()
