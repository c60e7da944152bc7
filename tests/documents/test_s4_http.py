"""Seed 004 row by row: stores behind a web server, and consolidated metadata."""

import json

import numpy as np
import pytest

import zarrust as zarr
from counting import CountingStore
from web_server import WebServer
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
    with WebServer(tmp_path) as server:
        yield server


@pytest.fixture
def store(server):
    return zarr.storage.HttpStore(f"{server.url}/data.zarr")


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
