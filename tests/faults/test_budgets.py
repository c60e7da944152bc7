"""What is under way at once is bounded for the whole process, by a setting that counts from the next call on."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

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


class Crowd:
    """Holds back who comes in until so many are inside at once; one more would be seen, one less never gets on."""

    def __init__(self, wanted: int):
        self.barrier = threading.Barrier(wanted)
        self.lock = threading.Lock()
        self.now = self.most = 0

    def __call__(self, request: Request) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            self.barrier.wait(60)
        finally:
            with self.lock:
                self.now -= 1


@pytest.fixture
def proxy(s3_server: str) -> Iterator[Proxy]:
    with spoiling(s3_server) as proxy:
        yield proxy


def test_threads_share_one_budget_of_requests(s3: S3, proxy: Proxy):
    store = ObjectStore(zarr.store.S3Store(s3.bucket, **(s3.options() | {"endpoint": proxy.url})))
    array = zarr.create_array(store, shape=(120,), chunks=(5,), dtype="i4", fill_value=-1)
    array[...] = np.arange(120)

    def meet(wanted: int) -> None:
        proxy.gate = crowd = Crowd(wanted)
        with ThreadPoolExecutor(16) as pool:
            for values in pool.map(lambda _: array[...], range(16)):
                assert np.array_equal(values, np.arange(120))
        assert crowd.most == wanted
        assert not crowd.barrier.broken

    # 16 reads of 24 chunks each are 384 requests: whole crowds of any of these sizes.
    with config.set({"async.concurrency": 8}):
        meet(8)
        with config.set({"async.concurrency": 16}):
            meet(16)
        with config.set({"async.concurrency": 2}):
            meet(2)
    meet(128)


class Watched(CountingStore):
    """A store whose reads wait for each other, and that knows how many there are."""

    def __init__(self):
        super().__init__()
        self.barrier = None
        self.now = self.most = 0

    async def get(self, key, prototype=None, byte_range=None):
        if self.barrier is not None:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.wait_for(self.barrier.wait(), 60)
            self.now -= 1
        return await super().get(key, prototype, byte_range)


def test_the_setting_counts_for_stores_of_the_users_at_each_call():
    store = Watched()
    array = zarr.create_array(store, shape=(40,), chunks=(1,), dtype="i4")
    array[...] = np.arange(40)
    for setting, wanted in (({}, 10), ({"async.concurrency": 4}, 4), ({"async.concurrency": 20}, 20), ({}, 10)):
        store.barrier, store.most = asyncio.Barrier(wanted), 0
        with config.set(setting):
            assert array[...].tolist() == list(range(40))
        assert store.most == wanted


def test_small_chunks_of_a_slow_store_are_waited_for_together():
    class Watching(LatencyStore):
        now = most = 0

        async def get(self, key, prototype=None, byte_range=None):
            Watching.now += 1
            Watching.most = max(Watching.most, Watching.now)
            value = await super().get(key, prototype, byte_range)
            Watching.now -= 1
            return value

    values = MemoryStore()
    zarr.create_array(values, shape=(32,), chunks=(1,), dtype="i4")[...] = np.arange(32)
    for kind in (LatencyStore, Watching):
        start = time.perf_counter()
        assert zarr.open_array(kind(values, get_latency=0.05), mode="r")[...].tolist() == list(range(32))
        print(f"\n{kind.__name__}: a document and 32 chunks of 50 ms each in {time.perf_counter() - start:.2f} s")
    assert 1 < Watching.most <= 10


def test_bytes_on_their_way_are_bounded_however_many_requests_may_be(s3: S3, proxy: Proxy):
    """Four chunks at a time where a chunk is all that the setting allows."""
    store = ObjectStore(zarr.store.S3Store(s3.bucket, **(s3.options() | {"endpoint": proxy.url})))
    values = np.arange(24 * 20_000, dtype="i4").reshape(24, 20_000)
    array = zarr.create_array(store, shape=values.shape, chunks=(1, 20_000), dtype="i4", compressors="auto")

    with config.set({"network.bytes_in_flight": 1 << 16}):
        proxy.gate = crowd = Crowd(4)
        array[...] = values
        assert (crowd.most, crowd.barrier.broken) == (4, False)
        proxy.gate = crowd = Crowd(4)
        assert np.array_equal(array[...], values)
        assert (crowd.most, crowd.barrier.broken) == (4, False)
    proxy.gate = crowd = Crowd(24)
    assert np.array_equal(array[...], values)
    assert crowd.most == 24
