"""Groups."""

import asyncio
import pickle

import numpy as np
import pytest

import zarrust as zarr
from zarrust.errors import ContainsArrayError, ContainsGroupError


@pytest.fixture(params=[2, 3])
def root(request, store):
    return zarr.create_group(store, zarr_format=request.param)


def test_members_are_found_by_nested_paths(root):
    root.create_array("a/b/x", shape=(2,), dtype="i4")
    assert isinstance(root["a"], zarr.Group)
    assert root["a/b/x"] == root["a"]["b"]["x"] == root["/a/b/x/"]
    assert "a/b" in root
    assert "a/c" not in root
    assert root.get("a/c") is None
    with pytest.raises(KeyError, match="a/c"):
        root["a/c"]


def test_listing_is_sorted_and_by_kind(root):
    root.create_group("g2")
    root.create_group("g1/h")
    root.create_array("x", shape=(1,), dtype="i4")
    assert list(root) == list(root.keys()) == ["g1", "g2", "x"]
    assert len(root) == root.nmembers() == 3
    assert list(root.group_keys()) == ["g1", "g2"]
    assert list(root.array_keys()) == ["x"]
    assert [name for name, _ in root.members(max_depth=None)] == ["g1", "g2", "x", "g1/h"]
    assert [group.name for group in root.group_values()] == ["/g1", "/g2"]
    assert [array.path for array in root.array_values()] == ["x"]


def test_files_that_are_no_nodes_are_not_listed(root):
    root.store["notes.txt"] = b"hello"
    root.store["docs/readme"] = b"hello"
    assert list(root) == []


def test_names_and_repr():
    root = zarr.group()
    group = root.create_group("foo/bar")
    assert (group.path, group.name, group.basename) == ("foo/bar", "/foo/bar", "bar")
    assert repr(group) == f"<Group {root.store}/foo/bar>"
    assert root.name == "/"


def test_the_tree_is_drawn():
    root = zarr.group()
    root.create_group("a/b")
    root.create_array("x", shape=(2,), dtype="i4")
    assert str(root.tree()) == "/\n├── a\n│   └── b\n└── x (2,) int32\n"
    assert str(root.tree(level=1)) == "/\n├── a\n└── x (2,) int32\n"
    assert "Truncated" in str(root.tree(max_nodes=1))


def test_info_counts_on_request(root):
    root.create_array("g/x", shape=(1,), dtype="i4")
    assert "No. members" not in repr(root.info)
    assert repr(root.info_complete()).splitlines()[-3:] == ["No. members : 2", "No. arrays  : 1", "No. groups  : 1"]


def test_a_node_is_not_made_over_another(root):
    root.create_group("g")
    root.create_array("x", shape=(1,), dtype="i4")
    with pytest.raises(ContainsGroupError):
        root.create_group("g")
    with pytest.raises(ContainsArrayError):
        root.create_group("x")
    with pytest.raises(ValueError, match="array"):
        root.create_group("x/below")


def test_overwriting_replaces_what_is_below_and_spares_foreign_files(root):
    root.create_array("g/x", data=np.arange(4), chunks=(2,))
    root.store["g/notes.txt"] = b"mine"
    root.store["g/5"] = b"mine too"
    root.create_group("g", overwrite=True)
    assert list(root["g"]) == []
    assert root.store["g/notes.txt"] == b"mine"
    assert root.store["g/5"] == b"mine too"
    assert not [key for key in root.store if key.startswith("g/x")]


def test_deleting_takes_everything_below(root):
    root.create_array("g/h/x", data=np.arange(4), chunks=(2,))
    root.create_group("gg")
    del root["g"]
    assert list(root) == ["gg"]
    assert not [key for key in root.store if key.startswith("g/")]
    with pytest.raises(KeyError):
        del root["g"]


def test_require_returns_what_is_there_and_checks_it(root):
    group = root.require_group("g")
    assert root.require_group("g") == group
    array = root.require_array("x", shape=(3,), dtype="i4")
    assert root.require_array("x", shape=3, dtype="f8") == array
    for arguments in ({"shape": (4,)}, {"shape": (3,), "dtype": "i2"}, {"shape": (3,), "dtype": "i8", "exact": True}):
        with pytest.raises(TypeError, match="Incompatible"):
            root.require_array("x", **arguments)
    with pytest.raises(TypeError, match="Incompatible"):
        root.require_group("x")
    with pytest.raises(TypeError, match="Incompatible"):
        root.require_dataset("g", shape=1)
    assert [g.name for g in root.require_groups("p", "q")] == ["/p", "/q"]


def test_setting_a_member_stores_an_array(root):
    root["x"] = np.arange(3)
    root["x"] = np.arange(4)
    np.testing.assert_array_equal(root["x"][:], np.arange(4))


def test_filled_arrays_and_their_likes(root):
    ones = root.ones("ones", shape=(2,), dtype="i2")
    root.full("full", shape=(2,), fill_value=7)
    root.zeros("zeros", shape=(2,))
    root.empty("empty", shape=(2,))
    like = root.full_like("like", data=ones, fill_value=5)
    assert (root["ones"][0], root["full"][0], root["zeros"][0], like[0], like.dtype) == (1, 7, 0, 5, np.int16)
    assert root.zeros_like("z", data=ones)[0] == 0
    assert root.create_dataset("d", shape=(1,)).shape == (1,)


def test_a_compressor_of_version_2_keeps_the_groups_format():
    z = zarr.create_group(zarr_format=3).create_array(
        "x", shape=(2,), dtype="i4", compressor={"id": "gzip", "level": 3}
    )
    assert z.metadata.zarr_format == 3
    assert z.compressors[0].level == 3


def test_members_have_the_format_of_the_group(root):
    assert root.create_array("x", shape=1).metadata.zarr_format == root.metadata.zarr_format
    with pytest.raises(ValueError, match="zarr_format"):
        root.create_array("y", shape=1, zarr_format=5 - root.metadata.zarr_format)


def test_a_name_that_leaves_the_store_is_refused(root):
    with pytest.raises(ValueError, match=r"\.\."):
        root.create_group("../outside")


def test_an_empty_group_is_true_and_can_be_pickled(root):
    assert root
    root.create_group("g")
    with pickle.loads(pickle.dumps(root)) as again:
        assert list(again) == ["g"]


def test_the_async_group_does_the_same(root):
    async def main():
        group = zarr.AsyncGroup(root)
        array = await group.create_array("a/x", data=np.arange(3))
        await group.require_group("b")
        await group.update_attributes({"k": 1})
        assert isinstance(await group.getitem("a"), zarr.AsyncGroup)
        assert await group.contains("a/x")
        assert await group.get("none") is None
        names = [name async for name, _ in group.members(max_depth=None)]
        await group.delitem("b")
        return names, [key async for key in group.group_keys()], await array.getitem(...), str(await group.tree())

    names, keys, values, tree = asyncio.run(main())
    assert names == ["a", "b", "a/x"]
    assert keys == ["a"]
    np.testing.assert_array_equal(values, [0, 1, 2])
    assert tree == str(root.tree())
    assert root.attrs["k"] == 1
