"""Modules that are imported when they are first asked for as an attribute of their package."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["submodules"]


def submodules(package: str) -> Callable[[str], ModuleType]:
    """Return the function ``__getattr__`` of a package that has its modules without importing them.

    ``import zarr`` is enough for ``zarr.core.dtype`` with zarr-python, where everything is imported at once. Here
    programs that never ask do not pay for it.

    Parameters
    ----------
    package : str
        Its ``__name__``.

    Examples
    --------
    >>> submodules("zarrust.buffer")("gpu").__name__
    'zarrust.buffer.gpu'
    """

    def __getattr__(name: str) -> ModuleType:  # noqa: N807, it becomes a module's
        from importlib.util import find_spec

        path = f"{package}.{name}"
        if name.startswith("__") or find_spec(path) is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return import_module(path)

    return __getattr__
