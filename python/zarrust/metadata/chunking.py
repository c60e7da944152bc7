"""Chunk and shard shapes of new arrays."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

from zarrust.config import config

__all__ = ["auto_chunk", "chunk_shape", "parse_shape", "shard_shape"]

CHUNK_BYTES = 2**26
"""Limit of an automatic chunk that is stored by itself."""

INNER_CHUNK_BYTES = 2**20
"""Limit of an automatic chunk inside of a shard: there, small ones cost no object of their own."""

SHARD_BYTES = 2**26
"""Target size of a shard where the setting ``array.target_shard_size_bytes`` names none."""


def parse_shape(value: Any, name: str = "shape") -> tuple[int, ...]:
    """Return a shape given as an integer or a sequence of integers.

    Raises
    ------
    TypeError
        If an entry is no integer.
    ValueError
        If one is negative.
    """
    several = isinstance(value, Iterable)
    try:
        shape = tuple(operator.index(entry) for entry in (value if several else (value,)))
    except TypeError:
        expected = "an iterable of integers" if several else "an integer or an iterable of integers"
        raise TypeError(f"{name}: Expected {expected}. Got {value!r} instead.") from None
    if not several and shape[0] < 0:
        raise ValueError(f"{name}: Expected a non-negative integer. Got {value} instead.")
    if any(length < 0 for length in shape):
        raise ValueError(f"{name}: Expected all values to be non-negative. Got {shape} instead.")
    return shape


def chunk_shape(
    value: Any, shape: Sequence[int], item_size: int, name: str = "chunks", *, most_bytes: int = CHUNK_BYTES
) -> tuple[int, ...]:
    """Return the chunk shape that a user gives.

    Parameters
    ----------
    value : "auto", True, None, False, int, or sequence of (int or None)
        ``"auto"``, True and None leave the choice here; False is one chunk; an integer goes for every axis; in a
        sequence, None and -1 are the whole axis.
    shape : sequence of int
        Of the array.
    item_size : int
        Bytes of an element.
    name : str
        Of the argument, for messages.
    most_bytes : int
        Limit of a chunk whose shape is chosen here.

    Raises
    ------
    ValueError
        If the number of axes differs or a length is below 1.
    TypeError
        If an entry is no integer.

    Examples
    --------
    >>> chunk_shape("auto", (1000, 1000), 8)
    (250, 250)
    >>> chunk_shape((10, -1), (1000, 1000), 8)
    (10, 1000)
    """
    whole = tuple(max(1, length) for length in shape)
    if value is None or value is True or (isinstance(value, str) and value == "auto"):
        return auto_chunk(shape, item_size, most_bytes)
    if value is False:
        return whole
    if isinstance(value, Iterable) and not isinstance(value, str):
        entries = tuple(value)
    else:
        entries = (value,) * len(whole)
    if len(entries) != len(whole):
        raise ValueError(
            f"{name}: `{name}` and `shape` need to have the same number of dimensions, "
            f"found {entries} and {tuple(shape)}"
        )
    chunk = []
    for entry, length in zip(entries, whole, strict=True):
        if isinstance(entry, bool) or (entry is not None and not hasattr(entry, "__index__")):
            raise TypeError(f"{name}: expected integers, found {entry!r}")
        chunk.append(length if entry is None or entry == -1 else operator.index(entry))
    if any(length < 1 for length in chunk):
        raise ValueError(f"{name}: expected lengths of at least 1, found {entries}")
    return tuple(chunk)


def auto_chunk(shape: Sequence[int], item_size: int, most_bytes: int = CHUNK_BYTES) -> tuple[int, ...]:
    """Halve the axes in turn until a chunk is near its target, which doubles with every tenfold size of the array.

    The rule is the one of PyTables, h5py and zarr-python, so that a program that moves here writes the chunks it wrote:
    256 KiB for an array of 1 MiB, not below 128 KiB, and done at less than one and a half times the target.
    """
    chunk = [max(1, length) for length in shape]
    whole = math.prod(chunk) * item_size
    if whole == 0:
        return tuple(chunk)
    target = min(max(2**18 * 2 ** math.log10(whole / 2**20), 2**17), most_bytes)
    axis = 0
    while math.prod(chunk) > 1:
        size = math.prod(chunk) * item_size
        if size < 1.5 * target and size < most_bytes:
            break
        chunk[axis] = -(-chunk[axis] // 2)
        axis = (axis + 1) % len(chunk)
    return tuple(chunk)


def shard_shape(value: Any, chunk: tuple[int, ...], shape: Sequence[int], item_size: int) -> tuple[int, ...] | None:
    """Return the shard shape that a user gives, None for none.

    Raises
    ------
    ValueError
        If the number of axes differs, or a shard is not made of whole chunks.

    Examples
    --------
    >>> shard_shape("auto", (250, 500), (1000, 1000), 8)
    (1000, 1000)
    """
    if value is None or value is False:
        return None
    if value is True or (isinstance(value, str) and value == "auto"):
        return _auto_shard(chunk, shape, item_size)
    shard = chunk_shape(value, shape, item_size, "shards")
    if any(outer % inner for outer, inner in zip(shard, chunk, strict=True)):
        raise ValueError(
            f"The array's `shards` (got {shard}) needs to be divisible by the shard's inner `chunk_shape` "
            f"(got {chunk})."
        )
    return shard


def _auto_shard(chunk: tuple[int, ...], shape: Sequence[int], item_size: int) -> tuple[int, ...]:
    """Double the axis with the most shards until one shard has the target size or all of the array."""
    target = config.get("array.target_shard_size_bytes") or SHARD_BYTES
    counts = [max(1, -(-length // c)) for length, c in zip(shape, chunk, strict=True)]
    factors = [1] * len(chunk)
    while any(factor < count for factor, count in zip(factors, counts, strict=True)):
        axis = max(range(len(chunk)), key=lambda axis: counts[axis] / factors[axis])
        bigger = factors.copy()
        bigger[axis] = min(bigger[axis] * 2, counts[axis])
        if math.prod(chunk) * math.prod(bigger) * item_size > target:
            break
        factors = bigger
    return tuple(c * factor for c, factor in zip(chunk, factors, strict=True))
