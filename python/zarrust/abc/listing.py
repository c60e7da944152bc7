"""Keys that are listed: one object for ``for`` and for ``async for``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from zarrust import _core

__all__ = ["Listing", "Pages", "folder"]

PAGE = 1000
"""Keys that are fetched from an asynchronous iterator at once."""


def folder(prefix: str) -> str:
    """Return a prefix that ends a folder: ``"a"`` and ``"a/"`` are the keys below ``a/``, never those of ``ab``.

    Parameters
    ----------
    prefix : str
        Of keys: the path of a folder.
    """
    stripped = prefix.strip("/")
    return stripped + "/" if stripped else ""


class Pages:
    """A listing under way in Python, in the form of the engine's: the next keys each time, and None at the end.

    Parameters
    ----------
    keys : iterator of str
        May block.
    """

    def __init__(self, keys: Iterator[str]) -> None:
        self._keys = keys

    def next(self) -> list[str] | None:
        """Return the next keys, None at the end."""
        from itertools import islice

        return [*islice(self._keys, PAGE)] or None

    async def next_async(self) -> list[str] | None:
        """Return the same as `next`, and let the loop run meanwhile."""
        import asyncio

        return await asyncio.to_thread(self.next)


class Listing:
    """Keys, to be iterated over with ``for`` or with ``async for``; they come as the store finds them.

    Parameters
    ----------
    blocking : callable
        Starts an iterator.
    awaiting : callable
        Starts an asynchronous iterator.
    """

    def __init__(self, blocking: Callable[[], Iterator[str]], awaiting: Callable[[], AsyncIterator[str]]) -> None:
        self._blocking = blocking
        self._awaiting = awaiting
        self._rest: AsyncIterator[str] | None = None

    @classmethod
    def of(cls, keys: Callable[[], AsyncIterator[str]]) -> Listing:
        """Return the listing of an asynchronous iterator.

        Parameters
        ----------
        keys : callable
            Starts the iterator.
        """

        def blocking() -> Iterator[str]:
            from zarrust import loop

            rest = keys()
            while page := loop.run(_page(rest)):
                yield from page

        return cls(blocking, keys)

    @classmethod
    def of_pages(cls, start: Callable[[], _core.Pages | Pages], prefix: str = "") -> Listing:
        """Return the listing that is made page by page.

        Parameters
        ----------
        start : callable
            Starts it.
        prefix : str
            What keys must start with.
        """

        def blocking() -> Iterator[str]:
            pages = start()
            while (page := pages.next()) is not None:
                yield from (key for key in page if key.startswith(prefix))

        async def awaiting() -> AsyncIterator[str]:
            pages = start()
            while (page := await pages.next_async()) is not None:
                for key in page:
                    if key.startswith(prefix):
                        yield key

        return cls(blocking, awaiting)

    def __iter__(self) -> Iterator[str]:
        return self._blocking()

    def __aiter__(self) -> AsyncIterator[str]:
        return self._awaiting()

    async def __anext__(self) -> str:
        if self._rest is None:
            self._rest = self._awaiting()
        return await anext(self._rest)

    async def aclose(self) -> None:
        """End the iteration that ``anext`` began, as asynchronous generators can be ended."""
        rest, self._rest = self._rest, _nothing()
        if rest is not None and hasattr(rest, "aclose"):
            await rest.aclose()


async def _nothing() -> AsyncIterator[str]:
    """Iterate over no keys."""
    no_keys: tuple[str, ...] = ()
    for key in no_keys:
        yield key


async def _page(keys: AsyncIterator[str]) -> list[str]:
    """Return the next keys, none at the end."""
    page: list[str] = []
    async for key in keys:
        page.append(key)
        if len(page) == PAGE:
            break
    return page
