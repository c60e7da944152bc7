"""After ``import zarrust.as_zarr``, ``import zarr`` is zarrust. Each test is a process: the name stays taken."""

from __future__ import annotations

import pytest

from programs import run


def test_both_names_mean_the_same_modules_and_classes():
    run("""
        import zarrust.as_zarr
        import sys
        assert [name for name in sys.modules if name.partition(".")[0] == "zarr"] == ["zarr"]
        import zarr
        import zarr.core.array
        from zarr.core.group import Group
        from zarr.storage import MemoryStore
        from zarr.errors import ContainsArrayError
        import zarrust
        import zarrust.core.array
        assert zarr.core.array is zarrust.core.array
        assert zarr.core.array.__spec__.name == "zarrust.core.array"
        assert zarr.Array is zarrust.Array and Group is zarrust.Group and MemoryStore is zarrust.storage.MemoryStore
        assert zarr.storage is zarrust.storage and sys.modules["zarr.storage"] is zarrust.storage
        assert ContainsArrayError is zarrust.errors.ContainsArrayError
        assert zarr.__all__ == zarrust.__all__ and set(dir(zarr)) >= set(zarr.__all__)
        exec("from zarr import *")
        z = zarr.create_array({}, data=[1, 2, 3])
        assert isinstance(z, zarrust.Array) and z[:].tolist() == [1, 2, 3]
    """)


def test_the_version_is_that_of_the_zarr_python_whose_api_this_is():
    run("""
        import zarrust.as_zarr
        import importlib.metadata, importlib.util
        assert importlib.util.find_spec("zarr") is not None
        import zarr, zarrust
        assert zarr.__version__ == importlib.metadata.version("zarr") == zarrust.as_zarr.ZARR_PYTHON_VERSION == "3.4.2"
        assert zarrust.__version__ != zarr.__version__
        assert importlib.metadata.version("numpy")
    """)


def test_functions_are_not_hidden_by_the_modules_behind_them():
    run("""
        import zarrust.as_zarr
        import zarr
        for name in ("array", "group", "config", "tree"):
            before = getattr(zarr, name)
            try:
                __import__(f"zarr.{name}")
            except ModuleNotFoundError as error:
                assert error.name == f"zarr.{name}", error
            assert getattr(zarr, name) is before, name
        try:
            import zarr.nothing_like_this
        except ModuleNotFoundError as error:
            assert error.name == "zarr.nothing_like_this"
    """)


def test_a_patch_of_zarr_is_a_patch_of_zarrust():
    run("""
        import zarrust.as_zarr
        from unittest import mock
        import zarr, zarrust
        with mock.patch("zarr.open", "patched"):
            assert zarrust.open == "patched"
        assert callable(zarr.open) and zarr.open is zarrust.open
        with zarr.config.set({"array.order": "F"}):
            assert zarrust.config.get("array.order") == "F"
    """)


def test_a_loaded_zarr_python_is_named_and_refused():
    pytest.importorskip("zarr", reason="what is refused is zarr-python")
    run("""
        import zarr
        try:
            import zarrust.as_zarr
        except ImportError as error:
            assert zarr.__version__ in str(error) and zarr.__file__ in str(error) and "before" in str(error), error
        else:
            raise AssertionError("not refused")
        import sys
        assert sys.modules["zarr"] is zarr
    """)


def test_a_finder_that_comes_first_later_does_not_bring_zarr_python_back(tmp_path):
    (tmp_path / "zarr").mkdir()
    for name in ("__init__.py", "testing.py"):
        (tmp_path / "zarr" / name).write_text("raise ValueError('not the stand-in')")
    run(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import zarrust.as_zarr
        from importlib.machinery import PathFinder
        sys.meta_path.insert(0, PathFinder)
        import zarr, zarrust
        import zarr.testing
        assert zarr.Array is zarrust.Array and zarr.testing is zarrust.testing
        """,
        tmp_path,
    )


def test_saying_it_twice_changes_nothing():
    run("""
        import zarrust.as_zarr
        import importlib, sys
        import zarr
        count = len(sys.meta_path)
        importlib.reload(zarrust.as_zarr)
        assert len(sys.meta_path) == count and sys.modules["zarr"] is zarr
    """)


def test_the_environment_and_the_logger_keep_their_names(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZARR_ARRAY__ORDER", "F")
    run("""
        import zarrust.as_zarr
        import logging
        import zarr
        assert zarr.config.get("array.order") == "F"
        zarr.set_log_level("ERROR")
        assert logging.getLogger("zarr").level == logging.ERROR
    """)


PREAMBLE = """
import sys, warnings
import zarrust.as_zarr
import numpy as np, pandas, xarray as xr, zarr
warnings.simplefilter("error")
warnings.filterwarnings("ignore", "Consolidated metadata is currently not part")
warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
path = sys.argv[1]
values = np.arange(24, dtype="f4").reshape(4, 6)
ds = xr.Dataset(
    {"t": (("time", "x"), values, {"units": "K"})},
    coords={"time": np.arange(4), "x": np.linspace(0, 1, 6)},
    attrs={"title": "test"},
)
"""


@pytest.fixture
def xarray() -> None:
    pytest.importorskip("xarray", reason="what is tested is xarray on zarrust")


@pytest.mark.usefixtures("xarray")
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_xarray_writes_and_reads_a_dataset(tmp_path, zarr_format):
    program = """
ds.to_zarr(path, zarr_format=int(sys.argv[2]))
assert isinstance(zarr.open_group(path)["t"], zarrust.Array)
assert zarr.open_group(path).metadata.consolidated_metadata is not None
with xr.open_zarr(path) as again:
    xr.testing.assert_identical(again.load(), ds)
with xr.open_zarr(path, consolidated=False, chunks=None) as again:
    xr.testing.assert_identical(again.isel(x=[0, 3, 5], time=2).load(), ds.isel(x=[0, 3, 5], time=2))
with xr.open_dataset(path, engine="zarr") as again:
    xr.testing.assert_identical(again.isel(x=slice(None, None, 2)).load(), ds.isel(x=slice(None, None, 2)))
"""
    run(PREAMBLE + program, tmp_path / "a.zarr", zarr_format)


@pytest.mark.usefixtures("xarray")
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_xarray_appends_and_writes_regions(tmp_path, zarr_format):
    program = """
ds.to_zarr(path, zarr_format=int(sys.argv[2]), encoding={"t": {"chunks": (2, 3)}})
more = ds.assign_coords(time=ds.time + 4) * 2
more.to_zarr(path, append_dim="time")
whole = xr.concat([ds, more], "time", combine_attrs="override")
with xr.open_zarr(path) as again:
    xr.testing.assert_equal(again.load(), whole)
part = (ds * 10).isel(time=slice(2, 4)).drop_vars(["x", "time"])
part.to_zarr(path, region={"time": slice(2, 4)})
(ds * 100).isel(time=slice(0, 2)).to_zarr(path, region="auto")
with xr.open_zarr(path) as again:
    expected = np.concatenate([values[:2] * 100, values[2:] * 10, values * 2])
    np.testing.assert_array_equal(again["t"].values, expected)
ds.to_zarr(path, mode="w", consolidated=False)
ds.assign(u=ds["t"] + 1)[["u"]].to_zarr(path, mode="a", consolidated=False)
with xr.open_zarr(path, consolidated=False) as again:
    assert set(again.data_vars) == {"t", "u"}
"""
    run(PREAMBLE + program, tmp_path / "a.zarr", zarr_format)


@pytest.mark.usefixtures("xarray")
def test_xarray_writes_groups_with_a_codec_and_into_memory(tmp_path):
    program = """
tree = xr.DataTree.from_dict({"/": ds, "/fine": ds * 2})
tree.to_zarr(path)
with xr.open_datatree(path, engine="zarr") as again:
    xr.testing.assert_identical(again.load(), tree)
store = zarr.storage.MemoryStore()
codec = zarr.codecs.BloscCodec(cname="lz4", shuffle="shuffle")
ds.to_zarr(store, group="a/b", encoding={"t": {"compressors": codec, "chunks": (2, 6), "shards": (4, 6)}})
array = zarr.open_array(store, path="a/b/t")
assert array.shards == (4, 6) and array.compressors[0].cname in ("lz4", codec.cname)
with xr.open_zarr(store, group="a/b") as again:
    xr.testing.assert_identical(again.load(), ds)
"""
    run(PREAMBLE + program, tmp_path / "a.zarr")


@pytest.mark.usefixtures("xarray")
def test_dask_reads_and_writes(tmp_path):
    pytest.importorskip("dask.array", reason="what is tested is dask on zarrust")
    program = """
import dask.array as da
z = zarr.create_array(path + "/a", data=values, chunks=(2, 3))
lazy = da.from_zarr(path + "/a")
assert lazy.chunks == ((2, 2), (3, 3))
np.testing.assert_array_equal((lazy + 1).compute(), values + 1)
np.testing.assert_array_equal(da.from_zarr(z).sum().compute(), values.sum())
(lazy * 2).to_zarr(path + "/b")
np.testing.assert_array_equal(zarr.open_array(path + "/b")[:], values * 2)
target = zarr.zeros((4, 6), dtype="f4", store=path + "/c", chunks=(2, 3))
da.store(lazy, target, lock=False)
np.testing.assert_array_equal(target[:], values)
chunked = ds.chunk({"time": 2, "x": 3})
chunked.to_zarr(path + "/d")
with xr.open_zarr(path + "/d", chunks={}) as again:
    assert again["t"].chunks == ((2, 2), (3, 3))
    xr.testing.assert_identical(again.load(), ds)
delayed = chunked.to_zarr(path + "/e", compute=False)
delayed.compute()
with xr.open_zarr(path + "/e") as again:
    xr.testing.assert_identical(again.load(), ds)
"""
    run(PREAMBLE + program, tmp_path)


@pytest.mark.usefixtures("xarray")
def test_xarray_loads_by_coroutines(tmp_path):
    program = """
import asyncio
ds.to_zarr(path)
with xr.open_zarr(path, chunks=None) as again:
    loaded = asyncio.run(again.isel(x=[1, 4]).load_async())
xr.testing.assert_identical(loaded, ds.isel(x=[1, 4]))
"""
    run(PREAMBLE + program, tmp_path / "a.zarr")
