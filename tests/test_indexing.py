"""Basic selections, with numpy as the judge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarrust.errors import BoundsCheckError, NegativeStepError
from zarrust.indexing import blocks, normalise

SHAPE = (5, 0, 7)


def test_missing_axes_are_whole():
    assert normalise(slice(None), (2, 3)).axes == ((0, 2, 1), (0, 3, 1))


def test_an_ellipsis_stands_for_the_axes_that_are_not_named():
    assert normalise((..., 1), (2, 3)).axes == ((0, 2, 1), (1, 1, 1))
    assert normalise((0, ..., 1), (2, 3)).axes == ((0, 1, 1), (1, 1, 1))


def test_integers_drop_their_axes():
    box = normalise((-1, slice(1, 3)), (2, 3))
    assert box.shape == (2,)
    assert box.dropped == (True, False)


def test_numpy_integers_are_integers():
    assert normalise((np.int64(1), np.uint8(2)), (2, 3)).axes == ((1, 1, 1), (2, 1, 1))
    assert normalise(np.array(1), (2,)).axes == ((1, 1, 1),)


def test_a_selection_of_no_axis_is_empty():
    assert normalise((), ()).axes == ()
    assert normalise(..., ()).shape == ()


@pytest.mark.parametrize("selection", [2, -3, (0, 3)])
def test_an_integer_outside_is_a_bounds_error(selection):
    with pytest.raises(BoundsCheckError, match="out of bounds"):
        normalise(selection, (2, 3))


@pytest.mark.parametrize("selection", [slice(None, None, -1), (0, slice(3, 0, -2))])
def test_a_backward_slice_is_refused(selection):
    with pytest.raises(NegativeStepError):
        normalise(selection, (4, 4))


def test_step_zero_is_a_value_error():
    with pytest.raises(ValueError, match="zero"):
        normalise(slice(None, None, 0), (4,))


@pytest.mark.parametrize("selection", [True, np.bool_(False), None, 1.5, "a", (0, None)])
def test_other_kinds_of_items_are_refused(selection):
    with pytest.raises(IndexError, match="expected integer or slice"):
        normalise(selection, (2, 2))


@pytest.mark.parametrize("selection", [[0, 1], np.array([0, 1]), np.array([True, False])])
def test_lists_are_no_basic_selection(selection):
    with pytest.raises(IndexError, match="expected integer or slice"):
        normalise(selection, (2,))


def test_too_many_indices_and_two_ellipses_are_index_errors():
    with pytest.raises(IndexError, match="too many indices"):
        normalise((0, 0, 0), (2, 2))
    with pytest.raises(IndexError, match="single ellipsis"):
        normalise((..., ...), (2, 2))


@st.composite
def selections(draw, shape):
    items = []
    for length in shape:
        if length and draw(st.booleans()):
            items.append(draw(st.integers(-length, length - 1)))
        else:
            bound = st.none() | st.integers(-2 * length - 1, 2 * length + 1)
            items.append(slice(draw(bound), draw(bound), draw(st.none() | st.integers(1, 4))))
    return tuple(items)


@given(selections(SHAPE))
def test_a_selection_means_what_it_means_in_numpy(selection):
    box = normalise(selection, SHAPE)
    data = np.arange(5 * 7).reshape(5, 7)[:, np.newaxis, :].repeat(3, axis=1)[:, :0, :]
    picked = data[np.ix_(*(range(start, start + count * step, step) for start, count, step in box.axes))]
    np.testing.assert_array_equal(picked.reshape(box.shape), data[selection])


@given(selections((6, 4)))
def test_expanding_a_result_is_a_view(selection):
    box = normalise(selection, (6, 4))
    result = np.empty(box.shape)
    view = box.expand(result)
    assert view.shape == box.counts
    assert result.size == 0 or np.shares_memory(view, result)


def test_blocks_follow_the_chunks():
    assert blocks(5, 2) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert blocks(0, 2) == []
