"""Counting stored bytes."""

from __future__ import annotations

from zarrust.flows.drive import Flow, Total

__all__ = ["stored_bytes"]


def stored_bytes(path: str) -> Flow[int]:
    """Return the size of everything below a path, in bytes."""
    total: int = yield Total(path)
    return total
