"""`MemoryStore`: the engine's memory, a dict, another mapping."""

import asyncio
import pickle
from collections import UserDict

import numpy as np
import pytest

import zarrust as zarr
from zarrust.buffer import Buffer
from zarrust.storage import MemoryStore


@pytest.fixture(params=["native", "dict", "mapping"])
def store(request):
    return MemoryStore({"native": None, "dict": {}, "mapping": UserDict()}[request.param])


def test_values_are_kept(store):
    zarr.create_array(store, name="a/x", data=np.arange(4), chunks=(2,))
    np.testing.assert_array_equal(zarr.open_array(store, "a/x")[:], np.arange(4))
    assert sorted(store.list()) == ["a/x/c/0", "a/x/c/1", "a/x/zarr.json", "a/zarr.json", "zarr.json"]
    assert sorted(store.list_dir("a/x")) == ["c", "zarr.json"]
    assert sorted(store.list_prefix("a/x/c/")) == ["a/x/c/0", "a/x/c/1"]


def test_a_dict_holds_buffers_and_is_shared():
    data = {}
    group = zarr.open(data, mode="w")
    assert isinstance(group.store, MemoryStore)
    assert isinstance(data["zarr.json"], Buffer)
    assert zarr.open(data) == group
    assert str(group.store) == f"memory://{id(data)}"


def test_a_dict_of_bytes_is_read():
    data = {}
    zarr.create_array(data, data=np.arange(3))
    plain = {key: value.to_bytes() for key, value in data.items()}
    np.testing.assert_array_equal(zarr.open_array(plain)[:], [0, 1, 2])


def test_another_mapping_holds_bytes():
    data = UserDict()
    zarr.create_group(data)
    assert isinstance(data["zarr.json"], bytes)


def test_clear_is_done_at_once_and_can_be_awaited(store):
    async def awaited():
        await store.clear()

    store["a"] = b"1"
    store.clear()
    assert len(store) == 0
    store["a"] = b"1"
    asyncio.run(awaited())
    assert len(store) == 0


def test_a_prefix_is_a_folder(store):
    store["a/x"] = b"1"
    store["ab/x"] = b"1"
    asyncio.run(store.delete_dir("a"))
    assert list(store) == ["ab/x"]


def test_the_read_only_twin_sees_the_same_values(store):
    twin = store.with_read_only(True)
    store["a"] = b"1"
    assert twin["a"] == b"1"
    with pytest.raises(ValueError, match="read-only"):
        twin["a"] = b"2"


def test_stores_are_equal_by_their_values(store):
    assert store == store.with_read_only(False)
    assert store != store.with_read_only(True)
    store["a"] = b"1"
    assert store != MemoryStore()
    assert repr(store) == f"MemoryStore('{store}')"


def test_pickling_takes_the_values_along(store):
    store["a"] = b"1"
    assert pickle.loads(pickle.dumps(store))["a"] == b"1"


def test_only_mappings_are_taken():
    with pytest.raises(TypeError, match="store_dict"):
        MemoryStore([])
    with pytest.raises(TypeError, match="store_like"):
        zarr.open_group(3)
