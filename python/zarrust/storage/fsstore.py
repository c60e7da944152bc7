"""`FSStore`: version 2's store on a file system of fsspec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from zarrust.storage.fsspec import ALLOWED_EXCEPTIONS, FsspecStore

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["FSStore"]


class FSStore(FsspecStore):
    """A `FsspecStore` with the arguments that version 2 had for it.

    Parameters
    ----------
    url : str
        Of the store's root; with ``fs`` the path in it.
    normalize_keys, check, create : bool, default False
        Accepted, without effect.
    key_separator, dimension_separator : {".", "/"}, optional
        Between the numbers of a chunk, for arrays of format 2 that are made without saying it; the first is the older
        name.
    mode : {"w", "r", "r+", "a"}, default "w"
        ``"r"`` refuses to write; nothing is deleted in any.
    exceptions : tuple of type, optional
        Exceptions of the file system that mean that a key is not there: by default those that say so, and no others as
        in version 2.
    fs : fsspec.AbstractFileSystem, optional
        File system to use.
    missing_exceptions : tuple of type, optional
        Another name of ``exceptions``.
    **storage_options
        Of the URL's file system.

    Examples
    --------
    >>> FSStore("s3://bucket/data.zarr", mode="r", anon=True)
    <FsspecStore(S3FileSystem, bucket/data.zarr)>
    """

    def __init__(
        self,
        url: Any,
        normalize_keys: bool = False,
        key_separator: Literal[".", "/"] | None = None,
        mode: str = "w",
        exceptions: tuple[type[Exception], ...] | None = None,
        dimension_separator: Literal[".", "/"] | None = None,
        fs: Any = None,
        check: bool = False,
        create: bool = False,
        missing_exceptions: tuple[type[Exception], ...] | None = None,
        **storage_options: Any,
    ) -> None:
        missing = exceptions or missing_exceptions or ALLOWED_EXCEPTIONS
        if fs is None:
            super().__init__(url, mode == "r", allowed_exceptions=missing, **storage_options)
        else:
            super().__init__(fs, mode == "r", fs._strip_protocol(url), missing, **storage_options)
        self._dimension_separator = dimension_separator or key_separator

    @classmethod
    def from_url(
        cls,
        url: str | os.PathLike[str],
        storage_options: Mapping[str, Any] | None = None,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> Self:
        """Return a store for a URL, as `FsspecStore` does."""
        return cls(url, mode="r" if read_only else "w", exceptions=allowed_exceptions, **dict(storage_options or {}))

    @classmethod
    def from_mapper(
        cls,
        fs_map: Any,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> Self:
        """Return a store for a mapping of fsspec, as `FsspecStore` does."""
        return cls(fs_map.root, mode="r" if read_only else "w", exceptions=allowed_exceptions, fs=fs_map.fs)

    @classmethod
    def from_upath(
        cls,
        upath: Any,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> Self:
        """Return a store for a path of universal_pathlib, as `FsspecStore` does."""
        return cls(upath.path, mode="r" if read_only else "w", exceptions=allowed_exceptions, fs=upath.fs)
