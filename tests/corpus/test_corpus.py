"""Every array of the corpus is read as its writer meant it.

``data/`` holds arrays that zarr-python 3.1.6, tensorstore, GDAL and netCDF-C wrote, each folder with a
``manifest.json``: store,
array, shape, dtype, and the sha256 of the elements in C order, each little-endian.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarrust as zarr

DATA = Path(__file__).parent / "data"


def records() -> list[tuple[str, Path, dict[str, Any]]]:
    """Every array of every manifest: its name, folder and record."""
    found = []
    for manifest in sorted(DATA.glob("*/manifest.json")):
        for record in json.loads(manifest.read_text())["arrays"]:
            node = manifest.parent / record["store"] / record["array"]
            found.append((f"{manifest.parent.name}/{record['store']}/{record['array']}", node, record))
    return found


RECORDS = records()


def canonical(values: np.ndarray) -> bytes:
    """Elements in C order, each little-endian."""
    values = np.asarray(values)
    if values.dtype.kind in "OT":  # of any length: each after its length
        raw = [value.encode() if isinstance(value, str) else value for value in values.ravel().tolist()]
        return b"".join(len(value).to_bytes(4, "little") + value for value in raw)
    if values.dtype.kind == "V" and values.dtype.type is not np.void:
        values = values.view(f"V{values.dtype.itemsize}")  # numbers of ml_dtypes, of one byte
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes("C")


@pytest.mark.parametrize(("node", "record"), [pytest.param(one[1], one[2], id=one[0]) for one in RECORDS])
def test_an_array_is_read_with_its_checksum(node: Path, record: dict[str, Any]):
    array = zarr.open_array(node, mode="r")
    values = array[...]
    assert list(np.shape(values)) == record["shape"]
    assert hashlib.sha256(canonical(values)).hexdigest() == record["sha256"]


ROOTS = sorted(
    folder
    for folder in DATA.glob("*/*.zarr")
    if ((folder / "zarr.json").exists() or (folder / ".zgroup").exists())
    and any(folder in one[1].parents for one in RECORDS)
)


@pytest.mark.parametrize("root", [pytest.param(root, id=f"{root.parent.name}/{root.name}") for root in ROOTS])
def test_an_array_is_found_from_the_group_at_the_root(root: Path):
    group = zarr.open_group(root, mode="r")
    for _, node, record in RECORDS:
        if root in node.parents:
            assert group[record["array"]].shape == tuple(record["shape"])


def test_the_corpus_is_all_there():
    assert len(RECORDS) == 141
