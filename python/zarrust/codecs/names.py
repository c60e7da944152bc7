"""Words that were enumerations in zarr-python: their members are strings here, and others' enumerations are taken."""

from __future__ import annotations

from enum import Enum
from typing import Any

__all__ = ["plain_word"]


def plain_word(value: Any) -> Any:
    """Return the value of an enumeration's member; anything else as it is."""
    return value.value if isinstance(value, Enum) else value
