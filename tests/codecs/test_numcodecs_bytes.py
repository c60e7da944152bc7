"""Compressors and checksums of numcodecs run in the engine, with every option; each side reads the other's bytes."""

import lzma
from typing import Any

import numcodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zarrust as zarr
from zarrust import _core
from zarrust.errors import CorruptChunkError

RAW = [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 1}]
CODECS: list[Any] = [
    *(numcodecs.LZ4(acceleration=speed) for speed in (1, 10)),
    *(numcodecs.BZ2(level=level) for level in (1, 9)),
    numcodecs.LZMA(),
    numcodecs.LZMA(preset=0, check=lzma.CHECK_SHA256),
    numcodecs.LZMA(format=lzma.FORMAT_ALONE, preset=1),
    numcodecs.LZMA(format=lzma.FORMAT_RAW, filters=RAW),
    numcodecs.LZMA(format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "lc": 1}]),
    *(codec(location=place) for codec in (numcodecs.CRC32, numcodecs.Adler32) for place in ("start", "end")),
    numcodecs.Fletcher32(),
    *(numcodecs.JenkinsLookup3(initval=seed) for seed in (0, 1234567)),
]
# numcodecs cannot decode this one: it hands the filters to a decoder that takes none.
ENCODE_ONLY: list[Any] = [numcodecs.LZMA(filters=RAW)]
# A checksum has one form.
EXACT = (numcodecs.CRC32, numcodecs.Adler32, numcodecs.Fletcher32, numcodecs.JenkinsLookup3)


def element() -> str:
    return '{"size": 1, "swap": 1}'


def document(codec: Any) -> str:
    import json

    config = {name: value for name, value in codec.get_config().items() if name != "id"}
    return json.dumps({"name": f"numcodecs.{codec.codec_id}", "configuration": config})


@pytest.mark.parametrize("codec", CODECS + ENCODE_ONLY, ids=repr)
@pytest.mark.parametrize("size", [1, 7, 13, 4096, 100_003])
def test_each_side_reads_the_bytes_of_the_other(codec: Any, size: int) -> None:
    data = (np.arange(size) // 3 % 251).astype("u1").tobytes()
    ours = _core.encode_bytes(document(codec), element(), data)
    theirs = bytes(memoryview(codec.encode(data)).cast("B"))
    assert _core.decode_bytes(document(codec), element(), theirs) == data
    if codec not in ENCODE_ONLY:
        assert bytes(memoryview(codec.decode(ours)).cast("B")) == data
    if isinstance(codec, EXACT):
        assert ours == theirs


@settings(max_examples=150)
@given(st.binary(min_size=1, max_size=700), st.sampled_from(CODECS))
def test_any_bytes_survive_both_ways(data: bytes, codec: Any) -> None:
    ours = _core.encode_bytes(document(codec), element(), data)
    assert _core.decode_bytes(document(codec), element(), ours) == data
    assert bytes(memoryview(codec.decode(ours)).cast("B")) == data
    assert _core.decode_bytes(document(codec), element(), bytes(memoryview(codec.encode(data)).cast("B"))) == data


@pytest.mark.parametrize("codec", CODECS + ENCODE_ONLY, ids=repr)
@pytest.mark.parametrize("place", ["filters", "compressors"])
def test_a_codec_of_format_2_never_calls_python(codec: Any, place: str) -> None:
    both: dict[str, Any] = {"filters": None, "compressors": None} | {place: [codec]}
    array = zarr.create_array({}, shape=(100,), chunks=(30,), dtype=">i4", zarr_format=2, **both)
    before = _core.python_codec_calls()
    array[...] = np.arange(100)
    array[7:50] = 3
    expected = np.arange(100)
    expected[7:50] = 3
    np.testing.assert_array_equal(array[...], expected)
    assert _core.python_codec_calls() == before
    assert getattr(array, place) == (codec,)


@pytest.mark.parametrize("codec", CODECS, ids=repr)
@pytest.mark.parametrize("shards", [None, (60,)], ids=["chunks", "shards"])
def test_a_codec_of_format_3_never_calls_python(codec: Any, shards: Any) -> None:
    config = {name: value for name, value in codec.get_config().items() if name != "id"}
    ours = getattr(zarr.codecs.numcodecs, type(codec).__name__)(**config)
    array = zarr.create_array({}, shape=(100,), chunks=(30,), shards=shards, dtype="i4", compressors=[ours])
    before = _core.python_codec_calls()
    array[...] = np.arange(100)
    np.testing.assert_array_equal(array[20:80:3], np.arange(20, 80, 3))
    assert _core.python_codec_calls() == before


@pytest.mark.parametrize("codec", CODECS, ids=repr)
def test_damage_is_a_corrupt_chunk(codec: Any) -> None:
    store: dict[str, Any] = {}
    array = zarr.create_array(
        store, shape=(1000,), chunks=(1000,), dtype="u1", zarr_format=2, compressors=codec, filters=None
    )
    array[...] = np.arange(1000) % 256
    data = store["0"].to_bytes()
    for damaged in (data[:-1], data[: len(data) // 2], b"", data + b"xy", b"\7" * len(data)):
        store["0"] = type(store["0"]).from_bytes(damaged)
        with pytest.raises(CorruptChunkError, match='key "0"'):
            array[...]


@pytest.mark.parametrize("name", ["bz2", "lzma", "lz4", "zlib", "shuffle", "crc32"])
def test_an_empty_configuration_is_the_default_of_numcodecs(name: str) -> None:
    array = zarr.create_array({}, shape=(8,), chunks=(4,), dtype="u4", compressors={"name": f"numcodecs.{name}"})
    array[...] = 7
    np.testing.assert_array_equal(array[...], np.full(8, 7))
    assert array.compressors[0].to_dict()["configuration"] in ({}, {"elementsize": 4})


def test_a_shuffle_of_netcdf_has_the_size_of_the_elements(tmp_path: Any) -> None:
    store: dict[str, Any] = {}
    filters = [{"id": "shuffle", "elementsize": 0}]
    array = zarr.create_array(
        store, shape=(4,), chunks=(4,), dtype="<u2", zarr_format=2, filters=filters, compressors=None
    )
    array[...] = [0x0102, 0x0304, 0x0506, 0x0708]
    assert store["0"].to_bytes() == bytes([2, 4, 6, 8, 1, 3, 5, 7])
    np.testing.assert_array_equal(array[...], [0x0102, 0x0304, 0x0506, 0x0708])
