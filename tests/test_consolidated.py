"""Consolidated metadata."""

import json

import numpy as np
import pytest

import zarrust as zarr
from zarrust.storage import MemoryStore


class CountingStore(MemoryStore):
    """A store that a test can ask how often it was asked."""

    def __init__(self, data):
        super().__init__(data)
        self.requests = []

    async def get(self, key, prototype=None, byte_range=None):
        self.requests.append(key)
        return await super().get(key, prototype, byte_range)

    def list_prefix(self, prefix=""):
        self.requests.append(f"list {prefix}")
        return super().list_prefix(prefix)

    def list_dir(self, prefix=""):
        self.requests.append(f"list_dir {prefix}")
        return super().list_dir(prefix)


@pytest.fixture(params=[2, 3])
def data(request):
    data = {}
    root = zarr.create_group(data, zarr_format=request.param, attributes={"r": 1})
    root.create_array("g/h/x", data=np.arange(3), attributes={"unit": "m"})
    root.create_group("g/empty")
    root.create_array("y", shape=(2, 2), dtype="f4")
    zarr.consolidate_metadata(data)
    return data


def test_a_consolidated_hierarchy_needs_no_request_after_opening(data):
    store = CountingStore(data)
    root = zarr.open_consolidated(store)
    opening = len(store.requests)
    assert opening <= 5  # format 2 asks for zarr.json, then for its four documents together
    assert list(root) == ["g", "y"]
    assert [name for name, _ in root.members(None)] == ["g", "y", "g/empty", "g/h", "g/h/x"]
    assert list(root["g"]) == ["empty", "h"]
    assert root["g/h/x"].attrs["unit"] == "m"
    assert list(root["g"]["empty"]) == []
    assert "g/none" not in root
    assert "x (3,) int64" in str(root.tree())
    assert "No. members : 5" in repr(root.info)
    assert len(store.requests) == opening
    np.testing.assert_array_equal(root["g/h/x"][:], [0, 1, 2])


def test_opening_a_node_of_format_3_is_one_request():
    data = {}
    zarr.create_array(data, shape=(2,), dtype="i4")
    store = CountingStore(data)
    zarr.open_array(store)
    assert store.requests == ["zarr.json"]


def test_the_document_of_format_3_is_zarr_pythons():
    data = {}
    root = zarr.create_group(data, zarr_format=3)
    root.create_group("x/y")
    zarr.consolidate_metadata(data)
    empty = {"kind": "inline", "must_understand": False, "metadata": {}}
    group = {"attributes": {}, "zarr_format": 3, "consolidated_metadata": empty, "node_type": "group"}
    assert json.loads(data["zarr.json"].to_bytes()) == group | {
        "consolidated_metadata": empty | {"metadata": {"x": group, "x/y": group}}
    }


def test_the_document_of_format_2_is_zmetadata():
    data = {}
    root = zarr.create_group(data, zarr_format=2)
    root.create_group("x", attributes={"a": 1})
    zarr.consolidate_metadata(data)
    assert json.loads(data[".zmetadata"].to_bytes()) == {
        "metadata": {
            ".zgroup": {"zarr_format": 2},
            ".zattrs": {},
            "x/.zgroup": {"zarr_format": 2},
            "x/.zattrs": {"a": 1},
        },
        "zarr_consolidated_format": 1,
    }


def test_use_consolidated_decides(data):
    assert zarr.open_group(data).metadata.consolidated_metadata is not None
    assert zarr.open_group(data, use_consolidated=False).metadata.consolidated_metadata is None
    plain = zarr.create_group({})
    with pytest.raises(ValueError, match="Consolidated metadata requested"):
        zarr.open_group(plain.store, use_consolidated=True)


def test_another_key_of_format_2_can_be_named():
    data = {}
    zarr.create_group(data, zarr_format=2).create_group("x")
    zarr.consolidate_metadata(data)
    data["mine"] = data.pop(".zmetadata")
    assert list(zarr.open_group(data, use_consolidated="mine", zarr_format=2)) == ["x"]


def test_a_group_keeps_its_view_true_while_it_makes_and_deletes_members(data):
    root = zarr.open_group(data)
    root.create_group("new/below")
    assert "new/below" in root
    assert "new" in root
    del root["g"]
    assert list(root) == ["new", "y"]


def test_attributes_of_a_consolidated_group_do_not_lose_the_rest(data):
    root = zarr.open_group(data)
    root.attrs["s"] = 2
    again = zarr.open_group(data)
    assert dict(again.attrs) == {"r": 1, "s": 2}
    assert again["g/h/x"].shape == (3,)


def test_a_child_does_not_store_its_part_of_the_parents_metadata(data):
    zarr.open_group(data)["g"].attrs["a"] = 1
    assert zarr.open_group(data, path="g").metadata.consolidated_metadata is None


@pytest.mark.parametrize("data", [3], indirect=True)
def test_a_broken_child_is_refused_with_its_path(data):
    document = json.loads(data["zarr.json"].to_bytes())
    document["consolidated_metadata"]["metadata"]["y"]["shape"] = [-1]
    data["zarr.json"] = json.dumps(document).encode()
    with pytest.raises(ValueError, match="y: shape"):
        zarr.open_group(data)
