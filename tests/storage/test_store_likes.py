"""Every function that takes a store takes all that may be given for one: the whole table of both."""

import asyncio
import uuid
from collections import UserDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
import zarrust.api.asynchronous as azarr
from conftest import S3
from web import Folder, Web, serving
from zarrust.storage import (
    FsspecStore,
    HttpStore,
    LocalStore,
    LoggingStore,
    MemoryStore,
    ObjectStore,
    StorePath,
    contains_array,
    listdir,
)

VALUES = np.arange(12, dtype="i4").reshape(3, 4)


@dataclass
class Given:
    """What is given for a store, and the options that come with it where a function takes some."""

    store: Any
    options: dict[str, Any] | None = None

    def named(self) -> dict[str, Any]:
        """The options as a keyword."""
        return {"storage_options": self.options} if self.options else {}


@dataclass
class Room:
    """Where the stores of a test are."""

    folder: Path
    s3: S3

    def url(self) -> str:
        """A URL in the bucket that nothing else has."""
        return f"s3://{self.s3.bucket}/{self.s3.prefix}"


def _upath(room: Room) -> Given:
    upath = pytest.importorskip("upath", reason="universal_pathlib is not installed")
    return Given(upath.UPath(f"memory://{uuid.uuid4().hex}"))


def _mapper(room: Room) -> Given:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    return Given(fsspec.get_mapper(f"memory://{uuid.uuid4().hex}"))


def _file_system(room: Room) -> Given:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    return Given(FsspecStore(fsspec.filesystem("memory"), path=f"/{uuid.uuid4().hex}"))


def _obstore(room: Room) -> Any:
    return pytest.importorskip("obstore", reason="obstore is not installed").store.MemoryStore()


KINDS: dict[str, Callable[[Room], Given]] = {
    "text": lambda room: Given(str(room.folder / "a.zarr")),
    "path": lambda room: Given(room.folder / "a.zarr"),
    "zip": lambda room: Given(str(room.folder / "a.zip")),
    "file": lambda room: Given(f"file://{room.folder}/a.zarr"),
    "memory": lambda room: Given(f"memory://{uuid.uuid4().hex}"),
    "s3": lambda room: Given(
        room.url(), {"key": "test", "secret": "test", "endpoint_url": room.s3.endpoint, "client_kwargs": {}}
    ),
    "s3 of the environment": lambda room: Given(room.url()),
    "dict": lambda room: Given({}),
    "mapping": lambda room: Given(UserDict()),
    "StorePath": lambda room: Given(StorePath(LocalStore(room.folder), "a/b")),
    "LocalStore": lambda room: Given(LocalStore(room.folder / "a.zarr")),
    "MemoryStore": lambda room: Given(MemoryStore()),
    "LoggingStore": lambda room: Given(LoggingStore(MemoryStore(), "ERROR")),
    "ObjectStore": lambda room: Given(ObjectStore(zarr.store.S3Store(room.s3.bucket, **room.s3.options()))),
    "client": lambda room: Given(zarr.store.S3Store(room.s3.bucket, **room.s3.options())),
    "client in memory": lambda room: Given(zarr.store.MemoryStore()),
    "ObjectStore of obstore": lambda room: Given(ObjectStore(_obstore(room))),
    "client of obstore": lambda room: Given(_obstore(room)),
    "mapper of fsspec": _mapper,
    "file system of fsspec": _file_system,
    "UPath": _upath,
}


def _like(name: str) -> Callable[[Given], Any]:
    def make(given: Given) -> Any:
        getattr(zarr, name)(VALUES, store=given.store, **given.named())[...] = VALUES

    return make


def _filled(name: str, *more: Any) -> Callable[[Given], Any]:
    def make(given: Given) -> Any:
        array = getattr(zarr, name)(VALUES.shape, *more, store=given.store, dtype="i4", **given.named())
        array[...] = VALUES

    return make


def _made(make: Callable[..., Any], **more: Any) -> Callable[[Given], Any]:
    def run(given: Given) -> Any:
        made = make(given.store, shape=VALUES.shape, dtype="i4", **more, **given.named())
        made[...] = VALUES

    return run


def _awaited(make: Callable[..., Any], **more: Any) -> Callable[[Given], Any]:
    async def run(given: Given) -> Any:
        made = await make(store=given.store, shape=VALUES.shape, dtype="i4", **more, **given.named())
        await made.setitem(..., VALUES)

    return lambda given: asyncio.run(run(given))


ARRAYS: dict[str, Callable[[Given], Any]] = {
    "open": _made(zarr.open, mode="w"),
    "open_array": _made(zarr.open_array, mode="w"),
    "create_array": _made(zarr.create_array),
    "create": lambda given: zarr.create(store=given.store, data=VALUES, **given.named()),
    "array": lambda given: zarr.array(VALUES, store=given.store, **given.named()),
    "from_array": lambda given: zarr.from_array(given.store, data=VALUES, **given.named()),
    "zeros": _filled("zeros"),
    "ones": _filled("ones"),
    "empty": _filled("empty"),
    "full": _filled("full", 7),
    "zeros_like": _like("zeros_like"),
    "ones_like": _like("ones_like"),
    "empty_like": _like("empty_like"),
    "full_like": lambda given: zarr.full_like(VALUES, fill_value=3, store=given.store, **given.named()).__setitem__(
        ..., VALUES
    ),
    "open_like": lambda given: zarr.open_like(VALUES, "", store=given.store, mode="w", **given.named()).__setitem__(
        ..., VALUES
    ),
    "save": lambda given: zarr.save(given.store, VALUES, **given.named()),
    "save_array": lambda given: zarr.save_array(given.store, VALUES, **given.named()),
    "asynchronous.open": _awaited(azarr.open, mode="w"),
    "asynchronous.open_array": _awaited(azarr.open_array, mode="w"),
    "asynchronous.create_array": _awaited(azarr.create_array),
    "asynchronous.create": _awaited(azarr.create),
    "asynchronous.save": lambda given: asyncio.run(azarr.save(given.store, VALUES, **given.named())),
    "asynchronous.save_array": lambda given: asyncio.run(azarr.save_array(given.store, VALUES, **given.named())),
}
"""What makes the array `VALUES` at the root of a store."""


def _group(make: Callable[..., Any]) -> Callable[[Given], Any]:
    return lambda given: make(given.store, **given.named()).create_array("x", data=VALUES)


async def _group_awaited(make: Callable[..., Any], given: Given) -> Any:
    group = await make(store=given.store, **given.named())
    await (await group.create_array("x", shape=VALUES.shape, dtype="i4")).setitem(..., VALUES)


GROUPS: dict[str, Callable[[Given], Any]] = {
    "open": _group(zarr.open),
    "open_group": _group(zarr.open_group),
    "create_group": _group(zarr.create_group),
    "group": _group(zarr.group),
    "save": lambda given: zarr.save(given.store, x=VALUES, y=VALUES, **given.named()),
    "save_group": lambda given: zarr.save_group(given.store, x=VALUES, **given.named()),
    "asynchronous.open_group": lambda given: asyncio.run(_group_awaited(azarr.open_group, given)),
    "asynchronous.create_group": lambda given: asyncio.run(_group_awaited(azarr.create_group, given)),
    "asynchronous.group": lambda given: asyncio.run(_group_awaited(azarr.group, given)),
    "asynchronous.save_group": lambda given: asyncio.run(azarr.save_group(given.store, x=VALUES, **given.named())),
}
"""What makes a group with the array `VALUES` as its member ``x``."""


def _consolidated(given: Given) -> Any:
    zarr.consolidate_metadata(given.store)
    return zarr.open_consolidated(given.store)["x"][...]


WITHOUT_OPTIONS: dict[str, Callable[[Given], Any]] = {
    "load": lambda given: zarr.load(given.store)["x"],
    "consolidate_metadata": lambda given: zarr.consolidate_metadata(given.store)["x"][...],
    "open_consolidated": _consolidated,
    "Group.open": lambda given: zarr.Group.open(given.store)["x"][...],
    "copy_store": lambda given: (zarr.copy_store(given.store, copied := {}), zarr.load(copied)["x"])[1],
    "copy": lambda given: (zarr.copy(zarr.open_group(given.store)["x"], copied := zarr.group()), copied["x"][...])[1],
    "tree": lambda given: VALUES if "x (3, 4) int32" in str(zarr.open_group(given.store).tree()) else None,
    "storage.listdir": lambda given: VALUES if "x" in listdir(given.store) else None,
    "storage.contains_array": lambda given: VALUES if not contains_array(given.store) else None,
    "asynchronous.load": lambda given: asyncio.run(azarr.load(given.store))["x"],
}
"""What takes a store with such a group and no options of a URL; each returns `VALUES`."""


@pytest.fixture(params=KINDS)
def fresh(
    request: pytest.FixtureRequest, tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Given]:
    """Makes what is given for a fresh store, of one kind."""
    if request.param == "s3 of the environment":
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": s3.endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)

    def make() -> Given:
        name = uuid.uuid4().hex
        return KINDS[request.param](Room(tmp_path / name, replace(s3, prefix=f"{s3.prefix}/{name}")))

    return make


@contextmanager
def named(function: str) -> Iterator[None]:
    """Say which function it was that failed."""
    try:
        yield
    except Exception as error:
        error.add_note(f"with {function}")
        raise


def test_arrays_are_made_in_what_is_given(fresh: Callable[[], Given]):
    for function, make in ARRAYS.items():
        with named(function):
            given = fresh()
            make(given)
            opened = zarr.open_array(given.store, mode="r", **given.named())
            assert opened.read_only
            np.testing.assert_array_equal(opened[...], VALUES)
            np.testing.assert_array_equal(zarr.open(given.store, mode="r", **given.named())[...], VALUES)


def test_groups_are_made_in_what_is_given(fresh: Callable[[], Given]):
    for function, make in GROUPS.items():
        with named(function):
            given = fresh()
            make(given)
            for opened in (zarr.open_group, zarr.open):
                group = opened(given.store, mode="r", **given.named())
                assert group.read_only
                np.testing.assert_array_equal(group["x"][...], VALUES)


@pytest.mark.parametrize("fresh", [kind for kind in KINDS if kind != "s3"], indirect=True)
def test_functions_without_options_of_a_url_take_what_is_given(fresh: Callable[[], Given]):
    for function, use in WITHOUT_OPTIONS.items():
        with named(function):
            given = fresh()
            zarr.create_group(given.store).create_array("x", data=VALUES)
            np.testing.assert_array_equal(use(given), VALUES)


@pytest.mark.parametrize("fresh", [kind for kind in KINDS if kind != "s3"], indirect=True)
def test_groups_are_made_without_options_of_a_url(fresh: Callable[[], Given]):
    for make in (zarr.Group.from_store, zarr.create_group, lambda store: dict(_hierarchy(store))[""]):
        group = make(fresh().store)
        group["x"] = VALUES
        np.testing.assert_array_equal(zarr.open_group(group.store, group.path)["x"][...], VALUES)


@pytest.mark.parametrize("fresh", [kind for kind in KINDS if kind != "s3"], indirect=True)
def test_nodes_are_opened_by_their_classes(fresh: Callable[[], Given]):
    given = fresh()
    zarr.create_array(given.store, data=VALUES)
    np.testing.assert_array_equal(zarr.Array.open(given.store)[...], VALUES)
    np.testing.assert_array_equal(asyncio.run(_opened(given.store)), VALUES)
    given = fresh()
    zarr.create_group(given.store, attributes={"a": 1})
    assert dict(zarr.Group.open(given.store).attrs) == {"a": 1}
    assert asyncio.run(zarr.AsyncGroup.open(given.store)).attrs == {"a": 1}


async def _opened(store: Any) -> Any:
    return await (await zarr.AsyncArray.open(store)).getitem(...)


def _hierarchy(store: Any) -> Any:
    return zarr.create_hierarchy(store=store, nodes={"": zarr.group().metadata})


@pytest.mark.parametrize("fresh", [kind for kind in KINDS if kind != "zip"], indirect=True)
def test_a_node_of_what_is_given_is_deleted(fresh: Callable[[], Given]):
    given = fresh()
    zarr.create_group(given.store, **given.named()).create_array("x", data=VALUES)
    zarr.delete_node(given.store, **given.named())
    with pytest.raises(FileNotFoundError):
        zarr.open(given.store, mode="r", **given.named())


READERS: dict[str, Callable[[Any], Any]] = {
    "open": lambda store: zarr.open(store)["x"][...],
    "open_group": lambda store: zarr.open_group(store, mode="r")["x"][...],
    "group": lambda store: zarr.group(store)["x"][...],
    "open_consolidated": lambda store: zarr.open_consolidated(store, mode="r")["x"][...],
    "load": lambda store: zarr.load(store)["x"],
    "load of an array": lambda store: zarr.load(store, path="x"),
    "open_array": lambda store: zarr.open_array(store, path="x", mode="r")[...],
    "Group.open": lambda store: zarr.Group.open(store)["x"][...],
    "copy": lambda store: (zarr.copy(zarr.open_group(store, mode="r")["x"], to := zarr.group()), to["x"][...])[1],
    "copy_all": lambda store: (zarr.copy_all(zarr.open_group(store, mode="r"), to := zarr.group()), to["x"][...])[1],
    "tree": lambda store: VALUES if "x (3, 4) int32" in str(zarr.open_group(store, mode="r").tree()) else None,
    "asynchronous.load": lambda store: asyncio.run(azarr.load(store))["x"],
    "as a source": lambda store: zarr.from_array({}, data=zarr.open_array(store, path="x", mode="r"))[...],
}


@pytest.mark.parametrize("kind", ["URL", "HttpStore", "client", "ObjectStore"])
def test_a_web_server_is_read_by_all_that_reads(kind: str, tmp_path: Path):
    zarr.create_group(tmp_path).create_array("x", data=VALUES)
    zarr.consolidate_metadata(tmp_path)
    with serving(Web(Folder(tmp_path))) as web:
        client = zarr.store.HTTPStore(web.url, client_options={"allow_http": True})
        made = {"URL": web.url, "HttpStore": HttpStore(web.url), "client": client, "ObjectStore": ObjectStore(client)}
        for function, read in READERS.items():
            with named(function):
                np.testing.assert_array_equal(read(made[kind]), VALUES)


@pytest.mark.parametrize("wrong", [5, 3.5, b"data.zarr", object(), ["a"], int])
def test_what_is_no_store_is_refused_by_name(wrong: Any):
    for function in (zarr.open, zarr.open_array, zarr.open_group, zarr.create_group, zarr.load):
        with pytest.raises(TypeError, match=f"store_like: '{type(wrong).__name__}'"):
            function(wrong)


def test_options_of_a_url_are_refused_without_one(fresh: Callable[[], Given]):
    given = fresh()
    if isinstance(given.store, str) and given.store.startswith(("s3:", "memory:")):
        zarr.open_group(given.store, storage_options=given.options)
        return
    with pytest.raises(TypeError, match="'storage_options' was provided but unused"):
        zarr.open_group(given.store, storage_options={"anon": True})
