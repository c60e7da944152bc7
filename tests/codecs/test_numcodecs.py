"""Codecs of numcodecs give numcodecs' bytes, in both formats, and each side reads the other's."""

from typing import Any

import numcodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import zarrust as zarr
from zarrust import _core

NUMBERS = ["|i1", "<i2", ">i4", "<i8", "|u1", "<u2", ">u4", "<u8", "<f2", ">f4", "<f8"]
FLOATS = ["<f2", ">f4", "<f8"]

# Filters over elements: every option of each.
FILTERS: list[tuple[str, Any]] = [
    *((dtype, numcodecs.Delta(dtype=dtype)) for dtype in NUMBERS),
    ("<i4", numcodecs.Delta(dtype="<i4", astype="<i2")),
    ("<f8", numcodecs.Delta(dtype="<f8", astype=">f4")),
    ("<i8", numcodecs.Delta(dtype="<i4")),
    # numcodecs knows no big-endian numbers here.
    *((dtype, numcodecs.BitRound(keepbits=bits)) for dtype in ("<f2", "<f4", "<f8") for bits in (0, 1, 7, 10)),
    *((dtype, numcodecs.Quantize(digits=digits, dtype=dtype)) for dtype in FLOATS for digits in (0, 1, 2)),
    ("<f8", numcodecs.Quantize(digits=3, dtype="<f8", astype="<f4")),
    *((dtype, numcodecs.FixedScaleOffset(offset=10, scale=4, dtype=dtype)) for dtype in FLOATS),
    ("<f8", numcodecs.FixedScaleOffset(offset=-1.5, scale=100, dtype="<f8", astype="<i4")),
    ("<f4", numcodecs.FixedScaleOffset(offset=0, scale=0.1, dtype="<f4", astype="|u1")),
    *((dtype, numcodecs.FixedScaleOffset(offset=5, scale=2, dtype=dtype)) for dtype in NUMBERS if dtype[1] in "iu"),
    ("<i4", numcodecs.FixedScaleOffset(offset=5, scale=2, dtype="<i4", astype="<i8")),
    ("<i2", numcodecs.FixedScaleOffset(offset=-300, scale=700, dtype="<i2", astype="<f4")),
    (">i4", numcodecs.FixedScaleOffset(offset=5, scale=0.5, dtype=">i4", astype="<i2")),
    ("<u2", numcodecs.FixedScaleOffset(offset=0.25, scale=2, dtype="<u2", astype="<i4")),
    ("<u8", numcodecs.FixedScaleOffset(offset=1.5, scale=2.5, dtype="<u8", astype="<i8")),
    ("|b1", numcodecs.PackBits()),
    *(("<f8", numcodecs.AsType(encode_dtype=dtype, decode_dtype="<f8")) for dtype in NUMBERS),
    *((dtype, numcodecs.AsType(encode_dtype=">f4", decode_dtype=dtype)) for dtype in NUMBERS),
    ("|b1", numcodecs.AsType(encode_dtype="<i2", decode_dtype="|b1")),
    *((dtype, numcodecs.Shuffle(elementsize=np.dtype(dtype).itemsize)) for dtype in NUMBERS),
    ("<f8", numcodecs.Shuffle(elementsize=4)),
    ("<i2", numcodecs.Shuffle(elementsize=1)),
]


def small_values(dtype: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Values that every filter above can take: whole numbers and quarters, some negative where there is a sign."""
    kind = np.dtype(dtype)
    values = np.random.default_rng(seed).integers(0, 100, shape)
    if kind.kind == "b":
        return (values % 2).astype(kind)
    return (values if kind.kind == "u" else values - 50).astype(kind) / (4 if kind.kind == "f" else 1)


@pytest.mark.parametrize(("dtype", "codec"), FILTERS, ids=[f"{dtype}-{codec!r}" for dtype, codec in FILTERS])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_filter_of_format_2_stores_the_bytes_of_numcodecs(dtype: str, codec: Any, order: str) -> None:
    values = small_values(dtype, (4, 6)).astype(dtype)
    store: dict[str, Any] = {}
    array = zarr.create_array(
        store, shape=(4, 6), chunks=(4, 6), dtype=dtype, filters=[codec], compressors=None, zarr_format=2, order=order
    )
    before = _core.python_codec_calls()
    array[...] = values
    expected = np.asarray(codec.encode(values.ravel(order)))
    assert store["0.0"].to_bytes() == expected.tobytes()
    decoded = np.asarray(codec.decode(expected)).view(dtype).reshape((4, 6), order=order)
    np.testing.assert_array_equal(array[...], decoded)
    np.testing.assert_array_equal(array[1:3, ::2], decoded[1:3, ::2])
    assert _core.python_codec_calls() == before
    assert array.filters == (codec,)


@pytest.mark.parametrize(("dtype", "codec"), FILTERS, ids=[f"{dtype}-{codec!r}" for dtype, codec in FILTERS])
@pytest.mark.parametrize("shards", [None, (8, 6)], ids=["chunks", "shards"])
def test_a_filter_of_format_3_stores_the_bytes_of_numcodecs(dtype: str, codec: Any, shards: Any) -> None:
    dtype = np.dtype(dtype).newbyteorder("=").str
    config = {name: _native(value) for name, value in codec.get_config().items() if name != "id"}
    native = type(codec)(**config)
    ours = getattr(zarr.codecs.numcodecs, type(codec).__name__)(**config)
    values = small_values(dtype, (8, 6)).astype(dtype)
    place = (
        {"compressors": [ours]} if isinstance(codec, numcodecs.Shuffle) else {"filters": [ours], "compressors": None}
    )
    store: dict[str, Any] = {}
    array = zarr.create_array(store, shape=(8, 6), chunks=(4, 3), shards=shards, dtype=dtype, **place)
    array[...] = values
    chunk = values[:4, 3:]
    expected = np.asarray(native.encode(np.ascontiguousarray(chunk)))
    if shards is None:
        assert store["c/0/1"].to_bytes() == expected.tobytes()
    decoded = np.asarray(native.decode(expected)).view(dtype).reshape(chunk.shape)
    np.testing.assert_array_equal(array[:4, 3:], decoded)
    np.testing.assert_array_equal(array[2, 4:], decoded[2, 1:])


def _native(option: Any) -> Any:
    return np.dtype(option).newbyteorder("=").str if isinstance(option, str) else option


@settings(max_examples=60)
@given(st.data())
def test_any_values_survive_what_numcodecs_makes_of_them(data: st.DataObject) -> None:
    dtype, codec = data.draw(st.sampled_from([entry for entry in FILTERS if entry[1].codec_id != "fixedscaleoffset"]))
    # What becomes of a number that an integer cannot hold depends on the processor.
    stored = np.asarray(codec.encode(np.zeros(1, dtype))).dtype
    converts = codec.codec_id == "astype" and (np.dtype(dtype).kind == "f") != (stored.kind == "f")
    elements = st.integers(0, 100) if converts else None
    values = data.draw(arrays(dtype, st.integers(1, 40), elements=elements))
    store: dict[str, Any] = {}
    array = zarr.create_array(
        store, shape=values.shape, chunks=values.shape, dtype=dtype, filters=[codec], compressors=None, zarr_format=2,
        config={"write_empty_chunks": True}, fill_value=0,
    )  # fmt: skip
    with np.errstate(all="ignore"):
        try:
            expected = np.asarray(codec.encode(values))
        except (ValueError, OverflowError):
            return
        array[...] = values
        assert store["0"].to_bytes() == expected.tobytes()
        decoded = np.asarray(codec.decode(expected)).view(dtype)
    assert np.asarray(array[...]).tobytes() == decoded.tobytes()
