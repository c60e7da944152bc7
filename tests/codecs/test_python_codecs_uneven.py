"""Codecs written in Python, where chunks have several shapes: each chunk's codecs are told the shape of that chunk."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
from dataclasses import dataclass, replace
from typing import Any

import numcodecs
import numpy as np
import pytest
from numcodecs.registry import register_codec as register_numcodec

import zarrust as zarr
from zarrust import _core
from zarrust.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarrust.codecs import GzipCodec, TransposeCodec
from zarrust.codecs.numcodecs import _NumcodecsBytesBytesCodec
from zarrust.core.codec_pipeline import BatchedCodecPipeline
from zarrust.dtype import Int16
from zarrust.registry import fully_qualified_name, register_codec, register_pipeline

EDGES = [[3, 1, 5], [2, 2, 3, 6]]
DATA = np.arange(9 * 13, dtype="i4").reshape(9, 13) - 40


class _Test:
    """What all test codecs have."""

    @classmethod
    def from_dict(cls, data: Any) -> Any:
        return cls()

    def to_dict(self) -> dict[str, Any]:
        return {"name": f"test.uneven.{type(self).__name__.lower()}"}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        raise NotImplementedError


@dataclass(frozen=True)
class Flat(_Test, ArrayArrayCodec):
    """Stores a chunk as int16 on one axis, whose length depends on the chunk's shape."""

    def resolve_metadata(self, chunk_spec: Any) -> Any:
        return replace(chunk_spec, shape=(math.prod(chunk_spec.shape),), dtype=Int16())

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        array = chunk_data.as_numpy_array()
        assert array.shape == chunk_spec.shape
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(array.astype("i2").reshape(-1))

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        array = chunk_data.as_numpy_array().astype("i4").reshape(chunk_spec.shape)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(array)


@dataclass(frozen=True)
class Text(_Test, ArrayBytesCodec):
    """Stores a chunk as JSON that has its shape in it."""

    def _encode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        array = chunk_data.as_numpy_array()
        assert array.shape == chunk_spec.shape
        return chunk_spec.prototype.buffer.from_bytes(json.dumps(array.tolist()).encode())

    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        array = np.asarray(json.loads(chunk_data.to_bytes()), chunk_spec.dtype.to_native_dtype())
        assert array.shape == chunk_spec.shape
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(array)

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self._encode_sync(chunk_data, chunk_spec)

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self._decode_sync(chunk_data, chunk_spec)


@dataclass(frozen=True)
class Turned(_Test, BytesBytesCodec):
    """Stores bytes from the last to the first."""

    def _encode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.buffer.from_bytes(chunk_data.to_bytes()[::-1])

    _decode_sync = _encode_sync

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self._encode_sync(chunk_data, chunk_spec)

    _decode_single = _encode_single


class Xor(numcodecs.abc.Codec):
    """A codec of numcodecs that the engine has not."""

    codec_id = "test.xor"

    def encode(self, buf: Any) -> bytes:
        return (np.frombuffer(buf, "u1") ^ 0x5A).tobytes()

    def decode(self, buf: Any, out: Any = None) -> Any:
        return self.encode(buf)


class XorV3(_NumcodecsBytesBytesCodec, codec_name="test.xor"):
    """The same in format 3."""


class Handed(BatchedCodecPipeline):
    """Notes the shapes that it is handed."""

    shapes: set[tuple[int, ...]] = set()

    async def read(self, batch_info: Any, out: Any, drop_axes: Any = ()) -> Any:
        batch = list(batch_info)
        Handed.shapes |= {spec.shape for _, spec, *_ in batch}
        return await super().read(batch, out, drop_axes)


register_numcodec(Xor)
register_pipeline(Handed)
for _class in (Flat, Text, Turned):
    register_codec(f"test.uneven.{_class.__name__.lower()}", _class)
register_codec("numcodecs.test.xor", XorV3)

CHAINS: dict[str, dict[str, Any]] = {
    "array to array": {"filters": [Flat()]},
    "array to array after a transpose": {"filters": [TransposeCodec(order=(1, 0)), Flat()]},
    "array to array before a native filter": {"filters": [Flat(), zarr.codecs.Delta(dtype="<i2")]},
    "array to bytes": {"serializer": Text(), "compressors": None},
    "array to bytes after a transpose": {"filters": [TransposeCodec(order=(1, 0))], "serializer": Text()},
    "bytes to bytes": {"compressors": [GzipCodec(), Turned()]},
    "numcodecs": {"compressors": [XorV3()]},
    "all": {"filters": [Flat()], "serializer": Text(), "compressors": [Turned(), XorV3(), GzipCodec()]},
}


@pytest.fixture(autouse=True)
def enabled() -> Any:
    with zarr.config.set({"array.rectilinear_chunks": True}):
        yield


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_every_chunk_goes_through_them_in_its_own_shape(tmp_path: Any, chain: dict[str, Any]) -> None:
    array = zarr.create_array(tmp_path, shape=DATA.shape, chunks=EDGES, dtype="i4", fill_value=-1, **chain)
    before = _core.python_codec_calls()
    array[...] = DATA
    array[2:5, 1:7] = DATA[2:5, 1:7] * 2
    expected = DATA.copy()
    expected[2:5, 1:7] *= 2
    assert _core.python_codec_calls() > before
    again = zarr.open_array(tmp_path, mode="r+")
    np.testing.assert_array_equal(again[...], expected)
    np.testing.assert_array_equal(again[1, 2:9:3], expected[1, 2:9:3])
    np.testing.assert_array_equal(again.vindex[[0, 8, 3], [10, 0, 5]], expected[[0, 8, 3], [10, 0, 5]])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(again))[...], expected)
    np.testing.assert_array_equal(asyncio.run(again.async_array.getitem(...)), expected)
    # The last chunks reach beyond the array, and then there is one more.
    again.resize((7, 11))
    again[6:, 9:] = 5
    again.resize((11, 13))
    assert (again[9:] == -1).all()
    again[10:] = 6
    np.testing.assert_array_equal(again[:7, :9], np.concatenate([expected[:6, :9], expected[6:7, :9]]))
    np.testing.assert_array_equal(again[6:7, 9:11], 5)
    np.testing.assert_array_equal(again[10], 6)


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_shards_of_several_shapes_have_them_inside(tmp_path: Any, chain: dict[str, Any]) -> None:
    array = zarr.create_array(
        tmp_path, shape=DATA.shape, chunks=(3, 1), shards=[[3, 6], [2, 5, 6]], dtype="i4", fill_value=-1, **chain
    )
    array[...] = DATA
    array[1:3, 2:8] = 7
    expected = DATA.copy()
    expected[1:3, 2:8] = 7
    again = zarr.open_array(tmp_path, mode="r")
    np.testing.assert_array_equal(again[...], expected)
    np.testing.assert_array_equal(again[::3, 4], expected[::3, 4])


@pytest.mark.parametrize("chain", ["array to array", "all"])
def test_a_pipeline_of_a_user_is_handed_each_shape(tmp_path: Any, chain: str) -> None:
    array = zarr.create_array(tmp_path, shape=DATA.shape, chunks=EDGES, dtype="i4", **CHAINS[chain])
    array[...] = DATA
    Handed.shapes = set()
    with zarr.config.set({"codec_pipeline.path": fully_qualified_name(Handed)}):
        piped = zarr.open_array(tmp_path, mode="r+")
        np.testing.assert_array_equal(piped[...], DATA)
        assert Handed.shapes == {(rows, columns) for rows in EDGES[0] for columns in EDGES[1]}
        piped[1:6, 3:9] = DATA[1:6, 3:9] + 1000
    expected = DATA.copy()
    expected[1:6, 3:9] += 1000
    np.testing.assert_array_equal(zarr.open_array(tmp_path, mode="r")[...], expected)


def test_an_error_about_a_shape_is_the_codecs_own() -> None:
    @dataclass(frozen=True)
    class Picky(Flat):
        def evolve_from_array_spec(self, array_spec: Any) -> Any:
            if array_spec.shape[0] == 5 and Picky.is_grown_up:
                raise KeyError("not five")
            return self

    Picky.is_grown_up = False  # type: ignore[attr-defined]
    array = zarr.create_array({}, shape=DATA.shape, chunks=EDGES, dtype="i4", filters=[Picky()])
    Picky.is_grown_up = True  # type: ignore[attr-defined]
    array[:4] = DATA[:4]
    np.testing.assert_array_equal(array[:4], DATA[:4])
    with pytest.raises(KeyError, match="not five"):
        array[4:] = DATA[4:]
