"""Defaults and choices of new arrays."""

import math

import numpy as np
import pytest

import zarrust as zarr
from zarrust.codecs import BloscCodec, BytesCodec, GzipCodec, TransposeCodec, ZstdCodec
from zarrust.metadata.chunking import chunk_shape, shard_shape


@pytest.mark.parametrize("shape", [(10**9,), (1000, 1000, 1000), (3, 10**7), (10**6,) * 3, (1,), (0, 5), ()])
def test_automatic_chunks_grow_slowly_with_the_array(shape):
    chunk = chunk_shape("auto", shape, 8)
    assert len(chunk) == len(shape)
    assert all(1 <= c <= max(1, length) for c, length in zip(chunk, shape, strict=True))
    assert math.prod(chunk) * 8 <= 2**26
    if math.prod(shape) * 8 > 2**21:
        assert math.prod(chunk) * 8 > 2**17


@pytest.mark.parametrize(
    ("shape", "dtype", "shards", "expected"),
    [
        ((1000, 1000), "u1", None, (500, 500)),
        ((10_000, 10_000), "f8", None, (313, 625)),
        ((365, 721, 1440), "f4", None, (46, 91, 180)),
        ((10_000_000,), "f4", None, (156_250,)),
        ((100,), "i4", None, (100,)),
        ((0, 5), "i4", None, (1, 5)),
        ((10_000, 10_000, 1000), "f8", None, (157, 313, 32)),
        ((10_000, 10_000, 1000), "f8", "auto", (79, 79, 16)),
    ],
)
def test_automatic_chunks_are_those_of_zarr_python(shape, dtype, shards, expected):
    assert zarr.create_array(shape=shape, dtype=dtype, shards=shards).chunks == expected


@pytest.mark.parametrize(
    ("order", "config", "expected"),
    [
        ("C", {"order": "F"}, "C"),
        ("F", {"order": "C"}, "F"),
        (None, {"order": "F"}, "F"),
        (None, {"order": "C"}, "C"),
        ("F", None, "F"),
        (None, None, "C"),
    ],
)
def test_in_format_2_the_stored_order_and_that_of_reads_are_one(order, config, expected):
    z = zarr.create_array(shape=(2, 3), dtype="i4", zarr_format=2, order=order, config=config)
    assert (z.metadata.order, z.order) == (expected, expected)
    assert z[:].flags[f"{expected}_CONTIGUOUS"]


def test_compressor_and_compressors_exclude_each_other():
    with pytest.raises(ValueError, match="both `compressor` and `compressors`"):
        zarr.create_array(shape=(2,), zarr_format=2, compressor=None, compressors=None)


@pytest.mark.parametrize(
    ("chunks", "expected"), [(5, (5, 5)), ((5, -1), (5, 8)), ((None, 2), (10, 2)), (False, (10, 8)), (True, (10, 8))]
)
def test_chunks_have_several_forms(chunks, expected):
    assert chunk_shape(chunks, (10, 8), 4) == expected


@pytest.mark.parametrize("chunks", [0, (0, 1), (-2, 1), (1,), (1, 1, 1)])
def test_chunks_that_do_not_fit_are_value_errors(chunks):
    with pytest.raises(ValueError, match="chunks"):
        chunk_shape(chunks, (10, 8), 4)


def test_automatic_shards_are_whole_chunks_near_the_target():
    shard = shard_shape("auto", (100, 100), (10_000, 10_000), 4)
    assert all(outer % 100 == 0 for outer in shard)
    assert math.prod(shard) * 4 <= 2**26


def test_a_shard_is_made_of_whole_chunks():
    with pytest.raises(ValueError, match="divisible"):
        zarr.create_array(shape=(8,), chunks=(3,), shards=(4,), dtype="i4")


def test_without_dtype_and_data_an_array_is_float64():
    assert zarr.create_array(shape=(2,)).dtype == np.float64


def test_a_compressor_selects_format_2_and_contradicts_format_3():
    assert zarr.create_array(shape=(2,), compressor=None).metadata.zarr_format == 2
    assert zarr.create_array(shape=(2,), compressor={"id": "gzip", "level": 2}).metadata.zarr_format == 2
    with pytest.raises(ValueError, match="compressor cannot be used"):
        zarr.create_array(shape=(2,), compressor=None, zarr_format=3)


def test_codecs_of_format_3_are_kept_by_kind():
    z = zarr.create_array(
        shape=(4, 4),
        dtype="i4",
        filters=[TransposeCodec(order=(1, 0))],
        serializer=BytesCodec(endian="big"),
        compressors=[{"name": "gzip", "configuration": {"level": 3}}, "crc32c"],
    )
    assert z.filters == (TransposeCodec(order=(1, 0)),)
    assert z.serializer == BytesCodec(endian="big")
    assert z.compressors[0] == GzipCodec(level=3)
    with pytest.raises(ValueError, match="filters"):
        zarr.create_array(shape=(4,), filters=ZstdCodec())


def test_what_blosc_leaves_open_is_decided_by_the_elements():
    assert zarr.create_array(shape=(4,), dtype="i4", compressors=BloscCodec()).compressors[0].typesize == 4
    assert zarr.create_array(shape=(4,), dtype="i1", compressors=BloscCodec()).compressors[0].shuffle == "bitshuffle"


def test_none_is_no_compressor():
    assert zarr.create_array(shape=(4,), compressors=None).compressors == ()
    assert zarr.create_array(shape=(4,), compressors=None, zarr_format=2).compressors == ()


def test_the_fill_value_is_zero_unless_given():
    assert zarr.create_array(shape=(1,)).fill_value == 0
    assert zarr.create(shape=1, fill_value=None, zarr_format=2).fill_value is None
    assert zarr.create(shape=1, fill_value=None).fill_value == 0
    with pytest.raises(TypeError, match="Cannot convert"):
        zarr.create_array(shape=(1,), fill_value="abc")
    with pytest.raises(ValueError, match="300"):
        zarr.create_array(shape=(1,), dtype="u1", fill_value=300)


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="zarr_format"):
        zarr.create_array(shape=(1,), zarr_format=4)
