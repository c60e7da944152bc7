"""`LocalStore`: a folder of this machine's file system."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any, Literal, Self

from zarrust import _core
from zarrust.storage.native import NativeStore

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DirectoryStore", "LocalStore", "NestedDirectoryStore", "TempStore"]


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
    dimension_separator : {".", "/"}, optional
        Between the numbers of a chunk, for arrays of format 2 that are made without saying it.
    normalize_keys, map_size : optional
        Accepted, without effect.

    Examples
    --------
    >>> LocalStore("data/foo")
    LocalStore('file://data/foo')
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        read_only: bool = False,
        durable: bool = False,
        dimension_separator: Literal[".", "/"] | None = None,
        normalize_keys: bool = True,
        map_size: int | None = None,
    ) -> None:
        super().__init__(read_only=read_only)
        if not isinstance(root, (str, os.PathLike)):
            raise TypeError(f"'root' must be a string or Path instance. Got an instance of {type(root)} instead.")
        from pathlib import Path

        self.root: Path = Path(root)
        self.durable = durable
        self._dimension_separator = dimension_separator

    def _make_native(self) -> _core.Store:
        return _core.Store.local(os.path.abspath(self.root), durable=self.durable)

    @property
    def path(self) -> str:
        """The folder, as version 2 has it."""
        return str(self.root)

    def with_read_only(self, read_only: bool = False) -> Self:
        """Return a store over the same folder with another ``read_only``."""
        return self._twin(read_only)

    @classmethod
    async def open(
        cls, root: str | os.PathLike[str], *, read_only: bool = False, mode: str | None = None, **kwargs: Any
    ) -> Self:
        """Make a store and open it, which makes the folder.

        Parameters
        ----------
        root : str or pathlib.Path
        read_only : bool, default False
        mode : {"r", "r+", "a", "w", "w-"}, optional
            ``"r"`` makes the store read-only; ``"r"`` and ``"r+"`` want the folder to be there.
        **kwargs
            As the class takes them.

        Raises
        ------
        FileNotFoundError
            If the folder has to be there and is not.
        """
        store = cls(root, read_only=read_only or mode == "r", **kwargs)
        await store._open(mode=mode)
        return store

    async def _open(self, *, mode: str | None = None) -> None:
        if not self.read_only and mode not in ("r", "r+"):
            self.root.mkdir(parents=True, exist_ok=True)
        elif not self.root.exists():
            raise FileNotFoundError(f"{self.root} does not exist")
        await super()._open()

    async def _ensure_open(self) -> None:
        if type(self)._open is not LocalStore._open:
            await super()._ensure_open()
        # Without `_open`: what only looks for a key makes no folder, and finds nothing where there is none.
        self._is_open = True

    async def move(self, dest_root: str | os.PathLike[str]) -> None:
        """Move the folder, and the store with it.

        Parameters
        ----------
        dest_root : str or pathlib.Path
            The folder's new name; the folders above it are made.

        Raises
        ------
        FileExistsError
            If there is something of that name.
        """
        import shutil
        from pathlib import Path

        self._check_writable()
        target = Path(dest_root)
        if target.exists():
            raise FileExistsError(f"Destination root {target} already exists.")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self.root, target)
        self.root = target
        self._native_cache = self._handle_cache = None

    def __str__(self) -> str:
        return f"file://{self.root.as_posix()}"

    def __repr__(self) -> str:
        return f"LocalStore('{self}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.root == other.root

    def __hash__(self) -> int:
        return super().__hash__()


DirectoryStore = LocalStore


class NestedDirectoryStore(LocalStore):
    """A folder whose new arrays of format 2 have chunks in folders: ``0/1`` instead of ``0.1``.

    Parameters
    ----------
    root : str or pathlib.Path
    **kwargs
        As `LocalStore` takes them.
    """

    def __init__(self, root: str | os.PathLike[str], **kwargs: Any) -> None:
        super().__init__(root, **({"dimension_separator": "/"} | kwargs))


class TempStore(LocalStore):
    """A new folder among the system's temporary ones, gone when the process ends or the store is no longer used.

    Parameters
    ----------
    suffix : str, default ""
    prefix : str, default "zarr"
        How the folder's name ends and starts.
    dir : path, optional
        Where it is made, if not where temporary folders are.
    **kwargs
        As `LocalStore` takes them.
    """

    def __init__(
        self, suffix: str = "", prefix: str = "zarr", dir: str | os.PathLike[str] | None = None, **kwargs: Any
    ) -> None:
        import tempfile

        root = tempfile.mkdtemp(suffix, prefix, dir)
        super().__init__(root, **kwargs)
        # Shared with the copies that `with_read_only` makes.
        self._folder = _Folder(root)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the folder's end to this process."""
        return {name: value for name, value in super().__getstate__().items() if name != "_folder"}


class _Folder:
    """A folder that goes with the last store over it."""

    def __init__(self, root: str) -> None:
        weakref.finalize(self, _remove, root, os.getpid())


def _remove(root: str, pid: int) -> None:
    # A forked child must not take the parent's folder away.
    import shutil

    if os.getpid() == pid:
        shutil.rmtree(root, ignore_errors=True)
