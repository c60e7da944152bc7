"""The functions of the package: creating, opening, saving, loading, and their modes."""

import asyncio
import pickle
import subprocess
import sys

import numpy as np
import pytest
from numcodecs import Zstd

import zarrust as zarr
from zarrust.api import asynchronous
from zarrust.errors import (
    ArrayNotFoundError,
    ContainsArrayError,
    GroupNotFoundError,
    MetadataValidationError,
    NodeTypeValidationError,
    ZarrDeprecationWarning,
)


def test_the_public_names_are_pinned():
    assert set(zarr.__all__) == {
        *(
            "Array",
            "AsyncArray",
            "AsyncGroup",
            "Group",
            "ProcessSynchronizer",
            "ThreadSynchronizer",
            "__version__",
            "array",
            "codecs",
            "codecs",
            "config",
            "consolidate_metadata",
        ),
        *("create", "create_array", "create_group", "create_hierarchy", "empty", "empty_like", "errors", "from_array"),
        *("full", "full_like", "group", "load", "ones", "ones_like", "open", "open_array", "open_consolidated"),
        *(
            "copy",
            "copy_all",
            "copy_store",
            "delete_node",
            "open_group",
            "open_like",
            "print_debug_info",
            "set_format",
            "set_log_level",
            "stats",
            "save",
            "save_array",
            "save_group",
            "stats",
            "storage",
            "stats",
            "store",
            "tree",
            "zeros",
            "zeros_like",
        ),
    }


def test_the_asynchronous_functions_are_the_same_ones():
    from zarrust.api import synchronous

    assert synchronous.__all__ == asynchronous.__all__


def test_importing_pulls_in_nothing_heavy():
    ours, numpys = (
        {*subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()}
        for code in (f"import sys, {name}; print(*sys.modules)" for name in ("zarrust", "numpy"))
    )
    rare = {
        *("asyncio", "logging", "pathlib", "importlib.metadata", "fsspec", "ml_dtypes", "numcodecs", "obstore", "yaml"),
        *(f"zarrust.{name}" for name in ("chunk_grid", "debugging", "drawing", "html", "info", "statistics", "xarray")),
        *(f"zarrust.{name}" for name in ("core", "dtype", "experimental", "testing", "types", "buffer.gpu")),
        *(f"zarrust.storage.{name}" for name in ("dbm", "lmdb", "logging", "lru", "mongodb", "redis", "sqlite", "zip")),
    }
    assert not rare & (ours - numpys)


def test_names_and_paths_may_be_given_by_position():
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, "array1", shape=(2,), dtype="i4")
    assert zarr.open_array(store, "array1").path == "array1"
    assert zarr.open_group(store, "g").path == "g"
    assert zarr.group(store, "h").path == "h"
    assert zarr.open(store, "array1").shape == (2,)


@pytest.mark.parametrize("mode", ["r", "r+", None])
def test_these_modes_do_not_make_an_array(mode, tmp_path):
    with pytest.raises(ArrayNotFoundError):
        zarr.open_array(tmp_path / "none", mode=mode)
    with pytest.raises(FileNotFoundError):
        zarr.open(tmp_path / "none", mode=mode or "r")
    assert not (tmp_path / "none").exists()


def test_mode_a_makes_what_is_missing_and_opens_what_is_there(store):
    zarr.open_array(store, mode="a", shape=(2,))[:] = 5
    assert zarr.open_array(store, mode="a", shape=(9,))[0] == 5


def test_mode_w_makes_anew(store):
    zarr.open_array(store, mode="w", shape=(4,), chunks=(2,))[:] = 5
    z = zarr.open_array(store, mode="w", shape=(4,), chunks=(2,))
    assert z.nchunks_initialized == 0
    assert isinstance(zarr.open(store, mode="w"), zarr.Group)


def test_mode_w_minus_fails_where_something_is(store):
    zarr.open_array(store, mode="w-", shape=(2,))
    with pytest.raises(FileExistsError):
        zarr.open_array(store, mode="w-", shape=(2,))
    with pytest.raises(FileExistsError):
        zarr.open_group(store, mode="w-")


def test_mode_r_is_read_only(store):
    zarr.open_group(store, mode="w").create_group("g")
    root = zarr.open_group(store, mode="r")
    assert root.read_only
    with pytest.raises(ValueError, match="read-only"):
        root.create_group("h")
    with pytest.raises(ValueError, match="read-only"):
        zarr.open_group(root.store, mode="r+")
    assert zarr.group(root.store).read_only


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="mode"):
        zarr.open_array(None, mode="q")


def test_kinds_are_not_confused(store):
    root = zarr.open_group(store, mode="w")
    root.create_array("x", shape=1)
    with pytest.raises(NodeTypeValidationError):
        zarr.open_array(store, mode="r")
    with pytest.raises(GroupNotFoundError):
        zarr.open_group(store, "x", mode="r")
    with pytest.raises(ContainsArrayError):
        zarr.open_group(store, "x")
    assert isinstance(zarr.open(store, "x"), zarr.Array)
    assert isinstance(zarr.open(store), zarr.Group)


def test_creating_over_a_node_needs_overwrite(store):
    zarr.create_array(store, data=np.arange(3))
    with pytest.raises(ContainsArrayError):
        zarr.create_array(store, shape=(2,))
    assert zarr.create_array(store, shape=(3,), dtype="i8", overwrite=True)[0] == 0


def test_a_nested_array_has_groups_above_it(store):
    zarr.create_array(store, name="a/b/x", shape=(1,))
    assert isinstance(zarr.open(store), zarr.Group)
    assert isinstance(zarr.open(store, "a/b"), zarr.Group)


@pytest.mark.parametrize(("make", "value"), [(zarr.zeros, 0), (zarr.ones, 1), (zarr.empty, 0)])
def test_filled_arrays(make, value):
    assert make((2,), dtype="i4")[0] == value
    assert zarr.full((2,), 7)[0] == 7


def test_likes_take_shape_type_and_layout():
    a = zarr.create_array(shape=(4, 6), chunks=(2, 3), shards=(4, 6), dtype="i2", fill_value=3)
    for make, value in ((zarr.zeros_like, 0), (zarr.ones_like, 1), (zarr.full_like, 3)):
        b = make(a)
        assert (b.shape, b.dtype, b.chunks, b.shards, b[0, 0]) == (a.shape, a.dtype, a.chunks, a.shards, value)
    assert zarr.full_like(np.zeros((2,), "u1"), fill_value=9)[0] == 9
    assert zarr.empty_like(zarr.zeros((2,), zarr_format=2)).metadata.zarr_format == 2
    assert zarr.open_like(a, "x", store={}).shape == a.shape


def test_from_array_copies_values_and_layout():
    a = zarr.create_array(data=np.arange(10), chunks=(3,), attributes={"u": 1})
    b = zarr.from_array({}, data=a)
    np.testing.assert_array_equal(b[:], a[:])
    assert (b.chunks, dict(b.attrs)) == ((3,), {"u": 1})
    np.testing.assert_array_equal(zarr.from_array({}, data=np.arange(3), chunks=(2,))[:], [0, 1, 2])


def test_save_and_load(tmp_path):
    path = tmp_path / "x"
    zarr.save(path, np.arange(3))
    zarr.save(str(path), np.arange(4))
    np.testing.assert_array_equal(zarr.load(path), np.arange(4))
    zarr.save(tmp_path / "g", np.arange(2), b=np.arange(3))
    assert list(zarr.open(tmp_path / "g")) == ["arr_0", "b"]
    loader = zarr.load(tmp_path / "g")
    assert repr(loader) == "<LazyLoader: arr_0, b>"
    assert ("b" in loader, len(loader), loader["b"] is loader["b"]) == (True, 2, True)
    np.testing.assert_array_equal(loader["b"], np.arange(3))
    with pytest.raises(ValueError, match="at least one array"):
        zarr.save(tmp_path / "h")


def test_create_hierarchy_makes_parents_first():
    from zarrust.metadata import GroupMetadata

    array = zarr.zeros((2,)).metadata
    made = dict(zarr.create_hierarchy(store={}, nodes={"a/x": array, "a": GroupMetadata(attributes={"k": 1})}))
    assert list(made) == ["", "a", "a/x"]
    assert made["a"].attrs["k"] == 1


def test_arguments_without_effect_warn():
    with pytest.warns(RuntimeWarning, match="synchronizer"):
        zarr.create((2,), synchronizer=object())


def test_storage_options_need_a_url(tmp_path):
    with pytest.raises(TypeError, match="storage_options"):
        zarr.open_group(tmp_path, storage_options={"anon": True})


def test_the_asynchronous_functions_do_the_same(store):
    async def main():
        z = await asynchronous.create_array(store, name="a/x", data=np.arange(4), chunks=(2,))
        assert (await asynchronous.open_array(store, "a/x", mode="r")).shape == (4,)
        assert isinstance(await asynchronous.open(store), zarr.AsyncGroup)
        await asynchronous.save(store, np.ones(2), path="saved")
        await asynchronous.consolidate_metadata(store)
        assert (await asynchronous.open_consolidated(store)).metadata.consolidated_metadata is not None
        copy = await asynchronous.from_array({}, data=z)
        assert await (await asynchronous.zeros_like(z)).getitem(0) == 0
        with pytest.raises(ArrayNotFoundError):
            await asynchronous.open_array({}, mode="r")
        return await copy.getitem(...), await asynchronous.load(store, "saved")

    values, saved = asyncio.run(main())
    np.testing.assert_array_equal(values, np.arange(4))
    np.testing.assert_array_equal(saved, [1, 1])


def test_open_like_makes_an_array_at_a_path(tmp_path):
    z = zarr.create_array(shape=(4,), chunks=(2,), dtype="i2", fill_value=7)
    made = zarr.open_like(z, str(tmp_path / "x"))
    assert zarr.open_array(tmp_path / "x", mode="r").metadata == made.metadata == z.metadata
    made[0] = 1
    assert zarr.open_like(z, str(tmp_path / "x"))[0] == 1
    store = zarr.storage.MemoryStore()
    assert zarr.open_like(z, "a/b", store=store).path == "a/b"


@pytest.mark.parametrize("source", [2, 3])
def test_open_like_opens_either_format_and_makes_the_settings(source):
    z = zarr.zeros(4, dtype="i2", zarr_format=source)
    for there in (2, 3):
        store = zarr.storage.MemoryStore()
        zarr.ones(4, dtype="i2", store=store, path="x", zarr_format=there)
        opened = zarr.open_like(z, "x", store=store)
        assert (opened.metadata.zarr_format, opened[0]) == (there, 1)
    assert zarr.open_like(z, "x", store={}).metadata.zarr_format == 3
    assert zarr.open_like(z, "x", store={}, zarr_format=2).metadata.zarr_format == 2
    with zarr.config.set({"default_zarr_format": 2}):
        assert zarr.open_like(z, "x", store={}).metadata.zarr_format == 2


def test_create_takes_elements_and_not_their_data_type():
    data = np.arange(3, dtype="i1")
    made = zarr.create((3,), data=data)
    assert made.dtype == "f8"
    np.testing.assert_array_equal(made[...], data)
    assert zarr.create((3,), data=data, dtype="i2").dtype == "i2"
    assert asyncio.run(asynchronous.create((3,), data=data)).dtype == "f8"
    assert zarr.create_array(store={}, data=data).dtype == zarr.array(data).dtype == "i1"


def test_modules_are_pickled_by_name():
    assert pickle.loads(pickle.dumps(zarr.storage)) is zarr.storage


def test_the_default_compressor_is_used_once_it_is_set(monkeypatch):
    assert zarr.zeros(4).metadata.zarr_format == 3
    monkeypatch.setattr(zarr.storage, "default_compressor", Zstd(level=3))
    assert zarr.zeros(4).compressor == Zstd(level=3)
    assert zarr.zeros(4).metadata.zarr_format == 2
    assert zarr.zeros(4, zarr_format=3).compressor == Zstd(level=3)
    assert zarr.create_array(shape=4, chunks=2, shards=4).compressor == Zstd(level=3)
    assert zarr.create_group(zarr_format=3).zeros("x", shape=4).compressor == Zstd(level=3)
    assert zarr.zeros(4, compressor=None).compressor is None
    assert zarr.create_array(shape=4, compressors=[]).compressor is None
    monkeypatch.setattr(zarr.storage, "default_compressor", None)
    assert zarr.zeros(4).compressor is None
    with pytest.raises(TypeError, match="default_compressor: expected a codec"):
        zarr.storage.default_compressor = "zstd"
    assert zarr.zeros(4).compressor is None


def test_debug_info_names_the_versions(capsys):
    zarr.print_debug_info()
    text = capsys.readouterr().out
    assert f"zarrust: {zarr.__version__}" in text
    assert f"numpy: {np.__version__}" in text


def test_the_log_has_a_level_and_a_form():
    import logging

    logger = logging.getLogger("zarr")
    former = logger.level, list(logger.handlers)
    try:
        zarr.set_log_level("DEBUG")
        zarr.set_format("%(message)s!")
        assert logger.level == logging.DEBUG
        assert logger.handlers[0].formatter._fmt == "%(message)s!"
        with pytest.raises(ValueError):
            zarr.set_log_level("LOUD")
    finally:
        logger.setLevel(former[0])
        logger.handlers[:] = former[1]


@pytest.mark.parametrize("separator", [".", "/"])
def test_from_array_keeps_the_separator_within_format_2(tmp_path, separator):
    source = zarr.create_array(data=np.arange(4), chunks=(2,), zarr_format=2, dimension_separator=separator)
    assert zarr.from_array(tmp_path / "a", data=source).metadata.dimension_separator == separator
    other = zarr.from_array(tmp_path / "b", data=source, chunk_key_encoding={"name": "v2", "separator": "."})
    assert other.metadata.dimension_separator == "."
    assert zarr.from_array(tmp_path / "c", data=source, zarr_format=3).metadata.chunk_key_encoding.separator == "/"


def test_from_array_keeps_what_is_not_given():
    source = zarr.create_array(data=np.arange(8), chunks=(2,), shards=(4,), fill_value=3, attributes={"u": 1})
    kept = zarr.from_array({}, data=source)
    assert kept.metadata == source.metadata
    assert zarr.from_array({}, data=source, shards=None).shards is None
    assert zarr.from_array({}, data=source, compressors=None).compressors == ()
    assert zarr.from_array({}, data=source, chunks=(4,), shards=None).chunks == (4,)
    other = zarr.from_array({}, data=source, zarr_format=2, shards=None, attributes={})
    assert (other.metadata.zarr_format, dict(other.attrs)) == (2, {})
    np.testing.assert_array_equal(other[:], np.arange(8))
    assert zarr.from_array({}, data=source, write_data=False).nchunks_initialized == 0


def test_likes_keep_the_chunks_at_another_shape_and_empty_ones_the_fill_value():
    a = zarr.create_array(shape=(11, 12), chunks=(11, 12), dtype="u1", fill_value=100)
    b = zarr.empty_like(a, shape=(10, 10))
    assert (b.shape, b.chunks, b[0, 0]) == ((10, 10), (11, 12), 100)
    assert zarr.zeros_like(a, shape=(4,)).chunks == (4,)


def test_a_text_among_the_arrays_to_save_is_refused():
    with pytest.raises(TypeError, match="'mode' is a str"):
        zarr.save({}, np.arange(3), mode="w")


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_saved_arrays_replace_what_was_there(zarr_format, awaited):
    store = zarr.storage.MemoryStore()
    save = (lambda *given, **arrays: asyncio.run(asynchronous.save(*given, **arrays))) if awaited else zarr.save
    below = zarr.group(store).create_group("a/b", attributes={"k": 1})
    before = store["zarr.json"]
    save(store, path="a", x=np.arange(3), y=np.arange(2), zarr_format=zarr_format)
    assert set(zarr.load(store, path="a")) == {"x", "y"}
    with pytest.raises(zarr.errors.NodeNotFoundError):
        zarr.open(below.store_path, mode="r")
    save(store, np.arange(4), path="a")
    save(store, np.arange(5), np.arange(6), path="a")
    assert set(zarr.load(store, path="a")) == {"arr_0", "arr_1"}
    assert store["zarr.json"] == before


@pytest.mark.parametrize("awaited", [False, True])
def test_of_arrays_of_which_one_cannot_be_stored_none_is_changed(awaited):
    store = zarr.storage.MemoryStore()
    zarr.save_group(store, a=np.arange(3))
    unstorable = {"a": np.zeros(5), "b": np.array([object()], dtype=object)}
    save = (lambda *given, **arrays: asyncio.run(asynchronous.save_group(*given, **arrays))) if awaited else zarr.save
    with pytest.raises(ValueError, match="object"):
        save(store, **unstorable)
    np.testing.assert_array_equal(zarr.load(store)["a"], np.arange(3))


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(
        MetadataValidationError, match=r"Invalid value for 'zarr_format'. Expected 2, 3, or None. Got '3.0'"
    ):
        zarr.open_group(zarr_format="3.0")


def test_the_creating_methods_of_zarr_python_3_0_work_and_warn():
    with pytest.warns(ZarrDeprecationWarning, match="create_array"):
        assert zarr.Array.create({}, shape=(2,), dtype="i4").shape == (2,)
    with pytest.warns(ZarrDeprecationWarning, match="create_array"):
        made = asyncio.run(zarr.AsyncArray.create({}, shape=(2,), dtype="i4"))
    assert made.shape == (2,)


@pytest.mark.parametrize("mode", ["w-", "x"])
def test_create_spares_what_is_there_in_a_mode_that_says_so(mode: str):
    store = {}
    zarr.create(shape=2, store=store, mode=mode, dtype="i4")[:] = 7
    with pytest.raises(FileExistsError, match="array exists"):
        zarr.create(shape=3, store=store, mode=mode, overwrite=True)
    assert zarr.open_array(store, mode="r")[:].tolist() == [7, 7]


@pytest.mark.parametrize("mode", ["r", "q"])
def test_create_refuses_modes_that_create_nothing(mode: str):
    store = {}
    with pytest.raises(ValueError, match="mode"):
        zarr.create(shape=2, store=store, mode=mode)
    assert not store
