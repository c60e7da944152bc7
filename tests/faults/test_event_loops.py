"""Nothing belongs to an event loop: sync calls run inside one, and one array serves many."""

import asyncio
import time
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from conftest import S3
from zarrust.api import asynchronous
from zarrust.testing.store import LatencyStore

VALUES = np.arange(400).reshape(20, 20)


@pytest.fixture(params=["local", "memory", "s3"])
def any_store(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    """Stores of files, of memory, and of the network."""
    if request.param == "local":
        return zarr.storage.LocalStore(tmp_path)
    if request.param == "memory":
        return zarr.storage.MemoryStore()
    server: S3 = request.getfixturevalue("s3")
    return zarr.storage.ObjectStore(zarr.store.S3Store(server.bucket, **server.options()))


def test_sync_calls_work_inside_a_running_loop(any_store: Any):
    async def main() -> None:
        root = zarr.open_group(any_store, mode="w")
        array = root.create_array(name="a", shape=VALUES.shape, chunks=(6, 6), dtype="i8")
        array[...] = VALUES
        assert np.array_equal(zarr.open_array(any_store, path="a", mode="r")[...], VALUES)
        assert [name for name, _ in root.members()] == ["a"]

    asyncio.run(main())


def test_one_array_serves_two_loops_in_a_row(any_store: Any):
    async def create() -> Any:
        array = await asynchronous.create_array(any_store, shape=VALUES.shape, chunks=(6, 6), dtype="i8")
        await array.setitem(..., VALUES)
        return array

    async def read(array: Any) -> Any:
        return await array.getitem((slice(3, 15), slice(None)))

    array = asyncio.run(create())
    assert np.array_equal(asyncio.run(read(array)), VALUES[3:15])
    assert np.array_equal(asyncio.run(read(array)), VALUES[3:15])


def test_one_store_and_group_serve_two_loops_in_a_row(any_store: Any):
    async def create() -> Any:
        group = await asynchronous.open_group(any_store, mode="w")
        await group.create_group("child")
        return group

    async def names(group: Any) -> list[str]:
        return [name async for name, _ in group.members()]

    group = asyncio.run(create())
    assert asyncio.run(names(group)) == ["child"]
    assert asyncio.run(names(group)) == ["child"]


def test_many_reads_at_once_share_a_loop(any_store: Any):
    async def main() -> None:
        array = await asynchronous.create_array(any_store, shape=VALUES.shape, chunks=(6, 6), dtype="i8")
        await asyncio.gather(*(array.setitem(row, VALUES[row]) for row in range(20)))
        rows = await asyncio.gather(*(array.getitem(row) for row in range(20)))
        assert np.array_equal(rows, VALUES)

    asyncio.run(main())


def test_the_loop_stays_responsive_during_a_long_read(tmp_path: Any):
    values = np.random.default_rng(1).integers(0, 50, (32, 1024, 512))
    array = zarr.create_array(
        tmp_path, shape=values.shape, chunks=(1, 1024, 512), dtype="i8", compressors=zarr.codecs.ZstdCodec(level=3)
    )
    array[...] = values

    async def main() -> tuple[int, float]:
        reading = asyncio.ensure_future(array.async_array.getitem(...))
        ticks, start = 0, time.perf_counter()
        while not reading.done():
            await asyncio.sleep(0.001)
            ticks += 1
        assert np.array_equal(await reading, values)
        return ticks, time.perf_counter() - start

    ticks, seconds = asyncio.run(main())
    assert ticks > 5, f"{ticks} ticks in {seconds:.3f} s"


def test_hundreds_of_operations_on_a_store_of_the_users_do_not_wait_for_each_other():
    store = LatencyStore(zarr.storage.MemoryStore(), get_latency=0.001, set_latency=0.001)
    array = zarr.create_array(store, name="a", shape=(100,), chunks=(10,), dtype="i4")

    async def main() -> None:
        many = array.async_array
        await asyncio.gather(*(many.setitem(slice(at % 100, at % 100 + 1), at % 100) for at in range(200)))
        found = await asyncio.gather(*(many.getitem(slice(5, 75)) for _ in range(200)))
        assert all(np.array_equal(values, np.arange(5, 75)) for values in found)
        group = await asynchronous.open_group(store)
        assert len(await asyncio.gather(*(group.getitem("a") for _ in range(600)))) == 600

    asyncio.run(asyncio.wait_for(main(), 200))
