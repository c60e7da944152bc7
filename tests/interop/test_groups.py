"""Groups, attributes and consolidated metadata between zarr-python and this package."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import zarr as zarr_python

import zarrust


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_zarr_python_reads_our_groups_attributes_and_consolidated_metadata(zarr_format: int, tmp_path: Path):
    root = zarrust.open_group(tmp_path, mode="w", zarr_format=zarr_format, attributes={"title": "é", "n": 3})
    child = root.create_group("a/b", attributes={"deep": [1, {"x": None}]})
    child.create_array(name="values", shape=(3,), dtype="i4", attributes={"units": "m"})[...] = [1, 2, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # format 3 has no consolidated metadata yet, and zarr-python says so each time
        zarrust.consolidate_metadata(tmp_path, zarr_format=zarr_format)
    found = zarr_python.open_group(tmp_path, mode="r", use_consolidated=True)
    assert dict(found.attrs) == {"title": "é", "n": 3}
    assert dict(found["a/b"].attrs) == {"deep": [1, {"x": None}]}
    assert dict(found["a/b/values"].attrs) == {"units": "m"}
    assert np.array_equal(found["a/b/values"][...], [1, 2, 3])
    assert sorted(name for name, _ in found.members(max_depth=None)) == ["a", "a/b", "a/b/values"]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_zarr_reads_consolidated_metadata_that_we_kept_true(tmp_path, zarr_format):
    root = zarrust.create_group(tmp_path, zarr_format=zarr_format)
    root.create_array("a/x", shape=(4,), dtype="i4")
    zarrust.consolidate_metadata(tmp_path)
    known = zarrust.open_consolidated(tmp_path)
    known.create_array("b/new", data=[1, 2, 3])
    known["a/x"].resize(6)
    known["a"].attrs["k"] = 1
    known.move("a", "moved")
    theirs = zarr_python.open_consolidated(str(tmp_path))
    assert sorted(path for path, _ in theirs.members(None)) == ["b", "b/new", "moved", "moved/x"]
    assert theirs["moved/x"].shape == (6,)
    assert theirs["moved"].attrs["k"] == 1
    assert theirs["b/new"][:].tolist() == [1, 2, 3]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_we_read_groups_attributes_and_consolidated_metadata_of_zarr_python(zarr_format: int, tmp_path: Path):
    root = zarr_python.open_group(tmp_path, mode="w", zarr_format=zarr_format, attributes={"title": "é", "n": 3})
    root.create_group("a/b").create_array(name="values", shape=(3,), dtype="i4", attributes={"units": "m"})[...] = [
        1,
        2,
        3,
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr_python.consolidate_metadata(tmp_path, zarr_format=zarr_format)
    for consolidated in (True, False):
        found = zarrust.open_group(tmp_path, mode="r", use_consolidated=consolidated)
        assert found.attrs.asdict() == {"title": "é", "n": 3}
        assert dict(found["a/b/values"].attrs) == {"units": "m"}
        assert np.array_equal(found["a"]["b/values"][...], [1, 2, 3])
        assert sorted(name for name, _ in found.members(max_depth=None)) == ["a", "a/b", "a/b/values"]
