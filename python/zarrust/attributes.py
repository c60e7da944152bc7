"""The user's attributes of nodes, and `Attributes`: the mapping that writes through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import Any, Self

from zarrust.errors import NodeNotFoundError
from zarrust.flows.drive import run
from zarrust.flows.nodes import read_node
from zarrust.node import Node

__all__ = ["AsyncAttributedNode", "AttributedNode", "Attributes"]


class Attributes(MutableMapping[str, Any]):
    """The attributes of an array or a group. Every change is one write of the node's document.

    A change is made to what is stored at that time, so handles of one node, and threads, keep each other's changes.
    Processes do with a `zarrust.ProcessSynchronizer`.

    Values are JSON: numpy scalars and arrays are converted, NaN and infinities become the strings that the
    specification has for them, or what the setting ``attributes.nan`` says.

    Parameters
    ----------
    node : Array or Group
    cache : bool, default True
        Whether what is known is believed; otherwise the store is asked at each look.

    Examples
    --------
    >>> import zarrust
    >>> group = zarrust.group()
    >>> group.attrs["unit"] = "m"
    >>> dict(group.attrs)
    {'unit': 'm'}
    """

    def __init__(self, node: AttributedNode, cache: bool = True) -> None:
        self._node = node
        self.cache = cache

    @property
    def _values(self) -> dict[str, Any]:
        if not self.cache:
            self.refresh()
        values: dict[str, Any] = self._node.metadata.attributes
        return values

    def refresh(self) -> None:
        """Read the attributes from the store again: another handle, or process, may have changed them.

        Raises
        ------
        NodeNotFoundError
            If the node is gone.
        """
        node = self._node
        stored = run(read_node(node.path, node.metadata.zarr_format, use_consolidated=False, again=True), node.store)
        if stored is None:
            raise NodeNotFoundError(node.store, node.path)
        node._state.become(replace(node.metadata, attributes=stored.attributes))

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._node._change_attributes(lambda values: {**values, key: value})

    def __delitem__(self, key: str) -> None:
        def without(values: dict[str, Any]) -> dict[str, Any]:
            del values[key]
            return values

        self._node._change_attributes(without)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def put(self, d: Mapping[str, Any]) -> None:
        """Replace all attributes, in one write."""
        self._node._change_attributes(lambda _: d)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several attributes, in one write; those that are not named stay."""
        new = dict(*args, **kwargs)
        self._node._change_attributes(lambda values: {**values, **new})

    def asdict(self) -> dict[str, Any]:
        """Return a copy of the attributes."""
        return dict(self._values)

    def __repr__(self) -> str:
        return f"Attributes({self.asdict()!r})"


class _Attributed(Node):
    _state: Any

    @property
    def metadata(self) -> Any:
        """The node's metadata."""
        raise NotImplementedError


class AttributedNode(_Attributed):
    """A node whose attributes are changed by blocking calls."""

    @property
    def attrs(self) -> Attributes:
        """The user's attributes, as a mapping that writes through."""
        return Attributes(self)

    def update_attributes(self, new_attributes: Mapping[str, Any]) -> Self:
        """Set attributes; those that are not named stay.

        Parameters
        ----------
        new_attributes : mapping
            By name.

        Raises
        ------
        TypeError
            If a value has no JSON form; the message names the attribute.
        """
        return self._change_attributes(lambda values: {**values, **new_attributes})


class AsyncAttributedNode(_Attributed):
    """A node whose attributes are changed by coroutines."""

    @property
    def attrs(self) -> dict[str, Any]:
        """The user's attributes, as a copy."""
        return dict(self.metadata.attributes)

    async def update_attributes(self, new_attributes: Mapping[str, Any]) -> Self:
        """Await `Array.update_attributes`, or `Group.update_attributes`."""
        return await self._change_attributes_async(lambda values: {**values, **new_attributes})
