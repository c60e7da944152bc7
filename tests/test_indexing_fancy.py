"""Lists, masks, points and blocks: what they mean, what they refuse, and that each chunk is fetched once."""

import asyncio

import numpy as np
import pytest

import zarrust as zarr
from counting import CountingStore
from zarrust.chunk_grid import ChunkGrid
from zarrust.errors import BoundsCheckError, NegativeStepError, VindexInvalidSelectionError
from zarrust.fancy import block, coordinates, mask, numpy_style, orthogonal, vectorised

DATA = np.arange(15).reshape(3, 5)


@pytest.fixture
def z():
    return zarr.array(DATA, chunks=(2, 2))


def test_one_list_among_slices_is_orthogonal_and_lists_alone_are_points(z):
    np.testing.assert_array_equal(z[[2, 0]], DATA[[2, 0]])
    np.testing.assert_array_equal(z[..., [3, 1]], DATA[..., [3, 1]])
    np.testing.assert_array_equal(z[[0, 2], [1, 3]], [1, 13])
    np.testing.assert_array_equal(z[1, [1, 3]], [6, 8])
    np.testing.assert_array_equal(z[DATA % 2 == 0], DATA[DATA % 2 == 0])
    np.testing.assert_array_equal(z[np.array([True, False, True])], DATA[[0, 2]])


def test_several_lists_beside_slices_are_refused_with_a_way_out():
    with pytest.raises(IndexError, match="oindex"):
        numpy_style(([0], [1], slice(None)), (2, 2, 2))


def test_an_empty_list_selects_nothing(z):
    assert z[[]].shape == (0, 5)
    assert z.oindex[:, []].shape == (3, 0)
    assert z.vindex[[], []].shape == (0,)
    z.oindex[[]] = 3
    np.testing.assert_array_equal(z[...], DATA)


def test_of_equal_indices_the_last_value_stays(z):
    z.oindex[[1, 0, 1]] = np.array([[1], [2], [3]])
    np.testing.assert_array_equal(z[:2, 0], [2, 3])
    z.vindex[[2, 2, 2], [0, 4, 0]] = [7, 8, 9]
    np.testing.assert_array_equal(z[2], [9, 11, 12, 13, 8])


def test_values_of_points_may_have_another_shape_and_are_broadcast(z):
    z.vindex[[[0], [2]], [1, 3]] = [-1, -2, -3, -4]
    np.testing.assert_array_equal(z.vindex[[[0], [2]], [1, 3]], [[-1, -2], [-3, -4]])
    z.vindex[[[0], [2]], [1, 3]] = [5, 6]
    np.testing.assert_array_equal(z.vindex[[[0], [2]], [1, 3]], [[5, 6], [5, 6]])
    with pytest.raises(ValueError, match="broadcast"):
        z.vindex[[0, 1], [0, 1]] = [1, 2, 3]


@pytest.mark.parametrize(
    ("work", "error", "text"),
    [
        (lambda: orthogonal([3], (3,)), BoundsCheckError, "length 3: 3"),
        (lambda: orthogonal([0, -4], (3,)), BoundsCheckError, "length 3: -4"),
        (lambda: orthogonal(np.array([2**64 - 1], dtype="u8"), (3,)), BoundsCheckError, "out of bounds"),
        (lambda: orthogonal([True], (3,)), IndexError, "expected 3, got 1"),
        (lambda: orthogonal([[0, 1]], (3,)), IndexError, "1-dimensional"),
        (lambda: orthogonal([0.5], (3,)), IndexError, "float64"),
        (lambda: orthogonal(slice(2, 0, -1), (3,)), NegativeStepError, "step >= 1"),
        (lambda: orthogonal(([0], [0]), (3,)), IndexError, "too many indices"),
        (lambda: coordinates(([0], [0]), (3,)), IndexError, "one integer"),
        (lambda: coordinates(([0, 1], [0, 1, 2]), (3, 3)), ValueError, "broadcast"),
        (lambda: mask(np.ones(4, dtype=bool), (3,)), IndexError, "same shape"),
        (lambda: vectorised(slice(None), (3,)), VindexInvalidSelectionError, "unsupported selection"),
        (lambda: block(2, ChunkGrid.from_sizes((3,), (2,))), BoundsCheckError, "out of bounds"),
        (lambda: block(slice(0, 2, 2), ChunkGrid.from_sizes((3,), (2,))), IndexError, "step 1"),
        (lambda: block([0], ChunkGrid.from_sizes((3,), (2,))), IndexError, "integer or slice"),
    ],
)
def test_what_does_not_fit_is_refused(work, error, text):
    with pytest.raises(error, match=text):
        work()


def test_fields_of_plain_types_are_refused(z):
    for work in (lambda: z["a"], lambda: z.oindex["a", [0]], lambda: z.get_basic_selection(0, fields="a")):
        with pytest.raises(IndexError, match="does not have any fields"):
            work()
    with pytest.raises(IndexError, match="string or list of strings"):
        z.get_mask_selection(DATA > 3, fields=7)


class Exporter:
    """An object that shares its memory by DLPack alone."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_results_go_into_memory_of_the_caller(z):
    out = np.zeros((2, 2), dtype="i8")
    z.get_orthogonal_selection(([2, 0], [1, 3]), out=out)
    np.testing.assert_array_equal(out, [[11, 13], [1, 3]])
    gaps = np.zeros((2, 4), dtype="i8")[:, ::2]
    z.get_coordinate_selection(([[0], [2]], [1, 3]), out=gaps)
    np.testing.assert_array_equal(gaps, [[1, 3], [11, 13]])
    cast = np.zeros(3, dtype="f4")
    z.get_mask_selection(DATA > 11, out=cast)
    np.testing.assert_array_equal(cast, [12, 13, 14])
    z.get_block_selection((0, 1), out=Exporter(out))
    np.testing.assert_array_equal(out, DATA[:2, 2:4])
    with pytest.raises(ValueError, match="out: expected shape"):
        z.get_block_selection(0, out=out)
    with pytest.raises(TypeError, match="DLPack"):
        z.get_block_selection(0, out=[0])


def test_coroutines_read_and_write_the_same(z):
    async def program():
        twin = z.async_array
        np.testing.assert_array_equal(await twin.oindex.getitem(([2, 0], [1, 3])), [[11, 13], [1, 3]])
        np.testing.assert_array_equal(await twin.vindex.getitem(([2, 0], [1, 3])), [11, 3])
        np.testing.assert_array_equal(await twin.get_orthogonal_selection([1]), DATA[[1]])
        np.testing.assert_array_equal(await twin.get_mask_selection(DATA > 11), [12, 13, 14])
        await twin.setitem(([0, 2], [0, 0]), [-1, -2])
        np.testing.assert_array_equal(await twin.get_coordinate_selection(([0, 2], [0, 0])), [-1, -2])

    asyncio.run(program())


@pytest.mark.parametrize("layout", [{"chunks": (10, 4)}, {"chunks": (10, 2), "shards": (50, 4)}])
def test_ten_thousand_random_rows_fetch_each_chunk_once(layout):
    store = CountingStore()
    data = np.random.default_rng(1).integers(0, 1000, (1000, 4))
    array = zarr.create_array(store, data=data, **layout)
    rows = np.random.default_rng(2).integers(0, 1000, 10_000)
    columns = rows % 4
    objects = 100 if "shards" not in layout else 20
    for selection, wanted in (
        (lambda: array.oindex[rows], data[rows]),
        (lambda: array.vindex[rows, columns], data[rows, columns]),
        (lambda: array.vindex[data % 2 == 0], data[data % 2 == 0]),
    ):
        store.gets.clear()
        np.testing.assert_array_equal(selection(), wanted)
        assert len(store.gets) == objects
        assert set(store.gets.values()) == {1}
