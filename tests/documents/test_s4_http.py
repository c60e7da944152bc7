"""Seed 004 row by row: stores behind a web server, and consolidated metadata."""

import asyncio
import json

import numpy as np
import pytest

import zarrust as zarr
from counting import CountingStore
from s3_client import public_bucket
from web import Folder, Web, serving
from zarrust.abc.store import Store
from zarrust.buffer import Buffer
from zarrust.storage import MemoryStore

FIELD = np.arange(64.0 * 64).reshape(64, 64)


def data_zarr():
    """Make a group with an array at its top and one far below."""
    root = zarr.create_group("data.zarr")
    root.create_array("temperature", data=FIELD, chunks=(32, 32))
    root.create_array("deep/y", shape=(3,), dtype="i1")


@pytest.fixture
def server(tmp_path):
    data_zarr()
    with serving(Web(Folder(tmp_path))) as server:
        yield server


@pytest.fixture
def store(server):
    return zarr.storage.HttpStore(f"{server.url}/data.zarr")


def test_s4_16_an_http_store_is_a_read_only_store():
    store = zarr.storage.HttpStore("https://example.com/data.zarr")
    assert isinstance(store, Store)
    assert store.read_only


def test_s4_17_an_array_is_opened_by_its_path(store):
    z = zarr.open(store, path="temperature", mode="r")
    tile = z[0:64, 0:64]
    np.testing.assert_array_equal(tile, FIELD)


def test_s4_18_no_mode_is_needed(store):
    z = zarr.open(store, path="temperature")
    assert isinstance(z, zarr.Array)
    assert z.read_only


def sharded():
    values = np.arange(64 * 64, dtype="f8").reshape(64, 64)
    z = zarr.create_array("s.zarr", shape=(64, 64), shards=(64, 64), chunks=(8, 8), dtype="f8", compressors=None)
    z[:] = values
    return values


def test_s4_19_a_shard_is_fetched_by_ranges(tmp_path):
    values = sharded()
    with serving(Web(Folder(tmp_path))) as server:
        z = zarr.open(zarr.storage.HttpStore(f"{server.url}/s.zarr"))
        np.testing.assert_array_equal(z[8:16, 8:16], values[8:16, 8:16])
        gets = server.asked("/c/0/0", "GET")
    assert gets
    assert all(get.range is not None for get in gets)
    assert server.sent < values.nbytes / 8


def test_s4_20_a_server_that_ignores_ranges_still_works(tmp_path):
    values = sharded()
    with serving(Web(Folder(tmp_path), ranges=False)) as server:
        for store in (
            zarr.storage.HttpStore(f"{server.url}/s.zarr"),
            zarr.storage.FsspecStore.from_url(f"{server.url}/s.zarr", read_only=True),
        ):
            z = zarr.open(store)
            np.testing.assert_array_equal(z[8:16, 8:16], values[8:16, 8:16])
            np.testing.assert_array_equal(z[:], values)


def test_s4_21_not_found_means_that_the_key_is_not_there(server, store):
    zarr.create_array("data.zarr", name="empty", shape=(3,), dtype="i4", fill_value=7)
    np.testing.assert_array_equal(zarr.open(store, path="empty")[:], [7, 7, 7])
    with pytest.raises((FileNotFoundError, KeyError)):
        zarr.open(store, path="none")


def test_s4_22_a_web_server_cannot_list(store):
    group = zarr.open_group(store, mode="r")
    try:
        members = list(group)
    except (NotImplementedError, OSError, ValueError):
        members = []
    assert members == []
    np.testing.assert_array_equal(zarr.open(store, path="temperature")[:], FIELD)


def test_s4_23_consolidated_metadata_can_be_browsed(store):
    zarr.consolidate_metadata("data.zarr")
    g = zarr.open(store)
    assert sorted(g) == ["deep", "temperature"]
    assert "temperature (64, 64) float64" in str(g.tree())
    assert g["deep/y"].shape == (3,)


def test_s4_24_a_consolidated_hierarchy_costs_one_read(server, store):
    zarr.consolidate_metadata("data.zarr")
    g = zarr.open(store)
    assert [name for name, _ in g.members(max_depth=None)] == ["deep", "temperature", "deep/y"]
    assert {get.path for get in server.asked("zarr.json", "GET")} == {"data.zarr/zarr.json"}


def test_s4_25_a_public_bucket_is_read_over_its_endpoint(s3_server):
    zarr.create_array(zarr.storage.ObjectStore(public_bucket(s3_server, "public")), name="data.zarr", data=FIELD)
    store = zarr.storage.HttpStore(f"{s3_server}/public/data.zarr")
    np.testing.assert_array_equal(zarr.open_array(store)[:], FIELD)


def test_s4_26_an_http_store_only_reads(store):
    with pytest.raises((ValueError, NotImplementedError)):
        zarr.create_group(store, overwrite=True)
    with pytest.raises((ValueError, NotImplementedError)):
        asyncio.run(store.set("k", Buffer.from_bytes(b"1")))


def deep(root):
    zarr.create(store=root, shape=3, dtype="int8", path="deep/nested/y")
    return root


def test_s4_27_a_deep_path_makes_the_groups_above_it():
    root = deep(MemoryStore())
    assert sorted(root) == ["deep/nested/y/zarr.json", "deep/nested/zarr.json", "deep/zarr.json", "zarr.json"]
    assert zarr.open(root)["deep"]["nested"]["y"].shape == (3,)


def test_s4_28_metadata_is_inlined_into_the_document_of_the_root():
    root = deep(MemoryStore())
    zarr.consolidate_metadata(root)
    inlined = json.loads(root["zarr.json"])["consolidated_metadata"]
    assert (inlined["kind"], inlined["must_understand"]) == ("inline", False)
    assert sorted(inlined["metadata"]) == ["deep", "deep/nested", "deep/nested/y"]
    assert inlined["metadata"]["deep/nested/y"] == json.loads(root["deep/nested/y/zarr.json"])


@pytest.fixture
def consolidated():
    values = {}
    zarr.consolidate_metadata(deep(CountingStore(values)))
    return CountingStore(values)


def test_s4_29_hierarchy_operations_need_no_read(consolidated):
    gc = zarr.open(consolidated)
    consolidated.gets.clear()
    assert gc["deep"]["nested"]["y"].shape == (3,)
    assert consolidated.gets == {}


def test_s4_30_browsing_needs_no_read(consolidated):
    gc = zarr.open(consolidated)
    consolidated.gets.clear()
    assert list(gc) == ["deep"]
    assert [name for name, _ in gc.members()] == ["deep"]
    assert "deep" in gc
    assert "y (3,) int8" in str(gc.tree())
    assert gc["deep/nested/y"].shape == (3,)
    assert "No. members : 3" in repr(gc.info)
    assert consolidated.gets == {}


def test_s4_31_documents_of_others_are_read():
    array = json.loads(zarr.create_array({}, shape=(3,), dtype="int8").store["zarr.json"])
    group = {"zarr_format": 3, "node_type": "group", "attributes": {}}
    inlined = {"kind": "inline", "must_understand": False, "metadata": {"deep": group, "deep/y": array}}
    store = MemoryStore()
    store["zarr.json"] = json.dumps(group | {"consolidated_metadata": inlined}).encode()
    chunk = zarr.create_array(MemoryStore(), data=np.array([1, 2, 3], dtype="int8")).store["c/0"]
    store["deep/y/c/0"] = chunk
    g = zarr.open(store)
    assert [name for name, _ in g.members(max_depth=None)] == ["deep", "deep/y"]
    np.testing.assert_array_equal(g["deep"]["y"][:], [1, 2, 3])


def test_s4_32_consolidation_is_a_snapshot():
    values = {}
    zarr.consolidate_metadata(deep(MemoryStore(values)))
    # A writer that knows nothing of the consolidated document.
    added = json.loads(values["deep/nested/y/zarr.json"].to_bytes())
    MemoryStore(values)["added/zarr.json"] = json.dumps(added).encode()
    assert list(zarr.open(values)) == ["deep"]
    zarr.consolidate_metadata(values)
    assert sorted(zarr.open(values)) == ["added", "deep"]


def test_s4_33_without_consolidation_each_node_costs_a_read():
    store = deep(CountingStore())
    gc = zarr.open(store)
    store.gets.clear()
    assert gc["deep"]["nested"]["y"].shape == (3,)
    for path in ("deep", "deep/nested", "deep/nested/y"):
        assert store.gets[f"{path}/zarr.json"] == 1
