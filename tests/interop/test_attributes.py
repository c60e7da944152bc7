"""Attributes that JSON has no numbers for, and names of axes, as strict readers see them."""

from pathlib import Path

import numpy as np
import pytest
import tensorstore

import zarrust
from interop import matrix, zarrita

ATTRIBUTES = {"a": float("nan"), "b": [np.inf, -np.inf], "c": np.float32("nan"), "d": {"e": "é", "f": None}}
READ = {"a": "NaN", "b": ["Infinity", "-Infinity"], "c": "NaN", "d": {"e": "é", "f": None}}


def made(path: Path, zarr_format: int) -> Path:
    names = ["y", None] if zarr_format == 3 else None
    array = zarrust.create_array(
        path, shape=(2, 3), dtype="i4", zarr_format=zarr_format, attributes=ATTRIBUTES, dimension_names=names
    )
    array[...] = 7
    return path


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_tensorstore_opens_an_array_with_nan_among_its_attributes(tmp_path: Path, zarr_format: int):
    driver = "zarr3" if zarr_format == 3 else "zarr"
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": str(made(tmp_path / "values", zarr_format))}}
    array = tensorstore.open(spec, open=True).result()
    assert array.read().result().tolist() == [[7] * 3] * 2
    if zarr_format == 3:
        assert array.domain.labels == ("y", "")
        assert array.spec().to_json()["metadata"]["attributes"] == READ


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_zarrita_reads_attributes_and_names_of_axes(tmp_path: Path, zarr_format: int):
    if why := matrix.missing(zarrita.ZARRITA):
        pytest.skip(f"zarrita.js: {why}")
    [answer] = zarrita.run([{"path": str(made(tmp_path / "values", zarr_format)), "zarrFormat": zarr_format}])
    assert answer["attributes"] == READ
    if zarr_format == 3:
        assert answer["names"] == ["y", None]
