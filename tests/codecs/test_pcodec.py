"""Pco files of numcodecs and ours are the same bytes, in both formats, and the engine alone makes and reads them."""

import importlib.util
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust import _core
from zarrust.errors import CorruptChunkError

OPTIONS: list[dict[str, Any]] = [
    {},
    {"level": 3, "delta_encoding_order": 1},
    {"mode_spec": "classic", "equal_pages_up_to": 8},
    {"delta_spec": "try_lookback"},
    {"delta_spec": "try_consecutive", "delta_encoding_order": 2, "level": 12},
]
TYPES = ["<u2", "<u4", "<u8", "<i2", "<i4", "<i8", "<f2", "<f4", "<f8", "<M8[s]"]
# Of the squares of 0 to 19 as "<i4", by numcodecs 0.16.6 with pcodec 1.1.0, for the first three of the options.
STORED = [
    "70636f2103000405040103130000100201000100004000000000800100000000",
    "70636f21030004050401031300001001018000000040030000008080401888c23890445998c679a0480200",
    "70636f210300040504010306000000100000000000340040402450460203060000001000880100003c0080076886fce20103050000001000200600004400001d3c5d80a500",
]


def values(dtype: str, size: int = 3000) -> np.ndarray:
    """Numbers with a trend and some noise."""
    noise = np.random.default_rng(7).integers(0, 5, size)
    return (np.arange(size) * 3 + noise).astype("i8").astype(dtype)


@pytest.mark.parametrize(("options", "stored"), list(zip(OPTIONS, STORED, strict=False)))
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_bytes_of_numcodecs_are_written_and_read(options: dict[str, Any], stored: str, zarr_format: Any) -> None:
    squares = (np.arange(20) ** 2).astype("<i4")
    store: dict[str, Any] = {}
    array = create(store, squares, options, zarr_format)
    before = _core.python_codec_calls()
    array[...] = squares
    assert store[key(zarr_format)].to_bytes().hex() == stored
    np.testing.assert_array_equal(array[...], squares)
    np.testing.assert_array_equal(array[3:15:4], squares[3:15:4])
    assert _core.python_codec_calls() == before


@pytest.mark.skipif(importlib.util.find_spec("pcodec") is None, reason="numcodecs needs pcodec for it")
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("dtype", TYPES)
def test_any_numbers_have_the_bytes_of_numcodecs(dtype: str, options: dict[str, Any]) -> None:
    from numcodecs.pcodec import PCodec

    data = values(dtype)
    store: dict[str, Any] = {}
    array = create(store, data, options, 2)
    array[...] = data
    theirs = PCodec(**options).encode(data)
    assert store["0"].to_bytes() == theirs
    store["0"] = type(store["0"]).from_bytes(theirs)
    np.testing.assert_array_equal(array[...], data)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_filters_and_a_compressor_of_format_2_stand_beside_it(dtype: str, order: Any) -> None:
    data = values(dtype, 48).reshape(6, 8)
    array = zarr.create_array(
        {}, shape=(6, 8), chunks=(4, 4), dtype=dtype, zarr_format=2, order=order, filters=[{"id": "pcodec"}],
        compressors={"id": "zstd", "level": 1},
    )  # fmt: skip
    before = _core.python_codec_calls()
    array[...] = data
    np.testing.assert_array_equal(array[...], data)
    assert _core.python_codec_calls() == before


@pytest.mark.parametrize("dtype", ["<i4", "<f8"])
def test_it_is_the_inner_codec_of_shards(dtype: str) -> None:
    data = values(dtype, 64).reshape(8, 8)
    array = zarr.create_array(
        {}, shape=(8, 8), chunks=(4, 4), shards=(8, 8), dtype=dtype, serializer=zarr.codecs.PCodec(), compressors=None
    )
    before = _core.python_codec_calls()
    array[...] = data
    np.testing.assert_array_equal(array[...], data)
    np.testing.assert_array_equal(array[2:7, 3], data[2:7, 3])
    assert _core.python_codec_calls() == before


def test_damage_is_a_corrupt_chunk() -> None:
    data = values("<i4", 512)
    store: dict[str, Any] = {}
    array = create(store, data, {}, 3)
    array[...] = data
    stored = store["c/0"].to_bytes()
    for damaged in (stored[:-1], stored[: len(stored) // 2], b"", stored + b"x", b"\7" * len(stored)):
        store["c/0"] = type(store["c/0"]).from_bytes(damaged)
        with pytest.raises(CorruptChunkError, match='key "c/0"'):
            array[...]


def create(store: Any, data: np.ndarray, options: dict[str, Any], zarr_format: Any) -> Any:
    """Return an array of one chunk."""
    place: dict[str, Any] = (
        {"filters": None, "compressors": {"id": "pcodec"} | options}
        if zarr_format == 2
        else {"serializer": zarr.codecs.PCodec(**options), "compressors": None}
    )
    return zarr.create_array(
        store, shape=data.shape, chunks=data.shape, dtype=data.dtype, zarr_format=zarr_format, **place
    )


def key(zarr_format: int) -> str:
    """Return the key of the only chunk."""
    return "0" if zarr_format == 2 else "c/0"
