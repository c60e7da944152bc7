"""Pipelines of users: named by a setting, they read and write the chunks of the arrays made while it says so."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust import registry
from zarrust.abc.codec import BytesBytesCodec, CodecPipeline
from zarrust.codecs import BytesCodec, GzipCodec, ShardingCodec, TransposeCodec
from zarrust.config import BadConfigError
from zarrust.core.codec_pipeline import BatchedCodecPipeline, FusedCodecPipeline
from zarrust.registry import fully_qualified_name, get_pipeline_class, register_pipeline


class Counted(BatchedCodecPipeline):
    """Counts the chunks that it is handed, and leaves the work to the engine."""

    read_chunks = 0
    written_chunks = 0

    async def read(self, batch_info: Any, out: Any, drop_axes: Any = ()) -> Any:
        batch = list(batch_info)
        Counted.read_chunks += len(batch)
        return await super().read(batch, out, drop_axes)

    async def write(self, batch_info: Any, value: Any, drop_axes: Any = ()) -> None:
        batch = list(batch_info)
        Counted.written_chunks += len(batch)
        await super().write(batch, value, drop_axes)


class OfStore(Counted):
    """Is made of the metadata and the store."""

    @classmethod
    def from_array_metadata_and_store(cls, array_metadata: Any, store: Any) -> OfStore:
        assert store is not None
        return cls.from_codecs(array_metadata.codecs)


register_pipeline(Counted)
register_pipeline(OfStore)
PATH = fully_qualified_name(Counted)


@pytest.fixture
def counted() -> Iterator[type[Counted]]:
    Counted.read_chunks = Counted.written_chunks = 0
    with zarr.config.set({"codec_pipeline.path": PATH}):
        yield Counted


def both(**options: Any) -> tuple[zarr.Array, zarr.Array]:
    """Return an array of the pipeline and one of the engine that are alike."""
    with zarr.config.set({"codec_pipeline.path": PATH}):
        piped = zarr.create_array({}, **options)
    return piped, zarr.create_array({}, **options)


def stored(array: zarr.Array) -> dict[str, bytes | None]:
    handle = array.store._handle
    return {key: handle.get(key) for key in handle.list()}


RECORD = np.dtype([("a", "i4"), ("b", "f8")])
DTYPES: list[Any] = ["i4", ">f8", "U3", str, "M8[s]", RECORD, bool]


def numbers(shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    values = np.arange(np.prod(shape)).reshape(shape)
    if dtype is RECORD:
        return np.rec.fromarrays([values, values / 2], dtype=RECORD).view(np.ndarray)
    return values.astype("U3") if dtype in (str, "U3") else values.astype(dtype)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_pipeline_that_delegates_stores_and_returns_what_the_engine_does(dtype: Any, zarr_format: Any) -> None:
    piped, own = both(shape=(7, 10), chunks=(3, 4), dtype=dtype, zarr_format=zarr_format)
    values = numbers((7, 10), dtype)
    for array in (piped, own):
        array[...] = values
        array[2:5, 1:7:2] = values[0, 0]
        array[1, 3] = values[5, 5]
        array.oindex[[0, 6, 3], [1, 9]] = values[:3, :2]
        array.vindex[[0, 5, 0], [3, 9, 3]] = values[1, :3]
        array[6:] = piped.fill_value
        if dtype is RECORD:
            array["a", 2:4] = 99
    assert stored(piped) == stored(own)
    for selection in ((), (1, 2), (slice(None), 3), (slice(1, 7, 3), slice(2, 2)), (6, slice(None))):
        np.testing.assert_array_equal(piped[selection], own[selection])
    np.testing.assert_array_equal(piped.oindex[[5, 0, 5], 1:9:3], own.oindex[[5, 0, 5], 1:9:3])
    np.testing.assert_array_equal(piped.vindex[[5, 0, 5], [1, 2, 3]], own.vindex[[5, 0, 5], [1, 2, 3]])
    np.testing.assert_array_equal(piped.blocks[1, 2], own.blocks[1, 2])


@pytest.mark.parametrize(
    "options",
    [
        {"shards": (6, 8)},
        {"filters": [TransposeCodec(order=(1, 0))], "compressors": [GzipCodec()]},
        {"serializer": ShardingCodec(chunk_shape=(1, 2), codecs=[BytesCodec(), GzipCodec()]), "compressors": None},
        {"config": {"write_empty_chunks": True}},
        {"zarr_format": 2, "order": "F"},
        {"chunks": ([3, 4], [2, 8])},
    ],
    ids=["shards", "transposed", "a serializer that shards", "empty chunks kept", "format 2 in F", "several lengths"],
)
def test_pipelines_work_on_every_layout(options: dict[str, Any]) -> None:
    with zarr.config.set({"array.rectilinear_chunks": True}):
        piped, own = both(**{"shape": (7, 10), "chunks": (3, 4), "dtype": "i4"} | options)
    values = numbers((7, 10), "i4")
    for array in (piped, own):
        array[...] = values
        array[1:6, 3] = 0
    assert stored(piped) == stored(own)
    np.testing.assert_array_equal(piped[5:1:1], own[5:1:1])
    np.testing.assert_array_equal(piped[...], own[...])


def test_a_pipeline_is_handed_every_chunk_that_a_selection_touches(counted: type[Counted]) -> None:
    array = zarr.create_array({}, shape=(100,), chunks=(10,), dtype="i4")
    array[:] = range(100)
    assert counted.written_chunks == 10
    np.testing.assert_array_equal(array[15:35], range(15, 35))
    assert counted.read_chunks == 3
    assert array.nchunks_initialized == 10
    scalar = zarr.create_array({}, shape=(), dtype="i4", fill_value=4)
    assert scalar[()] == 4
    scalar[()] = 7
    assert scalar[()] == 7


def test_arrays_without_a_pipeline_of_the_user_never_call_one() -> None:
    Counted.read_chunks = 0
    for path in ("BatchedCodecPipeline", "FusedCodecPipeline"):
        with zarr.config.set({"codec_pipeline.path": f"zarr.core.codec_pipeline.{path}"}):
            array = zarr.create_array({}, shape=(100,), chunks=(10,), dtype="i4")
        assert array._state.elements() is array._state.handle()
    assert Counted.read_chunks == 0


def test_the_pipeline_of_an_array_can_be_looked_at_and_stays_with_it(counted: type[Counted]) -> None:
    array = zarr.create_array({}, shape=(100,), chunks=(10,), dtype="i4")
    pipeline: Any = array.async_array.codec_pipeline
    assert type(pipeline) is Counted
    assert pipeline.array_array_codecs == ()
    assert pipeline.array_bytes_codec == BytesCodec()
    assert [type(codec).__name__ for codec in pipeline.bytes_bytes_codecs] == ["ZstdCodec"]
    with zarr.config.set({"codec_pipeline.path": "zarr.core.codec_pipeline.BatchedCodecPipeline"}):
        assert type(pickle.loads(pickle.dumps(array)).async_array.codec_pipeline) is Counted
        array[:] = 1
        assert counted.written_chunks == 10
        array.resize((50,))
        assert type(array.async_array.codec_pipeline) is Counted
        again: Any = zarr.create_array({}, shape=4, dtype="i4", zarr_format=2).async_array.codec_pipeline
        assert type(again) is BatchedCodecPipeline
        assert again.array_bytes_codec.compressor.codec_id == "zstd"


def test_a_pipeline_may_be_made_of_metadata_and_store() -> None:
    with zarr.config.set({"codec_pipeline.path": fully_qualified_name(OfStore)}):
        array = zarr.create_array({}, shape=(4,), dtype="i4")
    array[:] = 3
    assert type(array.async_array.codec_pipeline) is OfStore
    assert array[:].tolist() == [3] * 4


def test_coroutines_use_the_pipeline_on_any_loop(counted: type[Counted]) -> None:
    array = zarr.create_array({}, shape=(100,), chunks=(10,), dtype="i4").async_array

    async def write_and_read() -> Any:
        await asyncio.gather(*(array.setitem(slice(at, at + 5), at) for at in range(0, 100, 5)))
        return await array.getitem(slice(None))

    for _ in range(2):
        np.testing.assert_array_equal(asyncio.run(write_and_read()), np.repeat(np.arange(0, 100, 5), 5))
    assert counted.written_chunks == 40


def test_threads_that_write_parts_of_one_chunk_lose_nothing(counted: type[Counted]) -> None:
    array = zarr.create_array({}, shape=(64,), chunks=(64,), dtype="i4")
    threads = [threading.Thread(target=array.__setitem__, args=(at, at + 1)) for at in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(array[:], np.arange(1, 65))


def test_the_error_of_a_pipeline_comes_out_unchanged() -> None:
    class Broken(BatchedCodecPipeline):
        async def read(self, *args: Any, **kwargs: Any) -> Any:
            raise ZeroDivisionError("of the user")

    register_pipeline(Broken)
    with zarr.config.set({"codec_pipeline.path": fully_qualified_name(Broken)}):
        array = zarr.create_array({}, shape=(4,), dtype="i4")
    with pytest.raises(ZeroDivisionError, match="of the user"):
        array[:]


def test_codecs_written_in_python_run_in_a_pipeline(counted: type[Counted]) -> None:
    class Marked(BytesBytesCodec):
        def to_dict(self) -> dict[str, Any]:
            return {"name": "test.marked"}

        def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
            return input_byte_length + 1

        async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
            await asyncio.sleep(0)
            return chunk_spec.prototype.buffer.from_bytes(b"!" + chunk_data.to_bytes())

        async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
            return chunk_data[1:]

    array = zarr.create_array({}, shape=(9,), chunks=(4,), dtype="i4", compressors=[Marked()])
    array[:] = np.arange(9)
    assert stored(array)["c/0"][:1] == b"!"  # type: ignore[index]
    np.testing.assert_array_equal(array[:], np.arange(9))


def test_a_name_that_nobody_registered_is_refused_where_an_array_is_opened() -> None:
    with zarr.config.set({"codec_pipeline.path": "wrong.Name"}):
        with pytest.raises(BadConfigError, match=r"codec_pipeline\.path.*wrong\.Name"):
            get_pipeline_class()
        with pytest.raises(BadConfigError, match="wrong"):
            zarr.create_array({}, shape=(4,), dtype="i4")


def test_installed_packages_bring_pipelines_as_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    group: registry.Registry[Any] = registry.Registry._of_group("codec_pipeline")
    monkeypatch.setattr(registry, "_pipelines", group)
    entry = EntryPoint("counted", f"{__name__}:Counted", "zarr.codec_pipeline")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group, name=None: [] if name else [entry])
    with zarr.config.set({"codec_pipeline.path": PATH}):
        assert get_pipeline_class() is Counted
        assert type(zarr.create_array({}, shape=(4,), dtype="i4").async_array.codec_pipeline) is Counted


def test_the_environment_names_the_pipeline_when_it_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_pipeline_class() is BatchedCodecPipeline is FusedCodecPipeline
    monkeypatch.setenv("ZARR_CODEC_PIPELINE__PATH", PATH)
    try:
        assert get_pipeline_class(reload_config=True) is Counted
    finally:
        monkeypatch.undo()
        zarr.config.refresh()
    assert get_pipeline_class() is BatchedCodecPipeline


@pytest.mark.parametrize("prefix", ["zarr", "zarrust"])
def test_classes_of_this_package_go_by_either_name_in_settings(prefix: str) -> None:
    assert fully_qualified_name(zarr.codecs.BloscCodec) == zarr.config.get("codecs.blosc")
    for setting, getter in (("buffer", registry.get_buffer_class), ("ndbuffer", registry.get_ndbuffer_class)):
        name = {"buffer": "Buffer", "ndbuffer": "NDBuffer"}[setting]
        with zarr.config.set({setting: f"{prefix}.buffer.cpu.{name}"}):
            assert getter() is getattr(zarr.buffer.cpu, name)
    with zarr.config.set({"codecs.blosc": f"{prefix}.codecs.blosc.BloscCodec"}):
        assert registry.get_codec_class("blosc") is zarr.codecs.BloscCodec


def test_a_pipeline_that_is_no_frozen_dataclass_and_reports_nothing_reads_and_writes() -> None:
    from zarrust.codecs._v2 import V2Codec
    from zarrust.core.indexing import is_integer

    assert [is_integer(value) for value in (np.int8(1), True, 1.0)] == [True, False, False]

    @dataclass
    class Foreign(CodecPipeline):
        fallback: BatchedCodecPipeline

        @classmethod
        def from_array_metadata_and_store(cls, array_metadata: Any, store: Any) -> Foreign:
            v2 = array_metadata.zarr_format == 2
            codecs = [V2Codec(array_metadata.filters, array_metadata.compressor)] if v2 else array_metadata.codecs
            return cls(BatchedCodecPipeline.from_codecs(codecs))

        async def read(self, batch_info: Any, out: Any, drop_axes: Any = ()) -> Any:
            assert out.dtype.isnative
            await self.fallback.read(batch_info, out, drop_axes)

        async def write(self, batch_info: Any, value: Any, drop_axes: Any = ()) -> None:
            assert all(isinstance(part, slice) for info in batch_info for part in info[2])
            await self.fallback.write(batch_info, value, drop_axes)

    register_pipeline(Foreign)
    with zarr.config.set({"codec_pipeline.path": fully_qualified_name(Foreign)}):
        for zarr_format in (2, 3):
            array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype=">i4", zarr_format=zarr_format)
            values = np.arange(35).reshape(7, 5)
            if zarr_format == 3:
                array[...] = values
                array[2, 1:4] = values[2, 1:4] = -1
                np.testing.assert_array_equal(array[...], values)
            assert type(array.async_array.codec_pipeline) is Foreign
