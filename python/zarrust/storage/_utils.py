"""Small rules about paths and ranges under the names that tests of stores import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust.abc.byte_ranges import engine_range
from zarrust.storage.names import normalize_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarrust.abc.store import ByteRequest

__all__ = ["normalize_path"]


def _normalize_byte_range_index(data: Any, byte_range: ByteRequest | None) -> tuple[int, int]:
    """Return where a request starts and ends in a value."""
    try:
        start, end, suffix = engine_range(byte_range)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if suffix is not None:
        start = max(0, len(data) - suffix)
    # One past the end: a slice is cut there, and an empty value has one too.
    return start or 0, len(data) + 1 if end is None else end


def _join_paths(paths: Iterable[str]) -> str:
    """Return the path of the parts that are not empty."""
    return "/".join(part for part in paths if part)


def _relativize_path(*, path: str, prefix: str) -> str:
    """Return a path as seen from a folder above.

    Raises
    ------
    ValueError
        If the folder is not above.
    """
    if not prefix:
        return path
    if not path.startswith(prefix + "/"):
        raise ValueError(f"The first component of {path} does not start with {prefix}.")
    return path[len(prefix) + 1 :]


def _normalize_paths(paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths by the rule for paths of nodes.

    Raises
    ------
    ValueError
        If two of them are one.
    """
    found: dict[str, str] = {}
    for path in paths:
        normal = normalize_path(path)
        if normal in found:
            raise ValueError(
                f"After normalization, the value '{path}' collides with '{found[normal]}'. "
                f"Both '{path}' and '{found[normal]}' normalize to the same value: '{normal}'. "
                f"You should use either '{path}' or '{found[normal]}', but not both."
            )
        found[normal] = path
    return (*found,)
