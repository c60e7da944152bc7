"""Length, iteration and checksums of arrays."""

import hashlib

import numpy as np
import pytest

import zarrust as zarr
from zarrust.storage import MemoryStore


class CountingStore(MemoryStore):
    """A store that a test can ask how often chunks were read."""

    def __init__(self):
        super().__init__({})
        self.chunks = 0

    async def get(self, key, prototype=None, byte_range=None):
        self.chunks += key.startswith("c/")
        return await super().get(key, prototype, byte_range)


def test_the_length_is_that_of_the_first_axis():
    assert len(zarr.zeros((3, 4))) == 3
    assert zarr.zeros(0)
    with pytest.raises(TypeError, match="unsized"):
        len(zarr.zeros(()))


def test_iterating_decodes_each_chunk_once():
    store = CountingStore()
    z = zarr.create_array(store, data=np.arange(40).reshape(20, 2), chunks=(5, 2))
    store.chunks = 0
    np.testing.assert_array_equal(list(z), np.arange(40).reshape(20, 2))
    assert store.chunks == 4


@pytest.mark.parametrize(("start", "end"), [(None, None), (3, 9), (-4, None), (None, -15), (7, 7), (9, 3), (5, 99)])
def test_a_part_of_the_rows_is_what_a_list_would_give(start, end):
    store = CountingStore()
    z = zarr.create_array(store, data=np.arange(20), chunks=(5,))
    store.chunks = 0
    assert list(z.islice(start, end)) == list(range(20))[start:end]
    assert store.chunks <= 4


def test_the_rows_of_a_sharded_array_come_in_order():
    z = zarr.create_array(data=np.arange(20), chunks=(2,), shards=(10,))
    assert list(z) == list(range(20))


def test_an_array_without_axes_is_not_iterated():
    with pytest.raises(TypeError, match="0-d"):
        iter(zarr.zeros(()))


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_the_checksum_is_of_chunks_in_order_and_documents(zarr_format):
    store = MemoryStore()
    z = zarr.create_array(store, data=np.arange(1, 25).reshape(2, 12), chunks=(1, 1), zarr_format=zarr_format)
    places = [f"{i}.{j}" if zarr_format == 2 else f"c/{i}/{j}" for i in range(2) for j in range(12)]
    documents = [".zarray", ".zattrs"] if zarr_format == 2 else ["zarr.json"]
    expected = b"".join(store[key] for key in places + documents)
    assert z.digest() == hashlib.sha1(expected).digest()
    assert z.hexdigest("md5") == hashlib.md5(expected).hexdigest()
    before = z.hexdigest()
    z.attrs["a"] = 1
    assert z.hexdigest() != before
    with pytest.raises(ValueError):
        z.digest("none")
