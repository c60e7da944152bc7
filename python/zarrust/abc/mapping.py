"""Stores as mappings: ``store[key]`` beside the coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarrust import _core

__all__ = ["MappingMethods"]


class MappingMethods:
    """The methods of a mapping, through the engine, so that they work for every store alike."""

    if TYPE_CHECKING:

        @property
        def _handle(self) -> _core.Store: ...

        def _check_writable(self) -> None: ...

    def __getitem__(self, key: str) -> bytes:
        value = self._handle.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        self._check_writable()
        self._handle.set(key, value.as_buffer_like() if hasattr(value, "as_buffer_like") else value)

    def __delitem__(self, key: str) -> None:
        self._check_writable()
        if not self._handle.exists(key):
            raise KeyError(key)
        self._handle.delete(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._handle.exists(key)

    def __iter__(self) -> Iterator[str]:
        pages = self._handle.list_pages()
        while (page := pages.next()) is not None:
            yield from page

    def __len__(self) -> int:
        return len(self._handle.list())

    def __bool__(self) -> bool:
        """A store is true, also an empty one: ``if store`` asks whether one was given."""
        return True
