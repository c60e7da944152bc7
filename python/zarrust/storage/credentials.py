"""Credential providers of users, as the engine's threads can call them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from zarrust import loop

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["awaited"]


def awaited(provider: Any) -> Any:
    """Return a provider whose answers have been awaited: itself where it is no coroutine function.

    Parameters
    ----------
    provider : callable
        What `zarrust.store` takes; anything else is returned for its error.
    """
    if not callable(provider) or isinstance(provider, Awaited):
        return provider
    coroutine = inspect.iscoroutinefunction(provider) or inspect.iscoroutinefunction(type(provider).__call__)
    return Awaited(provider) if coroutine else provider


class Awaited:
    """A provider that is a coroutine function, waited for on the package's loop: engine threads have none."""

    def __init__(self, provider: Callable[[], Any]) -> None:
        self.provider = provider

    def __call__(self) -> Any:
        return loop.run(self.provider())

    def __getattr__(self, name: str) -> Any:
        # What a provider may say beside: `config`, `prefix`, `refresh_threshold`.
        if name == "provider" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.provider, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Awaited) and bool(self.provider == other.provider)

    def __hash__(self) -> int:
        return hash(self.provider)
