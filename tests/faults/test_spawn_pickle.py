"""Arrays, groups and stores travel to other processes by pickling."""

import multiprocessing
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pool_tasks
import zarrust as zarr

NUMBERS = np.repeat(np.arange(40), 30).reshape(40, 30)


@pytest.fixture
def root(tmp_path: Path) -> Any:
    root = zarr.open_group(tmp_path / "store", mode="w", attributes={"title": "x"})
    array = root.create_array(name="rows", shape=(40, 30), chunks=(4, 7), shards=(8, 14), dtype="i4")
    array[...] = NUMBERS
    return root


def test_an_array_comes_back_from_pickling(root: Any):
    array = pickle.loads(pickle.dumps(root["rows"]))
    assert np.array_equal(array[...], root["rows"][...])
    assert (array.path, array.shape, array.chunks, array.dtype) == ("rows", (40, 30), (4, 7), np.dtype("i4"))
    array[3] = -1
    assert (root["rows"][3] == -1).all()


def test_a_group_comes_back_from_pickling(root: Any):
    group = pickle.loads(pickle.dumps(root))
    assert dict(group.attrs) == {"title": "x"}
    assert np.array_equal(group["rows"][...], root["rows"][...])


def test_a_store_comes_back_from_pickling(root: Any):
    store = pickle.loads(pickle.dumps(root.store))
    assert store == root.store
    assert store.read_only == root.store.read_only


def test_a_read_only_array_stays_so(root: Any, tmp_path: Path):
    array = pickle.loads(pickle.dumps(zarr.open_array(tmp_path / "store", path="rows", mode="r")))
    assert array.read_only
    with pytest.raises(ValueError, match="read"):
        array[...] = 0


def test_spawned_workers_read_and_write(root: Any):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.apply(pool_tasks.total, (root["rows"],)) == sum(range(40)) * 30
        starts = range(0, 40, 8)  # whole shards: two processes never share one
        pool.starmap(pool_tasks.fill_rows, [(root["rows"], start, start + 8) for start in starts])
        assert pool.apply(pool_tasks.member_names, (root,)) == ["rows"]
    assert np.array_equal(root["rows"][...], NUMBERS)
