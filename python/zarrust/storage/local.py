"""`LocalStore`: a folder of this machine's file system."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from zarrust import _core
from zarrust.storage.native import NativeStore

__all__ = ["LocalStore"]


class LocalStore(NativeStore):
    """A folder. Keys are paths below it, values are files, written by temporary name and rename.

    Parameters
    ----------
    root : str or pathlib.Path
        The folder; it is made by the first write.
    read_only : bool, default False
        Whether writing and deleting are refused.
    durable : bool, default False
        Whether a write waits until file and folder are on the disk (``fsync``), at a cost of milliseconds each.

    Examples
    --------
    >>> LocalStore("data/foo")
    LocalStore('file://data/foo')
    """

    def __init__(self, root: str | os.PathLike[str], *, read_only: bool = False, durable: bool = False) -> None:
        super().__init__(read_only=read_only)
        if not isinstance(root, (str, os.PathLike)):
            raise TypeError(f"'root' must be a string or Path instance. Got an instance of {type(root)} instead.")
        self.root = Path(root)
        self.durable = durable

    def _make_native(self) -> _core.Store:
        return _core.Store.local(os.path.abspath(self.root), durable=self.durable)

    def with_read_only(self, read_only: bool = False) -> LocalStore:
        """Return a store over the same folder with another ``read_only``."""
        return type(self)(self.root, read_only=read_only, durable=self.durable)

    @classmethod
    async def open(cls, root: str | os.PathLike[str], *, mode: str | None = None, **kwargs: Any) -> LocalStore:
        """Make a store; mode ``"r"`` makes it read-only, and ``"r"`` and ``"r+"`` want the folder to be there.

        Raises
        ------
        FileNotFoundError
            If it is not.
        """
        store = cls(root, **({"read_only": mode == "r"} | kwargs))
        if mode in ("r", "r+") and not store.root.exists():
            raise FileNotFoundError(f"{store.root} does not exist")
        return store

    def __str__(self) -> str:
        return f"file://{self.root.as_posix()}"

    def __repr__(self) -> str:
        return f"LocalStore('{self}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.root == other.root

    __hash__ = NativeStore.__hash__
