"""ZIP archives as `ZipStore` reads and writes them.

Entries that are set wait in memory, so that a key that is set twice is one entry. Reading goes through the engine,
which gets the central directory and then fetches entries from wherever the archive lies. Writing goes to a new archive
beside the old one, which takes its place when it is complete: a writer that is killed leaves the old one.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from zarrust import _core
from zarrust.abc.byte_ranges import cut
from zarrust.abc.listing import folder

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable

__all__ = ["Archive", "FileObjectPlace", "KeyPlace", "PathPlace", "Place", "StreamPlace"]

MAX_PENDING_BYTES = 256 << 20
"""Bytes of entries that wait in memory before they are written to the new archive."""


class Place(Protocol):
    """Where an archive lies."""

    lock: threading.RLock
    """Held by whoever moves the position in the archive's file."""

    def engine(self) -> tuple[_core.Store, str]:
        """Return a store and the archive's key in it."""

    def exists(self) -> bool:
        """Return whether there is an archive."""

    def check_more(self) -> None:
        """Refuse what is to be added to an archive that is finished, where that cannot be."""
        return

    def begin(self, keep: bool) -> IO[bytes]:
        """Return a file for a new archive, filled with the old one if that is kept."""

    def finish(self, file: IO[bytes]) -> None:
        """Put the new archive in the old one's place."""

    def scratch(self, file: IO[bytes]) -> tuple[_core.Store, str]:
        """Return a store and key from which the new archive is read while it is written."""

    def remove(self) -> None:
        """Remove the archive."""

    def abandon(self, file: IO[bytes]) -> None:
        """Drop a new archive that will not be finished."""


class PathPlace(Place):
    """An archive that is a file.

    Parameters
    ----------
    path : pathlib.Path
    """

    def __init__(self, path: Path) -> None:
        # The archive is finished at close: where the program is then says nothing about where it is.
        self.path = Path(os.path.abspath(path))
        self.lock = threading.RLock()

    def engine(self) -> tuple[_core.Store, str]:
        """Return a store and the archive's key in it."""
        return _core.Store.local(str(self.path.parent)), self.path.name

    def exists(self) -> bool:
        """Return whether there is an archive."""
        return self.path.exists()

    def begin(self, keep: bool) -> IO[bytes]:
        """Return a file for a new archive, filled with the old one if that is kept."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Ends like the temporaries of local stores, which list none of them.
        handle, name = tempfile.mkstemp(".zarrust-partial", f".{self.path.name[:100]}-", self.path.parent)
        os.close(handle)
        if keep and self.path.exists():
            import shutil

            # The copy costs time in proportion to the archive; appending in place would cost the archive when killed.
            shutil.copyfile(self.path, name)
        else:
            # As a file that is made without a temporary name gets it.
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
        return open(name, "r+b")

    def finish(self, file: IO[bytes]) -> None:
        """Put the new archive in the old one's place."""
        file.flush()
        os.fsync(file.fileno())
        file.close()
        if self.path.exists():
            os.chmod(file.name, self.path.stat().st_mode & 0o7777)
        os.replace(file.name, self.path)

    def scratch(self, file: IO[bytes]) -> tuple[_core.Store, str]:
        """Return a store and key from which the new archive is read while it is written."""
        folder, name = os.path.split(os.path.abspath(file.name))
        return _core.Store.local(folder), name

    def remove(self) -> None:
        """Remove the archive."""
        self.path.unlink(missing_ok=True)

    def abandon(self, file: IO[bytes]) -> None:
        """Drop a new archive that will not be finished."""
        file.close()
        Path(file.name).unlink(missing_ok=True)


class _FileBridge:
    """The engine's view of a file object: one value that is read in parts."""

    def __init__(self, file: IO[bytes], lock: threading.RLock) -> None:
        self._file, self._lock = file, lock

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes:
        """Return a part of the file."""
        with self._lock:
            if suffix is not None:
                start = max(0, self._file.seek(0, os.SEEK_END) - suffix)
            self._file.seek(start or 0)
            return self._file.read(-1 if end is None else end - (start or 0))

    def size(self, key: str) -> int:
        """Return the size of the file, in bytes."""
        with self._lock:
            return self._file.seek(0, os.SEEK_END)


class FileObjectPlace(Place):
    """An archive in an open file of the user's, which is written in place and left open.

    Parameters
    ----------
    file : file object
        Binary, with ``seek``.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.lock = threading.RLock()

    def engine(self) -> tuple[_core.Store, str]:
        """Return a store and the archive's key in it."""
        return _in_file(self.file, self.lock)

    def exists(self) -> bool:
        """Return whether there is an archive."""
        with self.lock:
            return self.file.seek(0, os.SEEK_END) > 0

    def begin(self, keep: bool) -> IO[bytes]:
        """Return the file, emptied unless what is there is kept."""
        if not keep:
            self.file.seek(0)
            self.file.truncate()
        return self.file

    def finish(self, file: IO[bytes]) -> None:
        """Hand everything to the file."""
        file.flush()

    def scratch(self, file: IO[bytes]) -> tuple[_core.Store, str]:
        """Return a store and key from which the new archive is read while it is written."""
        return self.engine()

    def remove(self) -> None:
        """Empty the file."""
        self.begin(keep=False)

    def abandon(self, file: IO[bytes]) -> None:
        """Leave the file as it is."""


class _AsidePlace(Place):
    """A place for archives that are made in a file of the system's first."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def scratch(self, file: IO[bytes]) -> tuple[_core.Store, str]:
        """Return a store and key from which the new archive is read while it is written."""
        return _in_file(file, self.lock)

    def abandon(self, file: IO[bytes]) -> None:
        """Drop a new archive that will not be finished."""
        file.close()


class StreamPlace(_AsidePlace):
    """An archive that goes to an open file from which nothing can be read back: it is made elsewhere, and written once.

    Parameters
    ----------
    file : file object
        Binary, as pipes and files in mode ``"wb"`` are.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self.file = file
        self._is_done = False

    def engine(self) -> tuple[_core.Store, str]:
        """Refuse to read the archive."""
        raise io.UnsupportedOperation(
            f"{self.file!r} is no readable and seekable file: its archive cannot be read back"
        )

    def exists(self) -> bool:
        """Return whether there is an archive."""
        return self._is_done

    def check_more(self) -> None:
        """Refuse a second archive after the first."""
        if self._is_done:
            raise io.UnsupportedOperation(
                f"{self.file!r} is no readable and seekable file: nothing can be added to the archive that is in it"
            )

    def begin(self, keep: bool) -> IO[bytes]:
        """Return a file for the archive."""
        self.check_more()
        return tempfile.TemporaryFile()

    def finish(self, file: IO[bytes]) -> None:
        """Write the archive to the user's file."""
        import shutil

        self._is_done = True
        file.seek(0)
        shutil.copyfileobj(file, self.file, 1 << 20)
        self.file.flush()
        file.close()

    def remove(self) -> None:
        """Do nothing, there being no archive yet."""
        self.check_more()


class KeyPlace(_AsidePlace):
    """An archive that is a value of another store.

    Parameters
    ----------
    handle : _core.Store
    key : str
    """

    def __init__(self, handle: _core.Store, key: str) -> None:
        super().__init__()
        self.handle: _core.Store = handle
        self.key: str = key

    def engine(self) -> tuple[_core.Store, str]:
        """Return a store and the archive's key in it."""
        return self.handle, self.key

    def exists(self) -> bool:
        """Return whether there is an archive."""
        return self.handle.exists(self.key)

    def begin(self, keep: bool) -> IO[bytes]:
        """Return a file for a new archive, filled with the old one if that is kept."""
        file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115, it outlives the call
        old = self.handle.get(self.key) if keep else None
        if old is not None:
            file.write(old)
        return file

    def finish(self, file: IO[bytes]) -> None:
        """Put the new archive in the old one's place."""
        file.seek(0)
        self.handle.set(self.key, file.read())
        file.close()

    def remove(self) -> None:
        """Remove the archive."""
        self.handle.delete(self.key)


def _in_file(file: IO[bytes], lock: threading.RLock) -> tuple[_core.Store, str]:
    """Return a store that has an open file, and its key there."""
    return _core.Store.python(_FileBridge(file, lock), f"file:{id(file):x}"), "archive"


class _Tail(io.RawIOBase):
    """An archive as the file that `zipfile` looks for the central directory in, with few requests.

    The directory is at the end: what is asked for there is read in one go with what lies around it.
    """

    def __init__(self, handle: _core.Store, key: str, size: int) -> None:
        self._handle, self._key, self._size = handle, key, size
        self._at = 0
        self._start, self._bytes = size, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._size, self._at + len(buffer))
        if self._at < self._start and end > self._at:
            # The end record with the longest comment, or the whole directory, is one request; a small archive too.
            start = min(self._at, max(0, self._size - 65_557))
            missing = self._handle.get(self._key, start, self._start) or b""
            if len(missing) != self._start - start:
                raise zipfile.BadZipFile(f"{self._key}: the archive is shorter than it was")
            self._start, self._bytes = start, missing + self._bytes
        part = self._bytes[self._at - self._start : end - self._start]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


def read_directory(handle: _core.Store, key: str) -> tuple[list[zipfile.ZipInfo], int]:
    """Return the entries of an archive, and where its central directory starts.

    Raises
    ------
    FileNotFoundError
        If there is no archive.
    zipfile.BadZipFile
        If it is none.
    """
    size = handle.size(key)
    if size is None:
        raise FileNotFoundError(f"there is no ZIP archive {key!r}")
    with zipfile.ZipFile(io.BufferedReader(_Tail(handle, key, size), 1 << 16)) as archive:
        return archive.infolist(), archive.start_dir


def reader(handle: _core.Store, key: str, entries: Iterable[zipfile.ZipInfo], end: int) -> _core.Store:
    """Return the engine's store of an archive's entries.

    Parameters
    ----------
    handle : _core.Store
    key : str
        Of the archive.
    entries : iterable of zipfile.ZipInfo
    end : int
        Where they end, in bytes.
    """
    rows = [
        (
            *(entry.filename, entry.header_offset, entry.compress_size, entry.file_size),
            *(entry.CRC, entry.compress_type, bool(entry.flag_bits & 1)),
        )
        for entry in entries
    ]
    return _core.Store.zip(handle, key, rows, end)


class Archive:
    """An archive that is open for writing: the engine's view of it.

    Parameters
    ----------
    place : Place
    fresh : bool
        Whether entries that are there go.
    compression : int
        As `zipfile` has it.
    allow_zip64 : bool
        Whether archives may be larger than 4 GiB.
    """

    def __init__(self, place: Place, *, fresh: bool, compression: int, allow_zip64: bool) -> None:
        self.place = place
        self._fresh = fresh
        self._options: dict[str, Any] = {"compression": compression, "allowZip64": allow_zip64}
        self._lock = place.lock
        self._pending: dict[str, bytes] = {}
        self._pending_bytes = 0
        self._file: Any = None
        self._new: zipfile.ZipFile | None = None
        self._written: set[str] = set()
        self._pid = os.getpid()
        self._read: _core.Store | None = None

    def _reading(self) -> _core.Store | None:
        """Return the engine's store of the entries that are written, None without any."""
        if self._read is None and not self._fresh and self.place.exists():
            handle, key = self.place.engine()
            self._read = reader(handle, key, *read_directory(handle, key))
        return self._read

    # Writing

    def _begin(self) -> zipfile.ZipFile:
        """Return the new archive."""
        if self._new is None:
            keep = not self._fresh and self.place.exists()
            self._file = self.place.begin(keep)
            self._new = zipfile.ZipFile(self._file, "a" if keep else "w", **self._options)
        return self._new

    def _spill(self) -> None:
        """Move the entries that wait in memory to the new archive."""
        new = self._begin()
        for key, value in self._pending.items():
            self._forget(new, key)
            entry = zipfile.ZipInfo(key, _now())
            entry.compress_type = self._options["compression"]
            entry.external_attr = 0o644 << 16
            new.writestr(entry, value)
            self._written.add(key)
        self._pending, self._pending_bytes = {}, 0
        self._file.flush()
        self._read = reader(*self.place.scratch(self._file), new.infolist(), new.start_dir)

    @staticmethod
    def _forget(new: zipfile.ZipFile, key: str) -> None:
        """Leave an entry out of the directory that is to be written; its bytes stay behind, unnamed."""
        old = new.NameToInfo.pop(key, None)
        if old is not None:
            new.filelist.remove(old)
            new._didModify = True  # type: ignore[attr-defined]

    def commit(self) -> None:
        """Put everything that was set into the archive at its place."""
        with self._lock:
            if os.getpid() != self._pid or not (self._pending or self._new or self._fresh):
                # A forked child has a copy of what waits; it is the parent's to write.
                return
            self._spill()
            new, self._new = self._new, None
            try:
                if new is not None:
                    new.close()
                self.place.finish(self._file)
            except BaseException:
                self.place.abandon(self._file)
                raise
            self._fresh, self._read = False, None
            self._written.clear()

    def close(self) -> None:
        """Put everything into the archive and let go of it."""
        with self._lock:
            self.commit()
            self._read = None

    def clear(self) -> None:
        """Remove every entry, and the archive itself."""
        with self._lock:
            self.discard()
            self.place.remove()
            self._fresh, self._read = True, None

    def discard(self) -> None:
        """Forget what was set since the archive was last put in its place."""
        with self._lock:
            self._pending, self._pending_bytes = {}, 0
            self._written.clear()
            if self._new is not None:
                self._new.fp, self._new = None, None
                self.place.abandon(self._file)

    # What the engine calls

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a value or a part of it."""
        with self._lock:
            value = self._pending.get(key)
            read = None if value is not None else self._reading()
        if value is not None:
            return cut(value, start, end, suffix)
        return None if read is None else read.get(key, start, end, suffix)

    def set(self, key: str, value: bytes) -> None:
        """Set a value."""
        value = bytes(value)
        if os.getpid() != self._pid:
            raise RuntimeError("a ZIP archive is written by the process that opened it, and this is a forked one")
        with self._lock:
            if not self._fresh and self._new is None:
                self.place.check_more()
            self._pending_bytes += len(value) - len(self._pending.get(key, b""))
            self._pending[key] = value
            if self._pending_bytes > MAX_PENDING_BYTES:
                self._spill()

    def set_if_absent(self, key: str, value: bytes) -> bool:
        """Set a value if there is none, and return whether it was set."""
        with self._lock:
            if self.size(key) is not None:
                return False
            self.set(key, value)
            return True

    def delete(self, key: str) -> None:
        """Remove a value that is not in the archive at its place yet.

        Raises
        ------
        NotImplementedError
            If it is.
        """
        with self._lock:
            if key in self._written and self._new is not None:
                self._forget(self._new, key)
                self._written.discard(key)
                self._read = reader(*self.place.scratch(self._file), self._new.infolist(), self._new.start_dir)
            elif (read := self._reading()) is not None and read.exists(key):
                raise NotImplementedError(f"{key!r} is in the ZIP archive already, from which nothing can be deleted")
            self._pending_bytes -= len(self._pending.pop(key, b""))

    def delete_prefix(self, prefix: str) -> None:
        """Remove the values in a folder."""
        with self._lock:
            for key in self.list(prefix):
                self.delete(key)

    def size(self, key: str) -> int | None:
        """Return the size of a value, in bytes."""
        with self._lock:
            if key in self._pending:
                return len(self._pending[key])
            read = self._reading()
            return None if read is None else read.size(key)

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the keys in a folder."""
        start = folder(prefix)
        with self._lock:
            read = self._reading()
            old = [] if read is None else read.list(prefix)
            return [*dict.fromkeys([*old, *(key for key in self._pending if key.startswith(start))])]

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        start = folder(prefix)
        return [*dict.fromkeys(key[len(start) :].partition("/")[0] for key in self.list(prefix))]


def _now() -> tuple[int, int, int, int, int, int]:
    """Return the time as ZIP archives have it, whose first year is 1980."""
    import time

    now = time.localtime()[:6]
    return now if now[0] >= 1980 else (1980, 1, 1, 0, 0, 0)


def finish_quietly(archive: Archive) -> None:
    """Write an archive out whose store nobody closed; where that fails there is nobody to tell."""
    with contextlib.suppress(Exception):
        archive.commit()
