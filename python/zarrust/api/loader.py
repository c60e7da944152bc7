"""`LazyLoader`: the arrays of a saved group, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zarrust.group import Group

__all__ = ["LazyLoader"]


class LazyLoader(Mapping[str, Any]):
    """What `zarrust.load` returns of a group: its arrays by name, each read into memory when it is first asked for.

    Parameters
    ----------
    group : Group

    Examples
    --------
    >>> import zarrust
    >>> store = zarrust.storage.MemoryStore()
    >>> zarrust.save(store, foo=[1, 2], bar=[3])
    >>> loader = zarrust.load(store)
    >>> loader
    <LazyLoader: bar, foo>
    >>> loader["foo"]
    array([1, 2])
    """

    def __init__(self, group: Group) -> None:
        self._group = group
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, item: str) -> Any:
        if item not in self._loaded:
            self._loaded[item] = self._group[item][...]  # type: ignore[index]
        return self._loaded[item]

    def __len__(self) -> int:
        return len(self._group)

    def __iter__(self) -> Iterator[str]:
        return iter(self._group)

    def __contains__(self, item: object) -> bool:
        return item in self._group

    def _ipython_key_completions_(self) -> list[str]:
        return sorted(self)

    def __repr__(self) -> str:
        return f"<LazyLoader: {', '.join(self)}>"
