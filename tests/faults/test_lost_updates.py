"""Threads and coroutines that change parts of one stored object, chunk or document, never lose each other's parts."""

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust.errors import ZarrUserWarning

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


def test_no_row_is_lost_that_is_appended(store: Any):
    zarr.create_array(store, name="shared", shape=(0, 2), chunks=(5, 2), dtype="i4", fill_value=-1)

    def append(thread: int) -> None:
        own = zarr.open_array(store, path="shared", mode="r+")
        for number in range(PARTS):
            assert own.append([[thread, number]] * 3) == own.shape

    async def append_too() -> None:
        own = await zarr.api.asynchronous.open_array(store=store, path="shared", mode="r+")
        await asyncio.gather(*(own.append([[THREADS, number]] * 3) for number in range(PARTS)))

    with ThreadPoolExecutor(THREADS + 1) as pool:
        done = [pool.submit(append, thread) for thread in range(THREADS)]
        for each in [*done, pool.submit(asyncio.run, append_too())]:
            each.result()
    rows = zarr.open_array(store, path="shared")[...].reshape(-1, 3, 2)
    expected = [[[thread, number]] * 3 for thread in range(THREADS + 1) for number in range(PARTS)]
    assert sorted(rows.tolist()) == expected


def test_an_append_does_not_guess_how_a_resize_was_meant(store: Any):
    first = zarr.create_array(store, shape=(4, 2), chunks=(2, 2), dtype="i4", fill_value=0)
    second = zarr.open_array(store)
    second.resize((4, 3))
    with pytest.raises(ValueError, match=r"resized from shape \(4, 2\) to \(4, 3\)"):
        first.append([[1, 1]])
    second.resize((2, 3))
    assert zarr.open_array(store).append([[5, 6, 7]]) == (3, 3)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_no_change_is_lost_that_one_document_tells_of(store: Any, zarr_format: int):
    zarr.create_group(store, zarr_format=zarr_format).create_group("deep")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(store, path="deep")
        zarr.consolidate_metadata(store)

    def change(thread: int) -> None:
        own = zarr.open_group(store, mode="r+")
        for number in range(ROUNDS // 10):
            name = f"{thread}.{number}"
            own.create_array(f"deep/{name}", shape=(1,), dtype="i4").attrs["name"] = name
            own.attrs[name] = number
            own["deep"].attrs[name] = number
            if number % 2:
                del own[f"deep/{name}"]

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(change, range(THREADS)))
    names = sorted(f"{thread}.{number}" for thread in range(THREADS) for number in range(ROUNDS // 10))
    for path, prefix in (("", "deep/"), ("deep", "")):
        group = zarr.open_consolidated(store, path=path)
        assert sorted(group.attrs) == names
        found = {name: node for name, node in group.members(max_depth=None) if name != "deep"}
        assert sorted(found) == sorted(prefix + name for name in names if int(name.split(".")[1]) % 2 == 0)
        assert all(node.attrs["name"] == node.basename for node in found.values())
    assert sorted(zarr.open_consolidated(store)["deep"].attrs) == names


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_members_deleted_side_by_side_are_gone_from_what_the_group_tells(store: Any, zarr_format: int):
    root = zarr.create_group(store, zarr_format=zarr_format)
    for number in range(12):
        root.create_array(str(number), shape=(1,), dtype="i4")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(store)

    async def delete() -> None:
        group = await zarr.api.asynchronous.open_consolidated(store=store)
        await asyncio.gather(*(group.delitem(str(number)) for number in range(9)))
        assert sorted([name async for name, _ in group.members()]) == ["10", "11", "9"]

    asyncio.run(delete())
    assert sorted(zarr.open_consolidated(store)) == ["10", "11", "9"]
