"""Counting stored bytes."""

from __future__ import annotations

from zarrust.flows.drive import Flow, ListKeys, Sizes

__all__ = ["stored_bytes"]


def stored_bytes(path: str) -> Flow[int]:
    """Return the size of everything below a path, in bytes."""
    keys = yield ListKeys(path)
    sizes = yield Sizes(keys)
    return sum(size for size in sizes if size is not None)
