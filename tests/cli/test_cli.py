"""The command line: from format 2 to format 3 and back, and what it prints."""

import asyncio
import importlib
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import zarrust as zarr

needs_typer = pytest.mark.skipif(find_spec("typer") is None, reason="typer, the extra `cli`, is not installed")


@pytest.fixture
def run():
    from typer.testing import CliRunner

    cli = importlib.import_module("zarrust._cli.cli")
    return lambda *args: CliRunner().invoke(cli.app, [*map(str, args)])


@pytest.fixture
def hierarchy(tmp_path):
    """Return a folder with a group of format 2, a group and an array in it."""
    root = zarr.create_group(tmp_path / "old.zarr", zarr_format=2, attributes={"a": 1})
    root.create_group("g", attributes={"b": 2}).create_array("z", data=np.arange(6), chunks=(2,), attributes={"c": 3})
    return tmp_path / "old.zarr"


def documents(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.name.startswith((".z", "zarr.json"))
    )


V2 = [".zattrs", ".zgroup", "g/.zattrs", "g/.zgroup", "g/z/.zarray", "g/z/.zattrs"]
V3 = ["g/z/zarr.json", "g/zarr.json", "zarr.json"]


@needs_typer
def test_migrate_writes_documents_of_format_3_beside_the_others(run, hierarchy):
    assert run("migrate", "v3", hierarchy).exit_code == 0
    assert documents(hierarchy) == sorted(V2 + V3)
    new = zarr.open_group(hierarchy, mode="r", zarr_format=3)
    assert (dict(new.attrs), dict(new["g"].attrs), dict(new["g/z"].attrs)) == ({"a": 1}, {"b": 2}, {"c": 3})
    np.testing.assert_array_equal(new["g/z"][:], np.arange(6))


@needs_typer
def test_migrate_removes_the_old_documents_when_asked(run, hierarchy):
    assert run("migrate", "v3", hierarchy, "--remove-v2-metadata").exit_code == 0
    assert documents(hierarchy) == V3


@needs_typer
def test_migrate_writes_elsewhere_and_over_what_is_there_only_when_asked(run, hierarchy, tmp_path):
    target = tmp_path / "new.zarr"
    assert run("migrate", "v3", hierarchy, target).exit_code == 0
    assert (documents(hierarchy), documents(target)) == (V2, V3)
    again = run("migrate", "v3", hierarchy, target)
    assert again.exit_code == 1
    assert str(again.exception).startswith("zarr.json already exists at file://")
    assert "Cannot remove v3 metadata" in str(run("migrate", "v3", hierarchy, target, "--overwrite").exception)
    assert run("migrate", "v3", hierarchy, target, "--overwrite", "--force").exit_code == 0
    assert (documents(hierarchy), documents(target)) == (V2, V3)


@needs_typer
def test_remove_metadata_wants_the_other_format_or_force(run, hierarchy):
    refused = run("remove-metadata", "v2", hierarchy)
    assert refused.exit_code == 1
    assert str(refused.exception).startswith("Cannot remove v2 metadata at file://")
    assert documents(hierarchy) == V2
    assert run("remove-metadata", "v2", hierarchy, "--force").exit_code == 0
    assert documents(hierarchy) == []
    assert sorted(path.name for path in (hierarchy / "g/z").iterdir()) == ["0", "1", "2"]


@needs_typer
@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (("migrate", "v3"), [f"Saving metadata to file://{{}}/{name}" for name in V3]),
        (("remove-metadata", "v2"), [f"Deleting metadata at file://{{}}/{name}" for name in V2]),
    ],
)
def test_a_dry_run_says_what_it_would_do(hierarchy, command, lines):
    done = subprocess.run(
        [sys.executable, "-m", "zarrust._cli.cli", *command, str(hierarchy), "--dry-run"]
        + (["--force"] if command[0] == "remove-metadata" else []),
        capture_output=True,
        text=True,
        check=True,
    )
    found = done.stderr.splitlines()
    assert found[0].startswith("Dry run enabled")
    assert sorted(found[1:]) == sorted(line.format(hierarchy) for line in lines)
    assert documents(hierarchy) == V2


@pytest.mark.skipif(find_spec("typer") is not None, reason="this is about a machine without typer")
def test_without_typer_the_command_says_what_to_install():
    done = subprocess.run(
        [sys.executable, "-c", "import zarrust._cli; zarrust._cli.main()"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "zarrust[cli]" in done.stderr) == (1, True)


@needs_typer
def test_the_commands_run_where_an_event_loop_does(run, hierarchy):
    async def inside():
        return run("migrate", "v3", hierarchy, "--remove-v2-metadata"), run(
            "remove-metadata", "v3", hierarchy, "--force"
        )

    assert [result.exit_code for result in asyncio.run(inside())] == [0, 0]
    assert documents(hierarchy) == []
