"""Documents that are cut, changed or made up are refused by ValueError, with the key, or they mean something."""

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zarrust as zarr
from zarrust.buffer import cpu

V3_ARRAY = {
    "zarr_format": 3,
    "node_type": "array",
    "shape": [6, 5],
    "data_type": "float32",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 4]}},
    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    "fill_value": "NaN",
    "codecs": [
        {
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": [2, 2],
                "codecs": [
                    {"name": "transpose", "configuration": {"order": [1, 0]}},
                    {"name": "bytes", "configuration": {"endian": "little"}},
                    {"name": "zstd", "configuration": {"level": 1, "checksum": False}},
                ],
                "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
                "index_location": "end",
            },
        },
        {
            "name": "blosc",
            "configuration": {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 4, "blocksize": 0},
        },
    ],
    "attributes": {"a": [1, 2.5, None]},
    "dimension_names": ["y", None],
}
V2_ARRAY = {
    "zarr_format": 2,
    "shape": [6, 5],
    "chunks": [4, 4],
    "dtype": "<i2",
    "compressor": {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0},
    "fill_value": 7,
    "order": "F",
    "filters": None,
    "dimension_separator": "/",
}
V3_GROUP = {"zarr_format": 3, "node_type": "group", "attributes": {"title": "x"}}
V2_GROUP = {"zarr_format": 2}
DOCUMENTS = {
    "v3 array": ("zarr.json", V3_ARRAY),
    "v2 array": (".zarray", V2_ARRAY),
    "v3 group": ("zarr.json", V3_GROUP),
    "v2 group": (".zgroup", V2_GROUP),
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**60, 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
thorough = settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of every node of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))]


@st.composite
def mutants(draw: st.DrawFn, document: dict[str, Any]) -> Any:
    """The document with one to three nodes replaced, removed or added."""
    mutant: Any = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        if not isinstance(mutant, dict):
            break
        place = draw(st.sampled_from(places(mutant)))
        if not place:
            mutant[draw(st.text(max_size=8))] = draw(json_values)
            continue
        parent = mutant
        for key in place[:-1]:
            parent = parent[key]
        if draw(st.booleans()):
            parent[place[-1]] = draw(json_values)
        else:
            del parent[place[-1]]
    return mutant


def use(key: str, content: bytes) -> None:
    """Open what the bytes describe and use it as far as it goes; the errors below are the documented ones."""
    files = {key: cpu.Buffer.from_bytes(content)}
    try:
        node = zarr.open(zarr.storage.MemoryStore(files), mode="r+")
        if isinstance(node, zarr.Array):
            repr(node)
            if all(node.shape):
                found = node[(0,) * node.ndim]
                assert np.shape(found) == ()
        else:
            list(node.members())
            dict(node.attrs)
    except (ValueError, FileNotFoundError, MemoryError) as error:
        assert str(error).strip(), f"{type(error).__name__} without a word"


@pytest.mark.parametrize("name", DOCUMENTS)
@given(data=st.data())
@thorough
def test_a_mutated_document_is_refused_or_means_something(name: str, data: st.DataObject):
    key, document = DOCUMENTS[name]
    use(key, json.dumps(data.draw(mutants(document))).encode())


@pytest.mark.parametrize("name", DOCUMENTS)
@given(data=st.data())
@thorough
def test_mutated_bytes_are_refused_or_mean_something(name: str, data: st.DataObject):
    key, document = DOCUMENTS[name]
    content = bytearray(json.dumps(document).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        stop = data.draw(st.integers(start, min(len(content), start + 6)))
        content[start:stop] = data.draw(st.binary(max_size=6))
    use(key, bytes(content))


BAD_DOCUMENTS = {
    "empty": b"",
    "cut": json.dumps(V3_ARRAY).encode()[:100],
    "a list": b"[1, 2]",
    "a number": b"3",
    "null": b"null",
    "not UTF-8": b'{"zarr_format": 3, "node_type": "\xff\xfe"}',
    "nested 100,000 deep": b'{"zarr_format": 3, "node_type": "group", "attributes": '
    + b'{"a":' * 100_000
    + b"1"
    + b"}" * 100_001,
}


@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_what_is_no_document_is_refused_with_its_key(name: str):
    files = {"node/zarr.json": cpu.Buffer.from_bytes(BAD_DOCUMENTS[name])}
    for opening in (zarr.open, zarr.open_array, zarr.open_group):
        with pytest.raises(ValueError, match=r"node/zarr\.json"):
            opening(zarr.storage.MemoryStore(files), path="node", mode="r")


@pytest.mark.parametrize(
    "field", [field for field in V3_ARRAY if field not in ("attributes", "dimension_names", "node_type", "zarr_format")]
)
def test_a_missing_field_is_named(field: str):
    document = {name: value for name, value in V3_ARRAY.items() if name != field}
    files = {"zarr.json": cpu.Buffer.from_bytes(json.dumps(document).encode())}
    with pytest.raises(ValueError, match=field):
        zarr.open_array(zarr.storage.MemoryStore(files), mode="r")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shape", [-1, 5]),
        ("shape", [6.5, 5]),
        ("shape", ["6", 5]),
        ("shape", [True, 5]),
        ("shape", [2**64, 5]),
        ("shape", [1] * 1000),
        ("data_type", "int77"),
        ("data_type", 5),
        ("chunk_grid", {"name": "regular", "configuration": {"chunk_shape": [0, 4]}}),
        ("chunk_grid", {"name": "regular", "configuration": {"chunk_shape": [-4, 4]}}),
        ("chunk_grid", {"name": "regular", "configuration": {"chunk_shape": [4]}}),
        ("chunk_grid", {"name": "regular", "configuration": {"chunk_shape": [2**40, 2**40]}}),
        ("chunk_grid", {"name": "hexagonal", "configuration": {}}),
        ("chunk_key_encoding", {"name": "morse"}),
        ("chunk_key_encoding", {"name": "default", "configuration": {"separator": "-"}}),
        ("fill_value", "five"),
        ("fill_value", [1.0]),
        ("codecs", []),
        ("codecs", [{"name": "bytes", "configuration": {"endian": "little"}}] * 2),
        ("codecs", [{"name": "zstd", "configuration": {"level": 1}}]),
        ("codecs", [{"name": "bytes", "configuration": {"endian": "middle"}}]),
        ("codecs", [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "mystery"}]),
        (
            "codecs",
            [
                {"name": "transpose", "configuration": {"order": [0, 0]}},
                {"name": "bytes", "configuration": {"endian": "little"}},
            ],
        ),
        ("storage_transformers", [{"name": "mystery"}]),
        ("surprise", {"must_understand": True}),
    ],
)
def test_a_senseless_field_is_refused(field: str, value: Any):
    plain = {**V3_ARRAY, "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]}
    files = {"zarr.json": cpu.Buffer.from_bytes(json.dumps({**plain, field: value}).encode())}
    with pytest.raises(ValueError):
        zarr.open_array(zarr.storage.MemoryStore(files), mode="r")


def test_a_field_that_need_not_be_understood_is_ignored():
    document = {**V3_ARRAY, "surprise": {"must_understand": False}}
    files = {"zarr.json": cpu.Buffer.from_bytes(json.dumps(document).encode())}
    assert zarr.open_array(zarr.storage.MemoryStore(files), mode="r").shape == (6, 5)


def test_an_array_of_four_exbibytes_opens_and_its_corner_is_read_at_once():
    array = zarr.create_array({}, shape=(2**40, 2**20), chunks=(16, 16), dtype="f4", fill_value=3)
    assert array[-1, -1] == 3
    assert array[2**39 : 2**39 + 3, 5].tolist() == [3, 3, 3]
    with pytest.raises((MemoryError, ValueError)):
        array[...]
