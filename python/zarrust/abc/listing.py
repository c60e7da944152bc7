"""Keys that are listed: one object for ``for`` and for ``async for``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

__all__ = ["Listing", "folder"]


def folder(prefix: str) -> str:
    """Return a prefix that ends a folder: ``"a"`` and ``"a/"`` are the keys below ``a/``, never those of ``ab``.

    Parameters
    ----------
    prefix : str
        Of keys: the path of a folder.
    """
    stripped = prefix.strip("/")
    return stripped + "/" if stripped else ""


class Listing:
    """Keys, to be iterated over with ``for`` or with ``async for``.

    Parameters
    ----------
    blocking : callable
        Returns the keys.
    awaiting : callable
        Returns an awaitable of the keys.
    """

    def __init__(self, blocking: Callable[[], Iterable[str]], awaiting: Callable[[], Awaitable[Iterable[str]]]) -> None:
        self._blocking = blocking
        self._awaiting = awaiting
        self._rest: Iterator[str] | None = None

    @classmethod
    def of(cls, keys: Callable[[], AsyncIterator[str]]) -> Listing:
        """Return the listing of an asynchronous iterator.

        Parameters
        ----------
        keys : callable
            Starts the iterator.
        """
        from zarrust import loop

        async def collected() -> list[str]:
            return [key async for key in keys()]

        return cls(lambda: loop.run(collected()), collected)

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocking())

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        if self._rest is None:
            self._rest = iter(await self._awaiting())
        try:
            return next(self._rest)
        except StopIteration:
            raise StopAsyncIteration from None
