"""What zarr-python 3.1 does that must survive the additions (rows C), and the tutorial's later names (rows X)."""

import numpy as np
import pytest
from numcodecs import Blosc, Zstd

import zarrust as zarr


def test_c_01_without_a_keyword_of_version_2_the_format_is_3(tmp_path):
    made = [zarr.zeros(3), zarr.array([1]), zarr.create_array(shape=3), zarr.group()]
    made.append(zarr.open(tmp_path / "z", mode="w", shape=3))
    assert {node.metadata.zarr_format for node in made} == {3}


def test_c_02_compressor_with_format_2():
    z = zarr.array(np.arange(10, dtype="i4"), chunks=5, compressor=Blosc(), zarr_format=2)
    assert (z.metadata.zarr_format, z.compressor) == (2, Blosc())


def test_c_03_compressor_with_format_3_is_refused():
    with pytest.raises(ValueError):
        zarr.zeros(10, chunks=5, compressor=Blosc(), zarr_format=3)


def test_c_04_codecs_of_format_3_stay_in_format_3():
    z = zarr.create_array({}, shape=(4,), dtype="i4", compressors=zarr.codecs.BloscCodec())
    assert z.metadata.zarr_format == 3
    assert z.compressors[0].cname == "zstd"


def test_c_10_a_memory_store_takes_its_dict_by_position():
    data = {}
    zarr.create_group(zarr.storage.MemoryStore(data))
    assert list(data) == ["zarr.json"]


def test_c_11_names_by_keyword():
    g = zarr.group()
    for make in (g.zeros, g.ones, g.empty, g.create_array):
        make(name=make.__name__, shape=(2,))
    g.full(name="full", shape=(2,), fill_value=3)
    g.array(name="array", data=np.arange(2))
    assert sorted(g) == ["array", "create_array", "empty", "full", "ones", "zeros"]


def test_c_12_store_and_path_by_keyword():
    store = zarr.storage.MemoryStore()
    zarr.create_array(store=store, name="a", shape=(2,), dtype="i4")
    assert zarr.open_array(store=store, path="a").shape == (2,)


def test_c_14_format_2_is_read_and_kept(tmp_path):
    zarr.create_group(tmp_path / "g", zarr_format=2)
    again = zarr.open_group(tmp_path / "g")
    again.zeros("x", shape=2)
    assert again.metadata.zarr_format == 2
    assert (tmp_path / "g/.zgroup").exists()
    assert (tmp_path / "g/x/.zarray").exists()


def test_conflict_a_compressor_in_a_format_3_group_is_translated():
    z = zarr.create_group(zarr_format=3).zeros("x", shape=4, compressor=Zstd(level=5))
    assert (z.metadata.zarr_format, z.compressor) == (3, Zstd(level=5))


def test_conflict_a_read_only_store_is_opened_by_group():
    store = zarr.storage.MemoryStore()
    zarr.create_group(store)
    assert zarr.group(store=store.with_read_only(True)).read_only


def test_conflict_create_array_without_dtype_is_float64():
    assert zarr.create_array({}, shape=(2,)).dtype == np.float64


def test_x_06_07_copy_and_copy_all():
    source, dest = zarr.group(), zarr.group()
    source.array("foo/bar", np.arange(5))
    source["foo"].attrs["k"] = 1
    copied, skipped, size = zarr.copy(source["foo"], dest)
    assert (copied, skipped, dest["foo"].attrs["k"]) == (2, 0, 1)
    assert size > 0
    zarr.copy_all(source, dest, if_exists="replace")
    np.testing.assert_array_equal(dest["foo/bar"][:], np.arange(5))


def test_x_08_copy_store():
    store1, store2 = zarr.storage.MemoryStore(), zarr.storage.MemoryStore()
    zarr.group(store1).array("a", np.arange(5))
    zarr.copy_store(store1, store2)
    assert {key: store1[key] for key in store1} == {key: store2[key] for key in store2}


def test_x_09_several_arrays_are_saved_and_loaded(tmp_path):
    zarr.save(str(tmp_path / "e.zarr"), foo=np.arange(3), bar=np.arange(4))
    np.testing.assert_array_equal(zarr.load(str(tmp_path / "e.zarr"))["foo"], np.arange(3))


def test_x_12_consolidated_metadata():
    store = zarr.storage.MemoryStore()
    zarr.group(store).array("a", np.arange(5))
    zarr.consolidate_metadata(store)
    np.testing.assert_array_equal(zarr.open_consolidated(store)["a"][:], np.arange(5))


def test_x_14_tree_at_the_top_level():
    group = zarr.group()
    group.create_group("a")
    with pytest.warns(zarr.errors.ZarrDeprecationWarning, match="Group.tree"):
        tree = zarr.tree(group)
    assert str(tree) == str(group.tree())
