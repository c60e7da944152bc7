"""The registry's `bitround`: its sample data, and numbers of every kind that it names."""

import json
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust import _core
from zarrust.codecs import BitRoundCodec

# What the sample data of zarr-extensions was made of, and what it says.
SAMPLES: dict[str, tuple[list[float], list[float]]] = {
    "u1": ([0, 1, 10, 11, 100, 123, 200, 208, 209, 255], [0, 1, 10, 12, 96, 128, 192, 192, 224, 224]),
    "f4": (
        [0, 0.1, 1.2, 12.3, 123.4, 1234.5, np.nan, np.inf, -np.inf],
        [0, 0.1015625, 1.25, 12, 120, 1280, np.nan, np.inf, -np.inf],
    ),
}


def rounded(data: np.ndarray, keepbits: int) -> np.ndarray:
    """What is read after a write."""
    array = zarr.create_array({}, data=data, chunks=data.shape, filters=BitRoundCodec(keepbits=keepbits))
    return np.asarray(array[...])


@pytest.mark.parametrize("dtype", SAMPLES)
def test_the_samples_of_the_registry_are_rounded_as_it_says(dtype: str) -> None:
    original, expected = (np.array(numbers, dtype) for numbers in SAMPLES[dtype])
    before = _core.python_codec_calls()
    np.testing.assert_array_equal(rounded(original, 3), expected)
    assert _core.python_codec_calls() == before


@pytest.mark.parametrize(
    "dtype", ["i1", "u2", "i4", "u4", "i8", "u8", "M8[s]", "m8[ms]", "f2", "f4", "f8", "c8", "c16"]
)
@pytest.mark.parametrize("shards", [None, (4, 8)], ids=["chunks", "shards"])
def test_numbers_of_every_kind_are_rounded_once(dtype: str, shards: Any) -> None:
    data = (np.arange(48).reshape(6, 8) * 2 + 1).astype(dtype)
    array = zarr.create_array(
        {}, shape=(6, 8), chunks=(2, 4), shards=shards, dtype=dtype, filters=[BitRoundCodec(keepbits=3)]
    )
    before = _core.python_codec_calls()
    array[...] = data
    once = array[...]
    assert (once != data).any()
    array[...] = once
    np.testing.assert_array_equal(array[...], once)
    assert _core.python_codec_calls() == before
    if dtype[0] == "c":
        np.testing.assert_array_equal(once.real, rounded(np.ascontiguousarray(data.real), 3))


def test_more_bits_than_there_are_keep_everything() -> None:
    for data in (np.random.default_rng(1).normal(size=9), np.arange(-4, 5, dtype="i2")):
        np.testing.assert_array_equal(rounded(data, 99), data)


def test_the_document_is_the_registrys() -> None:
    document = {"name": "bitround", "configuration": {"keepbits": 10}}
    array = zarr.create_array({}, shape=(8,), dtype="f4", filters=[document], compressors=None)
    assert array.filters == (BitRoundCodec(keepbits=10),)
    assert json.loads(json.dumps(array.metadata.to_dict()["codecs"]))[0] == document


@pytest.mark.parametrize(("dtype", "keepbits"), [("f4", 0), ("f4", -1), ("f4", 1.5), ("bool", 1), ("S4", 1)])
def test_what_has_no_bits_to_round_is_refused(dtype: str, keepbits: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="bitround"):
        zarr.create_array({}, shape=(8,), dtype=dtype, filters=BitRoundCodec(keepbits=keepbits))
