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


def test_a_group_is_gone_through_like_a_mapping(root):
    assert [*root.keys()] == [name for name, _ in root.items()] == [node.basename for node in root.values()]
    assert dict(root.items()) == dict(root.members())


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
    assert str(root.tree(level=0)) == "/\n├── a\n└── x (2,) int32\n"
    assert "Truncated" in str(root.tree(max_nodes=1))


def test_info_counts_direct_members_when_it_is_printed(root):
    root.create_array("g/x", shape=(1,), dtype="i4")
    assert repr(root.info).splitlines() == [
        "Name        : ",
        "Type        : Group",
        f"Zarr format : {root.metadata.zarr_format}",
        "Read-only   : False",
        f"Store type  : {type(root.store).__name__}",
        "No. members : 1",
        "No. arrays  : 0",
        "No. groups  : 1",
        "Groups      : g",
    ]
    assert repr(root["g"].info).splitlines()[-1] == "Arrays      : x"
    assert repr(root.info_complete()).splitlines()[-3:] == ["No. members : 2", "No. arrays  : 1", "No. groups  : 1"]


def test_equal_groups_have_equal_infos_without_a_request(root):
    before = root.info
    root.create_group("g")
    assert root.info == before
    assert repr(root.info) == repr(before)


def test_a_notebook_shows_a_table_of_a_group(root):
    root.create_group("<g>")
    assert "<th" in root._repr_html_()
    assert "&lt;g&gt;" in root._repr_html_()


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
    assert root.require_array("x", shape=3, dtype=zarr.dtype.Int32(), exact=True) == array
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


def walked(root):
    root.create_group("b/d")
    root.create_array("b/c/x", data=np.arange(3), chunks=(2,), attributes={"u": 1})
    root.create_array("a", shape=(1,), dtype="i4")
    return root


def test_visiting_goes_depth_first_until_something_is_returned(root):
    walked(root)
    paths, values, items = [], [], []
    assert root.visit(paths.append) is None
    root.visitvalues(lambda node: values.append(node.path))
    root.visititems(lambda path, node: items.append((path, node.name)))
    assert paths == values == ["a", "b", "b/c", "b/c/x", "b/d"]
    assert items == [(path, f"/{path}") for path in paths]
    assert root["b"].visitkeys(lambda path: path if path.endswith("x") else None) == "c/x"


def test_listing_can_go_all_the_way_down(root):
    walked(root)
    assert list(root.array_keys(recurse=True)) == ["a", "b/c/x"]
    assert [array.path for array in root.array_values(recurse=True)] == ["a", "b/c/x"]
    assert list(root.group_keys(recurse=True)) == ["b", "b/c", "b/d"]
    assert [name for name, _ in root["b"].arrays(recurse=True)] == ["c/x"]


def test_moving_takes_everything_along(root):
    walked(root).store["b/notes.txt"] = b"mine"
    root.move("b", "new/place")
    assert "b" not in root
    np.testing.assert_array_equal(root["new/place/c/x"][:], [0, 1, 2])
    assert root["new/place/c/x"].attrs["u"] == 1
    assert root.store["new/place/notes.txt"] == b"mine"
    assert not [key for key in root.store if key.startswith("b/")]
    root["new"].rename("place/c/x", "y")
    assert list(root["new"]) == ["place", "y"]


def test_moving_refuses_what_cannot_be(root):
    walked(root)
    for source, dest in (("none", "z"), ("b", "a"), ("b", "b/below"), ("b", "a/below"), ("b", "b")):
        with pytest.raises(ValueError):
            root.move(source, dest)
    assert sorted(root.array_keys(recurse=True)) == ["a", "b/c/x"]


def test_moving_keeps_consolidated_metadata_true(root):
    walked(root)
    zarr.consolidate_metadata(root.store)
    known = zarr.open_group(root.store, use_consolidated=True)
    known.move("b/c", "e/f")
    listed = [path for path, _ in zarr.open_group(root.store, use_consolidated=False).members(None)]
    assert [path for path, _ in known.members(None)] == listed == ["a", "b", "e", "b/d", "e/f", "e/f/x"]
    assert [path for path, _ in zarr.open_consolidated(root.store).members(None)] == listed


def test_a_member_can_be_asked_for_by_kind(root):
    walked(root)
    assert root.get_array("b/c/x").shape == (3,)
    assert root.get_group("b/c").path == "b/c"
    for ask, path, error in (
        (root.get_array, "b", ContainsGroupError),
        (root.get_group, "a", ContainsArrayError),
        (root.get_array, "none", zarr.errors.ArrayNotFoundError),
        (root.get_group, "none", zarr.errors.GroupNotFoundError),
    ):
        with pytest.raises(error):
            ask(path)


def test_several_nodes_are_made_in_one_call(root):
    array = root.create_array("template", shape=(2,), dtype="i4").metadata
    made = dict(root.create_group("g").create_hierarchy({"h/x": array, "y": array}))
    assert sorted(made) == ["h", "h/x", "y"]
    assert made["h/x"].path == "g/h/x"
    assert root["g/h/x"].shape == (2,)
    other = zarr.create_array(shape=1, zarr_format=5 - root.metadata.zarr_format).metadata
    with pytest.raises(ValueError, match="zarr_format of the nodes must be the same as the parent group"):
        root.create_hierarchy({"z": other})
    assert [g.name for g in root.create_groups("p", "q/r")] == ["/p", "/q/r"]
    with pytest.raises(ContainsGroupError):
        root.create_groups("p")


def test_a_hierarchy_made_in_a_consolidated_group_keeps_what_was_known():
    root = zarr.create_group({})
    node = root.create_group("h/old").metadata
    zarr.consolidate_metadata(root.store)
    known = zarr.open_consolidated(root.store)
    assert [path for path, _ in known.create_hierarchy({"h/new": node})] == ["h/new"]
    assert [path for path, _ in known.members(None)] == ["h", "h/new", "h/old"]


def test_the_async_group_moves_and_makes_too(root):
    async def main():
        group = zarr.AsyncGroup(walked(root))
        await group.move("b/c/x", "moved")
        await group.create_groups("p", "q")
        made = [name async for name, _ in group.create_hierarchy({"r/s": root["b"].metadata})]
        with pytest.raises(ContainsGroupError):
            await group.get_array("p")
        return made, (await group.get_array("moved")).shape, (await group.get_group("r/s")).path

    assert asyncio.run(main()) == (["r", "r/s"], (3,), "r/s")


def test_a_tree_has_html_and_plain_text(root):
    root.create_array("a<b", shape=(2,), dtype="i4")
    tree = root.tree()
    assert tree._repr_mimebundle_()["text/plain"] == str(tree) == "/\n└── a<b (2,) int32\n"
    assert "<b>a&lt;b</b> (2,) int32" in tree._repr_html_()


def test_a_tree_is_bold_in_a_terminal_unless_plain(root, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    root.create_group("a")
    assert "\x1b[1ma\x1b[0m" in repr(root.tree())
    assert repr(root.tree(plain=True)) == "/\n└── a\n"


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_update_attributes_async_replaces_what_update_attributes_keeps(zarr_format):
    store = zarr.storage.MemoryStore()
    group = zarr.create_group(store, attributes={"a": 1}, zarr_format=zarr_format)
    assert dict(group.update_attributes({"b": 2}).attrs) == {"a": 1, "b": 2}
    assert dict(asyncio.run(group.update_attributes_async({"c": 3})).attrs) == {"c": 3}
    assert dict(zarr.open_group(store, mode="r").attrs) == {"c": 3}
    with pytest.raises(TypeError, match="bad"):
        asyncio.run(group.update_attributes_async({"bad": object()}))
