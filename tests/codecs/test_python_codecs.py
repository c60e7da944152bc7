"""Codecs written in Python are called by the engine: any kind, anywhere in a chain, by either form of their methods."""

from __future__ import annotations

import asyncio
import json
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
from numcodecs.registry import register_codec as register_numcodec

import zarrust as zarr
from zarrust import _core
from zarrust.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarrust.config import BadConfigError
from zarrust.dtype import Int16
from zarrust.errors import PickleCodecDisabledError, UnknownCodecError
from zarrust.registry import get_codec_class, register_codec


@dataclass(frozen=True)
class Half(ArrayArrayCodec):
    """Stores int32 as int16, by coroutines."""

    is_fixed_size = True

    @classmethod
    def from_dict(cls, data: Any) -> Half:
        return cls()

    def to_dict(self) -> dict[str, Any]:
        return {"name": "test.half"}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        return input_byte_length // 2

    def resolve_metadata(self, chunk_spec: Any) -> Any:
        return replace(chunk_spec, dtype=Int16())

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(chunk_data.as_numpy_array().astype("i2"))

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(chunk_data.as_numpy_array().astype("i4"))


@dataclass(frozen=True)
class Negated(BytesBytesCodec):
    """Stores the complement of each byte, behind a mark, by blocking methods."""

    mark: int = 7

    @classmethod
    def from_dict(cls, data: Any) -> Negated:
        return cls(**data.get("configuration", {}))

    def to_dict(self) -> dict[str, Any]:
        return {"name": "test.negated", "configuration": {"mark": self.mark}}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        return input_byte_length + 1

    def _encode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.buffer.from_bytes(bytes([self.mark]) + (~chunk_data.as_numpy_array()).tobytes())

    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        data = chunk_data.to_bytes()
        if data[0] != self.mark:
            raise KeyError("no mark")
        return chunk_spec.prototype.buffer.from_bytes((~np.frombuffer(data[1:], "u1")).tobytes())


@dataclass(frozen=True)
class Text(ArrayBytesCodec):
    """Stores numbers as JSON."""

    @classmethod
    def from_dict(cls, data: Any) -> Text:
        return cls()

    def to_dict(self) -> dict[str, Any]:
        return {"name": "test.text"}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        raise NotImplementedError

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        text = json.dumps(chunk_data.as_numpy_array().tolist())
        return chunk_spec.prototype.buffer.from_bytes(text.encode())

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        array = np.asarray(json.loads(chunk_data.to_bytes()), chunk_spec.dtype.to_native_dtype())
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(array.reshape(chunk_spec.shape))


for _name, _class in (("test.half", Half), ("test.negated", Negated), ("test.text", Text)):
    register_codec(_name, _class)

CHAINS: dict[str, dict[str, Any]] = {
    "array to array": {"filters": [Half()]},
    "array to array after a transpose": {"filters": [zarr.codecs.TransposeCodec(order=(1, 0)), Half()]},
    "a transpose after array to array": {"filters": [Half(), zarr.codecs.TransposeCodec(order=(1, 0))]},
    "a native filter after it": {"filters": [Half(), zarr.codecs.numcodecs.Delta(dtype="<i2")]},
    "array to bytes": {"serializer": Text(), "compressors": None},
    "array to bytes, compressed": {"serializer": Text()},
    "bytes to bytes": {"compressors": [zarr.codecs.GzipCodec(), Negated(mark=3)]},
    "all three": {"filters": [Half()], "serializer": Text(), "compressors": [Negated()]},
}
VALUES = np.arange(70, dtype="i4").reshape(7, 10) - 30


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("shards", [None, (6, 8)], ids=["chunks", "shards"])
def test_codecs_of_users_run_wherever_they_stand(tmp_path: Path, chain: dict[str, Any], shards: Any) -> None:
    array = zarr.create_array(tmp_path, shape=(7, 10), chunks=(3, 4), shards=shards, dtype="i4", **chain)
    before = _core.python_codec_calls()
    array[...] = VALUES
    array[2:5, 1:7] = VALUES[2:5, 1:7] * 2
    expected = VALUES.copy()
    expected[2:5, 1:7] *= 2
    assert _core.python_codec_calls() > before
    again = zarr.open_array(tmp_path, mode="r")
    np.testing.assert_array_equal(again[...], expected)
    np.testing.assert_array_equal(again[1, 2:9:3], expected[1, 2:9:3])
    np.testing.assert_array_equal(again.vindex[[0, 6, 3], [9, 0, 5]], expected[[0, 6, 3], [9, 0, 5]])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(again))[...], expected)


def test_codecs_of_users_run_from_asynchronous_code() -> None:
    array = zarr.create_array({}, shape=(7, 10), chunks=(3, 4), dtype="i4", **CHAINS["all three"])

    async def both() -> Any:
        await array.async_array.setitem(..., VALUES)
        return await array.async_array.getitem(...)

    np.testing.assert_array_equal(asyncio.run(both()), VALUES)


def test_native_codecs_never_call_python() -> None:
    array = zarr.create_array(
        {}, shape=(7, 10), chunks=(3, 4), dtype="f8",
        filters=[zarr.codecs.numcodecs.FixedScaleOffset(offset=0, scale=10, astype="<i2")],
        compressors=[zarr.codecs.numcodecs.Shuffle(), zarr.codecs.numcodecs.Zlib()],
    )  # fmt: skip
    before = _core.python_codec_calls()
    array[...] = VALUES
    np.testing.assert_array_equal(array[...], VALUES)
    assert _core.python_codec_calls() == before


def test_an_exception_of_a_codec_comes_out_as_the_same_object() -> None:
    store: dict[str, Any] = {}
    array = zarr.create_array(store, shape=(4,), chunks=(4,), dtype="u1", compressors=[Negated()])
    array[...] = 1
    store["c/0"] = type(store["c/0"]).from_bytes(b"x" + store["c/0"].to_bytes()[1:])
    with pytest.raises(KeyError, match="no mark"):
        array[...]


@dataclass(frozen=True)
class TooLong(Negated):
    """Gives back more than there was."""

    def to_dict(self) -> dict[str, Any]:
        return {"name": "test.long"}

    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.buffer.from_bytes(super()._decode_sync(chunk_data, chunk_spec).to_bytes() + b"x")


def test_what_a_codec_gives_back_is_checked_for_its_size() -> None:
    array = zarr.create_array({}, shape=(4,), chunks=(4,), dtype="u1", compressors=[TooLong()])
    array[...] = 1
    with pytest.raises(zarr.errors.CorruptChunkError, match="5 bytes, expected 4"):
        array[...]


class CountedGzip(zarr.codecs.GzipCodec):
    """A native codec whose encoding a user watches."""

    seen: list[int] = []

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        self.seen.append(len(chunk_data))
        return await super()._encode_single(chunk_data, chunk_spec)


def test_the_setting_chooses_the_class_of_a_name() -> None:
    register_codec("gzip", CountedGzip)
    with zarr.config.set({"codecs.gzip": f"{CountedGzip.__module__}.{CountedGzip.__qualname__}"}):
        array = zarr.create_array({}, shape=(8,), chunks=(4,), dtype="u1", compressors={"name": "gzip"})
        array[...] = 1
        assert isinstance(array.compressors[0], CountedGzip)
        assert CountedGzip.seen == [4, 4]
        np.testing.assert_array_equal(array[...], np.ones(8))
    assert get_codec_class("gzip") is zarr.codecs.GzipCodec
    with zarr.config.set({"codecs.gzip": "os.system"}), pytest.raises(BadConfigError, match=r"os\.system"):
        get_codec_class("gzip")


@pytest.mark.parametrize("name", ["os.path", "test_python_codecs.Half", "zarrust.codecs.GzipCodec", "none"])
def test_a_document_cannot_name_a_class(tmp_path: Path, name: str) -> None:
    zarr.create_array(tmp_path, shape=(4,), chunks=(4,), dtype="u1", compressors=None)
    document = json.loads((tmp_path / "zarr.json").read_text())
    document["codecs"].append({"name": name})
    (tmp_path / "zarr.json").write_text(json.dumps(document))
    with pytest.raises(UnknownCodecError, match=name):
        zarr.open_array(tmp_path)[...] = 1


@pytest.mark.parametrize("entry", [{"plug": 0, "kind": "bytes-bytes"}, {"name": "bytes", "plug": 0, "kind": "x"}])
def test_a_document_cannot_name_a_slot(tmp_path: Path, entry: dict[str, Any]) -> None:
    zarr.create_array(tmp_path, shape=(4,), chunks=(4,), dtype="u1", compressors=[Negated()])
    document = json.loads((tmp_path / "zarr.json").read_text())
    document["codecs"].insert(1, entry)
    (tmp_path / "zarr.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match="codecs"):
        zarr.open_array(tmp_path)


class Mine(numcodecs.abc.Codec):  # type: ignore[misc]
    """A numcodecs codec of a user: the first axis reversed, so that the shape must come along."""

    codec_id = "test.mine"

    def encode(self, buf: Any) -> Any:
        array = np.asarray(buf)
        assert array.shape == (3, 4)
        return np.ascontiguousarray(array[::-1])

    def decode(self, buf: Any, out: Any = None) -> Any:
        return np.frombuffer(buf, "<i4").reshape(3, 4)[::-1]


register_numcodec(Mine)


@pytest.mark.parametrize("compressor", [None, numcodecs.Zlib(), numcodecs.LZMA(), numcodecs.BZ2()])
def test_filters_of_format_2_by_numcodecs_before_native_ones(tmp_path: Path, compressor: Any) -> None:
    array = zarr.create_array(
        tmp_path, shape=(6, 8), chunks=(3, 4), dtype="<i4", filters=[Mine(), numcodecs.Delta("<i4")],
        compressors=compressor, zarr_format=2,
    )  # fmt: skip
    values = np.arange(48, dtype="i4").reshape(6, 8)
    array[...] = values
    array[1, :5] = 0
    values[1, :5] = 0
    again = zarr.open_array(tmp_path)
    np.testing.assert_array_equal(again[...], values)
    assert again.filters[1] == numcodecs.Delta("<i4")


LONG_TAIL = [
    numcodecs.JSON(),
    numcodecs.Base64(),
    numcodecs.CRC32(),
    numcodecs.CRC32(location="end"),
    numcodecs.Adler32(),
    numcodecs.Fletcher32(),
    numcodecs.JenkinsLookup3(),
    numcodecs.BZ2(level=3),
    numcodecs.LZ4(acceleration=3),
    numcodecs.LZMA(preset=2),
    numcodecs.Shuffle(elementsize=4),
]


@pytest.mark.parametrize("codec", LONG_TAIL, ids=map(repr, LONG_TAIL))
@pytest.mark.parametrize("place", ["filters", "compressors"])
def test_every_codec_of_numcodecs_reads_and_writes_in_format_2(tmp_path: Path, codec: Any, place: str) -> None:
    both: dict[str, Any] = {"filters": None, "compressors": None} | {place: [codec]}
    array = zarr.create_array(tmp_path, shape=(10,), chunks=(4,), dtype="<i4", zarr_format=2, **both)
    values = np.arange(10, dtype="<i4")
    array[...] = values
    np.testing.assert_array_equal(array[...], values)
    decoded = codec.decode((tmp_path / "0").read_bytes())
    assert bytes(memoryview(decoded).cast("B")) == values[:4].tobytes()


def test_an_unknown_codec_of_format_2_is_named(tmp_path: Path) -> None:
    array = zarr.create_array(tmp_path, shape=(4,), chunks=(4,), dtype="u1", zarr_format=2, compressors=None)
    document = json.loads((tmp_path / ".zarray").read_text())
    document["compressor"] = {"id": "test.none"}
    (tmp_path / ".zarray").write_text(json.dumps(document))
    with pytest.raises(UnknownCodecError, match=r"test\.none"):
        zarr.open_array(tmp_path)[...]
    assert array.compressors == ()


def test_pickled_chunks_are_refused_unless_the_setting_allows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numcodecs.pickles, "ALLOW_UNSAFE_PICKLE_DECODE", True)
    array = zarr.create_array(
        {}, shape=(4,), chunks=(4,), dtype="i4", filters=[numcodecs.Pickle()], compressors=None, zarr_format=2
    )
    array[...] = 3
    with pytest.raises(PickleCodecDisabledError, match="allow_unsafe_pickle_decode"):
        array[...]
    with zarr.config.set({"array.allow_unsafe_pickle_decode": "true"}), pytest.raises(PickleCodecDisabledError):
        array[...]
    with zarr.config.set({"array.allow_unsafe_pickle_decode": True}):
        np.testing.assert_array_equal(array[...], [3, 3, 3, 3])


class Broken:
    name, value = "test.broken", "nowhere:Nothing"

    def load(self) -> Any:
        raise ImportError("No module named 'nowhere'")


def test_a_broken_entry_point_warns_and_breaks_no_array() -> None:
    from zarrust import registry

    registry._codec_registries["gzip"].lazy_load_list.append(Broken())  # type: ignore[arg-type]
    array = zarr.create_array({}, shape=(4,), chunks=(4,), dtype="u1", compressors=[zarr.codecs.GzipCodec()])
    array[...] = 1
    registry._codec_registries["gzip"].lazy_load_list.clear()
    registry._codec_registries["test.broken"].lazy_load_list.append(Broken())  # type: ignore[arg-type]
    with pytest.warns(zarr.errors.ZarrRuntimeWarning, match="nowhere"), pytest.raises(UnknownCodecError):
        get_codec_class("test.broken")


def test_a_codec_that_makes_nothing_of_a_chunk_leaves_it_out() -> None:
    @dataclass(frozen=True)
    class Dropping(Negated):
        def _encode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
            return None if chunk_data.to_bytes()[0] == 0 else super()._encode_sync(chunk_data, chunk_spec)

    for shards in (None, (8,)):
        array = zarr.create_array({}, shape=(8,), chunks=(2,), shards=shards, dtype="u1", compressors=[Dropping()])
        array[:] = [1, 2, 0, 4, 5, 6, 7, 8]
        assert array[:].tolist() == [1, 2, 0, 0, 5, 6, 7, 8]
        array[0] = 0
        assert array[:].tolist() == [0, 0, 0, 0, 5, 6, 7, 8]
        if shards is None:
            assert sorted(array.store._handle.list("c")) == ["c/2", "c/3"]
