"""What zarr-python writes, zarrust reads with the same bits, whole and in parts."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import zarr as zarr_python

import zarrust
from interop.matrix import CASES, Case, canonical, write


@pytest.mark.parametrize("case", CASES, ids=str)
def test_we_read_what_zarr_python_wrote(case: Case, tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zarr-python's own, about itself
        expected = write(zarr_python, tmp_path, case)
    array = zarrust.open_array(tmp_path, mode="r")
    assert array.shape == expected.shape
    assert array.dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")
    assert canonical(array[...]) == canonical(expected)
    assert canonical(array[1:6:2, -3:]) == canonical(expected[1:6:2, -3:])
    assert canonical(array[-2]) == canonical(expected[-2])


@pytest.mark.parametrize("case", [case for case in CASES if case.dtype in ("<f4", "<i2")], ids=str)
def test_we_write_into_what_zarr_python_wrote(case: Case, tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = write(zarr_python, tmp_path, case)
    expected[2:5, 3:9] = 5
    zarrust.open_array(tmp_path, mode="r+")[2:5, 3:9] = 5
    assert canonical(zarr_python.open_array(tmp_path, mode="r")[...]) == canonical(expected)


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
