"""Every array of the corpus, whatever its data type and codecs, has the checksum that its manifest names."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarrust as zarr

DATA = Path(__file__).parent / "data"
ARRAYS = [
    pytest.param(manifest.parent / record["store"] / record["array"], record, id=f"{record['store']}/{record['array']}")
    for manifest in sorted(DATA.glob("*/manifest.json"))
    for record in json.loads(manifest.read_text())["arrays"]
]


def canonical(values: np.ndarray) -> bytes:
    """Elements in C order, each little-endian; those of any length each after its length as u32."""
    values = np.asarray(values)
    if values.dtype.kind in "OT":
        raw = [value.encode() if isinstance(value, str) else value for value in values.ravel().tolist()]
        return b"".join(len(value).to_bytes(4, "little") + value for value in raw)
    if values.dtype.kind == "V" and values.dtype.type is not np.void:
        values = values.view(f"V{values.dtype.itemsize}")  # numbers of ml_dtypes, of one byte
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes("C")


@pytest.mark.parametrize(("node", "record"), ARRAYS)
def test_its_elements_have_the_checksum_of_the_manifest(node: Path, record: dict[str, Any]):
    values = zarr.open_array(node, mode="r")[...]
    assert list(np.shape(values)) == record["shape"]
    assert hashlib.sha256(canonical(values)).hexdigest() == record["sha256"]


def test_the_corpus_is_all_there():
    assert len(ARRAYS) == 141
