"""`FsspecStore`: file systems of fsspec, by the engine itself where it knows the kind."""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from zarrust import _core
from zarrust.errors import ZarrUserWarning
from zarrust.storage.fsspec_bridge import FsspecBridge
from zarrust.storage.names import without_secrets
from zarrust.storage.native import NativeStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarrust.buffer.cpu import Buffer
    from zarrust.storage.fsspec_options import UntranslatedError
    from zarrust.storage.native import Lister

__all__ = ["FsspecStore", "RemoteStore"]

ALLOWED_EXCEPTIONS: tuple[type[Exception], ...] = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
"""What means that a key is not there."""

_LAZY = {
    "s3": "s3fs.S3FileSystem",
    "s3a": "s3fs.S3FileSystem",
    "gs": "gcsfs.GCSFileSystem",
    "gcs": "gcsfs.GCSFileSystem",
    "az": "adlfs.AzureBlobFileSystem",
    "abfs": "adlfs.AzureBlobFileSystem",
    "abfss": "adlfs.AzureBlobFileSystem",
    "http": "fsspec.implementations.http.HTTPFileSystem",
    "https": "fsspec.implementations.http.HTTPFileSystem",
}
"""Protocols whose file system need not be made, nor its package imported, before somebody asks for it."""

_OF_THE_STORE = ("normalize_keys", "key_separator")
"""Parameters of stores of version 2: taken, and without effect on keys."""

_THREADS = 16
"""Calls into a file system at a time, unless ``async.concurrency`` says otherwise: they wait for a network."""


def make_async(fs: Any) -> Any:
    """Return an asynchronous file system for any: itself, its twin, or one wrapped around it.

    Parameters
    ----------
    fs : fsspec.AbstractFileSystem
    """
    if fs.async_impl and fs.asynchronous:
        return fs
    if fs.async_impl:
        return type(fs)(*fs.storage_args, **{**fs.storage_options, "asynchronous": True})
    try:
        from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
    except ImportError:
        raise ImportError(
            f"The filesystem '{fs}' is synchronous, and the required AsyncFileSystemWrapper is not available. "
            "Upgrade fsspec to version 2024.12.0 or later to enable this functionality."
        ) from None
    return AsyncFileSystemWrapper(fs, asynchronous=True)


class FsspecStore(NativeStore):
    """A store on a file system of fsspec: S3, Google Cloud Storage, Azure, HTTP and all others that fsspec has.

    Where the engine knows the kind of file system and each of its options (s3fs, gcsfs, adlfs, HTTP, and local folders
    with ``auto_mkdir``) it does the work itself and fsspec only says where; otherwise, and with
    ``config.set({"fsspec.engine": "fsspec"})``, every byte goes through fsspec.

    Parameters
    ----------
    fs : fsspec.AbstractFileSystem or str
        A file system, or a URL: then all other keywords are options of its file system, as in `from_url`.
    read_only : bool, default False
        Whether writing and deleting are refused.
    path : str, default "/"
        The store's root in the file system, without the protocol.
    allowed_exceptions : tuple of type, optional
        Exceptions of the file system that mean that a key is not there.
    **storage_options
        Options of a URL's file system.

    Raises
    ------
    TypeError
        If ``fs`` is neither, or options come with a file system.
    ImportError
        If the URL's file system is in a package that is not installed.

    Warns
    -----
    ZarrUserWarning
        If an asynchronous file system was not made with ``asynchronous=True``.

    Examples
    --------
    >>> FsspecStore("s3://bucket/data.zarr", anon=True, client_kwargs={"region_name": "us-west-2"})
    <FsspecStore(S3FileSystem, bucket/data.zarr)>
    """

    supports_writes: bool = True
    supports_deletes: bool = True
    supports_listing: bool = True
    # Where fsspec lists: also of web servers, whose values the engine reads.
    _names: FsspecBridge | None = None

    def __init__(
        self,
        fs: Any,
        read_only: bool = False,
        path: str = "/",
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
        **storage_options: Any,
    ) -> None:
        super().__init__(read_only=read_only)
        self.allowed_exceptions = allowed_exceptions
        self._protocol = ""
        self._options: dict[str, Any] = {}
        self._fs: Any = None
        if isinstance(fs, str):
            self._locate(fs, {name: value for name, value in storage_options.items() if name not in _OF_THE_STORE})
            return
        if storage_options:
            raise TypeError(f"options {sorted(storage_options)} belong to a URL, not to the file system {fs!r}")
        if not hasattr(fs, "async_impl"):
            raise TypeError(f"fs: expected a file system of fsspec or a URL, found {type(fs).__name__}")
        if fs.async_impl and not fs.asynchronous:
            warnings.warn(
                f"fs ({fs}) was not created with `asynchronous=True`, this may lead to surprising behavior",
                category=ZarrUserWarning,
                stacklevel=2,
            )
        self.path: str = path
        self._fs = fs if fs.async_impl else make_async(fs)

    def _locate(self, url: str, options: dict[str, Any]) -> None:
        """Take what a URL says; the file system itself is made when needed, or now where that alone shows errors."""
        if find_spec("fsspec") is None:
            raise ImportError(f"{without_secrets(url)}: FsspecStore needs the fsspec package, which is not installed")
        from fsspec.config import conf
        from fsspec.registry import known_implementations, registry

        protocol = url.partition("://")[0]
        if protocol in ("http", "https") and "@" in url:
            from zarrust.storage.fsspec_options.http import without_login

            # Not in the URL, which fsspec writes into its log.
            url, login = without_login(url)
            options = options | {"headers": login | dict(options.get("headers") or {})} if login else options
        self._url, self._protocol = url, protocol
        self._options = {**conf.get(protocol, {}), **options}
        taken, usual = registry.get(protocol), _LAZY.get(protocol, "")
        # A class of the user's in the place of the usual one must be asked for everything.
        own = taken is not None and f"{taken.__module__}.{taken.__qualname__}" not in _CLASSES
        if (
            protocol in _LAZY
            and known_implementations[protocol]["class"] == usual
            and not own
            and ("?" not in url or protocol.startswith("http"))
        ):
            self.path = url if protocol.startswith("http") else _strip(url, self._options)
            self.supports_listing = not (protocol.startswith("http") and "?" in url)
            self._class_name = usual.rpartition(".")[2]
            return
        self._make()

    def _make(self, why: UntranslatedError | None = None) -> None:
        from fsspec.core import url_to_fs
        from fsspec.registry import get_filesystem_class

        options = {"asynchronous": True, **self._options}
        if self._protocol.startswith("s3"):
            for short in ("cache_type", "block_size"):
                if short in options:
                    options[f"default_{short}"] = options.pop(short)
        try:
            if why is not None:
                from zarrust.storage.fsspec_options import check_known

                check_known(why, get_filesystem_class(self._protocol))
            fs, self.path = url_to_fs(self._url, **options)
        except ImportError as error:
            said = (
                ""
                if why is None
                else f"{why}, so that fsspec has to do the work. Leave it out, or install the package: "
            )
            raise ImportError(f"{said}{error}") from error
        self._fs = fs if fs.async_impl else make_async(fs)

    @property
    def fs(self) -> Any:
        """The file system; made now where only its URL was needed before.

        Raises
        ------
        ImportError
            If it is in a package that is not installed.
        """
        if self._fs is None:
            self._make()
        return self._fs

    @classmethod
    def from_url(
        cls,
        url: str | os.PathLike[str],
        storage_options: Mapping[str, Any] | None = None,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> Self:
        """Return a store for a URL.

        Parameters
        ----------
        url : str or path
            Its scheme says which file system.
        storage_options : mapping, optional
            Options of the file system.
        read_only : bool, default False
        allowed_exceptions : tuple of type, optional
            Exceptions of the file system that mean that a key is not there.

        Raises
        ------
        TypeError
            If an option is none of a file system's.

        Examples
        --------
        >>> FsspecStore.from_url("https://example.com/data.zarr", read_only=True)
        <FsspecStore(HTTPFileSystem, https://example.com/data.zarr)>
        """
        options = dict(storage_options or {})
        reserved = {"fs", "path", "read_only", "allowed_exceptions"} & options.keys()
        if reserved:
            raise TypeError(f"storage_options: {sorted(reserved)} are no options of a file system")
        # A path of the local disk: dask hands it on as it was given.
        place = os.fspath(url) if isinstance(url, os.PathLike) else url
        return cls(place, read_only, allowed_exceptions=allowed_exceptions, **options)

    @classmethod
    def from_upath(
        cls,
        upath: Any,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> Self:
        """Return a store for a path of universal_pathlib.

        Parameters
        ----------
        upath : upath.UPath
        read_only : bool, default False
        allowed_exceptions : tuple of type, optional
            Exceptions of the file system that mean that a key is not there.
        """
        return cls(make_async(upath.fs), read_only, upath.path.rstrip("/"), allowed_exceptions)

    @classmethod
    def from_mapper(
        cls,
        fs_map: Any,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> Self:
        """Return a store for a mapping of fsspec, as ``fsspec.get_mapper`` makes it.

        Parameters
        ----------
        fs_map : fsspec.mapping.FSMap
        read_only : bool, default False
        allowed_exceptions : tuple of type, optional
            Exceptions of the file system that mean that a key is not there.
        """
        return cls(make_async(fs_map.fs), read_only, fs_map.root, allowed_exceptions)

    def with_read_only(self, read_only: bool = False) -> Self:
        """Return a store over the same objects with another ``read_only``."""
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__getstate__())
        other._read_only, other._is_open = read_only, False
        other._native_cache, other._names = self._native_cache, self._names
        return other

    def _make_native(self) -> _core.Store:
        from zarrust.config import config

        if config.get("fsspec.engine") != "fsspec":
            from zarrust.storage.fsspec_options import UntranslatedError, translate

            place = self._place()
            if place is not None and place[0] in _PROTOCOLS:
                try:
                    objects = _core.Store.object(translate(*place, self.path))
                except UntranslatedError as why:
                    if self._fs is None:
                        self._make(why)
                else:
                    # Web servers list by pages with links, which fsspec can read; behind a query it puts keys wrong.
                    listed = self.path.startswith("http") and "?" not in self.path
                    names = self._through_fsspec(lambda: self.fs) if listed else None
                    return objects if names is None else _core.Store.split(objects, names)
            local = self._local_root(place)
            if local is not None:
                return _core.Store.local(local)
        fs = self.fs
        return self._through_fsspec(lambda: fs)

    def _through_fsspec(self, make: Callable[[], Any]) -> _core.Store:
        bridge = FsspecBridge(make, self.path, self.allowed_exceptions, pages=not self._lists_all)
        self._names = bridge
        return _core.Store.python(
            bridge,
            f"fsspec:{id(self._fs):x}:{self.path}",
            threads=_THREADS,
            waits=True,
        )

    def _place(self) -> tuple[str, dict[str, Any]] | None:
        """Return protocol and options of a file system that is exactly what its package makes, without files passed."""
        if self.allowed_exceptions != ALLOWED_EXCEPTIONS:
            return None
        if self._fs is None:
            return self._protocol, self._options
        fs = getattr(self._fs, "sync_fs", self._fs)
        name = f"{type(fs).__module__}.{type(fs).__qualname__}"
        protocol = _CLASSES.get(name)
        if protocol is None or fs.storage_args:
            return None
        if protocol == "http":
            protocol = self.path.partition("://")[0]
        options = dict(fs.storage_options)
        if protocol == "file" and self._protocol:
            # A store made from a URL alone makes its folders, as all other stores do.
            options.setdefault("auto_mkdir", self._options.get("auto_mkdir", True))
        return protocol, options

    def _local_root(self, place: tuple[str, dict[str, Any]] | None) -> str | None:
        if place is None or place[0] != "file":
            return None
        options = {name: value for name, value in place[1].items() if name != "asynchronous"}
        return self.path if options == {"auto_mkdir": True} and self.path != "/" else None

    async def set(self, key: str, value: Buffer, byte_range: tuple[int, int] | None = None) -> None:
        """Set the value of a key.

        Parameters
        ----------
        key : str
        value : Buffer
        byte_range : tuple of int, optional
            Not possible: a value is set as a whole.

        Raises
        ------
        NotImplementedError
            If a range is given.
        """
        if byte_range:
            raise NotImplementedError("a part of a value cannot be set")
        await super().set(key, value)

    @property
    def _lists_all(self) -> bool:  # type: ignore[override]
        return not self.path.startswith(("http://", "https://"))

    def _lister(self) -> Lister | None:
        # Who it is turns out when the store is made for the engine.
        _ = self._native
        return self._names

    async def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder.

        Raises
        ------
        NotImplementedError
            If the store does not support deletes.
        """
        if not self.supports_deletes:
            raise NotImplementedError("This method is only available for stores that support deletes.")
        await super().delete_dir(prefix)

    def __getstate__(self) -> dict[str, Any]:
        """Leave a file system behind that can be made from the URL again."""
        state = super().__getstate__()
        state.pop("_names", None)
        if self._protocol:
            state["_fs"] = None if self._protocol in _LAZY else state["_fs"]
        return state

    def __repr__(self) -> str:
        name = self._class_name if self._fs is None else type(self._fs).__name__
        return f"<FsspecStore({name}, {without_secrets(self.path)})>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)) or (self.path, self.read_only) != (other.path, other.read_only):
            return False
        if self._fs is None and other._fs is None and self._protocol == other._protocol:
            return self._options == other._options
        return bool(self.fs == other.fs) or _made_alike(self.fs, other.fs)

    def __hash__(self) -> int:
        return super().__hash__()


_PROTOCOLS = frozenset(_LAZY)
"""What the engine may know."""

_CLASSES = {
    "s3fs.core.S3FileSystem": "s3",
    "gcsfs.core.GCSFileSystem": "gs",
    "adlfs.spec.AzureBlobFileSystem": "abfs",
    "fsspec.implementations.http.HTTPFileSystem": "http",
    "fsspec.implementations.local.LocalFileSystem": "file",
}
"""Classes that the engine knows by themselves; a subclass may mean something else."""


def _made_alike(one: Any, other: Any) -> bool:
    """Return whether two file systems have one class and one set of options: fsspec's own comparison knows threads."""
    mine, theirs = ((type(fs), fs.storage_args, fs.storage_options) for fs in (one, other))
    return mine == theirs and not hasattr(one, "sync_fs")


def _strip(url: str, options: dict[str, Any]) -> str:
    """Return bucket and path of a URL; what Azure's URLs say of the account goes into the options."""
    authority, slash, path = url.partition("://")[2].partition("/")
    container, at, host = authority.rpartition("@")
    if at:
        options.setdefault("account_name", host.partition(".")[0])
    return f"{container if at else authority}{slash}{path}".rstrip("/")


RemoteStore = FsspecStore
"""The name that `FsspecStore` had before zarr-python 3.0 was released."""
