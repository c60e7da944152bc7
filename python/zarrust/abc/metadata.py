"""What turns into JSON and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

__all__ = ["Metadata"]


@dataclass(frozen=True)
class Metadata:
    """Parent of frozen dataclasses that are documents, or parts of one.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Unit(Metadata):
    ...     name: str
    >>> Unit("metre").to_dict()
    {'name': 'metre'}
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, those that are metadata as their own dictionaries."""
        return {entry.name: _jsonable(getattr(self, entry.name)) for entry in fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the metadata of its fields.

        Parameters
        ----------
        data : mapping
            The fields by name.
        """
        return cls(**data)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Metadata):
        return value.to_dict()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_jsonable(entry) if isinstance(entry, Metadata) else entry for entry in value)
    return value
