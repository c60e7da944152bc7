"""Seed 003, the version 2 tutorial, row by row: advanced indexing."""

import numpy as np
import pytest

import zarrust as zarr


@pytest.fixture
def squares():
    return zarr.array(np.arange(10) ** 2)


@pytest.fixture
def z():
    return zarr.array(np.arange(15).reshape(3, 5))


@pytest.fixture
def mask(z):
    sel = np.zeros_like(z, dtype=bool)
    sel[0, 1] = True
    sel[2, 3] = True
    return sel


def same(values, expected):
    assert isinstance(values, np.ndarray)
    np.testing.assert_array_equal(values, np.array(expected), strict=True)


def test_s3_101_a_coordinate_selection(squares):
    same(squares.get_coordinate_selection([2, 5]), [4, 25])


def test_s3_102_coordinates_are_updated(squares):
    squares.set_coordinate_selection([2, 5], [-1, -2])
    same(squares[:], [0, 1, -1, 9, 16, -2, 36, 49, 64, 81])


def test_s3_103_coordinates_of_each_dimension(z):
    same(z.get_coordinate_selection(([0, 2], [1, 3])), [1, 13])


def test_s3_104_coordinates_of_each_dimension_are_updated(z):
    z.set_coordinate_selection(([0, 2], [1, 3]), [-1, -2])
    same(z[:], [[0, -1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, -2, 14]])


def test_s3_105_vindex(z):
    z.set_coordinate_selection(([0, 2], [1, 3]), [-1, -2])
    same(z.vindex[[0, 2], [1, 3]], [-1, -2])


def test_s3_106_assignment_by_vindex(z):
    z.vindex[[0, 2], [1, 3]] = [-3, -4]
    same(z[:], [[0, -3, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, -4, 14]])


def test_s3_107_square_brackets_with_lists(z):
    same(z[[0, 2], [1, 3]], [1, 13])


def test_s3_108_assignment_by_square_brackets(z):
    z[[0, 2], [1, 3]] = [-3, -4]
    same(z[:], [[0, -3, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, -4, 14]])


def test_s3_109_index_arrays_are_broadcast(z):
    same(z[1, [1, 3]], [6, 8])
    same(z[[1, 1], [1, 3]], [6, 8])


def test_s3_110_index_arrays_are_broadcast_by_vindex(z):
    same(z.vindex[1, [1, 3]], [6, 8])
    same(z.vindex[[[0], [2]], [1, 3]], [[1, 3], [11, 13]])


def test_s3_111_numpys_functions_take_an_array(z):
    sel = np.zeros_like(z, dtype=bool)
    assert (type(sel), sel.dtype, sel.shape) == (np.ndarray, np.bool_, (3, 5))


@pytest.fixture
def sel(squares):
    sel = np.zeros_like(squares, dtype=bool)
    sel[2] = True
    sel[5] = True
    return sel


def test_s3_112_a_mask_selection(squares, sel):
    same(squares.get_mask_selection(sel), [4, 25])


def test_s3_113_a_mask_is_updated(squares, sel):
    squares.set_mask_selection(sel, [-1, -2])
    same(squares[:], [0, 1, -1, 9, 16, -2, 36, 49, 64, 81])


def test_s3_114_a_mask_of_two_dimensions(z, mask):
    same(z.get_mask_selection(mask), [1, 13])


def test_s3_115_a_mask_of_two_dimensions_is_updated(z, mask):
    z.set_mask_selection(mask, [-1, -2])
    same(z[:], [[0, -1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, -2, 14]])


def test_s3_116_a_mask_by_vindex(z, mask):
    same(z.vindex[mask], [1, 13])


def test_s3_117_assignment_of_a_mask_by_vindex(z, mask):
    z.vindex[mask] = [-3, -4]
    same(z[:], [[0, -3, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, -4, 14]])


def test_s3_118_orthogonal_rows(z):
    same(z.get_orthogonal_selection(([0, 2], slice(None))), [[0, 1, 2, 3, 4], [10, 11, 12, 13, 14]])


def test_s3_119_orthogonal_columns(z):
    same(z.get_orthogonal_selection((slice(None), [1, 3])), [[1, 3], [6, 8], [11, 13]])


def test_s3_120_orthogonal_rows_and_columns(z):
    same(z.get_orthogonal_selection(([0, 2], [1, 3])), [[1, 3], [11, 13]])


UPDATED = [[0, -1, 2, -2, 4], [5, 6, 7, 8, 9], [10, -3, 12, -4, 14]]


def test_s3_121_an_orthogonal_selection_is_updated(z):
    z.set_orthogonal_selection(([0, 2], [1, 3]), [[-1, -2], [-3, -4]])
    same(z[:], UPDATED)


def test_s3_122_rows_by_oindex(z):
    same(z.oindex[[0, 2], :], [[0, 1, 2, 3, 4], [10, 11, 12, 13, 14]])


def test_s3_123_columns_by_oindex(z):
    same(z.oindex[:, [1, 3]], [[1, 3], [6, 8], [11, 13]])


def test_s3_124_rows_and_columns_by_oindex(z):
    same(z.oindex[[0, 2], [1, 3]], [[1, 3], [11, 13]])


def test_s3_125_assignment_by_oindex(z):
    z.oindex[[0, 2], [1, 3]] = [[-1, -2], [-3, -4]]
    same(z[:], UPDATED)


def test_s3_126_any_mix_for_oindex(z):
    same(z.oindex[1, [1, 3]], [6, 8])
    same(z.oindex[[True, False, True], 1:3], [[1, 2], [11, 12]])
    same(z.oindex[np.array([0, 2]), np.array([False, True, False, True, False])], [[1, 3], [11, 13]])


def test_s3_127_one_list_is_orthogonal_in_square_brackets(z):
    assert np.all(z.oindex[[0, 2], :] == z[[0, 2], :])
    same(z[[0, 2], :], [[0, 1, 2, 3, 4], [10, 11, 12, 13, 14]])


@pytest.fixture
def hundred():
    return zarr.array(np.arange(100).reshape(10, 10), chunks=(3, 3))


ROWS_3_TO_5 = np.arange(30, 60).reshape(3, 10)


def test_s3_128_a_block_selection(hundred):
    same(hundred.get_block_selection(1), ROWS_3_TO_5)


def test_s3_129_the_slice_of_a_block(hundred):
    same(hundred[3:6], ROWS_3_TO_5)


def test_s3_130_blocks(hundred):
    same(hundred.blocks[1], ROWS_3_TO_5)


def test_s3_131_blocks_of_several_dimensions(hundred):
    same(hundred.blocks[0, 1:3], [[3, 4, 5, 6, 7, 8], [13, 14, 15, 16, 17, 18], [23, 24, 25, 26, 27, 28]])


def test_s3_132_an_integer_for_chunks():
    z = zarr.zeros((6, 6), dtype=int, chunks=2)
    assert (z.chunks, z.dtype) == ((2, 2), np.int64)
    same(z[...], np.zeros((6, 6), dtype=int))


def with_blocks():
    z = zarr.zeros((6, 6), dtype=int, chunks=2)
    z.set_block_selection((1, 0), 1)
    return z


def test_s3_133_a_block_is_set():
    same(
        with_blocks()[...],
        [[0, 0, 0, 0, 0, 0]] * 2 + [[1, 1, 0, 0, 0, 0]] * 2 + [[0, 0, 0, 0, 0, 0]] * 2,
    )


def test_s3_134_blocks_are_assigned():
    z = with_blocks()
    z.blocks[:, 2] = 7
    same(z[...], [[0, 0, 0, 0, 7, 7]] * 2 + [[1, 1, 0, 0, 7, 7]] * 2 + [[0, 0, 0, 0, 7, 7]] * 2)


def test_s3_135_any_mix_for_blocks():
    z = with_blocks()
    z.blocks[:, 2] = 7
    same(z.blocks[2, 1:3], [[0, 0, 7, 7], [0, 0, 7, 7]])


@pytest.fixture
def records():
    return np.array(
        [(b"aaa", 1, 4.2), (b"bbb", 2, 8.4), (b"ccc", 3, 12.6)], dtype=[("foo", "S3"), ("bar", "i4"), ("baz", "f8")]
    )


@pytest.fixture
def structured(records):
    with pytest.warns(zarr.errors.UnstableSpecificationWarning):
        return zarr.array(records)


def test_s3_136_a_structured_array(structured, records):
    assert structured.dtype == records.dtype
    same(structured[:], records)


def test_s3_137_a_field_by_its_name(structured):
    assert repr(structured["foo"]) == "array([b'aaa', b'bbb', b'ccc'], dtype='|S3')"


def test_s3_138_another_field(structured):
    same(structured["baz"], [4.2, 8.4, 12.6])


def test_s3_139_fields_of_a_basic_selection(structured):
    assert repr(structured.get_basic_selection(slice(0, 2), fields="bar")) == "array([1, 2], dtype=int32)"


def test_s3_140_a_list_of_fields(structured):
    values = structured.get_coordinate_selection([0, 2], fields=["foo", "baz"])
    assert values.tolist() == [(b"aaa", 4.2), (b"ccc", 12.6)]
    assert values.dtype.names == ("foo", "baz")
    assert [values.dtype[name] for name in values.dtype.names] == [np.dtype("S3"), np.dtype("f8")]


def test_s3_141_all_selections_take_fields(structured):
    first_and_third = np.array([1, 3], dtype="i4")
    mask = np.array([True, False, True])
    same(structured.get_orthogonal_selection([0, 2], fields="bar"), first_and_third)
    same(structured.get_mask_selection(mask, fields="bar"), first_and_third)
    same(structured.get_block_selection(0, fields="bar"), np.array([1, 2, 3], dtype="i4"))
    same(structured.oindex["bar", [0, 2]], first_and_third)
    same(structured.vindex["bar", [0, 2]], first_and_third)


def test_s3_142_a_field_is_replaced(structured):
    structured.set_basic_selection(slice(0, 2), [7, 8], fields="bar")
    assert structured[:].tolist() == [(b"aaa", 7, 4.2), (b"bbb", 8, 8.4), (b"ccc", 3, 12.6)]
    structured["baz"] = 0
    assert structured[:].tolist() == [(b"aaa", 7, 0), (b"bbb", 8, 0), (b"ccc", 3, 0)]
