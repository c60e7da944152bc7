"""What helps to report a problem: versions, and the package's log."""

from __future__ import annotations

import logging
from typing import Literal

__all__ = ["print_debug_info", "set_format", "set_log_level"]

_REQUIRED = ("numpy", "typing_extensions")
_OPTIONAL = ("numcodecs", "fsspec", "s3fs", "gcsfs", "obstore", "cupy-cuda12x", "dask", "xarray", "rich")

_LOGGER = logging.getLogger("zarr")
"""The logger of zarr-python's name, so that programs that set it up keep working."""


def print_debug_info() -> None:
    """Print the versions that a bug report needs: platform, Python, this package, and what it works with."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from zarrust import _core

    print(f"platform: {platform.platform()}")
    print(f"python: {platform.python_version()}")
    print(f"zarrust: {_core.__version__} ({_core.build_profile} build)\n")
    missing = []
    for title, names in (("Required", _REQUIRED), ("Optional", _OPTIONAL)):
        print(f"**{title} dependencies:**")
        for name in names:
            try:
                print(f"{name}: {version(name)}")
            except PackageNotFoundError:
                missing.append(name)
        print()
    if missing:
        print("**Not Installed:**", *missing, sep="\n")


def _handler() -> logging.Handler:
    """Return what the log goes to: standard error, unless the program has set something up."""
    if not _LOGGER.handlers:
        _LOGGER.addHandler(logging.StreamHandler())
    return _LOGGER.handlers[0]


def set_log_level(level: Literal["NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]) -> None:
    """Set how much the package's logger, ``zarr``, lets through.

    Parameters
    ----------
    level : str
        A name of `logging`.

    Raises
    ------
    ValueError
        If it is none.
    """
    _LOGGER.setLevel(level)
    _handler().setLevel(level)


def set_format(log_format: str) -> None:
    """Set the form of a line of the package's log.

    Parameters
    ----------
    log_format : str
        As `logging.Formatter` takes it.

    Raises
    ------
    ValueError
        If it is none.
    """
    _handler().setFormatter(logging.Formatter(log_format))
