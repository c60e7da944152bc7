"""Every array of the corpus, whatever its data type and codecs, is read as its writer meant it.

``data/`` holds arrays that zarr-python 3.1.6, tensorstore, GDAL and netCDF-C wrote, each folder with a
``manifest.json``: store, array, shape, dtype, and the sha256 of the elements as `canonical` has them.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarrust as zarr

DATA = Path(__file__).parent / "data"
ARRAYS = [
    (manifest.parent / record["store"] / record["array"], record)
    for manifest in sorted(DATA.glob("*/manifest.json"))
    for record in json.loads(manifest.read_text())["arrays"]
]
ROOTS = sorted(
    folder
    for folder in DATA.glob("*/*.zarr")
    if ((folder / "zarr.json").exists() or (folder / ".zgroup").exists())
    and any(folder in node.parents for node, _ in ARRAYS)
)


def canonical(values: np.ndarray) -> bytes:
    """Elements in C order, each little-endian; those of any length each after its length as u32."""
    values = np.asarray(values)
    if values.dtype.kind in "OT":
        raw = [value.encode() if isinstance(value, str) else value for value in values.ravel().tolist()]
        return b"".join(len(value).to_bytes(4, "little") + value for value in raw)
    if values.dtype.kind == "V" and values.dtype.type is not np.void:
        values = values.view(f"V{values.dtype.itemsize}")  # numbers of ml_dtypes, of one byte
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes("C")


@pytest.mark.parametrize(
    ("node", "record"), [pytest.param(node, record, id=str(node.relative_to(DATA))) for node, record in ARRAYS]
)
def test_an_array_has_the_checksum_of_the_manifest(node: Path, record: dict[str, Any]):
    values = zarr.open_array(node, mode="r")[...]
    assert list(np.shape(values)) == record["shape"]
    assert hashlib.sha256(canonical(values)).hexdigest() == record["sha256"]


@pytest.mark.parametrize("root", [pytest.param(root, id=str(root.relative_to(DATA))) for root in ROOTS])
def test_its_arrays_are_found_from_the_group_at_the_root(root: Path):
    group = zarr.open_group(root, mode="r")
    for node, record in ARRAYS:
        if root in node.parents:
            assert group[record["array"]].shape == tuple(record["shape"])


def test_the_corpus_is_all_there():
    assert len(ARRAYS) == 141
