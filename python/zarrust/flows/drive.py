"""Flows and their two drivers.

A flow is a generator without I/O: it yields a request, and is sent the answer. `run` answers by blocking calls of the
engine, `arun` by awaiting their twins. What a step needs goes out in one request, so a step is one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np

    from zarrust import _core
    from zarrust.abc.store import Store

T = TypeVar("T")


class Request:
    """A question that a flow asks: a call of the engine, which has each twice, the awaitable one as ``NAME_async``.

    Parameters
    ----------
    *arguments
        Of the call.
    of : _core.Array, optional
        What is called; the store by default.
    """

    __slots__ = ("_arguments", "_of")

    call: ClassVar[str]
    writes: ClassVar[bool] = False
    # Whether keys have to be listed, which not every store can.
    lists: ClassVar[bool] = False

    def __init__(self, *arguments: Any, of: _core.Array | None = None) -> None:
        self._arguments = arguments
        self._of = of

    def run(self, handle: _core.Store) -> Any:
        """Answer by a blocking call."""
        return getattr(handle if self._of is None else self._of, self.call)(*self._arguments)

    async def arun(self, handle: _core.Store) -> Any:
        """Answer by awaiting."""
        return await getattr(handle if self._of is None else self._of, f"{self.call}_async")(*self._arguments)


Flow: TypeAlias = Generator[Request, Any, T]


class GetMany(Request):
    """The values of keys; None for one that is not there."""

    call = "get_many"

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(keys)


class SetMany(Request):
    """New values of keys."""

    call = "set_many"
    writes = True

    def __init__(self, values: Mapping[str, bytes]) -> None:
        super().__init__([*values.items()])


class SetIfAbsent(Request):
    """Values of keys that are not there yet; the others stay."""

    call = "set_absent"
    writes = True

    def __init__(self, values: Mapping[str, bytes]) -> None:
        super().__init__([*values.items()])


class MakeMany(SetIfAbsent):
    """Documents of new nodes, and for each whether it was made; a store written in Python replaces what is there."""

    call = "make_many"


class Edit(Request):
    """Documents that are read, changed and written, while no other edit in the process has one of them.

    Where the store can tell that another process has changed one of them meanwhile, they are read and changed again.

    Parameters
    ----------
    keys : sequence of str
    change : callable
        Is given the documents by key, None for one that is not there; returns what to write, and the answer to the
        request. It may be asked more than once.
    late : sequence of str
        More documents, which are read after the others.
    """

    call = "edit"
    writes = True

    def __init__(
        self,
        keys: Sequence[str],
        change: Callable[[Mapping[str, bytes | None]], tuple[Mapping[str, bytes], Any]],
        *,
        late: Sequence[str] = (),
    ) -> None:
        every = [*keys, *late]

        def changed(values: Sequence[bytes | None]) -> tuple[list[tuple[str, bytes]], Any]:
            written, answer = change(dict(zip(every, values, strict=True)))
            return [*written.items()], answer

        super().__init__(every, len(late), changed)


class DeleteMany(Request):
    """Keys to remove; one that is not there is no error."""

    call = "delete_many"
    writes = True

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(keys)


class ListKeys(Request):
    """Every key below a folder."""

    call = "list"
    lists = True

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)


class ListFolders(Request):
    """The names directly in each of several folders."""

    call = "list_dirs"
    lists = True

    def __init__(self, prefixes: Sequence[str]) -> None:
        super().__init__(prefixes)


class Total(Request):
    """The size of everything below a path, in bytes."""

    call = "total"
    lists = True

    def __init__(self, path: str) -> None:
        super().__init__(path)


class StoredObjects(Request):
    """Coordinates of the stored objects of an array, inside of its grid."""

    call = "stored_objects"
    lists = True

    def __init__(self, array: _core.Array) -> None:
        super().__init__(of=array)


class WriteRegion(Request):
    """Values of a region of an array."""

    call = "write"
    writes = True

    def __init__(self, array: _core.Array, axes: Sequence[tuple[int, int, int]], value: np.ndarray[Any, Any]) -> None:
        super().__init__(axes, value, of=array)


def _check(request: Request, store: Store) -> None:
    if request.writes:
        store._check_writable()
    if request.lists:
        check_listing(store)


def check_listing(store: Store) -> None:
    """Refuse what needs a listing of a store that has none.

    Raises
    ------
    ValueError
        If it has none.
    """
    if not store.supports_listing:
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
