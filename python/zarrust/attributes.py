"""`Attributes`: the user's attributes of a node, as a mapping that writes through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Protocol

__all__ = ["Attributes"]


class _Node(Protocol):
    """What attributes belong to: an array or a group."""

    @property
    def metadata(self) -> Any: ...
    def _replace_attributes(self, attributes: Mapping[str, Any]) -> Any: ...


class Attributes(MutableMapping[str, Any]):
    """The attributes of an array or a group. Every change is one write of the node's document.

    Values are JSON: numpy scalars and arrays are converted, NaN and infinities become the strings that the
    specification has for them.

    Examples
    --------
    >>> import zarrust
    >>> group = zarrust.group()
    >>> group.attrs["unit"] = "m"
    >>> dict(group.attrs)
    {'unit': 'm'}
    """

    def __init__(self, node: _Node) -> None:
        self._node = node

    def __getitem__(self, key: str) -> Any:
        return self._node.metadata.attributes[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._node._replace_attributes({**self._node.metadata.attributes, key: value})

    def __delitem__(self, key: str) -> None:
        rest = dict(self._node.metadata.attributes)
        del rest[key]
        self._node._replace_attributes(rest)

    def __iter__(self) -> Iterator[str]:
        return iter(self._node.metadata.attributes)

    def __len__(self) -> int:
        return len(self._node.metadata.attributes)

    def put(self, d: Mapping[str, Any]) -> None:
        """Replace all attributes, in one write."""
        self._node._replace_attributes(dict(d))

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several attributes, in one write; those that are not named stay."""
        self._node._replace_attributes({**self._node.metadata.attributes, **dict(*args, **kwargs)})

    def asdict(self) -> dict[str, Any]:
        """Return a copy of the attributes."""
        return dict(self._node.metadata.attributes)

    def __repr__(self) -> str:
        return f"Attributes({self.asdict()!r})"
