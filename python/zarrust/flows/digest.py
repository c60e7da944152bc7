"""A checksum of everything that is stored of an array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarrust.flows.drive import Flow, GetMany, StoredObjects
from zarrust.flows.paths import join

if TYPE_CHECKING:
    from zarrust import _core
    from zarrust.metadata import ArrayMetadata

__all__ = ["digest"]

_BATCH = 16
"""Stored objects in memory at a time."""


def digest(handle: _core.Array, path: str, metadata: ArrayMetadata, hashname: str) -> Flow[bytes]:
    """Return the checksum of an array's stored chunks, in the order of their places, and its documents.

    Raises
    ------
    ValueError
        If `hashlib` does not know the name.
    """
    import hashlib

    state = hashlib.new(hashname)
    places = yield StoredObjects(handle)
    keys = [handle.key(place) for place in sorted(places)] + [join(path, name) for name in metadata.documents()]
    for start in range(0, len(keys), _BATCH):
        for value in (yield GetMany(keys[start : start + _BATCH])):
            state.update(value or b"")
    return state.digest()
