"""The version 2 tutorial (seed 003), row by row: creation, groups, information, attributes."""

import importlib
import json

import numpy as np
import pytest
from numcodecs import Blosc, Zstd

import zarrust as zarr


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tree():
    root = zarr.group()
    bar = root.create_group("foo").create_group("bar")
    for name in ("baz", "quux"):
        bar.zeros(name, shape=(10000, 10000), chunks=(1000, 1000), dtype="i4")
    return root


def big(**given):
    return zarr.zeros(**{"shape": (10000, 10000), "chunks": (1000, 1000), "dtype": "i4"} | given)


def test_s3_001_zeros_has_shape_chunks_and_dtype():
    z = big()
    assert (z.shape, z.chunks, z.dtype) == ((10000, 10000), (1000, 1000), np.int32)


def test_s3_002_the_repr_names_shape_and_dtype():
    assert "shape=(10000, 10000) dtype=int32>" in repr(big())


def test_s3_003_chunks_are_counted():
    assert (big().nchunks, big().cdata_shape) == (100, (10, 10))


def test_s3_005_an_array_has_numpys_properties():
    z = big()
    assert (z.ndim, z.size, z.dtype.itemsize, z.nbytes) == (2, 10**8, 4, 4 * 10**8)


@pytest.mark.parametrize("mode", ["a", "r+"])
def test_s3_013_to_018_open_makes_a_persistent_array(mode, tmp_path):
    z1 = zarr.open("data/example.zarr", mode="w", shape=(100, 100), chunks=(10, 10), dtype="i4")
    z1[:] = 42
    assert (tmp_path / "data/example.zarr/zarr.json").exists()
    z2 = zarr.open("data/example.zarr", mode="r")
    assert np.all(z1[:] == z2[:])
    assert z2.read_only
    with pytest.raises(ValueError):
        z2[:] = 1
    zarr.open("data/example.zarr", mode=mode)[0] = 7
    assert z1[0, 0] == 7


def test_s3_020_021_save_and_load_replace_what_was_there():
    zarr.save("data/example.zarr", np.zeros((3, 3)))
    zarr.save("data/example.zarr", np.arange(10))
    np.testing.assert_array_equal(zarr.load("data/example.zarr"), np.arange(10))


def test_s3_022_to_025_resize_takes_integers_or_a_tuple(tmp_path):
    z = zarr.open("r.zarr", mode="w", shape=(100, 100), chunks=(10, 10), dtype="i4")
    z[:] = 42
    z.resize(50, 100)
    assert len([p for p in (tmp_path / "r.zarr/c").rglob("*") if p.is_file()]) == 50
    z.resize((200, 200))
    assert z.shape == (200, 200)
    assert (z[49, 99], z[50, 0], z[0, 100]) == (42, 0, 0)


def test_s3_026_to_028_array_and_append():
    a = np.arange(10000, dtype="i4").reshape(100, 100)
    z = zarr.array(a, chunks=(10, 100))
    assert z.append(a) == (200, 100)
    assert z.append(np.vstack([a, a]), axis=1) == (200, 200)
    np.testing.assert_array_equal(z[100:, 100:], a)


@pytest.mark.parametrize("codec", [Blosc("zstd", 3, Blosc.BITSHUFFLE), Zstd(level=1)])
def test_s3_029_030_045_compressor_is_kept(codec):
    made = [zarr.zeros(8, compressor=codec), zarr.array(np.arange(8), compressor=codec)]
    made += [zarr.full(8, 1, compressor=codec), zarr.open("c.zarr", mode="w", shape=8, compressor=codec)]
    made += [zarr.group().zeros("x", shape=8, compressor=codec), zarr.zeros_like(np.arange(8), compressor=codec)]
    assert [z.compressor for z in made] == [codec] * 6
    np.testing.assert_array_equal(made[1][:], np.arange(8))


def test_s3_033_to_042_info_has_the_three_storage_lines():
    z = zarr.array(np.arange(10**6, dtype="i4").reshape(1000, 1000), chunks=(100, 100))
    text = repr(z.info)
    for line in ("No. bytes          : 4000000 (3.8M)", "Storage ratio", "Chunks initialized : 100/100"):
        assert line in text
    assert f"No. bytes stored   : {z.nbytes_stored()} (" in text


def test_s3_044_a_compressor_that_was_not_given_is_named():
    assert type(zarr.zeros(10, chunks=5).compressor).__name__ in ("Blosc", "Zstd")


def test_s3_047_048_the_default_compressor_can_be_changed(monkeypatch):
    for codec in (Zstd(level=1), Blosc()):
        monkeypatch.setattr(zarr.storage, "default_compressor", codec)
        assert zarr.zeros(100, chunks=10).compressor == codec


def test_s3_049_050_no_compressor_stores_the_raw_data():
    z = zarr.create(store={}, shape=4, chunks=4, dtype="i4", compressor=None)
    z[:] = np.arange(4)
    assert z.compressor is None
    assert z.store["0"] == np.arange(4, dtype="i4").tobytes()


def test_s3_057_058_groups_in_groups():
    root = zarr.group()
    bar = root.create_group("foo").create_group("bar")
    assert repr(root).startswith("<Group memory://")
    assert (bar.name, list(root)) == ("/foo/bar", ["foo"])


def test_s3_059_to_066_members_by_position_and_by_path(tree):
    assert tree["foo/bar/baz"].name == "/foo/bar/baz"
    assert repr(tree["foo/bar/baz"]).endswith("/foo/bar/baz shape=(10000, 10000) dtype=int32>")
    bar = tree["foo"]["bar"]
    assert bar.create_dataset("more", shape=(10, 10), chunks=(5, 5), dtype="i4").name == "/foo/bar/more"
    q = bar.require_dataset("q", shape=(10,), chunks=(5,), dtype="i4")
    q[:] = 3
    assert bar.require_dataset("q", shape=(10,), chunks=(5,), dtype="i4")[0] == 3
    with pytest.raises(TypeError):
        bar.require_dataset("q", shape=(11,), dtype="i4")


def test_s3_067_the_tree(tree):
    lines = str(tree.tree()).splitlines()
    assert lines[1:] == [
        "└── foo",
        "    └── bar",
        "        ├── baz (10000, 10000) int32",
        "        └── quux (10000, 10000) int32",
    ]


def test_s3_068_to_071_a_group_in_a_folder(tmp_path):
    root = zarr.open("data/group.zarr", mode="w")
    assert repr(root) == "<Group file://data/group.zarr>"
    root.zeros("foo/bar/baz", shape=(100, 100), chunks=(10, 10), dtype="i4")
    root.zeros(name="by/keyword", shape=(100,), chunks=(10,), dtype="i4")
    assert (tmp_path / "data/group.zarr/foo/bar/baz").is_dir()
    assert sorted(zarr.open("data/group.zarr", mode="r")) == ["by", "foo"]


def test_s3_072_073_a_group_closes_its_store():
    closed = []

    class Store(zarr.storage.MemoryStore):
        def close(self):
            closed.append(True)

    with zarr.group(store=Store()) as g:
        assert not closed
        assert g.path == ""
    assert closed == [True]


def test_s3_076_a_group_is_like_a_mapping(tree):
    assert "foo" in tree
    assert "foo/bar" in tree
    assert (list(tree), len(tree), sorted(tree["foo/bar"])) == (["foo"], 1, ["baz", "quux"])


def test_s3_077_to_092_information_about_groups_and_arrays():
    root = zarr.group()
    foo = root.create_group("foo")
    bar = foo.zeros("bar", shape=1000000, chunks=100000, dtype="i8")
    bar[:] = 42
    baz = foo.zeros("baz", shape=(1000, 1000), chunks=(100, 100), dtype="f4")
    baz[:] = 4.2
    for line in ("No. members : 1", "No. arrays  : 0", "No. groups  : 1", "Groups      : foo"):
        assert line in repr(root.info)
    for line in ("Name        : foo", "No. members : 2", "No. groups  : 0", "Arrays      : bar, baz"):
        assert line in repr(foo.info)
    for line in ("Name               : /foo/bar", "No. bytes          : 8000000 (7.6M)", "initialized : 10/10"):
        assert line in repr(bar.info)
    assert "No. bytes          : 4000000 (3.8M)" in repr(baz.info)
    assert "Chunks initialized : 100/100" in repr(baz.info)
    assert str(root.tree()).splitlines()[2:] == [
        "    ├── bar (1000000,) int64",
        "    └── baz (1000, 1000) float32",
    ]


def test_s3_093_a_tree_has_a_rich_display_hook(tree):
    assert "text/html" in tree.tree()._repr_mimebundle_()


def test_s3_094_to_100_attributes_are_json():
    root = zarr.group(store="attrs.zarr")
    root.attrs["foo"] = "bar"
    assert (sorted(root.attrs), "foo" in root.attrs, root.attrs["foo"]) == (["foo"], True, "bar")
    z = root.zeros("zzz", shape=(10000, 10000))
    z.attrs["baz"], z.attrs["qux"] = 42, [1, 4, 7, 12]
    with pytest.raises(KeyError):
        root.attrs["missing"]
    with pytest.raises(TypeError):
        root.attrs["x"] = object()
    assert dict(zarr.open("attrs.zarr")["zzz"].attrs) == {"baz": 42, "qux": [1, 4, 7, 12]}
    assert json.loads(root.store["zarr.json"])["attributes"] == {"foo": "bar"}


def test_s3_151_create_overwrites_only_when_asked():
    for overwrite in (False, True):
        zarr.create(store="data/example.zarr", overwrite=overwrite, shape=10, dtype="i4")
    with pytest.raises(ValueError):
        zarr.create(store="data/example.zarr", shape=10, dtype="i4")


def test_s3_004_creation_routines_live_in_their_module():
    with pytest.warns(DeprecationWarning, match="deprecated"):
        creation = importlib.import_module("zarrust.creation")
    assert all(getattr(creation, name) is getattr(zarr, name) for name in creation.__all__)


def test_s3_019_open_save_and_load_live_in_their_module():
    with pytest.warns(DeprecationWarning, match="deprecated"):
        convenience = importlib.import_module("zarrust.convenience")
    assert all(getattr(convenience, name) is getattr(zarr, name) for name in convenience.__all__)


def test_s3_074_groups_have_the_class_path_of_the_document():
    hierarchy = importlib.import_module("zarrust.hierarchy")
    assert type(zarr.group()) is hierarchy.Group
