"""Paths of nodes, as users write them."""

from __future__ import annotations

import os

__all__ = ["normalize_path"]


def normalize_path(path: str | os.PathLike[str] | bytes | None) -> str:
    """Return a node's path: no slash at the ends, none doubled.

    Raises
    ------
    ValueError
        If a segment is ``.`` or ``..``.

    Examples
    --------
    >>> normalize_path("/a//b/")
    'a/b'
    """
    if path is None:
        return ""
    text = os.fsdecode(path).replace("\\", "/")
    parts = [part for part in text.split("/") if part]
    if "." in parts or ".." in parts:
        raise ValueError(f"path {text!r}: '.' and '..' are no names of nodes")
    return "/".join(parts)
