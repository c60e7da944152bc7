"""From format 2 to format 3: what becomes of the documents, and that the chunks read the same."""

import asyncio
import json

import numcodecs
import numpy as np
import pytest

import zarrust as zarr
from zarrust.metadata.migrate_v3 import migrate_to_v3, migrate_v2_to_v3, remove_metadata

pytestmark = pytest.mark.filterwarnings("ignore:.*numcodecs.*")


def migrated(**arguments):
    """Return an array of format 2, and the same store's array after it was migrated."""
    store = zarr.storage.MemoryStore()
    data = np.arange(30, dtype=arguments.pop("dtype", "<i4")).reshape(5, 6)
    old = zarr.create_array(store, data=data, chunks=(2, 3), zarr_format=2, **arguments)
    migrate_v2_to_v3(input_store=store)
    return old, zarr.open_array(store, mode="r", zarr_format=3)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["u1", "<i4", ">f8"])
@pytest.mark.parametrize("separator", [".", "/"])
def test_layout_and_byte_order_stay(order, dtype, separator):
    old, new = migrated(order=order, dtype=dtype, chunk_key_encoding={"name": "v2", "separator": separator})
    np.testing.assert_array_equal(new[...], old[...])
    assert new.metadata.zarr_format == 3
    assert new.dtype == old.dtype.newbyteorder("=")


@pytest.mark.parametrize(
    ("compressor", "name"),
    [
        (None, None),
        (numcodecs.Blosc(cname="zstd", clevel=3, shuffle=1), "blosc"),
        (numcodecs.Blosc(cname="lz4", shuffle=-1), "blosc"),
        (numcodecs.Zstd(level=3), "zstd"),
        (numcodecs.GZip(level=3), "gzip"),
    ],
)
def test_the_compressor_gets_its_name_in_format_3(compressor, name):
    old, new = migrated(compressors=compressor)
    np.testing.assert_array_equal(new[...], old[...])
    names = [codec["name"] for codec in new.metadata.to_dict()["codecs"]]
    assert names == ["bytes"] + ([name] if name else [])


def test_attributes_and_fill_value_go_along():
    _, new = migrated(attributes={"a": [1, {"b": 2}]}, fill_value=7)
    assert (dict(new.attrs), new.fill_value) == ({"a": [1, {"b": 2}]}, 7)


def test_nothing_is_written_where_something_cannot_be_migrated():
    store = zarr.storage.MemoryStore()
    root = zarr.create_group(store, zarr_format=2)
    root.create_array("a", data=[1, 2])
    root.create_array("b", shape=4, dtype="i4", compressors=None)
    document = json.loads(bytes(store["b/.zarray"])) | {"filters": [{"id": "categorize", "labels": []}]}
    store["b/.zarray"] = json.dumps(document).encode()
    before = sorted(store)
    with pytest.raises(ValueError, match=r"Couldn't find corresponding zarr\.codecs\.numcodecs codec for categorize"):
        migrate_v2_to_v3(input_store=store)
    assert sorted(store) == before


def test_format_3_and_consolidated_metadata_are_refused():
    store = zarr.storage.MemoryStore()
    with pytest.raises(TypeError, match="Only arrays / groups with zarr v2 metadata"):
        migrate_to_v3(zarr.create_group(store), zarr.storage.StorePath(store, "other"))
    old = zarr.storage.MemoryStore()
    zarr.create_group(old, zarr_format=2)
    zarr.consolidate_metadata(old)
    with pytest.raises(NotImplementedError, match="consolidated"):
        migrate_v2_to_v3(input_store=old)


def test_removal_deletes_all_or_nothing():
    store = zarr.storage.MemoryStore()
    root = zarr.create_group(store, zarr_format=2)
    root.create_array("a", data=[1, 2], chunks=1)
    migrate_v2_to_v3(input_store=store)
    root.create_group("late")
    with pytest.raises(ValueError, match=r"Cannot remove v2 metadata at .*late/\.z"):
        asyncio.run(remove_metadata(store, 2))
    assert ".zgroup" in store
    asyncio.run(remove_metadata(store, 2, dry_run=True, force=True))
    assert ".zgroup" in store
    asyncio.run(remove_metadata(store, 2, force=True))
    assert sorted(store) == ["a/0", "a/1", "a/zarr.json", "zarr.json"]
