"""What stores of others can be tested with."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zarrust.testing.plugin import pytest_configure
    from zarrust.testing.store import StoreTests
    from zarrust.testing.utils import assert_bytes_equal

__all__ = ["StoreTests", "assert_bytes_equal", "pytest_configure"]

_MODULES = {"StoreTests": "store", "assert_bytes_equal": "utils", "pytest_configure": "plugin"}


def __getattr__(name: str) -> Any:
    # Late, as pytest loads a plugin before it can rewrite the assertions of what the plugin imports.
    if name not in _MODULES or importlib.util.find_spec("pytest") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r} (zarrust.testing needs pytest)")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
