"""Chunk key encodings: the engine's own, and those that users write."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
import zarr as zarr_python
from zarr.core.chunk_key_encodings import ChunkKeyEncoding as TheirEncoding

import zarrust as zarr
from zarrust.core.chunk_key_encodings import ChunkKeyEncoding, DefaultChunkKeyEncoding, V2ChunkKeyEncoding
from zarrust.errors import InvalidKeyError, MetadataValidationError
from zarrust.registry import get_chunk_key_encoding_class, register_chunk_key_encoding

VALUES = np.arange(30, dtype="i4").reshape(5, 6)


@dataclass(frozen=True)
class Rows(ChunkKeyEncoding):
    """``row1/column0``."""

    name: ClassVar[str] = "example.rows"
    row: str = "row"

    def encode_chunk_key(self, coordinates: tuple[int, ...]) -> str:
        assert isinstance(coordinates, tuple)
        return f"{self.row}{coordinates[0]}/column{coordinates[1]}"

    def decode_chunk_key(self, chunk_key: str) -> tuple[int, ...]:
        row, _, column = chunk_key.removeprefix(self.row).partition("/column")
        return int(row), int(column)


@dataclass(frozen=True)
class OneWay(ChunkKeyEncoding):
    """No way back from a key; what the keys are is up to the test."""

    name: ClassVar[str] = "example.one-way"
    form: str = "chunk-{}-{}"

    def encode_chunk_key(self, coordinates: tuple[int, ...]) -> str:
        return self.form.format(*coordinates)


@dataclass(frozen=True)
class TheirRows(TheirEncoding):
    """`Rows` for zarr-python."""

    name: ClassVar[str] = "example.rows"
    row: str = "row"

    def encode_chunk_key(self, chunk_coords: tuple[int, ...]) -> str:
        return f"{self.row}{chunk_coords[0]}/column{chunk_coords[1]}"


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    from zarrust.registry import _chunk_key_encodings

    for cls in (Rows, OneWay):
        register_chunk_key_encoding(cls.name, cls)
    yield
    for cls in (Rows, OneWay):
        del _chunk_key_encodings[cls.name]


def array(store: Any, encoding: Any, **options: Any) -> zarr.Array:
    made = zarr.create_array(
        store, name="a", shape=(5, 6), chunks=(2, 2), dtype="i4", chunk_key_encoding=encoding, **options
    )
    made[...] = VALUES
    return made


@pytest.mark.parametrize("encoding", [Rows("line"), {"name": "example.rows", "configuration": {"row": "line"}}])
@pytest.mark.parametrize("shards", [None, (4, 4)])
def test_an_encoding_of_ones_own_spells_the_keys(store, encoding, shards):
    made = array(store, encoding, shards=shards)
    keys = {key for key in store if not key.endswith("zarr.json")}
    rows, columns = (3, 3) if shards is None else (2, 2)
    assert keys == {f"a/line{row}/column{column}" for row in range(rows) for column in range(columns)}
    again = zarr.open_array(store, path="a", mode="r")
    assert again.metadata.chunk_key_encoding == Rows("line")
    np.testing.assert_array_equal(again[...], VALUES)
    assert again[3, 4] == VALUES[3, 4]
    np.testing.assert_array_equal(asyncio.run(again.async_array.getitem((slice(1, 4), 2))), VALUES[1:4, 2])
    assert again.nchunks_initialized == made.nchunks


def test_what_is_cut_off_or_deleted_is_found_by_its_key(store):
    made = array(store, Rows())
    made.resize((3, 2))
    assert made.nchunks_initialized == 2
    np.testing.assert_array_equal(made[...], VALUES[:3, :2])
    del zarr.open_group(store)["a"]
    assert [key for key in store if key.startswith("a")] == []


def test_zarr_python_reads_and_writes_the_same_keys(tmp_path):
    zarr_python.registry.register_chunk_key_encoding("example.rows", TheirRows)
    array(tmp_path, Rows("line"))
    theirs = zarr_python.open_array(tmp_path / "a")
    np.testing.assert_array_equal(theirs[...], VALUES)
    theirs[0, 0] = 99
    assert zarr.open_array(tmp_path / "a")[0, 0] == 99


def test_without_a_way_back_arrays_are_read_and_written_but_chunks_not_listed(store):
    made = array(store, OneWay())
    np.testing.assert_array_equal(zarr.open_array(store, path="a")[...], VALUES)
    with pytest.raises(NotImplementedError, match="OneWay has no decode_chunk_key"):
        _ = made.nchunks_initialized


@pytest.mark.parametrize("form", ["../{}-{}", "/{}{}", "x//{}{}", ""])
def test_a_key_that_leaves_the_array_is_refused(store, form):
    with pytest.raises(InvalidKeyError):
        array(store, OneWay(form))


def test_an_error_of_an_encoding_is_raised_as_it_is(store):
    with pytest.raises(IndexError, match="Replacement index 2"):
        array(store, OneWay("{}{}{}"))


def test_a_name_that_nobody_registered_is_named(store):
    array(store, Rows())
    from zarrust.registry import _chunk_key_encodings

    del _chunk_key_encodings["example.rows"]
    try:
        with pytest.raises(MetadataValidationError, match=r"a/zarr\.json: .*example\.rows"):
            zarr.open_array(store, path="a")
    finally:
        register_chunk_key_encoding("example.rows", Rows)
    assert get_chunk_key_encoding_class("example.rows") is Rows


@pytest.mark.parametrize("configuration", [{"column": "x"}, {"row": "r", "more": 1}])
def test_a_configuration_that_the_class_does_not_have_is_refused(configuration):
    with pytest.raises(MetadataValidationError, match="chunk_key_encoding"):
        ChunkKeyEncoding.from_dict({"name": "example.rows", "configuration": configuration})


@pytest.mark.parametrize("separator", ["/", "."])
@pytest.mark.parametrize("cls", [DefaultChunkKeyEncoding, V2ChunkKeyEncoding])
@pytest.mark.parametrize("coordinates", [(0,), (1, 2), (10, 0, 3)])
def test_keys_become_coordinates_again(cls, separator, coordinates):
    encoding = cls(separator=separator)
    assert encoding.decode_chunk_key(encoding.encode_chunk_key(coordinates)) == coordinates


def test_the_only_chunk_without_axes_is_told_by_the_default_encoding_alone():
    assert DefaultChunkKeyEncoding().decode_chunk_key("c") == ()
    assert V2ChunkKeyEncoding().decode_chunk_key(V2ChunkKeyEncoding().encode_chunk_key(())) == (0,)


@pytest.mark.parametrize("key", ["0/1", "c0/1", "x/0/1", "", "c.0.1", "c/01", "c/-1", "c/", "c/1x", "zarr.json"])
def test_what_is_no_chunk_key_is_refused(key):
    with pytest.raises(ValueError, match="Invalid chunk key"):
        DefaultChunkKeyEncoding().decode_chunk_key(key)
