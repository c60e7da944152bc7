"""File systems of fsspec as the engine calls them: plain blocking methods, from worker threads."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from zarrust import loop
from zarrust.storage.names import without_secrets

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterator

__all__ = ["FsspecBridge", "recreate"]


def recreate(fs: Any) -> Any:
    """Return a file system like another, with connections of its own."""
    inner = getattr(fs, "sync_fs", None)
    if inner is not None:
        return type(fs)(recreate(inner), asynchronous=True)
    return type(fs)(*fs.storage_args, **{**fs.storage_options, "skip_instance_cache": True})


def _refusal(error: Any) -> OSError:
    """Return an answer of a web server as an error without what aiohttp shows of it: headers, and all of the URL."""
    kind = PermissionError if error.status in (401, 403) else OSError
    return kind(f"{without_secrets(str(error.request_info.real_url))}: {error.status} {error.message}")


class FsspecBridge:
    """The engine's view of a file system.

    Parameters
    ----------
    make : callable
        Returns the file system; called when it is first needed.
    path : str
        The store's root in it.
    missing : tuple of type
        Exceptions that mean that a key is not there.
    pages : bool, default False
        Whether folders are pages of links, as web servers may have them: one that is missing is no empty folder.
    """

    def __init__(
        self, make: Callable[[], Any], path: str, missing: tuple[type[Exception], ...], *, pages: bool = False
    ) -> None:
        self._make = make
        self._fs: Any = None
        self._root = path.rstrip("/")
        self._missing = missing
        self._pages = pages
        self._process = os.getpid()

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method in the form that the file system has: its own blocking one, or on the package's loop."""
        fs = self._of_this_process()
        blocking = getattr(fs, "sync_fs", fs)
        try:
            if not blocking.async_impl or not blocking.asynchronous:
                return getattr(blocking, name)(*args, **kwargs)
            return loop.run(getattr(fs, f"_{name}")(*args, **kwargs))
        except Exception as error:
            if not hasattr(error, "request_info"):
                raise
            raise _refusal(error) from None

    def _of_this_process(self) -> Any:
        if self._fs is None:
            self._fs = self._make()
        if self._process != os.getpid():
            # Connections and loops of the parent are not for its child.
            self._fs, self._process = recreate(self._fs), os.getpid()
        return self._fs

    def _place(self, key: str) -> str:
        # The file system's own root has no name to put before the key.
        return f"{self._root}/{key}".rstrip("/") if self._root else key

    def get(self, key: str, start: int | None, end: int | None, suffix: int | None) -> bytes | None:
        """Return a value or a part of it."""
        first = start if suffix is None else -suffix
        try:
            value = bytes(self._call("cat_file", self._place(key), start=first, end=end))
        except self._missing:
            return None
        except OSError as error:
            # A range past the end: S3 has a status for it that file systems pass on as they like.
            if "not satisfiable" in str(error):
                return b""
            raise
        # Servers that know no ranges send everything.
        if suffix is not None:
            return value[-suffix:] if suffix else b""
        if end is not None and len(value) > end - (start or 0):
            return value[start:end]
        return value

    def set(self, key: str, value: bytes) -> None:
        """Set a value."""
        self._call("pipe_file", self._place(key), bytes(value))

    def set_if_absent(self, key: str, value: bytes) -> bool:
        """Set a value if there is none, and return whether it was set; not every file system can do it in one step."""
        if self._call("exists", self._place(key)):
            return False
        self.set(key, value)
        return True

    def delete(self, key: str) -> None:
        """Remove a value."""
        with contextlib.suppress(FileNotFoundError, *self._missing):
            self._call("rm", self._place(key))

    def delete_prefix(self, prefix: str) -> None:
        """Remove the values in a folder."""
        if not prefix:
            for name in self.list_dir(""):
                with contextlib.suppress(FileNotFoundError, *self._missing):
                    self._call("rm", self._place(name), recursive=True)
            return
        with contextlib.suppress(FileNotFoundError, *self._missing):
            self._call("rm", self._place(prefix.rstrip("/")), recursive=True)

    def size(self, key: str) -> int | None:
        """Return the size of a value, in bytes."""
        try:
            info = self._call("info", self._place(key))
        except self._missing:
            return None
        if info.get("type") == "directory":
            return None
        if info.get("size") is None:
            value = self.get(key, None, None, None)
            return None if value is None else len(value)
        return int(info["size"])

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the keys in a folder."""
        return [*self.keys(prefix)]

    def keys(self, prefix: str) -> Iterator[str]:
        """Iterate over the keys in a folder."""
        return (key for key, _ in self._entries(prefix))

    def total(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""
        found = self._entries(prefix)
        # Pages of links have no sizes.
        return sum((self.size(key) or 0) if size is None else size for key, size in found)

    def _entries(self, prefix: str) -> Iterator[tuple[str, int | None]]:
        """Iterate over the keys in a folder, each with its size where the listing has it."""
        inside = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        place = self._place(prefix.strip("/"))
        for name, size in self._walk(place) if self._goes_by_folders() else self._find(place):
            key = self._key(name)
            if key.startswith(inside) and not (self._pages and set("#?") & set(key)):
                yield key, size

    def _goes_by_folders(self) -> bool:
        """Return whether the file system has no better way to find what is below a folder than to list each."""
        from fsspec import AbstractFileSystem
        from fsspec.asyn import AsyncFileSystem

        fs = self._of_this_process()
        kind = type(getattr(fs, "sync_fs", fs))
        if issubclass(kind, AsyncFileSystem):
            return bool(kind._find is AsyncFileSystem._find)
        return bool(kind.find is AbstractFileSystem.find)

    def _find(self, place: str) -> Iterator[tuple[str, int | None]]:
        try:
            found = self._call("find", place, detail=True, withdirs=False)
        except self._missing:
            return
        yield from ((name, info.get("size")) for name, info in found.items())

    def _walk(self, place: str) -> Iterator[tuple[str, int | None]]:
        """Iterate over what is below a folder, a folder at a time; unlike fsspec's own way it passes over no error."""
        left = [place]
        while left:
            place = left.pop()
            for info in self._listed(place):
                name = info["name"]
                if info["type"] != "directory":
                    yield name, info.get("size")
                elif name.strip("/") != place.strip("/"):
                    left.append(name.rstrip("/"))

    def _listed(self, place: str) -> builtins.list[Any]:
        try:
            return [*self._call("ls", place, detail=True)]
        except self._missing:
            if not self._pages:
                return []
            raise NotImplementedError(
                f"cannot list keys: the web server has no page of links at {without_secrets(place)}; consolidated "
                "metadata names the members of a hierarchy"
            ) from None

    def _key(self, place: str) -> str:
        # Some file systems answer with a slash in front, whatever the root looks like.
        root, place = self._root.lstrip("/"), place.lstrip("/")
        return place.removeprefix(f"{root}/") if root else place

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        return [*self.names(prefix)]

    def names(self, prefix: str) -> Iterator[str]:
        """Iterate over the names directly in a folder."""
        folder = prefix.strip("/")
        start = f"{folder}/" if folder else ""
        names: set[str] = set()
        for info in self._listed(self._place(folder)):
            key = self._key(info["name"]).rstrip("/")
            name = key.removeprefix(start).removeprefix("./")
            if not key.startswith(start) or name in ("", ".", "..") or "/" in name:
                continue
            # A page of links has some to elsewhere, to itself and into itself.
            if name not in names and not (self._pages and set("#?") & set(name)):
                names.add(name)
                yield name
