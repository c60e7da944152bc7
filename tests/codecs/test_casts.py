"""``scale_offset`` and ``cast_value``: what is stored is what the rules say, and what cannot be stored is refused."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import zarrust as zarr
from zarrust import _core
from zarrust.codecs import BytesCodec, CastValue, ScaleOffset

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64"]
ROUNDINGS: dict[str, Any] = {
    "nearest-even": lambda x: np.rint(x),
    "towards-zero": lambda x: np.trunc(x),
    "towards-positive": lambda x: np.ceil(x),
    "towards-negative": lambda x: np.floor(x),
    "nearest-away": lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x),
}


def made(values: np.ndarray, *filters: Any, **options: Any) -> tuple[zarr.Array, dict[str, Any]]:
    """An array of one chunk with the values in it, and its store."""
    store: dict[str, Any] = {}
    array = zarr.create_array(
        store,
        shape=values.shape,
        chunks=values.shape,
        dtype=values.dtype,
        filters=filters,
        compressors=None,
        config={"write_empty_chunks": True},
        **options,
    )
    array[...] = values
    return array, store


@pytest.mark.parametrize("dtype", INTEGERS + FLOATS)
@pytest.mark.parametrize("endian", ["little", "big"])
def test_scale_offset_stores_the_scaled_numbers_and_reads_the_same_back(dtype: str, endian: Any) -> None:
    values = np.arange(5, 29, dtype=dtype).reshape(4, 6)
    before = _core.python_codec_calls()
    array, store = made(values, ScaleOffset(offset=5, scale=2), serializer=BytesCodec(endian=endian), fill_value=5)
    expected = ((values - values.dtype.type(5)) * values.dtype.type(2)).astype(values.dtype.newbyteorder(endian[0]))
    assert store["c/0/0"].to_bytes() == expected.tobytes()
    np.testing.assert_array_equal(array[...], values)
    np.testing.assert_array_equal(array[1:3, ::2], values[1:3, ::2])
    assert _core.python_codec_calls() == before


def test_scale_offset_refuses_what_an_integer_type_does_not_have() -> None:
    with pytest.raises(ValueError, match=r"scale_offset.*outside the range"):
        made(np.array([100], "int8"), ScaleOffset(scale=2))
    with pytest.raises(ValueError, match=r"scale_offset.*outside the range"):
        made(np.array([3], "uint64"), ScaleOffset(offset=4), fill_value=4)
    array, store = made(np.array([4, 6], "int16"), ScaleOffset(scale=2))
    store["c/0"] = zarr.buffer.default_buffer_prototype().buffer.from_bytes(np.array([8, 7], "<i2").tobytes())
    with pytest.raises(ValueError, match="no multiple of the scale 2"):
        array[...]


@pytest.mark.parametrize(
    ("dtype", "codec", "message"),
    [
        ("bool", ScaleOffset(scale=2), "only supports integer and floating-point"),
        ("int8", ScaleOffset(scale=0), "scale must be non-zero"),
        ("float32", ScaleOffset(scale="0x00000000"), "scale must be non-zero"),
        ("int8", ScaleOffset(offset=1000), "offset value 1000 is not representable in dtype int8"),
        ("int8", ScaleOffset(scale=1.5), "scale value 1.5 is not representable in dtype int8"),
        ("complex64", CastValue(data_type="int8"), "only supports integer and floating-point"),
        ("float64", CastValue(data_type="float32", out_of_range="wrap"), "only valid for integer target types"),
        (
            "float64",
            CastValue(data_type="int8", scalar_map={"encode": [("NaN", 1000)]}),
            "scalar_map encode value 1000 is not representable in dtype int8",
        ),
    ],
)
def test_parameters_that_do_not_fit_the_array_are_refused_when_it_is_created(
    dtype: str, codec: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        zarr.create_array({}, shape=4, dtype=dtype, filters=[codec])


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("target", ["int8", "uint16", "int64"])
@pytest.mark.parametrize("source", FLOATS)
def test_cast_value_rounds_as_it_is_told(source: str, target: str, rounding: Any) -> None:
    values = np.arange(-20, 20, dtype=source) / np.dtype(source).type(4)
    if target == "uint16":
        values = values + np.dtype(source).type(10)
    array, store = made(values, CastValue(data_type=target, rounding=rounding))
    expected = ROUNDINGS[rounding](values).astype(target)
    assert store["c/0"].to_bytes() == expected.tobytes()
    np.testing.assert_array_equal(array[...], expected.astype(source))


@settings(max_examples=150)
@given(st.data())
def test_any_integers_are_kept_clamped_wrapped_or_refused(data: st.DataObject) -> None:
    source, target = data.draw(st.sampled_from(INTEGERS)), data.draw(st.sampled_from(INTEGERS))
    values = data.draw(arrays(source, st.integers(1, 20)))
    rule: Any = data.draw(st.sampled_from([None, "clamp", "wrap"]))
    info = np.iinfo(target)
    exact = [int(value) for value in values]
    if rule is None and not all(info.min <= value <= info.max for value in exact):
        with pytest.raises(ValueError, match="cast_value"):
            made(values, CastValue(data_type=target, out_of_range=rule))
        return
    if rule == "clamp":
        exact = [min(max(value, info.min), info.max) for value in exact]
    elif rule == "wrap":
        exact = [(value - info.min) % (info.max - info.min + 1) + info.min for value in exact]
    _, store = made(values, CastValue(data_type=target, out_of_range=rule))
    assert store["c/0"].to_bytes() == np.array(exact, target).tobytes()


@settings(max_examples=200)
@given(st.data())
def test_a_cast_to_floating_point_gives_the_neighbour_that_the_rule_names(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([*INTEGERS, "float32", "float64"]))
    target = data.draw(st.sampled_from(FLOATS))
    rounding: Any = data.draw(st.sampled_from([*ROUNDINGS]))
    limit = 60000 if target == "float16" else 2**100
    if np.dtype(source).kind == "f":
        width: Any = 8 * np.dtype(source).itemsize
        numbers: Any = st.floats(-limit, limit, width=width)
    else:
        info = np.iinfo(source)
        numbers = st.integers(max(-limit, info.min), min(limit, info.max))
    values = data.draw(arrays(source, st.integers(1, 8), elements=numbers))
    _, store = made(values, CastValue(data_type=target, rounding=rounding))
    for value, found in zip(values, np.frombuffer(store["c/0"].to_bytes(), target), strict=True):
        exact, got = Fraction(value.item()), Fraction(found.item())
        below, above = (Fraction(np.nextafter(found, found.dtype.type(end)).item()) for end in (-np.inf, np.inf))
        assert below < exact < above
        if rounding == "towards-positive" or (rounding == "towards-zero" and exact < 0):
            assert got >= exact
        elif rounding in ("towards-negative", "towards-zero"):
            assert got <= exact
        else:
            other = abs(exact - (above if exact > got else below))
            assert abs(exact - got) <= other
            if got != exact and abs(exact - got) == other:
                bits = int(found.view(f"u{found.dtype.itemsize}"))
                assert bits % 2 == 0 if rounding == "nearest-even" else abs(got) > abs(exact)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_what_is_too_large_for_floating_point_is_refused_or_clamped_to_infinity(rounding: Any) -> None:
    values = np.array([1.0, 66000.0, -1e300, np.inf])
    with pytest.raises(ValueError, match="cast_value"):
        made(values, CastValue(data_type="float16", rounding=rounding))
    array, _ = made(values, CastValue(data_type="float16", rounding=rounding, out_of_range="clamp"))
    np.testing.assert_array_equal(array[...], [1, np.inf, -np.inf, np.inf])
    codec = CastValue(data_type="float16", rounding=rounding, out_of_range="clamp")
    array, _ = made(np.array([65505.0, -65505.0]), codec)
    expected = {"towards-positive": [np.inf, -65504], "towards-negative": [65504, -np.inf]}
    np.testing.assert_array_equal(array[...], expected.get(rounding, [65504, -65504]))


def test_cast_value_maps_single_values_before_its_rules() -> None:
    values = np.array([1.4, np.nan, -1.0, np.inf, 300.0])
    codec = CastValue(
        data_type="uint8",
        out_of_range="clamp",
        scalar_map={"encode": [("NaN", 0), (-1.0, 7)], "decode": [(0, "NaN"), (7, -1.0)]},
    )
    array, store = made(values, codec)
    assert store["c/0"].to_bytes() == bytes([1, 0, 7, 255, 255])
    np.testing.assert_array_equal(array[...], [1, np.nan, -1, 255, 255])
    again = zarr.open_array(store, mode="r")
    assert again.filters == (codec,)
    np.testing.assert_array_equal(again[1:4], [np.nan, -1, 255])


def test_cast_value_refuses_not_a_number_for_an_integer() -> None:
    for rule in (None, "clamp", "wrap"):
        with pytest.raises(ValueError, match="cast_value"):
            made(np.array([np.nan]), CastValue(data_type="int16", out_of_range=rule))


@pytest.mark.parametrize("shards", [None, (8, 6)], ids=["chunks", "shards"])
def test_scaled_and_cast_numbers_are_read_in_parts_and_where_nothing_is_stored(shards: Any) -> None:
    values = np.round(np.random.default_rng(0).uniform(-5, 5, (8, 6)), 2)
    array = zarr.create_array(
        {},
        shape=(16, 6),
        chunks=(4, 3),
        shards=shards,
        dtype="float64",
        fill_value=-10.0,
        filters=[ScaleOffset(offset=-10, scale=100), CastValue(data_type="uint16")],
        compressors=[zarr.codecs.ZstdCodec()],
    )
    array[:8] = values
    np.testing.assert_allclose(array[:8], values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(array[3:6, 1:4], values[3:6, 1:4], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(array[8:], np.full((8, 6), -10.0))
    array[9, 2] = 1.25
    np.testing.assert_array_equal(array[8:10, 1:3], [[-10, -10], [-10, 1.25]])
