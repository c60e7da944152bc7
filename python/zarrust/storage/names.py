"""Paths of nodes, as users write them."""

from __future__ import annotations

import os
import re

__all__ = ["normalize_path", "without_secrets"]

_URL = re.compile(r"""([A-Za-z][\w+.-]*://)(?:[^/?#\s"'<>]*@)?([^?#\s"'<>)]*)(?:[?#][^\s"'<>)]*)?""")


def without_secrets(text: str) -> str:
    """Return a text whose URLs are without what can grant access: user and query.

    Examples
    --------
    >>> without_secrets("cannot read https://user:word@host/a?signature=b (404)")
    'cannot read https://host/a (404)'
    """
    return _URL.sub(r"\1\2", text)


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
