"""Threads that write disjoint parts of one stored object never lose each other's parts."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import zarrust as zarr

THREADS, PARTS, ROUNDS, WIDTH = 8, 16, 100, 4
LENGTH = THREADS * PARTS * WIDTH

# A part is smaller than an inner chunk of the shard, so that inner chunks are changed in parts as well.
LAYOUTS = {
    "one chunk": {"chunks": (LENGTH,), "compressors": None},
    "one compressed chunk": {"chunks": (LENGTH,), "compressors": zarr.codecs.ZstdCodec(level=1)},
    "one shard": {"chunks": (WIDTH * 8,), "shards": (LENGTH,)},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_part_is_lost(store: Any, layout: str):
    array = zarr.create_array(store, name="shared", shape=(LENGTH,), dtype="i4", fill_value=-1, **LAYOUTS[layout])
    lost = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(ROUNDS):

            def write(thread: int, number: int = number) -> None:
                own = zarr.open_array(
                    store, path="shared", mode="r+"
                )  # as many handles as threads: the lock is the object's
                for part in range(PARTS):
                    start = (part * THREADS + thread) * WIDTH
                    own[start : start + WIDTH] = number

            list(pool.map(write, range(THREADS)))
            lost += int(np.count_nonzero(array[...] != number)) // WIDTH
    assert lost == 0, f"{lost} of {THREADS * PARTS * ROUNDS} parts lost"
