"""Views compose selections without a request, and cost what the composed selection costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zarrust as zarr
from counting import CountingStore

DATA = np.arange(6 * 7 * 4).reshape(6, 7, 4)


def fresh():
    return zarr.create_array({}, data=DATA, chunks=(2, 3, 2))


@st.composite
def items(draw, length):
    kinds = [st.builds(slice, st.none() | st.integers(-9, 9), st.none() | st.integers(-9, 9), st.integers(1, 3))]
    if length:
        kinds += [st.integers(-length, length - 1), st.lists(st.integers(-length, length - 1), max_size=5)]
    return draw(st.one_of(kinds))


def orthogonal(array, selection):
    """Orthogonal indexing of a numpy array, axis by axis from the last."""
    for axis in reversed(range(len(selection))):
        item = selection[axis]
        array = array[(slice(None),) * axis + (np.array(item, dtype=int) if isinstance(item, list) else item,)]
    return array


@settings(max_examples=200)
@given(st.data())
def test_a_view_of_a_view_is_what_numpy_makes_of_it(data):
    view, wanted = fresh().lazy, DATA
    for _ in range(data.draw(st.integers(1, 3))):
        if wanted.ndim and wanted.size and data.draw(st.booleans()):
            count = data.draw(st.integers(0, 5))
            places = tuple(
                np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=count, max_size=count)), dtype=int)
                for n in wanted.shape
            )
            view, wanted = view.vindex[places], wanted[places]
        else:
            selection = tuple(data.draw(items(length)) for length in wanted.shape)
            view, wanted = view.oindex[selection], orthogonal(wanted, selection)
        assert (view.shape, view.ndim, view.size) == (wanted.shape, wanted.ndim, wanted.size)
    np.testing.assert_array_equal(view.result(), wanted)
    np.testing.assert_array_equal(np.asarray(view), wanted)


def test_a_view_says_what_it_is():
    view = fresh().lazy[1:, ::2, 0]
    assert (view.shape, view.ndim, view.size, view.dtype, len(view)) == ((5, 4), 2, 20, DATA.dtype, 5)
    assert repr(view).startswith("<LazyView shape=(5, 4) dtype=int64 of <Array memory://")
    assert np.asarray(view, dtype="f4").dtype == np.float32
    assert view[0, 0].result() == DATA[1, 0, 0]
    with pytest.raises(TypeError, match="without axes"):
        len(view[0, 0])
    with pytest.raises(ValueError, match="copy=False"):
        np.asarray(view, copy=False)
    with pytest.raises(IndexError):
        view[5]


def test_assignment_to_a_view_writes_what_it_selects():
    array, model = fresh(), DATA.copy()
    array.lazy[1:, ::2][[2, 0], 1] = -1
    model[[3, 1], 2] = -1
    array.lazy.vindex[[0, 5], [0, 6], [0, 3]][1:] = -2
    model[5, 6, 3] = -2
    array.lazy[4].oindex[[0, 2], [1, 3]] = [[-3, -4], [-5, -6]]
    model[4][np.ix_([0, 2], [1, 3])] = [[-3, -4], [-5, -6]]
    np.testing.assert_array_equal(array[...], model)


def test_chained_slices_cost_the_chunks_of_the_composed_selection():
    store = CountingStore()
    array = zarr.create_array(store, data=np.arange(1000), chunks=(10,))
    store.gets.clear()
    view = array.lazy[100:][::2][200:205]
    assert not store.gets
    np.testing.assert_array_equal(view.result(), [500, 502, 504, 506, 508])
    assert store.gets == {"c/50": 1}
