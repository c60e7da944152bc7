"""Seed 003, the version 2 tutorial, row by row: groups, diagnostics and attributes."""

import importlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import zarrust as zarr
from listings import table


@pytest.fixture
def root():
    """The hierarchy of the section on groups."""
    root = zarr.group()
    foo = root.create_group("foo")
    bar = foo.create_group("bar")
    bar.zeros("baz", shape=(10000, 10000), chunks=(1000, 1000), dtype="i4")
    bar.create_dataset("quux", shape=(10000, 10000), chunks=(1000, 1000), dtype="i4")
    return root


@pytest.fixture(scope="module")
def diagnosed():
    """The hierarchy of the section on diagnostics; the tests of this module only read it."""
    root = zarr.group()
    foo = root.create_group("foo")
    bar = foo.zeros("bar", shape=1000000, chunks=100000, dtype="i8")
    bar[:] = 42
    baz = foo.zeros("baz", shape=(1000, 1000), chunks=(100, 100), dtype="f4")
    baz[:] = 4.2
    return root


def drawn(tree):
    """Return the lines of a tree below its root, without what all of them start with."""
    below = str(tree).splitlines()[1:]
    indent = min(len(line) - len(line.lstrip()) for line in below)
    return [line[indent:] for line in below]


def test_s3_057_group_makes_a_group():
    root = zarr.group()
    assert repr(root) == f"<Group {root.store}>"
    assert str(root.store).startswith("memory://")
    assert list(root) == []


def test_s3_058_groups_in_groups():
    root = zarr.group()
    foo = root.create_group("foo")
    bar = foo.create_group("bar")
    assert (foo.name, bar.name, list(root)) == ("/foo", "/foo/bar", ["foo"])


def test_s3_059_arrays_in_groups_by_position():
    bar = zarr.group().create_group("foo/bar")
    z1 = bar.zeros("baz", shape=(10000, 10000), chunks=(1000, 1000), dtype="i4")
    assert (z1.name, z1.shape, z1.chunks) == ("/foo/bar/baz", (10000, 10000), (1000, 1000))


def test_s3_060_the_text_of_an_array_in_a_group(root):
    z1 = root["foo"]["bar"]["baz"]
    assert repr(z1) == f"<Array {root.store}/foo/bar/baz shape=(10000, 10000) dtype=int32>"


def test_s3_061_create_dataset():
    bar = zarr.group().create_group("foo/bar")
    z = bar.create_dataset("quux", shape=(10000, 10000), chunks=(1000, 1000), dtype="i4")
    assert z.name == "/foo/bar/quux"
    assert repr(z) == f"<Array {z.store}/foo/bar/quux shape=(10000, 10000) dtype=int32>"


def test_s3_062_require_dataset_makes_what_is_missing():
    q = zarr.group().require_dataset("q", shape=(10,), chunks=(5,), dtype="i4")
    assert (q.shape, q.chunks, q.dtype) == ((10,), (5,), np.int32)


def test_s3_063_require_dataset_opens_what_is_there():
    bar = zarr.group()
    bar.require_dataset("q", shape=(10,), chunks=(5,), dtype="i4")[:] = 3
    np.testing.assert_array_equal(bar.require_dataset("q", shape=(10,), chunks=(5,), dtype="i4")[:], [3] * 10)
    with pytest.raises(TypeError):
        bar.require_dataset("q", shape=(11,), chunks=(5,), dtype="i4")


def test_s3_064_members_by_suffix(root):
    assert root["foo"].name == "/foo"
    assert repr(root["foo"]) == f"<Group {root.store}/foo>"


def test_s3_065_several_levels_in_one_call(root):
    assert root["foo/bar"].name == "/foo/bar"
    assert isinstance(root["foo/bar"], zarr.Group)


def test_s3_066_down_to_an_array(root):
    assert root["foo/bar/baz"].name == "/foo/bar/baz"
    assert isinstance(root["foo/bar/baz"], zarr.Array)


def test_s3_067_the_tree_of_the_hierarchy(root):
    assert drawn(root.tree()) == [
        "└── foo",
        "    └── bar",
        "        ├── baz (10000, 10000) int32",
        "        └── quux (10000, 10000) int32",
    ]


def test_s3_068_open_without_a_shape_makes_a_group():
    root = zarr.open("data/group.zarr", mode="w")
    assert repr(root) == "<Group file://data/group.zarr>"
    assert Path("data/group.zarr/zarr.json").is_file()


def test_s3_069_a_nested_name_makes_the_groups_between():
    root = zarr.open("data/group.zarr", mode="w")
    z = root.zeros("foo/bar/baz", shape=(10000, 10000), chunks=(1000, 1000), dtype="i4")
    assert z.name == "/foo/bar/baz"
    assert isinstance(root["foo"], zarr.Group)
    assert isinstance(root["foo/bar"], zarr.Group)
    assert Path("data/group.zarr/foo/bar/baz").is_dir()


def test_s3_070_a_nested_name_by_keyword():
    root = zarr.open("data/group.zarr", mode="w")
    z = root.zeros(name="foo/bar/baz", shape=(100,), chunks=(10,), dtype="i4")
    assert z.name == "/foo/bar/baz"
    assert isinstance(root["foo"], zarr.Group)
    assert isinstance(root["foo/bar"], zarr.Group)


@pytest.mark.parametrize("mode", ["r", "a"])
def test_s3_071_open_opens_a_group_again(mode):
    zarr.open("data/group.zarr", mode="w").create_group("foo/bar")
    root = zarr.open("data/group.zarr", mode=mode)
    assert (list(root), list(root["foo"])) == (["foo"], ["bar"])


def test_s3_072_groups_are_context_managers():
    made = zarr.group()
    with made as g:
        assert g is made


def test_s3_073_the_store_is_closed_on_exit():
    with zarr.group(store=zarr.storage.ZipStore("g.zip", mode="w")) as g:
        g.zeros("x", shape=(2,))
    with zipfile.ZipFile("g.zip") as archive:
        assert archive.testzip() is None
        assert {"zarr.json", "x/zarr.json"} <= set(archive.namelist())


def test_s3_074_groups_have_the_class_path_of_the_document():
    hierarchy = importlib.import_module("zarrust.hierarchy")
    assert type(zarr.group()) is hierarchy.Group


def test_s3_075_arrays_have_the_class_path_of_the_document():
    core = importlib.import_module("zarrust.core")
    assert type(zarr.zeros(3)) is core.Array


def test_s3_076_a_group_is_like_h5pys(root):
    assert "foo" in root
    assert "foo/bar" in root
    assert (list(root), len(root), sorted(root["foo/bar"])) == (["foo"], 1, ["baz", "quux"])


def test_s3_077_integers_for_shape_and_chunks(diagnosed):
    bar, baz = diagnosed["foo/bar"], diagnosed["foo/baz"]
    assert (bar.shape, bar.chunks, bar.dtype) == ((1000000,), (100000,), np.int64)
    assert (baz.shape, baz.chunks, baz.dtype) == ((1000, 1000), (100, 100), np.float32)


def test_s3_078_the_root_its_name_and_type(diagnosed):
    rows = table(diagnosed.info)
    assert (rows["Name"], rows["Type"]) == ("", "Group")


def test_s3_079_the_root_its_access_and_store(diagnosed):
    rows = table(diagnosed.info)
    assert (rows["Read-only"], rows["Store type"]) == ("False", "MemoryStore")


def test_s3_080_the_root_its_direct_members(diagnosed):
    rows = table(diagnosed.info)
    assert [rows[name] for name in ("No. members", "No. arrays", "No. groups")] == ["1", "0", "1"]
    complete = table(diagnosed.info_complete())
    assert [complete[name] for name in ("No. members", "No. arrays", "No. groups")] == ["3", "2", "1"]


def test_s3_081_the_counts_are_in_info(diagnosed):
    assert repr(diagnosed.info).splitlines()[5:8] == ["No. members : 1", "No. arrays  : 0", "No. groups  : 1"]
    assert diagnosed.info == diagnosed.info


def test_s3_082_the_names_of_groups(diagnosed):
    assert table(diagnosed.info)["Groups"] == "foo"


def test_s3_083_a_group_its_name(diagnosed):
    assert table(diagnosed["foo"].info)["Name"] == "foo"


def test_s3_084_a_group_its_counts(diagnosed):
    rows = table(diagnosed["foo"].info)
    assert [rows[name] for name in ("No. members", "No. arrays", "No. groups")] == ["2", "2", "0"]


def test_s3_085_the_names_of_arrays(diagnosed):
    assert table(diagnosed["foo"].info)["Arrays"] == "bar, baz"


def test_s3_086_an_array_its_name(diagnosed):
    assert table(diagnosed["foo/bar"].info)["Name"] == "/foo/bar"


def test_s3_087_an_array_its_static_lines(diagnosed):
    rows = table(diagnosed["foo/bar"].info)
    assert [rows[name] for name in ("Data type", "Shape", "Chunk shape", "Order", "Read-only")] == [
        "Int64(endianness='little')",
        "(1000000,)",
        "(100000,)",
        "C",
        "False",
    ]


def test_s3_088_an_array_its_default_compressor(diagnosed):
    assert table(diagnosed["foo/bar"].info)["Compressors"] == "(ZstdCodec(level=0, checksum=False),)"


def test_s3_089_an_array_its_bytes(diagnosed):
    assert table(diagnosed["foo/bar"].info)["No. bytes"] == "8000000 (7.6M)"


def test_s3_090_an_array_what_is_stored(diagnosed):
    bar = diagnosed["foo/bar"]
    rows, stored = table(bar.info), bar.nbytes_stored()
    assert stored < 8000000 / 100
    assert int(rows["No. bytes stored"].partition(" ")[0]) == stored
    assert (rows["Storage ratio"], rows["Chunks initialized"]) == (f"{8000000 / stored:.1f}", "10/10")


def test_s3_091_an_array_of_two_dimensions(diagnosed):
    rows = table(diagnosed["foo/baz"].info)
    assert [rows[name] for name in ("Data type", "Shape", "Chunk shape", "No. bytes", "Chunks initialized")] == [
        "Float32(endianness='little')",
        "(1000, 1000)",
        "(100, 100)",
        "4000000 (3.8M)",
        "100/100",
    ]


def test_s3_092_the_tree_of_the_diagnosed(diagnosed):
    assert drawn(diagnosed.tree()) == [
        "└── foo",
        "    ├── bar (1000000,) int64",
        "    └── baz (1000, 1000) float32",
    ]


def test_s3_093_a_tree_has_a_rich_display_hook(root):
    assert "text/html" in root.tree()._repr_mimebundle_()


def test_s3_094_attributes_of_a_group():
    root = zarr.group()
    root.attrs["foo"] = "bar"
    assert sorted(root.attrs) == ["foo"]


def test_s3_095_membership_of_attributes():
    root = zarr.group()
    root.attrs["foo"] = "bar"
    assert "foo" in root.attrs
    assert "bar" not in root.attrs


def test_s3_096_attributes_are_read():
    root = zarr.group()
    root.attrs["foo"] = "bar"
    assert root.attrs["foo"] == "bar"
    with pytest.raises(KeyError):
        root.attrs["missing"]


def set_and_check(z):
    z.attrs["baz"] = 42
    z.attrs["qux"] = [1, 4, 7, 12]
    assert sorted(z.attrs) == ["baz", "qux"]
    assert (z.attrs["baz"], z.attrs["qux"]) == (42, [1, 4, 7, 12])


def test_s3_097_attributes_of_an_array():
    root = zarr.group()
    set_and_check(root.zeros("zzz", shape=(10000, 10000)))


def test_s3_098_attributes_of_an_array_made_by_create_dataset():
    root = zarr.group()
    set_and_check(root.create_dataset("zzz", shape=(10000, 10000), dtype="f8"))


def test_s3_099_attributes_must_be_json():
    root = zarr.group()
    with pytest.raises(TypeError):
        root.attrs["x"] = object()
    assert "x" not in root.attrs


def test_s3_100_attributes_are_stored_as_json():
    root = zarr.group(store="g")
    root.attrs["foo"] = "bar"
    set_and_check(root.zeros("zzz", shape=(10000, 10000)))
    again = zarr.open_group("g", mode="r")
    assert (dict(again.attrs), dict(again["zzz"].attrs)) == ({"foo": "bar"}, {"baz": 42, "qux": [1, 4, 7, 12]})
    assert json.loads(Path("g/zarr.json").read_text())["attributes"] == {"foo": "bar"}
    assert json.loads(Path("g/zzz/zarr.json").read_text())["attributes"] == {"baz": 42, "qux": [1, 4, 7, 12]}
