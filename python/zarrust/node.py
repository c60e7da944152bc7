"""What arrays and groups have in common: where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from zarrust.flows.attributes import change_attributes
from zarrust.flows.drive import arun, run
from zarrust.synchronizers import ProcessSynchronizer, node_lock, node_lock_async

if TYPE_CHECKING:
    from zarrust.abc.store import Store
    from zarrust.flows.attributes import Change
    from zarrust.flows.drive import Flow
    from zarrust.storage.path import StorePath

__all__ = ["Node"]

T = TypeVar("T")


class _Placed(Protocol):
    store_path: StorePath
    metadata: Any

    def become(self, metadata: Any) -> None: ...


class Node:
    """A node of a hierarchy."""

    _state: _Placed

    @property
    def store_path(self) -> StorePath:
        """Store and path."""
        return self._state.store_path

    @property
    def _synchronizer(self) -> ProcessSynchronizer | None:
        """What keeps other processes from changing attributes at the same time."""
        return None

    def _change_attributes(self, change: Change) -> Self:
        """Change the attributes that are stored; no other thread does meanwhile."""
        self._rewrite(change_attributes(self.path, self._state.metadata, change))
        return self

    async def _change_attributes_async(self, change: Change) -> Self:
        """Await `_change_attributes`."""
        await self._rewrite_async(change_attributes(self.path, self._state.metadata, change))
        return self

    def _rewrite(self, flow: Flow[T]) -> T:
        """Become what a flow reads, changes and writes, and return it; no other thread does meanwhile."""
        with node_lock(self._synchronizer, self.store, self.path):
            new = run(flow, self.store)
            self._state.become(new)
            return new

    async def _rewrite_async(self, flow: Flow[T]) -> T:
        """Await `_rewrite`."""
        async with node_lock_async(self._synchronizer, self.store, self.path):
            new = await arun(flow, self.store)
            self._state.become(new)
            return new

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
