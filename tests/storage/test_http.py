"""HttpStore over a real web server: only reads, only by key, only the bytes that are needed."""

import asyncio
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from web import Fault, Web, published, serving
from zarrust.buffer import Buffer
from zarrust.storage import FsspecStore, HTTPStore, HttpStore, MemoryStore

VALUES = np.arange(64 * 64).reshape(64, 64)


@pytest.fixture
def source() -> MemoryStore:
    store = MemoryStore()
    root = zarr.create_group(store)
    shape = {"shape": (64, 64), "shards": (64, 64), "compressors": None, "filters": None}
    root.create_array("temperature", chunks=(8, 8), dtype="i8", **shape)[...] = VALUES
    root.create_array("deep/y", shape=(30,), chunks=(10,), dtype="i4", fill_value=7)[:10] = 1
    return store


@pytest.fixture
def web(source: MemoryStore) -> Iterator[Web]:
    with serving(Web(published({key: source[key] for key in source}))) as web:
        yield web


def test_making_a_store_asks_nothing():
    store = HttpStore("https://user:SECRET@example.com/data.zarr/")
    assert repr(store) == "HttpStore('https://example.com/data.zarr')"
    assert store.read_only
    assert HTTPStore is HttpStore
    assert HttpStore("http://a/b") == HttpStore("http://a/b/") != HttpStore("http://a/c")
    assert pickle.loads(pickle.dumps(store)) == store
    with pytest.raises(ValueError, match="expected http"):
        HttpStore("data.zarr")


def test_arrays_open_by_path_and_without_a_mode(web: Web):
    store = HttpStore(f"{web.url}/data.zarr")
    assert np.array_equal(zarr.open(store, path="temperature")[0:64, 0:64], VALUES)
    assert zarr.open(store)["deep/y"][5:15].tolist() == [1] * 5 + [7] * 5
    assert zarr.open(store).read_only
    with pytest.raises((FileNotFoundError, KeyError)):
        zarr.open(store, path="none")


def test_a_tile_of_a_shard_costs_an_index_and_a_range(web: Web):
    array = zarr.open_array(HttpStore(f"{web.url}/data.zarr"), path="temperature", mode="r")
    web.requests.clear()
    with zarr.stats() as cost:
        assert np.array_equal(array[8:16, 8:16], VALUES[8:16, 8:16])
    # Inner chunk (1, 1) is the fourth in Morton order, which is how shards are written.
    assert [r.range for r in web.asked("temperature/c/0/0")] == ["bytes=-1028", "bytes=1536-2047"]
    assert (cost.requests, cost.retries, cost.bytes_received) == (2, 0, 1028 + 512)
    assert web.asked("temperature/c/0/0")[1].headers["if-match"]


def test_a_server_that_ignores_ranges_gives_the_same_values(web: Web):
    web.ranges = False
    store = HttpStore(f"{web.url}/data.zarr")
    assert np.array_equal(zarr.open_array(store, path="temperature")[8:16, 8:16], VALUES[8:16, 8:16])
    assert asyncio.run(store.get("zarr.json", byte_range=zarr.abc.store.RangeByteRequest(0, 1))).to_bytes() == b"{"
    web.values["data.zarr/big"] = bytes(17 << 20)
    with pytest.raises(OSError, match=r"[Rr]ange"):
        asyncio.run(store.get("big", byte_range=zarr.abc.store.RangeByteRequest(0, 1)))


def test_servers_without_tags_are_read(web: Web):
    web.tags = False
    array = zarr.open_array(HttpStore(f"{web.url}/data.zarr"), path="temperature")
    assert np.array_equal(array[8:16, 8:16], VALUES[8:16, 8:16])


def test_listing_is_refused_and_consolidated_metadata_is_enough(source: MemoryStore, web: Web):
    store = HttpStore(f"{web.url}/data.zarr")
    with pytest.raises(ValueError, match="cannot list"):
        list(zarr.open_group(store).members())
    with pytest.raises(NotImplementedError, match="cannot list"):
        store.list()
    with pytest.raises(NotImplementedError, match="cannot list"):
        asyncio.run(store.getsize_prefix("deep"))
    zarr.consolidate_metadata(source)
    web.values["data.zarr/zarr.json"] = source["zarr.json"]
    web.requests.clear()
    group = zarr.open(store)
    assert sorted(group) == ["deep", "temperature"]
    assert "temperature" in str(group.tree())
    assert group["deep/y"].shape == (30,)
    assert [r.path for r in web.requests if r.method == "GET"] == ["data.zarr/zarr.json"]


def test_nothing_is_written(web: Web):
    store = HttpStore(f"{web.url}/data.zarr")
    with pytest.raises(ValueError, match=r"read-only|cannot list"):
        zarr.create_group(store, overwrite=True)
    with pytest.raises(ValueError, match="read-only"):
        zarr.open_array(store, path="temperature")[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        asyncio.run(store.set("a", Buffer.from_bytes(b"1")))
    with pytest.raises(ValueError, match="cannot be written"):
        store.with_read_only(False)
    assert not web.asked(method="PUT")


@pytest.mark.parametrize("status", [401, 403, 400, 410])
def test_only_not_found_reads_as_fill(web: Web, status: int):
    array = zarr.open_array(HttpStore(f"{web.url}/data.zarr"), path="deep/y")
    assert array[20:].tolist() == [7] * 10
    web.fault = lambda request: Fault(status=status)
    with pytest.raises(PermissionError if status in (401, 403) else OSError, match=r"deep/y/c/2"):
        array[20:]


def test_missing_status_lets_a_refusal_read_as_a_hole(web: Web):
    store = HttpStore(f"{web.url}/data.zarr", missing_status=(404, 403))
    array = zarr.open_array(store, path="deep/y")
    web.fault = lambda request: Fault(status=403)
    assert array[20:].tolist() == [7] * 10


def test_headers_go_with_every_request(web: Web):
    store = HttpStore(f"{web.url}/data.zarr", headers={"Authorization": "Bearer SECRET"})
    zarr.open_array(store, path="temperature")[0, 0]
    assert {r.headers.get("authorization") for r in web.requests} == {"Bearer SECRET"}
    web.fault = lambda request: Fault(status=403)
    with pytest.raises(PermissionError) as caught:
        zarr.open_array(store, path="temperature")
    assert "SECRET" not in f"{caught.value!r} {store!r}"


def test_fsspec_lists_where_a_page_has_links(web: Web):
    web.values["data.zarr"] = (
        b'<a href="deep/">deep</a> <a href="temperature/">t</a> <a href="zarr.json">z</a> <a href="#x">'
    )
    store: Any = FsspecStore(f"{web.url}/data.zarr", read_only=True)
    assert sorted(store.list_dir("")) == ["deep", "temperature", "zarr.json"]
    assert sorted(zarr.open_group(store)) == ["deep", "temperature"]


@pytest.mark.parametrize("engine", ["native", "fsspec"])
def test_what_needs_a_listing_says_so_where_a_server_has_none(web: Web, engine: str):
    with zarr.config.set({"fsspec.engine": engine}):
        store: Any = FsspecStore(f"{web.url}/data.zarr", read_only=True)
        group = zarr.open_group(store, mode="r")
        array = group["deep/y"]
        for listing in (
            lambda: list(group),
            lambda: list(store),
            lambda: list(store.list_dir("deep")),
            lambda: zarr.copy_store(store, {}),
            lambda: array.nchunks_initialized,
            lambda: asyncio.run(store.getsize_prefix("")),
        ):
            with pytest.raises(NotImplementedError, match="no page of links"):
                listing()
        assert "initialized" not in repr(array.info), "what cannot be listed is not counted"


@pytest.mark.parametrize("kind", ["URL", "fsspec", "HttpStore", "client"])
def test_a_copy_of_an_array_of_a_web_server_has_every_chunk(web: Web, kind: str):
    # A page that leaves out what is there is no reason to leave it out of the copy.
    web.values["data.zarr/temperature"] = web.values["data.zarr/temperature/c"] = b"<a href='zarr.json'>z</a>"
    url = f"{web.url}/data.zarr"
    client = zarr.store.HTTPStore(url, client_options={"allow_http": True})
    source: Any = {"HttpStore": HttpStore(url), "client": client}.get(kind, url)
    with zarr.config.set({"fsspec.engine": "fsspec" if kind == "fsspec" else "native"}):
        copied = zarr.group()
        zarr.copy(zarr.open_array(source, path="temperature", mode="r"), copied, name="t")
        zarr.copy(zarr.open_array(source, path="deep/y", mode="r"), copied, name="y")
    assert np.array_equal(copied["t"][...], VALUES)
    assert copied["y"][...].tolist() == [1] * 10 + [7] * 20


def test_the_keys_below_pages_of_links_are_those_of_the_pages(web: Web):
    pages = {"": ["deep/", "zarr.json", "?C=N;O=D", "../"], "deep/": ["y/", "zarr.json"], "deep/y/": ["zarr.json"]}
    for folder, links in pages.items():
        web.values[f"data.zarr/{folder}".strip("/")] = "".join(f'<a href="{link}">x</a> ' for link in links).encode()
    store: Any = FsspecStore(f"{web.url}/data.zarr", read_only=True)
    wanted = ["deep/y/zarr.json", "deep/zarr.json", "zarr.json"]
    assert sorted(store) == sorted(store.list()) == sorted(store._handle.list()) == wanted
    assert sorted(store.list_prefix("deep/")) == wanted[:2]
    size = sum(len(web.values[f"data.zarr/{key}"]) for key in wanted)
    assert asyncio.run(store.getsize_prefix("")) == size
