"""Parts of values: the requests, and how several of one value become few reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from zarrust.buffer.cpu import Buffer

__all__ = ["ByteRequest", "OffsetByteRequest", "RangeByteRequest", "SuffixByteRequest", "engine_range"]


@dataclass(frozen=True)
class RangeByteRequest:
    """The bytes from ``start`` up to, not including, ``end``.

    Parameters
    ----------
    start, end : int
        In bytes from the beginning; what lies past the value's end is cut off.
    """

    start: int
    end: int


@dataclass(frozen=True)
class OffsetByteRequest:
    """The bytes from ``offset`` to the end.

    Parameters
    ----------
    offset : int
        In bytes from the beginning.
    """

    offset: int


@dataclass(frozen=True)
class SuffixByteRequest:
    """The last ``suffix`` bytes; all of them where there are fewer.

    Parameters
    ----------
    suffix : int
        Number of bytes.
    """

    suffix: int


ByteRequest: TypeAlias = RangeByteRequest | OffsetByteRequest | SuffixByteRequest

MAX_GAP_BYTES = 1 << 20
"""Bytes between two ranges that are rather read too than asked for apart."""

MAX_COALESCED_BYTES = 16 << 20
"""Bytes of the longest read that several ranges share."""


def engine_range(byte_range: ByteRequest | None) -> tuple[int | None, int | None, int | None]:
    """Return a request as the engine takes it: start, end, suffix.

    Parameters
    ----------
    byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
        Which part of the value, in bytes; all by default.

    Raises
    ------
    TypeError
        If it is no byte request.
    """
    match byte_range:
        case None:
            return None, None, None
        case RangeByteRequest(start, end):
            return start, end, None
        case OffsetByteRequest(offset):
            return offset, None, None
        case SuffixByteRequest(suffix):
            return None, None, suffix
        case _:
            raise TypeError(f"Unexpected byte_range, got {byte_range!r}.")


def request(start: int | None, end: int | None, suffix: int | None) -> ByteRequest | None:
    """Return what the engine asks for as a request."""
    if suffix is not None:
        return SuffixByteRequest(suffix)
    if end is not None:
        return RangeByteRequest(start or 0, end)
    return None if start is None else OffsetByteRequest(start)


def cut(value: bytes, start: int | None, end: int | None, suffix: int | None) -> bytes:
    """Return the part of a value that the engine asks for."""
    return value[start:end] if suffix is None else value[max(len(value) - suffix, 0) :]


class Shared(NamedTuple):
    """One read for several ranges.

    Parameters
    ----------
    byte_range : ByteRequest, optional
        What is read.
    parts : sequence
        Position of each range in the question, with its slice of what is read; a slice of None is all of it.
    """

    byte_range: ByteRequest | None
    parts: Sequence[tuple[int, slice | None]]

    def split(self, value: Buffer) -> list[tuple[int, Buffer | None]]:
        """Return the ranges cut out of what was read, each with its position."""
        return [(position, value if part is None else value[part]) for position, part in self.parts]


def shared_reads(
    byte_ranges: Sequence[ByteRequest | None], max_gap_bytes: int, max_coalesced_bytes: int
) -> list[Shared]:
    """Return the reads that several ranges of one value take.

    Parameters
    ----------
    byte_ranges : sequence
        Only ranges with start and end share reads.
    max_gap_bytes : int
        Bytes between two ranges that may share a read.
    max_coalesced_bytes : int
        Bytes of the longest read that is shared.
    """
    reads = []
    ranges: list[tuple[int, RangeByteRequest]] = []
    for position, byte_range in enumerate(byte_ranges):
        if isinstance(byte_range, RangeByteRequest):
            ranges.append((position, byte_range))
        else:
            reads.append(Shared(byte_range, [(position, None)]))
    ranges.sort(key=lambda item: item[1].start)
    while ranges:
        first, end, count = ranges[0][1].start, ranges[0][1].end, 1
        for _, byte_range in ranges[1:]:
            longest = max(end, byte_range.end)
            if byte_range.start - end > max_gap_bytes or longest - first > max_coalesced_bytes:
                break
            end, count = longest, count + 1
        together, ranges = ranges[:count], ranges[count:]
        parts = [(position, slice(part.start - first, part.end - first)) for position, part in together]
        reads.append(Shared(RangeByteRequest(first, end), parts))
    return reads


async def read_shared(
    key: str, get: Callable[[ByteRequest | None], Awaitable[Buffer | None]], reads: Sequence[Shared], at_once: int
) -> AsyncIterator[Sequence[tuple[int, Buffer | None]]]:
    """Read several ranges of one value and hand each read's parts out as it comes in.

    Raises
    ------
    BaseExceptionGroup
        Of what the first read that failed raised; of a FileNotFoundError if there is no value.
    """
    import asyncio

    turns = asyncio.Semaphore(at_once)

    async def one(read: Shared) -> list[tuple[int, Buffer | None]]:
        async with turns:
            value = await get(read.byte_range)
        if value is None:
            raise FileNotFoundError(key)
        return read.split(value)

    tasks = [asyncio.ensure_future(one(read)) for read in reads]
    try:
        for done in asyncio.as_completed(tasks):
            try:
                parts = await done
            except Exception as error:
                raise _group(key, [error]) from None
            yield parts
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def read_shared_sync(
    key: str, get: Callable[[ByteRequest | None], Buffer | None], reads: Sequence[Shared]
) -> list[tuple[int, Buffer | None]]:
    """Return several ranges of one value, each with its position.

    Raises
    ------
    BaseExceptionGroup
        Of a FileNotFoundError if there is no value.
    """
    parts: list[tuple[int, Buffer | None]] = []
    for read in reads:
        value = get(read.byte_range)
        if value is None:
            raise _group(key, [FileNotFoundError(key)])
        parts += read.split(value)
    return parts


def _group(key: str, errors: list[Any]) -> BaseExceptionGroup[Any]:
    return BaseExceptionGroup(f"reading ranges of {key!r} failed", errors)
