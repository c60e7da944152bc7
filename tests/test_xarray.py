"""xarray on our backend; zarr-python's own backend of xarray is the judge."""

import asyncio
import json
import pickle
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import zarrust as zarr
from counting import CountingStore
from programs import run
from zarrust.xarray import ZarrustBackendEntrypoint

ENGINE = ZarrustBackendEntrypoint
FORMATS = pytest.mark.parametrize("zarr_format", [2, 3])


def dataset() -> xr.Dataset:
    random = np.random.default_rng(7)
    temperature = random.standard_normal((6, 4, 5)).astype("f4")
    temperature[2, 1] = np.nan
    return xr.Dataset(
        {
            "temperature": (("time", "y", "x"), temperature, {"units": "K", "valid_range": [200.0, 330.0]}),
            "packed": (("time", "x"), random.integers(0, 100, (6, 5)).astype("f8") / 4, {"standard_name": "snow"}),
            "flag": (("y", "x"), random.integers(0, 2, (4, 5)).astype(bool)),
            "count": ((), np.int16(3)),
        },
        coords={
            "time": np.array("2024-02-27", "M8[ns]") + np.arange(6) * np.timedelta64(1, "D"),
            "y": np.linspace(50, 47, 4),
            "lag": ("time", (np.arange(6) * np.timedelta64(90, "m")).astype("m8[ns]")),
        },
        attrs={"title": "weather", "history": "made"},
    )


def write(path, zarr_format, data=None, **kwargs):
    data = dataset() if data is None else data
    encoding = {"packed": {"dtype": "i2", "scale_factor": 0.25, "add_offset": 1.0, "_FillValue": -1}}
    encoding["temperature"] = {"chunks": (2, 3, 5)}
    options = {"encoding": {k: v for k, v in encoding.items() if k in data}, "zarr_format": zarr_format} | kwargs
    if zarr_format == 3:
        options.setdefault("consolidated", False)
    data.to_zarr(path, **options)
    return str(path)


def counting(path):
    """Return a store that counts, with what a folder holds."""
    return CountingStore(
        {str(file.relative_to(path)): file.read_bytes() for file in Path(path).rglob("*") if file.is_file()}
    )


@FORMATS
@pytest.mark.parametrize("mask_and_scale", [True, False])
def test_a_dataset_reads_as_with_zarr_python(tmp_path, zarr_format, mask_and_scale):
    path = write(tmp_path / "a.zarr", zarr_format)
    theirs = xr.open_dataset(
        path, engine="zarr", mask_and_scale=mask_and_scale, decode_timedelta=True, consolidated=False
    )
    ours = xr.open_dataset(path, engine=ENGINE, mask_and_scale=mask_and_scale, decode_timedelta=True)
    xr.testing.assert_identical(ours, theirs)
    for name, variable in theirs.variables.items():
        same = ("chunks", "preferred_chunks", "shards", "dtype", "_FillValue", "scale_factor", "units", "calendar")
        for key in same:
            np.testing.assert_equal(ours[name].encoding.get(key), variable.encoding.get(key), f"{name} {key}")


@FORMATS
def test_selections_read_as_with_zarr_python(tmp_path, zarr_format):
    path = write(tmp_path / "a.zarr", zarr_format)
    with (
        xr.open_dataset(path, engine="zarr", consolidated=False) as theirs,
        xr.open_dataset(path, engine=ENGINE) as ours,
    ):
        points = xr.DataArray([0, 3, 1], dims="p")
        square = xr.DataArray([[0, 3], [2, 2]], dims=("p", "q"))
        for selection in (
            {"time": 2},
            {"time": slice(None, None, -2), "x": -1},
            {"y": [3, 0, 0], "x": [1, 4]},
            {"y": points, "x": points},
            {"time": square, "y": square.T.rename(p="q", q="p")},
            {"time": points, "x": slice(1, 4)},
            {"time": [], "y": slice(2, 2)},
        ):
            xr.testing.assert_identical(ours.isel(selection).load(), theirs.isel(selection).load())
        xr.testing.assert_identical(
            ours.isel(time=points).isel(x=points)["temperature"], theirs.isel(time=points).isel(x=points)["temperature"]
        )
        xr.testing.assert_identical(ours.sel(time="2024-03", y=48), theirs.sel(time="2024-03", y=48))


def test_opening_reads_no_chunk_and_a_selection_reads_its_own(tmp_path):
    path = write(tmp_path / "a.zarr", 3)
    store = counting(path)
    ds = xr.open_dataset(store, engine=ENGINE, decode_times=False, drop_variables=["lag", "time", "y"])["temperature"]
    store.gets.clear()
    ds.isel(time=slice(2, 4), y=0).load()
    assert list(store.gets) == ["temperature/c/1/0/0"]


def test_consolidated_metadata_is_read_once_and_asked_for_by_name(tmp_path):
    plain = write(tmp_path / "plain.zarr", 2, consolidated=False)
    with pytest.raises(ValueError, match="onsolidated"):
        xr.open_dataset(plain, engine=ENGINE, consolidated=True)
    path = write(tmp_path / "a.zarr", 2, consolidated=True)
    store = counting(path)
    for consolidated in (None, True):
        store.gets.clear()
        xr.open_dataset(store, engine=ENGINE, consolidated=consolidated, decode_times=False)
        assert not [key for key in store.gets if key.endswith((".zarray", ".zattrs")) and "/" in key]
    store.gets.clear()
    xr.open_dataset(store, engine=ENGINE, consolidated=False, decode_times=False)
    assert "temperature/.zarray" in store.gets


def test_nothing_there_is_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        xr.open_dataset(str(tmp_path / "none.zarr"), engine=ENGINE)
    path = write(tmp_path / "a.zarr", 3)
    with pytest.raises(FileNotFoundError, match="nothing"):
        xr.open_dataset(path, engine=ENGINE, group="nothing/here")
    with pytest.raises(FileNotFoundError, match="temperature' is an array"):
        xr.open_dataset(path, engine=ENGINE, group="temperature")


@FORMATS
def test_groups_are_datasets_and_a_hierarchy_is_a_tree(tmp_path, zarr_format):
    data = dataset()
    tree = xr.DataTree.from_dict({"/": data[["flag"]], "/a": data[["temperature"]], "/a/b": data[["packed"]]})
    path = tmp_path / "tree.zarr"
    tree.to_zarr(path, zarr_format=zarr_format, consolidated=zarr_format == 2)
    ours = xr.open_datatree(path, engine=ENGINE)
    xr.testing.assert_identical(ours, xr.open_datatree(path, engine="zarr", consolidated=False))
    part = xr.open_datatree(path, engine=ENGINE, group="a")
    xr.testing.assert_identical(part.to_dataset(), xr.open_dataset(path, engine=ENGINE, group="/a"))
    assert list(part.children) == ["b"]
    assert sorted(xr.open_groups(path, engine=ENGINE)) == ["/", "/a", "/a/b"]
    part.close()
    ours.close()


def test_a_group_a_store_and_a_mapping_are_opened_as_they_are():
    store = zarr.storage.MemoryStore()
    group = zarr.open_group(store, mode="w")
    group.create_array("t", data=np.arange(4), dimension_names=("x",))
    for given in (group, store, zarr.storage.StorePath(store)):
        with xr.open_dataset(given, engine=ENGINE) as opened:
            assert opened.t.sum() == 6
    assert group["t"][1] == 1


def test_dask_reads_chunks_in_threads_and_processes(tmp_path):
    path = write(tmp_path / "a.zarr", 3)
    lazy = xr.open_dataset(path, engine=ENGINE, chunks={})
    assert lazy.temperature.chunks == ((2, 2, 2), (3, 1), (5,))
    expected = dataset()
    for scheduler in ("threads", "synchronous"):
        xr.testing.assert_allclose(lazy.mean("time").compute(scheduler=scheduler), expected.mean("time"))
    again = pickle.loads(pickle.dumps(lazy))
    xr.testing.assert_allclose(again.temperature.load(), expected.temperature)
    plain = xr.open_dataset(path, engine=ENGINE)
    assert len(pickle.dumps(plain.temperature.variable._data)) < 10_000
    code = "import sys, pickle; print(float(pickle.load(sys.stdin.buffer).temperature.sum()))"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(plain), capture_output=True, check=True)
    assert float(done.stdout) == pytest.approx(float(expected.temperature.sum()), rel=1e-5)


@pytest.mark.parametrize(
    ("shape", "stored", "chunks", "shards", "dask_chunks"),
    [
        ((6, 20), {"chunks": [2, [5, 10, 5]]}, (2, (5, 10, 5)), None, ((2, 2, 2), (5, 10, 5))),
        ((0, 20), {"chunks": [[2], [5, 10, 5]]}, (2, (5, 10, 5)), None, ((0,), (5, 10, 5))),
        ((6, 8), {"chunks": (1, 2), "shards": [6, [2, 6]]}, (1, 2), (6, (2, 6)), ((1,) * 6, (2,) * 4)),
    ],
    ids=["one axis", "an empty axis", "shards"],
)
def test_uneven_chunks_are_those_of_dask(shape, stored, chunks, shards, dask_chunks):
    with zarr.config.set({"array.rectilinear_chunks": True}):
        group = zarr.open_group({}, mode="w")
        z = group.create_array("t", shape=shape, dtype="f4", dimension_names=("y", "x"), **stored)
        z[...] = np.arange(z.size).reshape(shape)
        lazy = xr.open_dataset(group.store, engine=ENGINE, chunks={})
        assert (lazy.t.encoding["chunks"], lazy.t.encoding["shards"]) == (chunks, shards)
        assert lazy.t.encoding["preferred_chunks"] == dict(zip(("y", "x"), chunks))
        assert lazy.t.chunks == dask_chunks
        np.testing.assert_array_equal(lazy.t.values, z[...])
        np.testing.assert_array_equal(
            xr.open_dataset(group.store, engine=ENGINE).t[::2, [7, 0]].values, z.oindex[::2, [7, 0]]
        )


def test_several_stores_are_one_dataset(tmp_path):
    whole = dataset().drop_vars("count")
    paths = [
        write(tmp_path / f"{i}.zarr", i, whole.isel(time=part)) for i, part in ((2, slice(0, 4)), (3, slice(4, 6)))
    ]
    options = {"data_vars": "minimal", "coords": "minimal", "compat": "override", "decode_timedelta": True}
    with xr.open_mfdataset(paths, engine=ENGINE, combine="nested", concat_dim="time", **options) as ours:
        xr.testing.assert_allclose(ours.temperature.compute(), whole.temperature)


def test_an_array_without_names_of_axes_says_so_and_can_be_left_out():
    store = zarr.storage.MemoryStore()
    group = zarr.open_group(store, mode="w")
    group.create_array("good", data=np.arange(4), dimension_names=("x",))
    group.create_array("bad", data=np.arange(4))
    with pytest.raises(KeyError, match=r"bad.*dimension_names"):
        xr.open_dataset(store, engine=ENGINE)
    assert list(xr.open_dataset(store, engine=ENGINE, drop_variables="bad")) == ["good"]


@pytest.mark.parametrize(
    ("attribute", "field"), [("_nczarr_array", "dimension_references"), ("_NCZARR_ARRAY", "dimrefs")]
)
def test_netcdfs_own_names_of_axes_are_understood(attribute, field):
    store = zarr.storage.MemoryStore()
    group = zarr.open_group(store, mode="w", zarr_format=2, attributes={"_nczarr_group": {}, "title": "t"})
    array = group.create_array("a", data=np.arange(6).reshape(2, 3), attributes={"units": "m"})
    entry = {field: ["/lat", "/g/lon"]}
    if attribute == "_nczarr_array":
        array.attrs[attribute] = entry
    else:
        store["a/.zarray"] = json.dumps(json.loads(bytes(store["a/.zarray"])) | {attribute: entry}).encode()
    ds = xr.open_dataset(store, engine=ENGINE)
    assert ds.a.dims == ("lat", "lon")
    assert ds.a.attrs == {"units": "m"}
    assert ds.attrs == {"title": "t"}


def test_fill_values_mean_missing_in_format_2_and_where_asked():
    for zarr_format, masked in ((2, True), (3, False)):
        store = zarr.storage.MemoryStore()
        group = zarr.open_group(store, mode="w", zarr_format=zarr_format)
        names = {"dimension_names": ("x",)} if zarr_format == 3 else {"attributes": {"_ARRAY_DIMENSIONS": ["x"]}}
        group.create_array("a", data=np.array([1, -9], dtype="i2"), fill_value=-9, **names)
        assert np.isnan(xr.open_dataset(store, engine=ENGINE).a.values[1]) == masked
        other = xr.open_dataset(store, engine=ENGINE, use_zarr_fill_value_as_mask=not masked)
        assert np.isnan(other.a.values[1]) != masked


@pytest.mark.parametrize("value", ["NaN", 9.0, "AAAAAAAAIkA="])
def test_fill_values_of_other_writers_are_numbers_too(value):
    store = zarr.storage.MemoryStore()
    group = zarr.open_group(store, mode="w")
    attributes = {"_FillValue": value}
    group.create_array("a", data=np.array([1.0, 9.0]), dimension_names=("x",), attributes=attributes)
    assert np.isnan(xr.open_dataset(store, engine=ENGINE).a.values[1]) == (value != "NaN")


async def read_all(ds):
    return await ds.load_async()


def test_a_dataset_loads_in_an_event_loop(tmp_path):
    path = write(tmp_path / "a.zarr", 3)
    loaded = asyncio.run(read_all(xr.open_dataset(path, engine=ENGINE, decode_timedelta=True)))
    xr.testing.assert_allclose(loaded, dataset())


def test_what_was_read_is_written_again_by_zarr_python(tmp_path):
    for zarr_format in (2, 3):
        path = write(tmp_path / f"a{zarr_format}.zarr", zarr_format)
        ours = xr.open_dataset(path, engine=ENGINE, decode_timedelta=True)
        again = tmp_path / f"b{zarr_format}.zarr"
        ours.to_zarr(again, zarr_format=zarr_format, consolidated=False)
        xr.testing.assert_identical(xr.open_dataset(again, engine=ENGINE, decode_timedelta=True), ours)


def test_the_entry_point_names_the_backend_and_it_knows_its_files():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    value = project["entry-points"]["xarray.backends"]["zarrust"]
    backend = EntryPoint("zarrust", value, "xarray.backends").load()
    assert backend is ENGINE
    assert backend().guess_can_open("s3://bucket/a.zarr/")
    assert backend().guess_can_open(Path("a.zarr.zip"))
    assert not backend().guess_can_open("a.nc")
    assert not backend().guess_can_open(b"")


def test_zarr_python_is_not_needed(tmp_path):
    path = write(tmp_path / "a.zarr", 3)
    run(
        f"""
        import sys
        sys.modules["zarr"] = None
        import xarray as xr
        from zarrust.xarray import ZarrustBackendEntrypoint
        assert xr.open_dataset({path!r}, engine=ZarrustBackendEntrypoint).temperature.shape == (6, 4, 5)
        """
    )


def test_the_stand_in_for_zarr_writes_appends_and_fills_regions(tmp_path):
    output = run(
        """
        import sys, warnings
        warnings.simplefilter("error")
        # Format 3 has no consolidated metadata in its specification; xarray asks for it all the same.
        warnings.filterwarnings("ignore", "Consolidated metadata is currently not part")
        import zarrust.as_zarr
        import numpy as np, xarray as xr
        path, folder = sys.argv[1:]
        sys.path.append(folder)
        from test_xarray import ENGINE, dataset

        for zarr_format in (2, 3):
            for names in (["temperature", "packed", "flag", "count"], ["name"]):
                data = dataset().assign(name=("x", np.array(list("abcde"))))[names].drop_vars("lag", errors="ignore")
                data.to_zarr(path, zarr_format=zarr_format, mode="w", consolidated=True)
                for consolidated in (True, False):
                    xr.testing.assert_identical(xr.open_zarr(path, consolidated=consolidated).load(), data)
                xr.testing.assert_identical(xr.open_dataset(path, engine=ENGINE).load(), data)
        data = dataset()[["temperature"]].drop_vars("lag")
        data.isel(time=slice(0, 4)).to_zarr(path, mode="w")
        (data.isel(time=slice(4, 6)) * 0).to_zarr(path, append_dim="time")
        data.isel(time=slice(4, 6)).drop_vars("y").to_zarr(path, region={"time": slice(4, 6)})
        xr.testing.assert_identical(xr.open_zarr(path).load(), data)
        shards = {"temperature": {"shards": (6, 4, 5), "chunks": (2, 2, 5)}}
        data.chunk(time=6).to_zarr(path, encoding=shards, mode="w")
        xr.testing.assert_identical(xr.open_zarr(path).load(), data)
        tree = xr.DataTree.from_dict({"/": dataset()[["flag"]], "/a": data})
        tree.to_zarr(path, mode="w")
        xr.testing.assert_identical(xr.open_datatree(path, engine="zarr").load(), tree)
        import zarr
        print(zarr.Array.__module__)
        """,
        tmp_path / "a.zarr",
        Path(__file__).parent,
    )
    assert output.strip() == "zarrust.array"
