"""Seed 002, the storage page, row by row: stores in GPU memory. Without a GPU, numpy stands in for CuPy."""

import asyncio
import sys

import numpy as np
import pytest

import cupy_stand_in
import zarrust as zarr
from zarrust.storage import MemoryStore

KEYS = {"a/b": b"1", "c": b"23"}


@pytest.fixture
def cupy(monkeypatch):
    """Return CuPy, or what stands in for it where there is no GPU."""
    try:
        import cupy
    except ImportError:
        cupy = None
    if cupy is None or not cupy.is_available():
        cupy = cupy_stand_in
        monkeypatch.setitem(sys.modules, "cupy", cupy_stand_in)
    return cupy


@pytest.fixture
def store(cupy):
    """Return a store with two keys."""
    store = zarr.storage.GpuMemoryStore()
    for key, value in KEYS.items():
        store[key] = value
    return store


def test_s2_30_a_value_is_got_by_its_key(store):
    assert {key: store[key] for key in KEYS} == KEYS
    with pytest.raises(KeyError):
        store["missing"]


def test_s2_31_a_value_is_set_and_replaced(store, cupy):
    store["c"] = b"new"
    assert store["c"] == b"new"
    value = asyncio.run(store.get("c", zarr.buffer.gpu.buffer_prototype))
    assert isinstance(value.as_array_like(), cupy.ndarray)


def test_s2_32_a_key_is_deleted_and_others_are_kept(store):
    del store["a/b"]
    assert list(store) == ["c"]


def test_s2_33_a_key_is_in_the_store_or_not(store):
    assert "c" in store
    assert "missing" not in store


def test_s2_34_iteration_gives_all_keys(store):
    assert sorted(store) == sorted(KEYS)


def test_s2_35_a_store_has_a_length(store):
    assert len(store) == 2


def test_s2_36_a_store_in_gpu_memory_is_importable():
    assert isinstance(zarr.storage.GpuMemoryStore, type)


def test_s2_37_the_store_keeps_arrays_of_cupy(cupy):
    data = {}
    store = zarr.storage.GpuMemoryStore(data)
    asyncio.run(store.set("k", zarr.buffer.gpu.Buffer.from_bytes(b"12")))
    assert isinstance(data["k"].as_array_like(), cupy.ndarray)


def test_s2_38_arrays_in_gpu_memory(cupy):
    values = cupy.arange(10000, dtype="f4").reshape(100, 100)
    with zarr.config.enable_gpu():
        z = zarr.create_array(zarr.storage.GpuMemoryStore(), shape=(100, 100), dtype="f4")
        z[:] = values
        read = z[:]
    assert isinstance(read, cupy.ndarray)
    np.testing.assert_array_equal(cupy.asnumpy(read), cupy.asnumpy(values))


def test_s2_39_it_has_the_interface_of_a_memory_store():
    public = [name for name in dir(MemoryStore) if not name.startswith("_")]
    assert [name for name in public if not hasattr(zarr.storage.GpuMemoryStore, name)] == []
