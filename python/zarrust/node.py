"""What arrays and groups have in common: where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zarrust.abc.store import Store
    from zarrust.storage.path import StorePath

__all__ = ["Node"]


class _Placed(Protocol):
    store_path: StorePath


class Node:
    """A node of a hierarchy."""

    _state: _Placed

    @property
    def store_path(self) -> StorePath:
        """Store and path."""
        return self._state.store_path

    @property
    def store(self) -> Store:
        """The store."""
        return self._state.store_path.store

    @property
    def path(self) -> str:
        """Path in the store, ``""`` for the root."""
        return self._state.store_path.path

    @property
    def name(self) -> str:
        """Path with a slash before it, as h5py has it."""
        return f"/{self.path}"

    @property
    def basename(self) -> str:
        """Last segment of the path."""
        return self.path.rpartition("/")[2]

    @property
    def read_only(self) -> bool:
        """Whether the store refuses to write."""
        return self.store.read_only
