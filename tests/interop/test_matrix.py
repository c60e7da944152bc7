"""What this package writes, others read with the same bits, and what they write, it reads so: see `matrix`."""

import shutil
from dataclasses import fields
from pathlib import Path

import pytest

import zarrust
from interop import matrix
from interop.cases import Case, axes, canonical, cases, values, write
from interop.implementation import Implementation
from interop.in_python import ZARR_PYTHON

CASES = cases()
MEASURED = [pytest.param(one, id=one.name) for one in matrix.IMPLEMENTATIONS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("matrix")
    matrix.prepare(made, CASES)
    return made


def there(implementation: Implementation) -> None:
    if why := matrix.missing(implementation):
        pytest.skip(f"{implementation.name}: {why}")


@pytest.mark.parametrize("implementation", MEASURED)
def test_it_reads_what_we_wrote_or_says_why_not(implementation: Implementation, folder: Path):
    there(implementation)
    row = matrix.they_read_ours(implementation, folder, CASES)
    assert row.different == {}
    assert row.equal > 60


@pytest.mark.parametrize("implementation", MEASURED)
def test_we_read_what_it_wrote(implementation: Implementation, folder: Path):
    there(implementation)
    row = matrix.we_read_theirs(implementation, folder, CASES)
    assert row.different == {}
    assert row.equal > 30


def test_we_write_into_what_zarr_python_wrote(folder: Path, tmp_path: Path):
    # A copy: other tests compare with what it wrote.
    shutil.copytree(folder / "zarr-python", tmp_path / "zarr-python")
    for case, path in matrix.paths(tmp_path, "zarr-python", CASES):
        if any(limit.applies(case) for limit in ZARR_PYTHON.cannot_write):
            continue  # it wrote nothing, or something else than it was told to
        expected = values(case)
        expected[2:5, 3:9] = expected[1, 0]
        zarrust.open_array(path, mode="r+")[2:5, 3:9] = expected[1, 0]
        assert canonical(zarrust.open_array(path, mode="r")[...]) == canonical(expected), case
        found = ZARR_PYTHON.read([(case, path)])[0]
        assert canonical(found) == canonical(expected), case


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_every_value_of_every_axis_is_in_some_array(zarr_format: int):
    found = [case for case in CASES if case.zarr_format == zarr_format]
    for axis, expected in zip(fields(Case), axes(zarr_format), strict=True):
        missing = set(expected) - {getattr(case, axis.name) for case in found}
        assert missing <= {"payload"} if zarr_format == 2 else not missing


def test_a_wrong_array_and_an_unknown_error_are_different(tmp_path: Path):
    case = Case(3, "<i4", "none")
    write(zarrust, tmp_path / "ours" / "0" / "values", case)
    write(zarrust, tmp_path / "zarr-python" / "0" / "values", case)
    zarrust.open_array(tmp_path / "ours" / "0" / "values")[0, 0] += 1
    row = matrix.they_read_ours(ZARR_PYTHON, tmp_path, [case])
    assert (row.equal, row.unsupported.total(), len(row.different)) == (0, 0, 1)
    (tmp_path / "ours" / "0" / "values" / "zarr.json").write_text("{}")
    row = matrix.they_read_ours(ZARR_PYTHON, tmp_path, [case])
    assert (row.equal, row.unsupported.total(), len(row.different)) == (0, 0, 1)
