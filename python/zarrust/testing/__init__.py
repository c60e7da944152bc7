"""What stores of others can be tested with; a plugin of pytest that registers the markers used here."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from zarrust.testing.store import StoreTests
    from zarrust.testing.utils import assert_bytes_equal

__all__ = ["StoreTests", "assert_bytes_equal", "pytest_configure"]

_MODULES = {"StoreTests": "store", "assert_bytes_equal": "utils"}


def __getattr__(name: str) -> Any:
    # Late, as pytest loads a plugin before it can rewrite the assertions of what the plugin imports.
    if name not in _MODULES or importlib.util.find_spec("pytest") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r} (zarrust.testing needs pytest)")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers that tests here have, so that ``--strict-markers`` knows them."""
    config.addinivalue_line("markers", "gpu: needs CuPy and a GPU")
