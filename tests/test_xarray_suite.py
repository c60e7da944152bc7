"""A part of xarray's own tests of its engine for zarr, with zarrust in zarr's place."""

import re
from pathlib import Path

import pytest

from programs import run

pytest.importorskip("dask.array", reason="xarray skips most of these tests without dask")
xarray = pytest.importorskip("xarray", reason="what is tested is xarray on zarrust")
FILE = Path(xarray.__file__).parent / "tests" / "test_backends.py"

PROGRAM = """
import sys
import zarrust.as_zarr
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


CHOSEN = (
    "TestInstrumentedZarrStore",  # counts requests
    "test_zarr_region",
    "test_zarr_safe_chunk_append_dim",
    "TestZarrRectilinearChunksRead",
    "test_write_empty",
    "TestZarrDictStore and (test_append or encoding_is_consistent or compressor)",
    "TestDataArrayToZarr and not ZipStore",
)


def test_xarrays_own_tests_pass(tmp_path):
    options = ["-p", "no:cacheprovider", "-p", "no:randomly", "-c", "/dev/null", "--rootdir", tmp_path, "-q"]
    options += ["-W", "ignore::pytest.PytestUnknownMarkWarning", "--basetemp", tmp_path / "made"]
    chosen = " or ".join(f"({part})" for part in CHOSEN)
    output = run(PROGRAM, FILE, *options, "-k", chosen)
    passed = re.search(r"(\d+) passed", output)
    assert passed is not None, output
    assert int(passed[1]) >= 100, output
