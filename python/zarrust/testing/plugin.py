"""A plugin of pytest, which registers the markers used here and lets pytest explain failures of the tests offered here.

Not the package itself, which is zarr-python's plugin too where `zarrust.as_zarr` has given it that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["pytest_configure"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers that tests here have, so that ``--strict-markers`` knows them."""
    config.addinivalue_line("markers", "gpu: needs CuPy and a GPU")
