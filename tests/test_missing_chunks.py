"""Chunks that are not stored: the fill value, or an error where the options say that they have to be there."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from counting import CountingStore
from memory_stores import DictStore
from zarrust.codecs.pipeline import EnginePipeline
from zarrust.errors import ChunkNotFoundError
from zarrust.registry import fully_qualified_name, register_pipeline

STRICT: Any = {"read_missing_chunks": False}


def stores(tmp_path: Path) -> list[Any]:
    return [tmp_path / "local", {}, DictStore(), zarr.storage.ZipStore(tmp_path / "z.zip", mode="w")]


@pytest.mark.parametrize("kind", range(4), ids=["local", "memory", "python", "zip"])
@pytest.mark.parametrize("shards", [None, (4, 4)], ids=["chunks", "shards"])
def test_a_missing_chunk_is_an_error_where_the_options_say_so(tmp_path: Path, kind: int, shards: Any) -> None:
    store = stores(tmp_path)[kind]
    array = zarr.create_array(store, name="a", shape=(8, 8), chunks=(2, 2), shards=shards, dtype="i4", config=STRICT)
    array[:4, :4] = 7
    assert (array[:4, :4] == 7).all()
    assert array[3, 3] == 7
    with pytest.raises(ChunkNotFoundError, match=r"^(3|12) chunk\(s\) not found: .*a/c/0/.*read_missing_chunks"):
        array[...]
    with pytest.raises(ChunkNotFoundError, match=r"^1 chunk\(s\) not found") as caught:
        array.vindex[[7, 6], [7, 7]]
    assert caught.value.key == ("a/c/1/1" if shards else "a/c/3/3")  # type: ignore[attr-defined]
    with pytest.raises(ChunkNotFoundError):
        asyncio.run(array.async_array.getitem(...))
    with pytest.raises(ChunkNotFoundError):
        pickle.loads(pickle.dumps(array))[...] if kind == 0 else array[...]
    array[5, 5] = 1
    assert array[5, 5] == 1
    assert (array.with_config({"read_missing_chunks": True})[6:, 6:] == 0).all()


def test_the_setting_holds_for_the_arrays_that_are_opened_under_it() -> None:
    store: dict[str, Any] = {}
    before = zarr.create_array(store, shape=(4,), chunks=(2,), dtype="i4", fill_value=5)
    assert before.config.read_missing_chunks
    with zarr.config.set({"array.read_missing_chunks": False}):
        after = zarr.open_array(store)
        assert before[...].tolist() == [5] * 4
        with pytest.raises(ChunkNotFoundError, match=r"2 chunk\(s\) not found: \"c/0\", \"c/1\""):
            after[...]
        assert zarr.open_array(store, config={"read_missing_chunks": True})[0] == 5
    with pytest.raises(ChunkNotFoundError):
        after[0]


def test_a_word_where_an_array_is_opened_says_it_too(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, shape=(4,), chunks=(2,), dtype="i4", fill_value=5)
    opened = [
        zarr.open_array(tmp_path, missing="raise"),
        zarr.open(tmp_path, mode="r", missing="raise"),
        zarr.open_array(tmp_path, missing="raise", config={"order": "F"}),
        zarr.open_array(tmp_path, missing="raise", config=zarr.open_array(tmp_path).config),
        zarr.open_array({}, mode="w", shape=(4,), missing="raise"),
        zarr.open({}, shape=(4,), missing="raise"),
        asyncio.run(zarr.api.asynchronous.open_array(tmp_path, missing="raise")),
    ]
    for array in opened:
        assert not array.config.read_missing_chunks
    for array in opened[:-1]:
        with pytest.raises(ChunkNotFoundError):
            array[...]
    with zarr.config.set({"array.read_missing_chunks": False}):
        assert zarr.open_array(tmp_path, missing="fill")[...].tolist() == [5] * 4
    with pytest.raises(ValueError, match="missing: expected 'fill' or 'raise', found 'ignore'"):
        zarr.open_array(tmp_path, missing="ignore")


def test_chunks_that_are_missing_from_a_stored_shard_are_the_fill_value() -> None:
    array = zarr.create_array({}, shape=(8,), chunks=(2,), shards=(8,), dtype="i4", fill_value=3, config=STRICT)
    array[0] = 1
    assert array[...].tolist() == [1, *[3] * 7]


def test_only_some_of_many_missing_chunks_are_named() -> None:
    array = zarr.create_array({}, shape=(1000,), chunks=(1,), dtype="i4", zarr_format=2, config=STRICT)
    with pytest.raises(ChunkNotFoundError, match=r"^1000 chunk\(s\) not found") as caught:
        array[...]
    assert len(str(caught.value)) < 400


def test_a_pipeline_of_the_user_reports_what_is_missing() -> None:
    class Own(EnginePipeline):
        pass

    register_pipeline(Own)
    with zarr.config.set({"codec_pipeline.path": fully_qualified_name(Own)}):
        array = zarr.create_array({}, name="a", shape=(4,), chunks=(2,), dtype="i4", config=STRICT)
    array[:2] = 1
    assert array[:2].tolist() == [1, 1]
    with pytest.raises(ChunkNotFoundError, match=r"1 chunk\(s\) not found: .*a/c/1"):
        array[...]


@pytest.mark.parametrize(
    ("config", "requests"),
    [
        ({}, 2),
        ({"sharding_coalesce_max_gap_bytes": 0}, 5),
        ({"sharding_coalesce_max_bytes": 0}, 5),
        ({"sharding_coalesce_max_bytes": 2500}, 3),
    ],
    ids=["all together", "no gap", "no sum", "two by two"],
)
def test_parts_of_a_shard_are_fetched_together_as_the_options_say(config: Any, requests: int) -> None:
    store = CountingStore()
    options: Any = {"shape": (16, 100), "chunks": (1, 100), "shards": (16, 100), "dtype": "i8", "compressors": None}
    zarr.create_array(store, **options)[...] = 1
    array = zarr.open_array(store, config=config)
    store.gets.clear()
    assert (array[2:10:2] == 1).all()
    assert sum(store.gets.values()) == requests


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"read_missing_chunks": 1}, TypeError),
        ({"sharding_coalesce_max_bytes": "1"}, TypeError),
        ({"sharding_coalesce_max_gap_bytes": -1}, ValueError),
        ({"no_such_option": 1}, TypeError),
    ],
    ids=str,
)
def test_options_that_mean_nothing_are_refused(config: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(config))):
        zarr.zeros(3, config=config)


def test_a_configuration_is_a_mapping_and_back() -> None:
    config = zarr.zeros(3, config={**STRICT, "order": "F"}).config
    found = config.to_dict()
    assert found == {
        "order": "F",
        "write_empty_chunks": False,
        "write_mode": "replace",
        "read_missing_chunks": False,
        "sharding_coalesce_max_gap_bytes": 1 << 20,
        "sharding_coalesce_max_bytes": 16 << 20,
    }
    assert type(config).from_dict(found) == config
    np.testing.assert_array_equal(zarr.zeros(3, config=config).config.order, "F")
