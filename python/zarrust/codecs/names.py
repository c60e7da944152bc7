"""Words that were enumerations once: reading a member warns and gives the string; others' enumerations are taken."""

from __future__ import annotations

import warnings
from enum import Enum
from typing import Any

from zarrust.errors import ZarrDeprecationWarning

__all__ = ["DeprecatedNames", "plain_word"]


class DeprecatedNames(type):
    """The type of classes whose members are strings, each of which warns when it is read."""

    _members: dict[str, str]

    def __getattr__(cls, name: str) -> str:
        members: dict[str, str] = type.__getattribute__(cls, "_members")
        if name not in members:
            raise AttributeError(f"{cls.__name__} has no member {name!r}")
        warnings.warn(
            f"{cls.__name__}.{name} is deprecated; pass the string {members[name]!r} instead.",
            ZarrDeprecationWarning,
            stacklevel=2,
        )
        return members[name]


def plain_word(value: Any, parameter: str, codec: str) -> Any:
    """Return the value of an enumeration's member, with a warning; anything else as it is."""
    if not isinstance(value, Enum):
        return value
    warnings.warn(
        f"Passing an enum to {codec}(..., {parameter}=...) is deprecated; pass the equivalent literal string instead.",
        ZarrDeprecationWarning,
        stacklevel=4,
    )
    return value.value
