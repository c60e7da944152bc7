"""Every array of the corpus that this version covers is read as its writer meant it.

``data/`` holds arrays that zarr-python 3.1.6, tensorstore, GDAL and netCDF-C wrote, each folder with a
``manifest.json``: store,
array, shape, dtype, and the sha256 of the elements in C order, each little-endian. What is covered is decided by the
metadata alone, so that a new codec or data type only changes the two tables below.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarrust as zarr

DATA = Path(__file__).parent / "data"

V3_DATA_TYPES = {
    "bool",
    *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
    *("float16", "float32", "float64", "complex64", "complex128"),
}
V3_CODECS = {"bytes", "transpose", "gzip", "zstd", "blosc", "crc32c", "sharding_indexed"}
V2_KINDS = "biufc"
V2_COMPRESSORS = {None, "zlib", "gzip", "zstd", "blosc"}
COVERED_NOW, NOT_YET = 104, 37


def codec_names(codecs: list[dict[str, Any]]) -> set[str]:
    """Names of the codecs, those inside shards included."""
    names = set()
    for codec in codecs:
        names.add(codec["name"])
        inner = codec.get("configuration", {})
        names |= codec_names(inner.get("codecs", [])) | codec_names(inner.get("index_codecs", []))
    return names


def uncovered(node: Path) -> str | None:
    """Why the array at this folder is not covered yet, or None."""
    if (node / "zarr.json").exists():
        document = json.loads((node / "zarr.json").read_text())
        if not isinstance(document["data_type"], str) or document["data_type"] not in V3_DATA_TYPES:
            return f"data type {document['data_type']}"
        others = codec_names(document["codecs"]) - V3_CODECS
        return f"codecs {sorted(others)}" if others else None
    document = json.loads((node / ".zarray").read_text())
    if not isinstance(document["dtype"], str) or document["dtype"][1] not in V2_KINDS:
        return f"data type {document['dtype']}"
    if document["filters"]:
        return f"filters {[one['id'] for one in document['filters']]}"
    compressor = document["compressor"] and document["compressor"]["id"]
    return None if compressor in V2_COMPRESSORS else f"compressor {compressor}"


def records() -> list[tuple[str, Path, dict[str, Any], str | None]]:
    """Every array of every manifest: its name, folder and record, and why it is not covered."""
    found = []
    for manifest in sorted(DATA.glob("*/manifest.json")):
        for record in json.loads(manifest.read_text())["arrays"]:
            node = manifest.parent / record["store"] / record["array"]
            name = f"{manifest.parent.name}/{record['store']}/{record['array']}"
            found.append((name, node, record, uncovered(node)))
    return found


RECORDS = records()
COVERED = [record for record in RECORDS if record[3] is None]


def canonical(values: np.ndarray) -> bytes:
    """Elements in C order, each little-endian."""
    values = np.asarray(values)
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes("C")


@pytest.mark.parametrize(("node", "record"), [pytest.param(one[1], one[2], id=one[0]) for one in COVERED])
def test_an_array_is_read_with_its_checksum(node: Path, record: dict[str, Any]):
    array = zarr.open_array(node, mode="r")
    values = array[...]
    assert list(np.shape(values)) == record["shape"]
    assert hashlib.sha256(canonical(values)).hexdigest() == record["sha256"]


ROOTS = sorted(
    folder
    for folder in DATA.glob("*/*.zarr")
    if ((folder / "zarr.json").exists() or (folder / ".zgroup").exists())
    and any(folder in one[1].parents for one in COVERED)
)


@pytest.mark.parametrize("root", [pytest.param(root, id=f"{root.parent.name}/{root.name}") for root in ROOTS])
def test_an_array_is_found_from_the_group_at_the_root(root: Path):
    group = zarr.open_group(root, mode="r")
    for _, node, record, _ in COVERED:
        if root in node.parents:
            assert group[record["array"]].shape == tuple(record["shape"])


def test_what_is_not_covered_is_known():
    """The arrays left out are those of other issues: this number only ever falls."""
    missing = {name: why for name, _, _, why in RECORDS if why is not None}
    report = "\n".join(f"{name}: {why}" for name, why in missing.items())
    assert (len(COVERED), len(missing)) == (COVERED_NOW, NOT_YET), report
