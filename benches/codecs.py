"""Filters of numcodecs beside ours, on the same numbers in the same run: `python benches/codecs.py [NAME ...]`.

Ours are whole writes and reads of an array of one chunk in memory, numcodecs' are `encode` and `decode` alone, so that
what an array costs beside its codec counts against us. The two take turns; of each the fastest turn counts, in
processor time of all threads.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import numcodecs
import numpy as np

import zarrust as zarr
from zarrust.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 4 << 20
TURNS = 7

FLOATS = np.sin(np.arange(COUNT) / 1000) * 1000
NUMBERS = np.arange(COUNT, dtype="<i4") * 3 % 100_003


class Swap:
    """What numpy does where the stored byte order is the other one."""

    def encode(self, data: np.ndarray) -> np.ndarray:
        """Return the numbers, their bytes swapped."""
        return data.byteswap()

    decode = encode


CASES: list[tuple[str, np.ndarray, Any]] = [
    ("shuffle i4", NUMBERS, numcodecs.Shuffle(4)),
    ("shuffle f8", FLOATS, numcodecs.Shuffle(8)),
    ("delta i4", NUMBERS, numcodecs.Delta("<i4")),
    ("delta i4 as i2", NUMBERS % 100, numcodecs.Delta("<i4", astype="<i2")),
    ("quantize f4", FLOATS.astype("<f4"), numcodecs.Quantize(2, "<f4")),
    ("quantize f8", FLOATS, numcodecs.Quantize(2, "<f8")),
    ("packbits", NUMBERS % 3 == 0, numcodecs.PackBits()),
    ("fixedscaleoffset f8 as i4", FLOATS, numcodecs.FixedScaleOffset(10, 100, "<f8", "<i4")),
    ("fixedscaleoffset f4 as u1", abs(FLOATS).astype("<f4"), numcodecs.FixedScaleOffset(0, 0.25, "<f4", "|u1")),
    ("bitround f4", FLOATS.astype("<f4"), numcodecs.BitRound(10)),
    ("astype f8 as f4", FLOATS, numcodecs.AsType("<f4", "<f8")),
    ("byte-swap i4", NUMBERS, Swap()),
    ("byte-swap f8", FLOATS, Swap()),
]


def array_of(data: np.ndarray, codec: Any) -> zarr.Array:
    """Return an array of one chunk that stores it with the codec alone."""
    place: dict[str, Any] = {"zarr_format": 2, "filters": [codec]}
    if isinstance(codec, Swap):
        place = {"zarr_format": 3, "serializer": zarr.codecs.BytesCodec(endian="big")}
    config = {"write_empty_chunks": True}
    return zarr.create_array(
        MemoryStore(), shape=data.shape, chunks=data.shape, dtype=data.dtype, compressors=None, config=config, **place
    )


def race(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Return the fastest turn of each, in seconds."""
    best = [float("inf"), float("inf")]
    for turn in range(2 * TURNS + 2):
        which = turn % 2
        start = time.process_time()
        (theirs if which else ours)()
        took = time.process_time() - start
        # The first turn of each meets memory that is not there yet.
        if turn > 1:
            best[which] = min(best[which], took)
    return best[0], best[1]


def main(wanted: list[str]) -> None:
    """Print a line for each case and direction."""
    print(f"{'case':28} {'':6} {'ours':>10} {'numcodecs':>10} {'faster':>8}")
    for name, data, codec in CASES:
        if wanted and not any(word in name for word in wanted):
            continue
        array = array_of(data, codec)
        encoded = codec.encode(data)

        def write(array: zarr.Array = array, data: np.ndarray = data) -> None:
            array[...] = data

        write()
        decoded = np.asarray(codec.decode(encoded)).view(data.dtype)
        np.testing.assert_array_equal(array[...], decoded)
        races = {
            "encode": race(write, lambda codec=codec, data=data: codec.encode(data)),
            "decode": race(lambda array=array: array[...], lambda codec=codec, encoded=encoded: codec.decode(encoded)),
        }
        for direction, (ours, theirs) in races.items():
            speeds = [data.nbytes / 1e6 / seconds for seconds in (ours, theirs)]
            print(
                f"{name:28} {direction} {speeds[0]:7.0f} MB/s {speeds[1]:5.0f} MB/s {theirs / ours:7.2f}x", flush=True
            )


if __name__ == "__main__":
    main(sys.argv[1:])
