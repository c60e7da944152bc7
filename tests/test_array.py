"""Arrays: reading, writing, changing, in both formats."""

import asyncio
import pickle

import numpy as np
import pytest

import zarrust as zarr
from zarrust.errors import UnknownCodecError, ZarrRuntimeWarning

DTYPES = ["?", "i1", "u1", "<i2", ">i2", "<u4", ">i8", "<f2", ">f4", "<f8", "<c8", ">c16"]


@pytest.fixture(params=[2, 3])
def zarr_format(request):
    return request.param


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_what_is_written_is_read(store, zarr_format, dtype, order):
    data = (np.arange(7 * 5).reshape(7, 5) % 2 if dtype == "?" else np.arange(7 * 5).reshape(7, 5)).astype(dtype)
    where = {"order": order} if zarr_format == 2 else {"config": {"order": order}}
    z = zarr.create_array(store, data=data, chunks=(3, 2), zarr_format=zarr_format, **where)
    np.testing.assert_array_equal(zarr.open_array(store)[:], data)
    assert z[:].flags.f_contiguous is (order == "F")


def test_order_is_no_part_of_format_3_and_giving_it_warns():
    with pytest.warns(ZarrRuntimeWarning, match="The `order` keyword argument has no effect for Zarr format 3"):
        z = zarr.create((2, 2), order="F", zarr_format=3)
    assert z.order == "C"
    assert zarr.create((2, 2), order="F", zarr_format=2).order == "F"


@pytest.mark.parametrize(
    "selection",
    [
        ...,
        (),
        0,
        -1,
        (2, 3),
        slice(1, 6, 2),
        (slice(None), -1),
        (..., slice(None, None, 3)),
        (slice(5, 2), 0),
        np.int64(3),
    ],
)
def test_a_selection_means_what_it_means_in_numpy(selection):
    data = np.arange(7 * 5).reshape(7, 5)
    z = zarr.array(data, chunks=(3, 2))
    np.testing.assert_array_equal(z[selection], data[selection])
    z[selection] = 99
    data[selection] = 99
    np.testing.assert_array_equal(z[...], data)


def test_one_element_is_a_scalar():
    z = zarr.array(np.arange(4, dtype="i2"))
    assert isinstance(z[1], np.int16)


def test_a_value_is_broadcast_and_cast():
    z = zarr.zeros((3, 4), chunks=(2, 2), dtype="i4")
    z[1:] = np.arange(4, dtype="f8")
    z[0, :] = [[7]]
    np.testing.assert_array_equal(z[:], [[7] * 4, [0, 1, 2, 3], [0, 1, 2, 3]])
    with pytest.raises(ValueError, match=r"\(3,\).*\(4,\)"):
        z[0] = np.zeros(3)


def test_an_array_without_axes_holds_one_element(store, zarr_format):
    z = zarr.create_array(store, shape=(), dtype="i4", fill_value=3, zarr_format=zarr_format)
    assert z[()] == 3
    z[...] = 5
    assert zarr.open_array(store)[()] == 5
    assert (z.nchunks, z.nchunks_initialized) == (1, 1)
    with pytest.raises(TypeError, match="0-d"):
        iter(z)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 0)])
def test_an_array_of_no_length_can_be_read_and_written(shape):
    z = zarr.zeros(shape)
    z[...] = 1
    assert z[...].shape == shape
    assert z.nchunks == 0


def test_properties_say_what_the_array_is():
    z = zarr.create_array(None, name="a/b", shape=(5, 7), chunks=(2, 3), dtype="i2", attributes={"x": 1})
    assert (z.shape, z.ndim, z.size, z.nbytes) == ((5, 7), 2, 35, 70)
    assert (z.chunks, z.shards, z.cdata_shape, z.nchunks) == ((2, 3), None, (3, 3), 9)
    assert (z.path, z.name, z.basename) == ("a/b", "/a/b", "b")
    assert (z.order, z.fill_value, z.read_only, dict(z.attrs)) == ("C", 0, False, {"x": 1})
    assert repr(z) == f"<Array {z.store}/a/b shape=(5, 7) dtype=int16>"


def test_a_sharded_array_counts_chunks_by_the_shard():
    z = zarr.create_array(shape=(8, 8), chunks=(2, 2), shards=(4, 4), dtype="i4")
    assert (z.chunks, z.shards, z.nchunks) == ((2, 2), (4, 4), 16)
    z[0, 0] = 1
    assert z.nchunks_initialized == 4


def test_info_is_zarr_pythons_table():
    z = zarr.create_array(shape=(4, 4), chunks=(2, 2), dtype="f4")
    assert repr(z.info).splitlines()[:13] == [
        "Type               : Array",
        "Zarr format        : 3",
        "Data type          : Float32(endianness='little')",
        "Fill value         : 0.0",
        "Shape              : (4, 4)",
        "Chunk shape        : (2, 2)",
        "Order              : C",
        "Read-only          : False",
        "Store type         : MemoryStore",
        "Filters            : ()",
        "Serializer         : BytesCodec(endian='little')",
        "Compressors        : (ZstdCodec(level=0, checksum=False),)",
        "No. bytes          : 64",
    ]
    assert "Chunks Initialized : 0" in repr(z.info_complete())
    assert z.nbytes_stored() > 0


def test_empty_chunks_are_stored_only_when_asked_for():
    data = {}
    z = zarr.create_array(data, shape=(4,), chunks=(2,), dtype="i4", fill_value=7)
    z[:] = [7, 7, 1, 7]
    assert "c/0" not in data
    z[2] = 7
    assert "c/1" not in data
    zarr.open_array(data, config={"write_empty_chunks": True})[:] = 7
    assert {"c/0", "c/1"} <= set(data)


@pytest.mark.parametrize(
    ("encoding", "key"),
    [
        (None, "c/1/0"),
        ({"name": "default", "separator": "."}, "c.1.0"),
        ({"name": "v2", "configuration": {"separator": "."}}, "1.0"),
        ({"name": "v2", "separator": "/"}, "1/0"),
    ],
)
def test_chunks_are_named_by_the_encoding(encoding, key):
    data = {}
    z = zarr.create_array(data, shape=(4, 4), chunks=(2, 2), dtype="i4", chunk_key_encoding=encoding)
    z[2, 0] = 1
    assert key in data


def test_format_2_names_chunks_by_its_separator():
    data = {}
    zarr.create_array(data, shape=(2, 2), dtype="i4", zarr_format=2, dimension_separator="/")[...] = 1
    assert "0/0" in data


def test_what_is_cut_off_reads_as_fill_after_growing_again(store, zarr_format):
    z = zarr.create_array(
        store, data=np.arange(1, 26).reshape(5, 5), chunks=(2, 2), fill_value=-1, zarr_format=zarr_format
    )
    z.resize((3, 1))
    z.resize(5, 5)
    expected = np.full((5, 5), -1)
    expected[:3, :1] = np.arange(1, 26).reshape(5, 5)[:3, :1]
    np.testing.assert_array_equal(z[:], expected)
    np.testing.assert_array_equal(zarr.open_array(store)[:], expected)


def test_shrinking_deletes_the_chunks_outside():
    z = zarr.array(np.ones((6, 6)), chunks=(2, 2))
    z.resize((2, 4))
    assert sorted(key for key in z.store if key.startswith("c/")) == ["c/0/0", "c/0/1"]
    z.shape = (0, 0)
    assert z.nchunks_initialized == 0
    with pytest.raises(ValueError, match="axes"):
        z.resize(3)


def test_append_adds_at_the_end_of_an_axis():
    z = zarr.array([[1, 2], [3, 4]], chunks=(3, 3))
    assert z.append([[5, 6]]) == (3, 2)
    assert z.append([[7], [8], [9]], axis=1) == (3, 3)
    np.testing.assert_array_equal(zarr.open_array(z.store)[:], [[1, 2, 7], [3, 4, 8], [5, 6, 9]])
    with pytest.raises(ValueError, match="not compatible"):
        z.append([[1, 2]])


def test_iteration_gives_the_rows():
    data = np.arange(14).reshape(7, 2)
    np.testing.assert_array_equal(list(zarr.array(data, chunks=(3, 1))), data)


def test_out_takes_the_result():
    z = zarr.array(np.arange(6).reshape(2, 3))
    out = np.zeros((3, 2), dtype=z.dtype)[:, 0]
    z.get_basic_selection(1, out=out)
    np.testing.assert_array_equal(out, [3, 4, 5])
    with pytest.raises(ValueError, match="out"):
        z.get_basic_selection(1, out=np.zeros(2))


def test_numpy_converts_an_array():
    z = zarr.array([1, 2])
    assert np.asarray(z, dtype="f4").dtype == np.float32
    np.testing.assert_array_equal(np.add(z, 1), [2, 3])


def test_arrays_are_equal_by_place_and_metadata_and_can_be_pickled(store):
    z = zarr.create_array(store, data=np.arange(3))
    assert z == zarr.open_array(store)
    again = pickle.loads(pickle.dumps(z))
    np.testing.assert_array_equal(again[:], [0, 1, 2])


def test_with_config_changes_only_what_is_given():
    z = zarr.zeros((2, 2), config={"write_empty_chunks": True}).with_config({"order": "F"})
    assert (z.order, z.config.write_empty_chunks) == ("F", True)


def test_an_unknown_codec_is_named_and_nothing_is_written():
    data = {}
    with pytest.raises(UnknownCodecError, match="mine"):
        zarr.create_array(data, shape=(2,), dtype="i4", compressors={"name": "mine"})
    assert data == {}


def test_an_array_with_an_unknown_codec_can_be_looked_at_but_not_opened():
    data = {}
    root = zarr.create_group(data)
    root.create_array("x", shape=(2,), dtype="i4")
    data["x/zarr.json"] = data["x/zarr.json"].to_bytes().replace(b"zstd", b"mine")
    assert "mine" in repr(root["x"].info)
    assert str(root.tree()) == "/\n└── x (2,) int32\n"
    with pytest.raises(UnknownCodecError, match="mine"):
        root["x"][:]
    with pytest.raises(UnknownCodecError, match="mine"):
        zarr.open_array(data, "x")


def test_a_read_only_array_refuses_changes(store):
    zarr.create_array(store, data=np.arange(3))
    z = zarr.open_array(store, mode="r")
    for change in (lambda: z.__setitem__(0, 1), lambda: z.resize(2), lambda: z.append([1]), lambda: z.attrs.put({})):
        with pytest.raises(ValueError, match="read-only"):
            change()


def test_the_async_array_does_the_same_and_shares_its_state(store):
    async def main():
        z = await zarr.AsyncArray.open(store)
        await z.setitem(slice(0, 2), [7, 8])
        assert await z.append([9]) == (5,)
        await z.update_attributes({"a": 1})
        await z.resize((4,))
        return await z.getitem(...)

    z = zarr.create_array(store, data=np.arange(4), chunks=(2,))
    np.testing.assert_array_equal(asyncio.run(main()), [7, 8, 2, 3])
    assert asyncio.run(z.async_array.nchunks_initialized()) == 2
    asyncio.run(z.async_array.resize((2,)))
    assert z.shape == (2,)
