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


@pytest.mark.parametrize("name", ["mine", 3])
@pytest.mark.parametrize("zarr_format", [None, 3])
def test_a_name_of_consolidated_metadata_is_refused_in_format_3(name, zarr_format):
    data = {}
    zarr.create_group(data)
    for opened in (zarr.open_group, zarr.open):
        with pytest.raises(TypeError, match="must be a bool or None for Zarr format 3"):
            opened(data, use_consolidated=name, zarr_format=zarr_format)
    with pytest.raises(TypeError, match="use_consolidated"):
        zarr.open_consolidated(data, use_consolidated=name)


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


def fresh(data, **options):
    return zarr.open_group(data, use_consolidated=True, **options)


def by_listing(data):
    return zarr.open_group(data, use_consolidated=False)


def assert_true_to_the_store(data):
    """What the stored document says is what listing the store finds."""
    known, listed = (dict(group.members(None)) for group in (fresh(data), by_listing(data)))
    assert sorted(known) == sorted(listed)
    for path, node in listed.items():
        assert known[path].attrs.asdict() == node.attrs.asdict(), path
        if isinstance(node, zarr.Array):
            assert known[path].metadata == node.metadata, path


def test_an_array_made_in_a_consolidated_group_is_there_after_reopening(data):
    fresh(data).create_array("new/deep/z", data=np.arange(4))
    zarr.create_array(data, name="g/top", shape=(1,), zarr_format=fresh(data).metadata.zarr_format)
    np.testing.assert_array_equal(fresh(data)["new/deep/z"][:], np.arange(4))
    assert_true_to_the_store(data)


def test_what_is_deleted_below_a_consolidated_group_is_gone_after_reopening(data):
    by_listing(data)["g"].__delitem__("h")
    del fresh(data)["y"]
    assert [name for name, _ in fresh(data).members(None)] == ["g", "g/empty"]
    assert_true_to_the_store(data)


def test_a_new_shape_reaches_the_consolidated_group(data):
    x = by_listing(data)["g/h/x"]
    x.resize(5)
    assert fresh(data)["g/h/x"].shape == (5,)
    x.append([1, 2])
    assert fresh(data)["g/h/x"].shape == (7,)
    assert_true_to_the_store(data)


def test_attributes_reach_the_consolidated_group(data):
    root = by_listing(data)
    root["g/h/x"].attrs["unit"] = "km"
    root["g"].attrs["title"] = "t"
    root.attrs["s"] = 2
    assert fresh(data)["g/h/x"].attrs["unit"] == "km"
    assert dict(fresh(data)["g"].attrs) == {"title": "t"}
    assert dict(fresh(data).attrs) == {"r": 1, "s": 2}
    assert_true_to_the_store(data)


def test_overwriting_forgets_what_was_below(data):
    fresh(data).create_group("g", overwrite=True)
    assert [name for name, _ in fresh(data).members(None)] == ["g", "y"]
    assert_true_to_the_store(data)


def test_two_handles_do_not_undo_each_other(data):
    one, two = fresh(data), fresh(data)
    one.create_array("a", shape=(1,))
    two.create_array("b", shape=(1,))
    one.attrs["k"] = 1
    two["y"].attrs["k"] = 2
    again = fresh(data)
    assert sorted(again) == ["a", "b", "g", "y"]
    assert again.attrs["k"] == 1
    assert again["y"].attrs["k"] == 2
    assert_true_to_the_store(data)


def test_handles_from_one_group_see_what_the_others_change(data):
    root = fresh(data)
    g, y = root["g"], root["y"]
    g.create_array("new", shape=(2,))
    g.attrs["k"] = 1
    y.resize((4, 4))
    assert "g/new" in root
    assert root["g"].attrs["k"] == 1
    assert root["y"].shape == (4, 4)
    root["g/h"].create_group("more").create_array("last", shape=(1,))
    assert "h/more/last" in g
    del root["g/new"]
    assert "new" not in g


def test_the_async_twins_keep_it_true_too(data):
    import asyncio

    async def main():
        root = await zarr.api.asynchronous.open_group(data)
        await root.create_array("a/b", shape=(1,))
        await (await root.getitem("y")).resize((3, 3))
        await (await root.getitem("g")).update_attributes({"k": 1})
        await root.delitem("g/h")

    asyncio.run(main())
    assert fresh(data)["y"].shape == (3, 3)
    assert_true_to_the_store(data)


def test_every_consolidated_group_above_is_changed(data):
    zarr.consolidate_metadata(data, path="g")
    by_listing(data)["g/h/x"].resize(9)
    assert fresh(data)["g/h/x"].shape == fresh(data, path="g")["h/x"].shape == (9,)


def test_a_hierarchy_that_is_not_consolidated_stays_so():
    data = {}
    root = zarr.create_group(data)
    root.create_array("g/x", shape=(1,)).attrs["k"] = 1
    root["g"].attrs["k"] = 1
    assert all(b"consolidated" not in value.to_bytes() for value in data.values())


def test_a_store_without_consolidated_metadata_says_so():
    class Plain(MemoryStore):
        supports_consolidated_metadata = False

    store = Plain()
    zarr.create_group(store).create_group("g")
    with pytest.raises(TypeError, match="doesn't support consolidated"):
        zarr.consolidate_metadata(store)
    with pytest.raises(ValueError, match="doesn't support consolidated"):
        zarr.open_group(store, use_consolidated=True)
    assert list(zarr.open_group(store)) == ["g"]
