"""`ZipStore`: a hierarchy in one ZIP archive."""

from __future__ import annotations

import io
import os
import threading
import weakref
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Self

from zarrust import _core
from zarrust.storage.names import without_secrets
from zarrust.storage.native import DONE, NativeStore, overridden
from zarrust.storage.zip_archive import (
    Archive,
    FileObjectPlace,
    KeyPlace,
    PathPlace,
    Place,
    StreamPlace,
    finish_quietly,
    read_directory,
    reader,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.abc.store import ByteRequest
    from zarrust.buffer.cpu import Buffer, BufferPrototype

__all__ = ["ZipStore"]


class ZipStore(NativeStore):
    """A ZIP archive whose entries are the values.

    What is set waits in memory until `flush` or `close` and can be read all the while; a key that is set twice is one
    entry. The archive at its place is replaced by the complete new one, so that a writer that is killed leaves the old
    one; `close` the store, or use it in a ``with`` block. Reading fetches nothing but the archive's directory and the
    entries, or parts of them, that are asked for.

    Parameters
    ----------
    path : str, pathlib.Path, file object, StorePath or Store
        The archive: a file of this machine, an open binary file, the URL of an archive (read in parts), or a place in
        another store.
    mode : {"r", "a", "w", "x"}, default "r"
        Read; read and write; replace; create, fail if there.
    read_only : bool, optional
        Whether writing is refused; by default in mode ``"r"``.
    compression : int, default zipfile.ZIP_STORED
        How entries are compressed: chunks are compressed by their codecs already. ``zipfile.ZIP_DEFLATED`` for others.
    allowZip64 : bool, default True
        Whether the archive may grow beyond 4 GiB.
    storage_options : mapping, optional
        Options of a URL's store.

    Raises
    ------
    ValueError
        If the mode or the compression is unknown.
    TypeError
        If ``path`` is none of these, or a file object that cannot be written to while the mode writes.
    io.UnsupportedOperation
        If an archive in a file object that cannot be read back is to be added to: that of a pipe is written once.

    Examples
    --------
    >>> import io, zarrust
    >>> file = io.BytesIO()
    >>> with ZipStore(file, mode="w") as store:
    ...     z = zarrust.create_array(store, name="x", data=[1, 2, 3])
    >>> zarrust.open_array(ZipStore(file), "x")[1:].tolist()
    [2, 3]
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | IO[bytes] | Any,
        *,
        mode: Literal["r", "a", "w", "x"] = "r",
        read_only: bool | None = None,
        compression: int = zipfile.ZIP_STORED,
        allowZip64: bool = True,  # noqa: N803, zipfile's name
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(read_only=mode == "r" if read_only is None else read_only)
        if mode not in ("r", "a", "w", "x"):
            raise ValueError(f"mode: expected 'r', 'a', 'w' or 'x', found {mode!r}")
        if compression not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(
                f"compression: expected zipfile.ZIP_STORED (0) or zipfile.ZIP_DEFLATED (8), found {compression!r}"
            )
        self._given, self._storage_options = path, storage_options
        self._zmode = mode
        self.compression = compression
        self.allowZip64 = allowZip64
        self._find()

    def _find(self) -> None:
        """Find out where the archive is; nothing is opened."""
        self.path, self._place = _place(self._given, self._storage_options)
        if self.path is None and self._writes:
            self._place = _written(self._given, self._zmode)
        self._archive: Archive | None = None
        self._opening = threading.RLock()

    @property
    def _writes(self) -> bool:
        return self._zmode != "r" and not self.read_only

    # Opening and closing

    @property
    def _native(self) -> _core.Store:
        with self._opening:
            if self._native_cache is None:
                self._native_cache = self._open_archive()
            self._is_open = True
            return self._native_cache

    @property
    def _handle(self) -> _core.Store:
        # Asked every time: closing and opening again makes another one.
        return super()._handle if overridden(type(self)) else self._native

    def _open_archive(self) -> _core.Store:
        if self._zmode == "r" or self.read_only:
            if self._zmode != "r" and not self._place.exists():
                return _core.Store.memory()
            handle, key = self._place.engine()
            return reader(handle, key, *read_directory(handle, key))
        if self._zmode == "x" and self._place.exists():
            raise FileExistsError(f"{self} is there already, and mode is 'x'")
        options: dict[str, Any] = {"compression": self.compression, "allow_zip64": self.allowZip64}
        self._archive = Archive(self._place, fresh=self._zmode in ("w", "x"), **options)
        # What is there now is this store's own: opening again must not drop it.
        self._zmode = "a"
        weakref.finalize(self, finish_quietly, self._archive)
        return _core.Store.python(self._archive, f"zip:{id(self._archive):x}")

    async def _open(self) -> None:
        if self._is_open:
            raise ValueError("store is already open")
        _ = self._native

    async def _ensure_open(self) -> None:
        _ = self._native

    def flush(self) -> None:
        """Put everything that was set into the archive at its place; the store stays open."""
        with self._opening:
            if not self.read_only and self._zmode in ("w", "x"):
                _ = self._native
            if self._archive is not None:
                self._archive.commit()

    def close(self) -> None:
        """Put everything that was set into the archive and close it; the store opens again when it is used."""
        with self._opening:
            self.flush()
            if self._archive is None:
                self._native_cache = None
            else:
                # Kept: an array that has it may write on, to be closed again.
                self._archive.close()
            super().close()

    def clear(self) -> Any:
        """Remove every entry, at once; the result may be awaited."""
        self._check_writable()
        with self._opening:
            _ = self._native
            assert self._archive is not None
            self._archive.clear()
        return DONE

    def __getstate__(self) -> dict[str, Any]:
        """Return what opens the archive elsewhere; what waits in memory is written out for it.

        Raises
        ------
        TypeError
            If an archive in a file object is written: a copy would write one of its own, and lose it.
        """
        if self.path is None and self._writes:
            raise TypeError("cannot pickle a ZipStore that writes to a file object: give the archive's path")
        self.flush()
        left = ("_archive", "_opening", "_place", "path", "_is_open")
        return {name: value for name, value in super().__getstate__().items() if name not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._find()

    # The interface

    @property
    def supports_deletes(self) -> bool:
        """Whether the store can delete: only what is not in the archive yet."""
        return False

    def with_read_only(self, read_only: bool = False) -> Self:
        """Return a store that reads the same archive, and what waits for it in this one.

        Raises
        ------
        NotImplementedError
            If a second writer is asked for.
        """
        if not read_only:
            raise NotImplementedError(f"with_read_only is not implemented for the {type(self)} store type.")
        other = self._twin(True)
        other._native_cache, other._archive = self._native, None
        return other

    def _get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        return self.get_sync(key, prototype=prototype, byte_range=byte_range)

    def _set(self, key: str, value: Buffer) -> None:
        self.set_sync(key, value)

    async def move(self, path: str | os.PathLike[str]) -> None:
        """Close the archive, move its file, and the store with it.

        Parameters
        ----------
        path : str or pathlib.Path
            The file's new name; the folders above it are made.

        Raises
        ------
        NotImplementedError
            If the archive is no file of this machine.
        """
        import shutil

        if not isinstance(self._place, PathPlace):
            raise NotImplementedError(f"{self}: only an archive that is a file of this machine can be moved")
        target = Path(path)
        with self._opening, self._place.lock:
            self.close()
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self._place.path, target)
            # In place: an array has the archive, and finds it where it is now.
            self._place.path = Path(os.path.abspath(target))
            self.path = self._given = target

    def __str__(self) -> str:
        return f"zip://{self._given!r}" if self.path is None else f"zip://{without_secrets(str(self.path))}"

    def __repr__(self) -> str:
        return f"ZipStore('{self}')"

    def __eq__(self, other: object) -> bool:
        """Whether another store has the same archive."""
        if not isinstance(other, type(self)):
            return False
        return self._given is other._given if self.path is None else self.path == other.path

    def __hash__(self) -> int:
        return super().__hash__()


def _written(file: Any, mode: str) -> Place:
    """Return where an archive lies that is written to an open file.

    Raises
    ------
    TypeError
        If nothing can be written to it.
    io.UnsupportedOperation
        If the mode adds to what cannot be read.
    """
    if not hasattr(file, "write"):
        raise TypeError(
            f"path: {type(file).__name__} has no method write: it can be opened for reading alone, and mode is {mode!r}"
        )
    if all(getattr(file, ability, lambda: True)() for ability in ("readable", "seekable")):
        return FileObjectPlace(file)
    if mode == "a":
        raise io.UnsupportedOperation(f"{file!r} is no readable and seekable file, and mode 'a' reads what is in it")
    return StreamPlace(file)


def _place(given: Any, storage_options: Mapping[str, Any] | None) -> tuple[Any, Place]:
    """Return an archive's path, None for an open file, and where it is.

    Raises
    ------
    TypeError
        If it is neither a path, nor a URL, nor a file, nor a place in a store.
    """
    from zarrust.storage.path import StorePath, make_store_path
    from zarrust.storage.urls import LOCAL_SCHEMES, scheme_of

    scheme = scheme_of(given)
    if scheme in LOCAL_SCHEMES:
        from urllib.parse import unquote

        given, scheme = unquote(given.partition("://")[2]), None
    if scheme is not None:
        folder, _, name = given.rpartition("/")
        options = dict(storage_options) if storage_options else None
        place = make_store_path(folder, storage_options=options)
        return given, KeyPlace(place.store._handle, f"{place.path}/{name}".lstrip("/"))
    if isinstance(given, (str, os.PathLike)):
        return Path(given), PathPlace(Path(given))
    if isinstance(given, StorePath):
        return given, KeyPlace(given.store._handle, given.path)
    if hasattr(given, "seek") and hasattr(given, "read"):
        return None, FileObjectPlace(given)
    raise TypeError(
        "path: expected a path, a URL, a binary file object or a StorePath that names the archive in a store, "
        f"found {type(given).__name__}"
    )
