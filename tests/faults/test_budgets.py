"""What is under way at once is bounded for the whole process, by a setting that counts from the next call on."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from conftest import S3
from counting import CountingStore
from proxy import Proxy, spoiling
from web import Request
from zarrust import config
from zarrust.storage import MemoryStore, ObjectStore
from zarrust.testing.store import LatencyStore


class Peak:
    """Counts how many are inside at once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.now = self.most = 0

    def enter(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def leave(self) -> None:
        with self.lock:
            self.now -= 1

    def __call__(self, request: Request) -> None:
        self.enter()
        time.sleep(0.01)
        self.leave()


@pytest.fixture
def proxy(s3_server: str) -> Iterator[Proxy]:
    with spoiling(s3_server) as proxy:
        yield proxy


def peak_of(array: Any, proxy: Proxy, threads: int) -> int:
    """Read an array from several threads, and return how many requests were under way at once."""
    proxy.gate = peak = Peak()
    found: list[Any] = []
    readers = [threading.Thread(target=lambda: found.append(array[...])) for _ in range(threads)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert all(np.array_equal(values, np.arange(100)) for values in found)
    assert len(found) == threads
    return peak.most


def test_sixteen_threads_share_one_budget_of_requests(s3: S3, proxy: Proxy):
    store = ObjectStore(zarr.store.S3Store(s3.bucket, **(s3.options() | {"endpoint": proxy.url})))
    array = zarr.create_array(store, shape=(100,), chunks=(5,), dtype="i4", fill_value=-1)
    array[...] = np.arange(100)
    with config.set({"async.concurrency": 7}):
        assert peak_of(array, proxy, 16) == 7
    with config.set({"async.concurrency": 2}):
        assert peak_of(array, proxy, 4) == 2
        with config.set({"async.concurrency": 12}):
            assert 2 < peak_of(array, proxy, 4) <= 12
    assert 12 < peak_of(array, proxy, 16) <= 64


class Watched(CountingStore):
    """A store whose reads take a moment, and that knows how many there are."""

    def __init__(self):
        super().__init__()
        self.peak = Peak()

    async def get(self, key, prototype=None, byte_range=None):
        self.peak.enter()
        await asyncio.sleep(0.005)
        self.peak.leave()
        return await super().get(key, prototype, byte_range)


def test_the_setting_counts_for_stores_of_the_users_at_each_call():
    store = Watched()
    array = zarr.create_array(store, shape=(40,), chunks=(1,), dtype="i4")
    array[...] = np.arange(40)
    for set_to, wanted in ((None, 10), (3, 3), (20, 20), (1, 1), (None, 10)):
        store.peak = Peak()
        with config.set({} if set_to is None else {"async.concurrency": set_to}):
            assert array[...].tolist() == list(range(40))
        assert store.peak.most == wanted


def test_small_chunks_of_a_slow_store_are_waited_for_together():
    class Watching(LatencyStore):
        peak = Peak()

        async def get(self, key, prototype=None, byte_range=None):
            self.peak.enter()
            value = await super().get(key, prototype, byte_range)
            self.peak.leave()
            return value

    values = MemoryStore()
    zarr.create_array(values, shape=(32,), chunks=(1,), dtype="i4")[...] = np.arange(32)
    for kind in (LatencyStore, Watching):
        start = time.perf_counter()
        assert zarr.open_array(kind(values, get_latency=0.05), mode="r")[...].tolist() == list(range(32))
        print(f"\n{kind.__name__}: a document and 32 chunks of 50 ms each in {time.perf_counter() - start:.2f} s")
    assert Watching.peak.most == 10
