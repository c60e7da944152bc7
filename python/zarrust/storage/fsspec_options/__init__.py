"""What file systems of fsspec are to the engine: a native store where kind and options say exactly the same, or none.

Each kind is one file with one function: it takes the options and the path, and gives a client of `zarrust.store`. What
it does not know it raises as `UntranslatedError`, with the option's name. Options that only concern open files and
cached listings have no effect here and pass.
"""

from __future__ import annotations

import difflib
import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from zarrust.storage.fsspec_options.options import UNTOUCHED, Options, UntranslatedError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UntranslatedError", "check_known", "native_store", "translate"]

_KINDS = {
    **dict.fromkeys(("s3", "s3a"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gcs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "azure"),
    **dict.fromkeys(("http", "https"), "http"),
}
"""Protocols, and the modules that know them."""


def translate(protocol: str, options: Mapping[str, Any], path: str) -> Any:
    """Return a client of `zarrust.store` for a file system.

    Parameters
    ----------
    protocol : str
        Of the file system: ``"s3"``, ``"gs"``, ``"abfs"``, ``"http"``, ...
    options : mapping
        What the file system was made with.
    path : str
        Of the store, without the protocol; the whole URL for HTTP.

    Raises
    ------
    UntranslatedError
        If fsspec has to do the work.
    TypeError, ValueError
        If an option has a value that it cannot have.
    """
    if protocol not in _KINDS:
        raise UntranslatedError(protocol, None, "the protocol is not one of the engine's")
    # A query goes with every request to a web server, where it may be what grants access.
    if "#" in path or ("?" in path and not protocol.startswith("http")):
        raise UntranslatedError(protocol, None, "the URL has a query or a fragment")
    module = import_module(f"{__name__}.{_KINDS[protocol]}")
    return module.client(Options(protocol, options), path)


def native_store(protocol: str, options: Mapping[str, Any], path: str) -> Any:
    """Return the same, and None where fsspec has to do the work.

    Parameters
    ----------
    protocol : str
    options : mapping
    path : str

    Examples
    --------
    >>> native_store("s3", {"anon": True, "client_kwargs": {"region_name": "eu-west-1"}}, "bucket/data.zarr")
    S3Store(bucket="bucket", prefix="data.zarr")
    >>> native_store("s3", {"session": object()}, "bucket/data.zarr") is None
    True
    """
    try:
        return translate(protocol, options, path)
    except UntranslatedError:
        return None


def check_known(why: UntranslatedError, cls: type) -> None:
    """Refuse an option that neither the engine nor the class of the file system has: it may be misspelt.

    Parameters
    ----------
    why : UntranslatedError
    cls : type
        Of the file system.

    Raises
    ------
    TypeError
        If there is no such option; the message names it, and one that is spelt alike.
    """
    if why.option is None or "." in why.option or why.protocol.startswith("http"):
        # Web servers are sent whatever else is given, as aiohttp takes it.
        return
    known = {*UNTOUCHED, "skip_instance_cache"}
    for parent in cls.__mro__:
        if "__init__" in vars(parent):
            known |= {*inspect.signature(parent.__init__).parameters}  # type: ignore[misc]
    if why.option in known:
        return
    near = difflib.get_close_matches(why.option, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise TypeError(f"storage_options: {cls.__name__} of {why.protocol}:// has no option {why.option!r}{hint}")
