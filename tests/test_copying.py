"""Copying nodes and keys."""

import asyncio

import numpy as np
import pytest

import zarrust as zarr
from zarrust.errors import CopyError


@pytest.fixture(params=[2, 3])
def source(request):
    root = zarr.create_group(zarr_format=request.param, attributes={"r": 1})
    root.create_array("foo/bar/baz", data=np.arange(100), chunks=(50,), attributes={"u": "m"})
    root.create_array("spam", data=np.arange(4), chunks=(2,))
    return root


@pytest.fixture(params=[2, 3])
def dest(request):
    return zarr.create_group(zarr_format=request.param)


def test_copying_a_group_takes_data_and_attributes(source, dest):
    lines = []
    copied, skipped, size = zarr.copy(source["foo"], dest, log=lines.append)
    assert (copied, skipped) == (3, 0)
    assert lines[:3] == ["copy /foo", "copy /foo/bar", "copy /foo/bar/baz (100,) int64"]
    assert lines[3:] == [f"all done: 3 copied, 0 skipped, {size:,} bytes copied"]
    z = dest["foo/bar/baz"]
    np.testing.assert_array_equal(z[:], np.arange(100))
    assert (z.chunks, z.attrs["u"], z.metadata.zarr_format) == ((50,), "m", dest.metadata.zarr_format)


def test_chunks_are_not_decoded_where_nothing_differs(source):
    dest = zarr.create_group(zarr_format=source.metadata.zarr_format)
    (broken,) = [key for key in source.store if key.endswith(("baz/c/0", "baz/0"))]
    source.store[broken] = b"no chunk at all"
    zarr.copy(source["foo"], dest)
    assert dest.store[broken] == b"no chunk at all"


def test_other_chunks_can_be_asked_for(source, dest):
    zarr.copy(source["spam"], dest, name="eggs", chunks=(4,), without_attrs=True)
    assert dest["eggs"].chunks == (4,)
    np.testing.assert_array_equal(dest["eggs"][:], np.arange(4))


def test_what_is_there_is_kept_or_replaced_as_asked(source, dest):
    dest.create_array("spam", data=np.zeros(9))
    with pytest.raises(CopyError, match="spam"):
        zarr.copy(source["spam"], dest)
    assert zarr.copy(source["spam"], dest, if_exists="skip") == (0, 1, 0)
    assert dest["spam"].shape == (9,)
    assert zarr.copy(source["spam"], dest, if_exists="replace")[:2] == (1, 0)
    assert dest["spam"].shape == (4,)
    assert zarr.copy(source["spam"], dest, if_exists="skip_initialized")[:2] in ((0, 1), (1, 0))
    with pytest.raises(ValueError, match="if_exists"):
        zarr.copy(source["spam"], dest, if_exists="maybe")


def test_an_array_whose_shards_are_not_all_stored_is_not_skipped():
    source, dest = zarr.group(), zarr.group()
    data = np.arange(81, dtype="i4").reshape(9, 9)
    source.create_array("z", data=data, shards=(8, 8), chunks=(1, 1))
    half = dest.create_array("z", shape=(9, 9), shards=(8, 8), chunks=(1, 1), dtype="i4")
    half[:, :8] = data[:, :8]
    assert zarr.copy(source["z"], dest, if_exists="skip_initialized")[:2] == (1, 0)
    np.testing.assert_array_equal(dest["z"][...], data)
    assert zarr.copy(source["z"], dest, if_exists="skip_initialized")[:2] == (0, 1)


def test_a_dry_run_writes_nothing(source, dest):
    lines = []
    assert zarr.copy_all(source, dest, dry_run=True, log=lines.append) == (4, 0, 0)
    assert lines[-1] == "dry run: 4 copied, 0 skipped, 0 bytes copied"
    assert list(dest) == []


def test_copying_all_takes_every_member(source, dest):
    assert zarr.copy_all(source, dest)[:2] == (4, 0)
    assert sorted(dest) == ["foo", "spam"]
    assert dest.attrs["r"] == 1
    other = zarr.create_group()
    assert zarr.copy_all(source, other, shallow=True)[:2] == (1, 0)
    assert list(other) == ["spam"]


def test_a_root_needs_a_name(source, dest):
    with pytest.raises(TypeError, match="name"):
        zarr.copy(source, dest)
    assert zarr.copy(source, dest, name="all")[0] == 5


def test_keys_are_copied_as_they_are(source):
    dest = {}
    copied, skipped, size = zarr.copy_store(source.store, dest)
    assert (copied, skipped) == (len(dest), 0)
    assert {key: value.to_bytes() for key, value in dest.items()} == {key: source.store[key] for key in source.store}
    assert size == sum(len(source.store[key]) for key in source.store)
    with pytest.raises(CopyError):
        zarr.copy_store(source.store, dest)
    assert zarr.copy_store(source.store, dest, if_exists="skip") == (0, copied, 0)
    assert zarr.copy_store(source.store, dest, if_exists="replace") == (copied, 0, size)


def test_a_part_of_the_keys_can_be_copied(source, tmp_path):
    dest = zarr.storage.MemoryStore()
    log = tmp_path / "log.txt"
    zarr.copy_store(source.store, dest, source_path="foo", dest_path="new", excludes=r"baz/(c/)?\d", log=str(log))
    assert all(key.startswith("new/bar") or key.count("/") == 1 for key in dest)
    np.testing.assert_array_equal(zarr.open_array(dest, path="new/bar/baz")[:], np.zeros(100))
    assert "foo/bar/baz" in log.read_text()
    again = {}
    zarr.copy_store(source.store, again, excludes=["foo", "spam"], includes="bar/baz")
    assert any("bar/baz" in key for key in again)
    assert not any("spam" in key for key in again)


def test_the_async_twins_copy_too(source, dest):
    async def main():
        api = zarr.api.asynchronous
        counts = await api.copy_all(zarr.AsyncGroup(source), zarr.AsyncGroup(dest))
        await api.copy(zarr.AsyncArray(source["spam"]), zarr.AsyncGroup(dest), name="eggs")
        return counts, await api.copy_store(source.store, {})

    counts, keys = asyncio.run(main())
    assert counts[0] == 4
    assert keys[0] > 4
    assert sorted(dest) == ["eggs", "foo", "spam"]
