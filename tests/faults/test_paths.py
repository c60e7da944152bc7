"""Keys and names never reach outside the root of a store.

Some of these calls delete and overwrite, and a store that follows a bad key must not harm the machine that tests it:
the root lies
deeper below the test's own folder than any key here climbs, and an absolute key only ever names a file of that folder.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zarrust as zarr
from zarrust.buffer import cpu

DEPTH = 8  # folders between the test's folder and the root
CLIMB = 5  # the most ".." that a key here has
BUFFER = cpu.Buffer.from_bytes(b"x")

OUTSIDE = [
    "..",
    "../secret/zarr.json",
    "a/../../secret",
    "a/..",
    "a//b",
    "a//",
    "a/\0b",
    "a\\..\\b",
    "../store/zarr.json",
    "./a",
    "a/.",
    "{sandbox}/secret/zarr.json",
    "/{sandbox}/secret/zarr.json",
]


async def names(found: Any) -> list[str]:
    return [name async for name in found]


METHODS = {
    "get": lambda store, key: store.get(key, cpu.buffer_prototype),
    "set": lambda store, key: store.set(key, BUFFER),
    "set_if_not_exists": lambda store, key: store.set_if_not_exists(key, BUFFER),
    "delete": lambda store, key: store.delete(key),
    "delete_dir": lambda store, key: store.delete_dir(key),
    "exists": lambda store, key: store.exists(key),
    "getsize": lambda store, key: store.getsize(key),
    "list_dir": lambda store, key: names(store.list_dir(key)),
    "list_prefix": lambda store, key: names(store.list_prefix(key)),
}


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of the folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def beside(sandbox: Path, root: Path) -> dict[str, bytes]:
    """What lies in the sandbox outside the root of the store."""
    return {path: content for path, content in tree(sandbox).items() if not (sandbox / path).is_relative_to(root)}


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """The folder that no key may leave even by mistake: it holds a secret, and the root of the store far below."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "zarr.json").write_bytes(b"{}")
    root = tmp_path.joinpath(*"d" * DEPTH, "store")
    (root.parent / "secret").mkdir(parents=True)
    (root.parent / "secret" / "zarr.json").write_bytes(b"{}")
    assert DEPTH > CLIMB
    return tmp_path


@pytest.fixture(params=["local", "memory"])
def guarded(request: pytest.FixtureRequest, sandbox: Path) -> Any:
    """A store in the sandbox, all of which must stay as it is."""
    root = sandbox.joinpath(*"d" * DEPTH, "store")
    store = zarr.storage.LocalStore(root) if request.param == "local" else zarr.storage.MemoryStore()
    zarr.open_group(store, mode="w").create_group("a")
    before = tree(sandbox)
    yield store
    assert tree(sandbox) == before


@pytest.mark.parametrize("key", OUTSIDE)
@pytest.mark.parametrize("method", METHODS)
def test_a_key_that_leads_outside_is_refused(guarded: Any, sandbox: Path, method: str, key: str):
    with pytest.raises(ValueError):
        asyncio.run(METHODS[method](guarded, key.format(sandbox=sandbox)))


parts = st.lists(st.sampled_from(["..", ".", "", "a", "zarr.json", "\0", "\\", "..a", "c"]), min_size=1, max_size=CLIMB)


@given(key=parts.filter(lambda found: found[0] != "").map("/".join), method=st.sampled_from(sorted(METHODS)))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_made_up_key_is_refused_or_stays_inside(sandbox: Path, key: str, method: str):
    root = sandbox.joinpath(*"d" * DEPTH, "store")
    before = beside(sandbox, root)
    store = zarr.storage.LocalStore(root)
    segments = key.removesuffix("/").split("/") if "list" in method or method == "delete_dir" else key.split("/")
    bad = any(segment in ("..", ".", "", "\0", "\\") for segment in segments)
    refused = False
    try:
        asyncio.run(METHODS[method](store, key))
    except ValueError:
        refused = True
    except OSError:
        refused = False  # nothing there, or a folder where a file should be
    assert refused == bad
    assert beside(sandbox, root) == before


@pytest.mark.parametrize("name", ["..", "../secret", "a/../../secret", ".", "a/./b", "a\0b"])
def test_a_name_that_leads_outside_is_refused(guarded: Any, name: str):
    root = zarr.open_group(guarded, mode="r+")
    for work in (
        lambda: root.create_group(name),
        lambda: root.create_array(name=name, shape=(1,), dtype="i4"),
        lambda: zarr.open_group(guarded, path=name, mode="a"),
        lambda: zarr.create_array(guarded, name=name, shape=(1,), dtype="i4", overwrite=True),
        lambda: zarr.open_group(guarded, path=name, mode="w"),
    ):
        with pytest.raises(ValueError):
            work()


def test_deleting_a_folder_spares_its_namesakes(store: Any):
    root = zarr.open_group(store, mode="w")
    for name in ("foo", "foobar", "foo.bar"):
        root.create_group(f"{name}/inner")
    del root["foo"]
    assert sorted(name for name, _ in root.members()) == ["foo.bar", "foobar"]
    assert "inner" in root["foobar"]


def test_overwriting_spares_foreign_files(tmp_path: Path):
    root = zarr.open_group(tmp_path, mode="w")
    root.create_array(name="old", shape=(4,), dtype="i4")[...] = 1
    (tmp_path / "thesis.txt").write_text("years of work")
    (tmp_path / "old" / "notes.txt").write_text("kept")
    root = zarr.open_group(tmp_path, mode="w")
    assert list(root.members()) == []
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert (tmp_path / "old" / "notes.txt").read_text() == "kept"
