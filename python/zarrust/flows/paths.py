"""Paths of nodes and keys below them."""

from __future__ import annotations

__all__ = ["ancestors", "join", "relative"]


def join(path: str, name: str) -> str:
    """Return the key, or the path, of a name below a path."""
    return f"{path}/{name}" if path else name


def relative(path: str, parent: str) -> str:
    """Return a path as seen from a parent.

    Examples
    --------
    >>> relative("a/b/c", "a"), relative("a", ""), relative("a", "a")
    ('b/c', 'a', '')
    """
    return path[len(parent) :].removeprefix("/")


def ancestors(path: str) -> list[str]:
    """Return the paths above a path, the root first.

    Examples
    --------
    >>> ancestors("a/b/c")
    ['', 'a', 'a/b']
    """
    parts = path.split("/") if path else []
    return ["/".join(parts[:depth]) for depth in range(len(parts))]
