"""All kinds of selections, with zarr-python as the judge: the same values, shapes and types, or the same error."""

from functools import cache

import numpy as np
import pytest
import zarr as zarr_python
from hypothesis import given, settings
from hypothesis import strategies as st

import zarrust

SHAPE = (7, 10)
DATA = np.arange(70, dtype="i4").reshape(SHAPE)
LAYOUTS = {
    "chunks": {"chunks": (3, 4)},
    "shards": {"chunks": (3, 2), "shards": (6, 4)},
    "format 2": {"chunks": (3, 4), "zarr_format": 2, "order": "F"},
}


def fresh(package, layout):
    array = package.create_array({}, shape=SHAPE, dtype="i4", **LAYOUTS[layout])
    array[...] = DATA
    return array


@cache
def pair(layout):
    return fresh(zarrust, layout), fresh(zarr_python, layout)


def integers(length):
    return st.integers(-length - 1, length)


def slices(length):
    bound = st.none() | st.integers(-length - 2, length + 2)
    return st.builds(slice, bound, bound, st.none() | st.integers(1, 4) | st.just(-1))


def lists(length):
    inside = st.lists(st.integers(-length, length - 1), min_size=1, max_size=15)
    return inside | inside.map(np.array) | st.lists(integers(length), min_size=1, max_size=3)


def masks(length):
    return st.lists(st.booleans(), min_size=length, max_size=length).map(np.array)


def orthogonal_items(length):
    return st.one_of(integers(length), slices(length), lists(length), masks(length), masks(length + 1))


@st.composite
def points(draw):
    count = draw(st.integers(1, 30))
    rows, columns = (
        draw(st.lists(st.integers(-length, length - 1), min_size=count, max_size=count)) for length in SHAPE
    )
    return draw(
        st.sampled_from(
            [
                (rows, columns),
                ((np.array(rows) % 7).astype("u1"), np.array(columns)),
                (np.array(rows)[:, np.newaxis], np.array(columns[:3])),
                (rows[0], columns),
                (rows, columns[0]),
                (rows[0], columns[0]),
                ([*rows, 7], [*columns, 0]),
                (rows,),
                (rows, [*columns, 0, 0]),
                (rows, slice(None)),
            ]
        )
    )


def block_slices():
    # Further from the end than there are chunks, zarr-python takes numbers of chunks for numbers of elements.
    bound = st.none() | st.integers(-2, 4)
    return st.builds(slice, bound, bound, st.none() | st.integers(1, 2))


def whole_masks():
    return st.lists(st.booleans(), min_size=70, max_size=70).map(lambda bits: np.array(bits).reshape(SHAPE))


def pairs(items):
    one = items(SHAPE[0])
    return one | st.tuples(one) | st.tuples(one, items(SHAPE[1])) | st.just(...) | st.tuples(st.just(...), one)


SELECTIONS = {
    "oindex": pairs(orthogonal_items),
    "vindex": points() | whole_masks() | masks(7),
    "blocks": pairs(lambda length: st.integers(-4, 3) | block_slices()),
}


def outcome(work):
    try:
        result = work()
    except Exception as error:
        return type(error).__name__
    return result


def same(ours, theirs):
    if isinstance(ours, str) or isinstance(theirs, str):
        assert ours == theirs
        return
    assert np.shape(ours) == np.shape(theirs)
    assert np.asarray(ours).dtype == np.asarray(theirs).dtype
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", SELECTIONS)
@settings(max_examples=60)
@given(data=st.data())
def test_a_selection_reads_what_zarr_python_reads(kind, layout, data):
    ours, theirs = pair(layout)
    selection = data.draw(SELECTIONS[kind])
    same(outcome(lambda: getattr(ours, kind)[selection]), outcome(lambda: getattr(theirs, kind)[selection]))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", SELECTIONS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_selection_writes_what_zarr_python_writes(kind, layout, data):
    # zarr-python 3.1 cannot write lists into shards.
    judge = "chunks" if layout == "shards" and kind != "blocks" else layout
    ours, theirs = fresh(zarrust, layout), fresh(zarr_python, judge)
    selection = data.draw(SELECTIONS[kind])
    wanted = outcome(lambda: getattr(theirs, kind)[selection])
    value = -5 if isinstance(wanted, str) or data.draw(st.booleans()) else -np.arange(np.size(wanted)) - 1
    if isinstance(value, np.ndarray):
        value = value.reshape(np.shape(wanted))
        places = outcome(lambda: getattr(fresh(zarrust, layout), kind)[selection])
        if np.unique(places).size != np.size(places):
            value = 9  # which of several values stays is the last with us, and not told by zarr-python
    same(
        outcome(lambda: getattr(ours, kind).__setitem__(selection, value)) or "nothing",
        outcome(lambda: getattr(theirs, kind).__setitem__(selection, value)) or "nothing",
    )
    np.testing.assert_array_equal(ours[...], theirs[...])


@settings(max_examples=150)
@given(pairs(orthogonal_items) | points() | whole_masks())
def test_square_brackets_mean_what_they_mean_in_zarr_python_or_else_in_numpy(selection):
    ours, theirs = pair("chunks")
    found, wanted = outcome(lambda: ours[selection]), outcome(lambda: theirs[selection])
    if isinstance(wanted, str) and not isinstance(found, str):
        wanted = DATA[selection]  # we take a few that zarr-python refuses
    same(found, wanted)
