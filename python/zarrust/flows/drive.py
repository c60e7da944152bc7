"""Flows and their two drivers.

A flow is a generator without I/O: it yields a request, and is sent the answer. `run` answers by blocking calls of the
engine, `arun` by awaiting their twins. What a step needs goes out in one request, so a step is one round trip.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np

    from zarrust import _core
    from zarrust.abc.store import Store

T = TypeVar("T")


class Request(Protocol):
    """A question that a flow asks."""

    writes: bool
    # Whether keys have to be listed, which not every store can.
    lists: bool

    def run(self, handle: _core.Store) -> Any:
        """Answer by blocking calls."""

    async def arun(self, handle: _core.Store) -> Any:
        """Answer by awaiting."""


Flow: TypeAlias = Generator[Request, Any, T]


@dataclass(frozen=True, slots=True)
class GetMany:
    """The values of keys; None for one that is not there."""

    keys: Sequence[str]
    writes = False
    lists = False

    def run(self, handle: _core.Store) -> list[bytes | None]:
        """Answer by a blocking call."""
        return handle.get_many(self.keys)

    async def arun(self, handle: _core.Store) -> list[bytes | None]:
        """Answer by awaiting."""
        return await handle.get_many_async(self.keys)


@dataclass(frozen=True, slots=True)
class SetMany:
    """New values of keys."""

    values: Mapping[str, bytes]
    writes = True
    lists = False

    def run(self, handle: _core.Store) -> None:
        """Answer by a blocking call."""
        handle.set_many([*self.values.items()])

    async def arun(self, handle: _core.Store) -> None:
        """Answer by awaiting."""
        await handle.set_many_async([*self.values.items()])


@dataclass(frozen=True, slots=True)
class SetIfAbsent:
    """Values of keys that are not there yet; the others stay."""

    values: Mapping[str, bytes]
    writes = True
    lists = False

    def run(self, handle: _core.Store) -> None:
        """Answer by a blocking call."""
        handle.set_absent([*self.values.items()])

    async def arun(self, handle: _core.Store) -> None:
        """Answer by awaiting."""
        await handle.set_absent_async([*self.values.items()])


@dataclass(frozen=True, slots=True)
class DeleteMany:
    """Keys to remove; one that is not there is no error."""

    keys: Sequence[str]
    writes = True
    lists = False

    def run(self, handle: _core.Store) -> None:
        """Answer by a blocking call."""
        handle.delete_many(self.keys)

    async def arun(self, handle: _core.Store) -> None:
        """Answer by awaiting."""
        await handle.delete_many_async(self.keys)


@dataclass(frozen=True, slots=True)
class ListKeys:
    """Every key below a folder."""

    prefix: str
    writes = False
    lists = True

    def run(self, handle: _core.Store) -> list[str]:
        """Answer by a blocking call."""
        return handle.list(self.prefix)

    async def arun(self, handle: _core.Store) -> list[str]:
        """Answer by awaiting."""
        return await handle.list_async(self.prefix)


@dataclass(frozen=True, slots=True)
class ListFolders:
    """The names directly in each of several folders."""

    prefixes: Sequence[str]
    writes = False
    lists = True

    def run(self, handle: _core.Store) -> list[list[str]]:
        """Answer by a blocking call."""
        return handle.list_dirs(self.prefixes)

    async def arun(self, handle: _core.Store) -> list[list[str]]:
        """Answer by awaiting."""
        return await handle.list_dirs_async(self.prefixes)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of keys, in bytes; None for one that is not there."""

    keys: Sequence[str]
    writes = False
    lists = False

    def run(self, handle: _core.Store) -> list[int | None]:
        """Answer by a blocking call."""
        return handle.sizes(self.keys)

    async def arun(self, handle: _core.Store) -> list[int | None]:
        """Answer by awaiting."""
        return await handle.sizes_async(self.keys)


@dataclass(frozen=True, slots=True)
class StoredObjects:
    """Coordinates of the stored objects of an array, inside of its grid."""

    array: _core.Array
    writes = False
    lists = True

    def run(self, handle: _core.Store) -> list[tuple[int, ...]]:
        """Answer by a blocking call."""
        return self.array.stored_objects()

    async def arun(self, handle: _core.Store) -> list[tuple[int, ...]]:
        """Answer by awaiting."""
        return await self.array.stored_objects_async()


@dataclass(frozen=True, slots=True)
class WriteRegion:
    """Values of a region of an array."""

    array: _core.Array
    axes: Sequence[tuple[int, int, int]]
    value: np.ndarray[Any, Any]
    writes = True
    lists = False

    def run(self, handle: _core.Store) -> None:
        """Answer by a blocking call."""
        self.array.write(self.axes, self.value)

    async def arun(self, handle: _core.Store) -> None:
        """Answer by awaiting."""
        await self.array.write_async(self.axes, self.value)


def _check(request: Request, store: Store) -> None:
    if request.writes:
        store._check_writable()
    if request.lists and not store.supports_listing:
        raise ValueError(
            f"the store {store} cannot list its keys, so members and stored chunks are unknown to it; "
            "consolidated metadata names the members of a hierarchy"
        )


def run(flow: Flow[T], store: Store) -> T:
    """Drive a flow by blocking calls and return its result.

    Raises
    ------
    ValueError
        If the flow writes and the store is read-only, or lists and the store cannot.
    """
    answer = None
    while True:
        try:
            request = flow.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result
        _check(request, store)
        answer = request.run(store._handle)


async def arun(flow: Flow[T], store: Store) -> T:
    """Drive a flow by awaiting and return its result.

    Raises
    ------
    ValueError
        If the flow writes and the store is read-only, or lists and the store cannot.
    """
    answer = None
    while True:
        try:
            request = flow.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result
        _check(request, store)
        answer = await request.arun(store._handle)
