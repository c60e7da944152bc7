"""Every codec that the engine has, under each of its names in format 3, runs without a single call into Python."""

from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust import _core

BYTES: list[tuple[str, dict[str, Any]]] = [
    ("blosc", {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 4, "blocksize": 0}),
    ("crc32c", {}),
    ("gzip", {"level": 5}),
    ("zlib", {"level": 1}),
    ("zstd", {"level": 0, "checksum": True}),
    ("numcodecs.adler32", {"location": "end"}),
    ("numcodecs.blosc", {"cname": "zstd", "clevel": 1, "shuffle": 2}),
    ("numcodecs.bz2", {"level": 1}),
    ("numcodecs.crc32", {}),
    ("numcodecs.crc32c", {"location": "start"}),
    ("numcodecs.fletcher32", {}),
    ("numcodecs.gzip", {"level": 1}),
    ("numcodecs.jenkins_lookup3", {"initval": 3}),
    ("numcodecs.lz4", {"acceleration": 2}),
    ("numcodecs.lzma", {"preset": 0}),
    ("numcodecs.shuffle", {"elementsize": 4}),
    ("numcodecs.zlib", {"level": 1}),
    ("numcodecs.zstd", {"level": 3}),
]
ARRAYS: list[tuple[str, str, dict[str, Any]]] = [
    ("cast_value", "f4", {"data_type": "int16"}),
    ("reshape", "f4", {"shape": [[0, 1], -1]}),
    ("scale_offset", "f4", {"offset": 1, "scale": 2}),
    ("transpose", "f4", {"order": [1, 0]}),
    ("bitround", "f4", {"keepbits": 20}),
    ("numcodecs.astype", "f4", {"encode_dtype": "<f8", "decode_dtype": "<f4"}),
    ("numcodecs.bitround", "f4", {"keepbits": 20}),
    ("numcodecs.delta", "i4", {"dtype": "<i4"}),
    ("numcodecs.fixedscaleoffset", "f4", {"offset": 1, "scale": 4, "dtype": "<f4", "astype": "<i4"}),
    ("numcodecs.fixedscaleoffset", "i4", {"offset": 1, "scale": 4, "dtype": "<i4"}),
    ("numcodecs.packbits", "?", {}),
    ("numcodecs.quantize", "f4", {"digits": 3, "dtype": "<f4"}),
]


def check(dtype: str, **place: Any) -> None:
    """Write and read an array, whole and in part, and count."""
    data = (np.arange(6 * 8).reshape(6, 8) % 7).astype(dtype)
    array = zarr.create_array({}, shape=(6, 8), chunks=(2, 4), dtype=dtype, **({"compressors": None} | place))
    before = _core.python_codec_calls()
    array[...] = data
    array[1:3, 2] = data[1:3, 2]
    np.testing.assert_array_equal(array[...], data)
    np.testing.assert_array_equal(array[1:5, ::3], data[1:5, ::3])
    assert _core.python_codec_calls() == before


@pytest.mark.parametrize(("name", "configuration"), BYTES, ids=[name for name, _ in BYTES])
@pytest.mark.parametrize("shards", [None, (4, 8)], ids=["chunks", "shards"])
def test_a_codec_over_bytes_never_runs_python(name: str, configuration: dict[str, Any], shards: Any) -> None:
    check("i4", shards=shards, compressors=[{"name": name, "configuration": configuration}])


@pytest.mark.parametrize(
    ("name", "dtype", "configuration"), ARRAYS, ids=[f"{name}-{dtype}" for name, dtype, _ in ARRAYS]
)
@pytest.mark.parametrize("shards", [None, (4, 8)], ids=["chunks", "shards"])
def test_a_codec_over_elements_never_runs_python(
    name: str, dtype: str, configuration: dict[str, Any], shards: Any
) -> None:
    check(dtype, shards=shards, filters=[{"name": name, "configuration": configuration}])


def test_a_serializer_never_runs_python() -> None:
    check("i4", serializer={"name": "bytes", "configuration": {"endian": "big"}})
    check("i4", serializer={"name": "numcodecs.pcodec", "configuration": {"level": 4}})
    check("i2", serializer={"name": "packbits", "configuration": {"last_bit": 5}})


@pytest.mark.parametrize("shards", [None, (4, 8)], ids=["chunks", "shards"])
@pytest.mark.parametrize("dtype", ["i4", "i8", "f4", "f8"])
def test_zfp_never_runs_python(dtype: str, shards: Any) -> None:
    check(dtype, shards=shards, serializer={"name": "zfp", "configuration": {"mode": "reversible"}})
    check(dtype, shards=shards, serializer={"name": "numcodecs.zfpy", "configuration": {"mode": 3, "precision": -1}})
    check(dtype, zarr_format=2, filters=None, compressors={"id": "zfpy", "mode": 5})
