"""The functions of the package, synchronous and asynchronous."""

from importlib import import_module
from types import ModuleType

from zarrust.api import synchronous

__all__ = ["asynchronous", "synchronous"]


def __getattr__(name: str) -> ModuleType:
    """Import the asynchronous form when it is first asked for: programs that never await do not pay for it."""
    if name == "asynchronous":
        return import_module("zarrust.api.asynchronous")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
