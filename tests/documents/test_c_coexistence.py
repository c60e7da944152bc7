"""What zarr-python 3.1 does that must survive the additions (rows C), and the conflicts between documents."""

import asyncio
import inspect
import logging
from pathlib import Path

import fsspec
import numpy as np
import obstore
import pytest
from numcodecs import Blosc, Delta, Zstd

import zarrust as zarr
from zarrust.buffer import Buffer, default_buffer_prototype
from zarrust.storage import LocalStore, MemoryStore, ObjectStore


def test_c_01_without_a_keyword_of_version_2_the_format_is_3(tmp_path):
    made = [zarr.zeros(3), zarr.array([1]), zarr.create_array({}, shape=(3,), dtype="i4"), zarr.group()]
    made.append(zarr.open(tmp_path / "z", mode="w", shape=3))
    assert [node.metadata.zarr_format for node in made] == [3] * 5


def test_c_02_compressor_and_filters_with_format_2():
    a = np.arange(10, dtype="i4")
    z = zarr.array(a, chunks=5, compressor=Blosc(), filters=[Delta("i4")], zarr_format=2)
    assert (z.metadata.zarr_format, z.compressor, list(z.filters)) == (2, Blosc(), [Delta("i4")])
    np.testing.assert_array_equal(z[:], a)


def test_c_03_compressor_with_format_3_is_refused():
    with pytest.raises(ValueError, match="compressor"):
        zarr.zeros(10, chunks=5, compressor=Blosc(), zarr_format=3)


def test_c_04_codecs_of_format_3_stay_in_format_3():
    codec = zarr.codecs.BloscCodec()
    z = zarr.create_array({}, shape=(4,), dtype="i4", compressors=codec)
    assert z.metadata.zarr_format == 3
    assert [type(found) for found in z.compressors] == [zarr.codecs.BloscCodec]
    assert z.compressors[0].cname == codec.cname


@pytest.mark.parametrize("kind", [LocalStore, MemoryStore])
def test_c_05_listings_are_asynchronous_iterables(kind, tmp_path):
    store = LocalStore(tmp_path / "d") if kind is LocalStore else MemoryStore()

    async def use():
        await store.set("a/b", Buffer.from_bytes(b"1"))
        return [[key async for key in keys] for keys in (store.list(), store.list_prefix("a"), store.list_dir("a"))]

    assert asyncio.run(use()) == [["a/b"], ["a/b"], ["b"]]


def test_c_06_clear_may_be_awaited():
    store = MemoryStore()
    store["k"] = b"1"

    async def use():
        await store.clear()

    asyncio.run(use())
    assert list(store) == []


def test_c_07_an_fsspec_store_of_a_file_system(s3):
    fs = fsspec.filesystem("s3", anon=True, asynchronous=True)
    store = zarr.storage.FsspecStore(fs, path="x", read_only=True)
    assert (store.fs, store.path, store.read_only) == (fs, "x", True)


def test_c_08_an_object_store_of_a_store_of_obstore():
    memory = obstore.store.MemoryStore()
    store = ObjectStore(memory, read_only=False)
    store["k"] = b"1"
    assert store.store is memory
    assert not store.read_only


def test_c_09_the_level_of_a_logging_store_by_its_name():
    store = zarr.storage.LoggingStore(MemoryStore(), "DEBUG")
    store["k"] = b"1"
    assert store["k"] == b"1"


def test_c_10_a_memory_store_takes_its_dict_by_position():
    data = {}
    zarr.create_group(MemoryStore(data))
    assert list(data) == ["zarr.json"]


def test_c_11_names_by_keyword():
    g = zarr.group()
    for make in (g.zeros, g.ones, g.empty, g.create_array):
        make(name=make.__name__, shape=(2,))
    g.full(name="full", shape=(2,), fill_value=3)
    g.array(name="array", data=np.arange(2))
    assert sorted(g) == ["array", "create_array", "empty", "full", "ones", "zeros"]
    assert [list(g[name][:]) for name in ("zeros", "ones", "full", "array")] == [[0, 0], [1, 1], [3, 3], [0, 1]]


def test_c_12_store_and_path_by_keyword():
    store = MemoryStore()
    zarr.create_array(store=store, name="a", shape=(2,), dtype="i4")
    assert zarr.open_array(store=store, path="a").shape == (2,)


def test_c_13_the_methods_of_a_store_stay_awaitable():
    store = MemoryStore()

    async def use():
        value = Buffer.from_bytes(b"1")
        answers = [store.set("k", value), store.get("k", default_buffer_prototype())]
        answers += [store.exists("k"), store.delete("k")]
        awaitable = [inspect.isawaitable(answer) for answer in answers]
        for answer in answers:
            await answer
        return awaitable

    assert asyncio.run(use()) == [True] * 4


def test_c_14_format_2_is_read_and_kept(tmp_path):
    zarr.create_group(tmp_path / "g", zarr_format=2).zeros("x", shape=2)
    again = zarr.open_group(tmp_path / "g")
    again.zeros("y", shape=2)
    assert again.metadata.zarr_format == 2
    assert sorted(again) == ["x", "y"]
    assert (Path(tmp_path / "g/.zgroup").exists(), Path(tmp_path / "g/y/.zarray").exists()) == (True, True)


def test_c_15_the_level_of_a_logging_store_as_a_number():
    store = zarr.storage.LoggingStore(MemoryStore(), log_level=logging.DEBUG)
    store["k"] = b"1"
    assert store["k"] == b"1"


def test_conflict_a_compressor_in_a_format_3_group_is_translated():
    z = zarr.create_group(zarr_format=3).zeros("x", shape=4, compressor=Zstd(level=5))
    assert (z.metadata.zarr_format, z.compressor) == (3, Zstd(level=5))


def test_conflict_a_read_only_store_is_opened_by_group():
    store = MemoryStore()
    zarr.create_group(store)
    assert zarr.group(store=store.with_read_only(True)).read_only


def test_conflict_create_array_without_dtype_is_float64():
    assert zarr.create_array({}, shape=(2,)).dtype == np.float64
