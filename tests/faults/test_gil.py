"""The GIL is free while the engine reads and writes: other Python threads go on."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import zarrust as zarr

# Compression level and MiB: what reading takes a tenth of a second for, writing takes seconds.
WORK = {"read": (3, 128), "write": (12, 32)}


@pytest.fixture(params=WORK)
def long_call(request: pytest.FixtureRequest, store: Any) -> Callable[[], Any]:
    """A read or a write of 32 chunks that keeps the engine busy for a good while."""
    level, size = WORK[request.param]
    values = np.random.default_rng(1).integers(0, 50, (32, size * 8, 512), dtype="i8")
    compressors = zarr.codecs.ZstdCodec(level=level)
    array = zarr.create_array(
        store, name="long", shape=values.shape, chunks=(1, *values.shape[1:]), dtype="i8", compressors=compressors
    )
    if request.param == "write":
        return lambda: array.__setitem__(..., values)
    array[...] = values
    return lambda: array[...]


def test_a_python_thread_runs_during_a_long_call(long_call: Callable[[], Any]):
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.001):
            ticks.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    long_call()
    end = time.perf_counter()
    done.set()
    thread.join()
    during = [start, *(moment for moment in ticks if start < moment < end), end]
    longest = max(after - before for before, after in pairwise(during))
    assert end - start > 0.02, "too short to tell anything"
    assert len(during) > 5
    assert longest < (end - start) / 2, f"no tick for {longest:.3f} of {end - start:.3f} s"


def test_two_calls_overlap(long_call: Callable[[], Any], store: Any):
    small = zarr.create_array(store, name="small", shape=(100,), chunks=(100,), dtype="i4")
    small[...] = 7
    long_is_over = threading.Event()
    finished_during = 0

    def short_reads() -> None:
        nonlocal finished_during
        while True:
            assert small[3] == 7
            if long_is_over.is_set():
                return
            finished_during += 1

    started = threading.Barrier(2)

    def first() -> None:
        started.wait()
        short_reads()

    thread = threading.Thread(target=first)
    thread.start()
    started.wait()
    long_call()
    long_is_over.set()
    thread.join()
    assert finished_during >= 3
