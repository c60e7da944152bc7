"""Chunks that each have a length of their own along an axis."""

import asyncio
import json
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarrust as zarr
from zarrust.codecs import GzipCodec, TransposeCodec
from zarrust.errors import MetadataValidationError
from zarrust.metadata.rectilinear import RectilinearChunksDisabledError

EDGES = [[3, 1, 4], [2, 2, 3, 3]]
DATA = np.arange(80, dtype="i4").reshape(8, 10)


@pytest.fixture(autouse=True)
def enabled():
    with zarr.config.set({"array.rectilinear_chunks": True}):
        yield


@pytest.fixture(params=["plain", "transpose", "shards"])
def made(request, store):
    arguments = {
        "plain": {"chunks": EDGES},
        "transpose": {"chunks": EDGES, "filters": [TransposeCodec(order=(1, 0))], "compressors": [GzipCodec()]},
        "shards": {"shards": [[4, 4], [2, 2, 4, 2]], "chunks": (2, 2)},
    }[request.param]
    return zarr.create_array(store, data=DATA, **arguments)


def test_what_is_written_is_read(made, store):
    np.testing.assert_array_equal(made[...], DATA)
    again = zarr.open_array(store, mode="r")
    np.testing.assert_array_equal(again[...], DATA)
    np.testing.assert_array_equal(
        asyncio.run(again.async_array.getitem((slice(2, 5), slice(1, None, 3)))), DATA[2:5, 1::3]
    )
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(again))[1:], DATA[1:])


@pytest.mark.parametrize(
    "selection",
    [(slice(2, 7), slice(None)), (slice(None, None, 3), 9), (4,), (slice(0, 0),), ([7, 0, 3], slice(1, 8)), (-1, -1)],
)
def test_selections_mean_what_they_mean_in_numpy(made, selection):
    np.testing.assert_array_equal(made[selection], DATA[selection])
    expected = DATA.copy()
    expected[selection] = -1
    made[selection] = -1
    np.testing.assert_array_equal(made[...], expected)


def test_lists_points_masks_and_blocks(made):
    np.testing.assert_array_equal(made.oindex[[7, 2, 3], [9, 0, 4]], DATA[np.ix_([7, 2, 3], [9, 0, 4])])
    np.testing.assert_array_equal(made.vindex[[7, 0, 3], [9, 1, 4]], DATA[[7, 0, 3], [9, 1, 4]])
    np.testing.assert_array_equal(made.vindex[DATA % 3 == 0], DATA[DATA % 3 == 0])
    rows, columns = (sum(sizes[:1]) for sizes in made.write_chunk_sizes)
    np.testing.assert_array_equal(made.blocks[0, 0], DATA[:rows, :columns])
    np.testing.assert_array_equal(made.blocks[-1], DATA[-made.write_chunk_sizes[0][-1] :])


@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=8),
    bounds=st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 7)),
)
def test_any_slice_of_any_chunks(lengths, bounds):
    data = np.arange(sum(lengths))
    z = zarr.create_array(data=data, chunks=[lengths])
    np.testing.assert_array_equal(z[slice(*bounds)], data[slice(*bounds)])
    z[slice(*bounds)] = -1
    data[slice(*bounds)] = -1
    np.testing.assert_array_equal(z[:], data)


def test_an_array_says_its_chunks():
    z = zarr.create_array(data=DATA, chunks=EDGES)
    assert z.read_chunk_sizes == z.write_chunk_sizes == ((3, 1, 4), (2, 2, 3, 3))
    assert (z.cdata_shape, z.nchunks, z.nchunks_initialized, z.shards) == ((3, 4), 12, 12, None)
    with pytest.raises(NotImplementedError, match="read_chunk_sizes"):
        _ = z.chunks
    assert "<variable>" in repr(z.info)
    html = z._repr_html_()
    heights = sorted(float(y) for y in set(re.findall(r'<line x1="0" y1="([^"]+)"', html)) - {"0"})
    widths = sorted(float(x) for x in set(re.findall(r'<line x1="([^"]+)" y1="0"', html)) - {"0"})
    assert (heights, widths) == ([48.0, 64.0], [32.0, 64.0, 112.0])  # of 128 and 160 pixels
    shards = zarr.create_array(shape=(8,), shards=[[4, 2, 2]], chunks=(2,), dtype="i1")
    assert (shards.chunks, shards.read_chunk_sizes, shards.write_chunk_sizes) == ((2,), ((2,) * 4,), ((4, 2, 2),))
    with pytest.raises(NotImplementedError, match="write_chunk_sizes"):
        _ = shards.shards


def test_whoever_asks_whether_there_is_one_shape_gets_an_answer():
    z = zarr.create_array(data=DATA, chunks=EDGES)
    assert not hasattr(z, "chunks")
    assert getattr(z, "chunks", None) is None
    assert z.shards is None
    assert not hasattr(zarr.create_array(shape=(8,), shards=[[4, 2, 2]], chunks=(2,), dtype="i1"), "shards")


def test_stored_shards_count_with_the_chunks_that_they_hold(store):
    z = zarr.create_array(store, shape=(12, 4), shards=[[8, 2, 2], 4], chunks=(2, 2), dtype="i1")
    counts = []
    for row in (0, 9, 10):
        z[row] = 1
        counts.append((z.nchunks_initialized, asyncio.run(z.async_array.nchunks_initialized())))
    assert counts == [(8, 8), (10, 10), (12, 12)]
    assert "Chunks initialized : 12/12" in repr(z.info)


def test_a_group_shows_uneven_chunks_in_a_line():
    group = zarr.group()
    group.create_array("plain", shape=(3000,), chunks=[[1, 2] * 1000], dtype="i1")
    group.create_array("shards", shape=(3000,), chunks=(1,), shards=[[1, 2] * 1000], dtype="i1")
    html = group._repr_html_()
    assert ">&lt;variable&gt;<" in html
    assert ">(1,) in shards &lt;variable&gt;<" in html
    assert len(html) < 5000
    assert len(group["plain"]._repr_html_()) < 8000
    assert "plain (3000,) int8" in str(group.tree())


def test_the_document_is_as_the_specification_has_it():
    z = zarr.create_array(shape=(12, 6, 4), chunks=[[3, 3, 3, 3], [1, 2, 3], 4], dtype="i1")
    grid = z.metadata.to_dict()["chunk_grid"]
    assert grid == {
        "name": "rectilinear",
        "configuration": {"kind": "inline", "chunk_shapes": [[[3, 4]], [1, 2, 3], 4]},
    }
    assert zarr.Array.from_dict(z.store_path, z.metadata.to_dict()).metadata == z.metadata


def test_resizing_cuts_chunks_and_adds_one():
    z = zarr.create_array(data=np.arange(8), chunks=[[3, 1, 4]])
    z.resize(5)
    assert z.read_chunk_sizes == ((3, 1, 1),)
    z.resize(11)
    assert z.read_chunk_sizes == ((3, 1, 4, 3),)
    np.testing.assert_array_equal(z[:], [0, 1, 2, 3, 4, *[0] * 6])
    assert z.append([7, 7]) == (13,)
    assert (z.read_chunk_sizes, z[-3:].tolist()) == (((3, 1, 4, 3, 2),), [0, 7, 7])
    z.resize(3)
    assert (z.nchunks_initialized, z[:].tolist()) == (1, [0, 1, 2])


def test_copies_and_likes_keep_the_chunks():
    z = zarr.create_array(data=DATA, chunks=EDGES)
    for copy in (zarr.from_array({}, data=z), zarr.zeros_like(z), zarr.array(z)):
        assert copy.read_chunk_sizes == z.read_chunk_sizes
    group = zarr.group()
    group["z"] = z
    assert group["z"].read_chunk_sizes == z.read_chunk_sizes
    assert zarr.zeros_like(z, shape=(4, 4)).shape == (4, 4)
    np.testing.assert_array_equal([*z], DATA)


def test_an_open_array_is_changed_though_the_setting_is_off_by_then(made, store):
    with zarr.config.set({"array.rectilinear_chunks": False}):
        made.attrs["a"] = 1
        made.append(np.ones((2, 10), dtype="i4"))
        made.attrs.refresh()
        assert made.attrs["a"] == 1
        with pytest.raises(RectilinearChunksDisabledError):
            zarr.open_array(store)
    assert zarr.open_array(store).shape == (10, 10)


def test_they_have_to_be_allowed(tmp_path):
    zarr.create_array(tmp_path, data=DATA, chunks=EDGES)
    with zarr.config.set({"array.rectilinear_chunks": False}):
        with pytest.raises(RectilinearChunksDisabledError, match=r"array\.rectilinear_chunks"):
            zarr.create_array(shape=(3,), chunks=[[1, 2]], dtype="i1")
        with pytest.raises(ValueError, match=r"array\.rectilinear_chunks"):
            zarr.open_array(tmp_path, mode="r")


@pytest.mark.parametrize(
    ("chunks", "error", "match"),
    [
        ([[1, 2]], ValueError, "do not sum to span 4"),
        ([[4, 0]], ValueError, "must be positive"),
        ([[4], [1]], ValueError, "2 dimensions but shape has 1"),
        ([["a"]], TypeError, "integers"),
    ],
)
def test_chunks_that_do_not_fit_are_refused(chunks, error, match):
    with pytest.raises(error, match=match):
        zarr.create_array(shape=(4,), chunks=chunks, dtype="i1")


@pytest.mark.parametrize(
    ("shapes", "match"),
    [
        ([[[1, 1 << 40]]], "more than"),
        ([[1, 2]], "reach to 3"),
        ([[[1, 2, 3]]], "pairs"),
        ([["4"]], "lengths"),
        (["4"], "expected an integer or a list"),
        ([0], "expected an integer or a list"),
        ([4, 4], "same number of dimensions"),
        (4, "expected a list"),
    ],
)
def test_documents_that_do_not_fit_are_refused(shapes, match):
    document = zarr.create_array(shape=(4,), dtype="i1").metadata.to_dict()
    document["chunk_grid"] = {"name": "rectilinear", "configuration": {"kind": "inline", "chunk_shapes": shapes}}
    store = zarr.storage.MemoryStore({"zarr.json": json.dumps(document).encode()})
    with pytest.raises(MetadataValidationError, match=match):
        zarr.open_array(store)


def test_format_2_and_shards_of_varying_chunks_are_refused():
    with pytest.raises(ValueError, match="format 2"):
        zarr.create_array(shape=(3,), chunks=[[1, 2]], dtype="i1", zarr_format=2)
    with pytest.raises(ValueError, match="give `shards` the lengths"):
        zarr.create_array(shape=(4,), chunks=[[2, 2]], shards=(4,), dtype="i1")
    with pytest.raises(ValueError, match=r"divide|divisible"):
        zarr.create_array(shape=(5,), chunks=(2,), shards=[[4, 1]], dtype="i1")
