"""Documents of format 3."""

import copy
import json
import re
from dataclasses import replace

import numpy as np
import pytest

import zarrust as zarr
from zarrust.buffer import default_buffer_prototype
from zarrust.dtype import Complex128, Float32, Float64, Int32, UInt8
from zarrust.errors import DataTypeValidationError, MetadataValidationError, NodeTypeValidationError
from zarrust.metadata import ArrayV3Metadata, GroupMetadata
from zarrust.metadata.text import parse

DOCUMENT = {
    "shape": [4, 6],
    "data_type": "float32",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 3]}},
    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    "fill_value": 0.0,
    "codecs": [
        {"name": "bytes", "configuration": {"endian": "little"}},
        {"name": "zstd", "configuration": {"level": 0, "checksum": False}},
    ],
    "attributes": {"a": [1, None]},
    "dimension_names": ["y", None],
    "zarr_format": 3,
    "node_type": "array",
    "storage_transformers": [],
}


def changed(**fields):
    document = copy.deepcopy(DOCUMENT) | fields
    return {name: value for name, value in document.items() if value is not ...}


def test_a_document_survives_reading_and_writing():
    metadata = ArrayV3Metadata.from_dict(DOCUMENT)
    assert json.loads(json.dumps(metadata.to_dict())) == DOCUMENT
    assert json.loads(metadata.to_buffer_dict(default_buffer_prototype())["zarr.json"].to_bytes()) == DOCUMENT


def test_sequences_of_the_document_are_tuples_as_in_zarr_python():
    document = ArrayV3Metadata.from_dict(DOCUMENT).to_dict()
    grid = document["chunk_grid"]["configuration"]["chunk_shape"]
    for value in (document["shape"], grid, document["codecs"], document["storage_transformers"]):
        assert isinstance(value, tuple)


def test_the_default_document_is_zarr_pythons():
    data = {}
    zarr.create_array(data, shape=(4, 4), chunks=(2, 2), dtype="f4")
    assert json.loads(data["zarr.json"].to_bytes()) == {
        **changed(shape=[4, 4], attributes={}, dimension_names=...),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 2]}},
    }


def test_a_chunk_of_length_zero_along_an_empty_axis_is_read_as_one():
    grid = {"name": "regular", "configuration": {"chunk_shape": [0, 3]}}
    assert ArrayV3Metadata.from_dict(changed(shape=[0, 6], chunk_grid=grid)).chunks == (1, 3)


@pytest.mark.parametrize(
    "field",
    ["shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs", "zarr_format", "node_type"],
)
def test_a_missing_field_is_named(field):
    with pytest.raises(MetadataValidationError, match=f"a/zarr.json.*{field}"):
        ArrayV3Metadata.from_dict(changed(**{field: ...}), "a/zarr.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shape", [-1, 2]),
        ("shape", [1.0, 2]),
        ("shape", [True, 2]),
        ("shape", "44"),
        ("shape", 4),
        ("shape", [2**63, 1]),
        ("shape", [4, 6, 1]),
        ("chunk_grid", {"name": "regular", "configuration": {"chunk_shape": [0, 3]}}),
        ("chunk_grid", {"name": "regular", "configuration": {"chunk_shape": [2**40, 2**40]}}),
        ("chunk_grid", {"name": "regular", "configuration": {}}),
        ("chunk_grid", {"name": "rectilinear", "configuration": {}}),
        ("chunk_grid", []),
        ("chunk_key_encoding", {"name": "other"}),
        ("chunk_key_encoding", {"name": "default", "configuration": {"separator": "-"}}),
        ("codecs", []),
        ("codecs", {}),
        ("codecs", [{"name": "gzip", "configuration": {"level": 1}}]),
        ("codecs", [{"name": "gzip"}, {"name": "bytes"}]),
        ("codecs", [{"name": "bytes"}, {"name": "gzip", "configuration": {"level": 10}}]),
        ("codecs", [{"name": "bytes"}, {"name": "gzip", "configuration": {"speed": 1}}]),
        ("codecs", [{"name": "transpose", "configuration": {"order": [0, 0]}}, {"name": "bytes"}]),
        ("codecs", [{"name": "transpose", "configuration": {"order": [0]}}, {"name": "bytes"}]),
        ("attributes", []),
        ("attributes", None),
        ("dimension_names", ["y"]),
        ("dimension_names", [1, 2]),
        ("storage_transformers", [{"name": "mine"}]),
        ("fill_value", "zero"),
        ("fill_value", None),
        ("fill_value", "0x12"),
        ("fill_value", True),
        ("zarr_format", 2),
        ("zarr_format", 3.0),
        ("unknown", {"must_understand": True}),
        ("unknown", 1),
    ],
)
def test_a_wrong_value_is_refused_and_its_field_named(field, value):
    with pytest.raises(MetadataValidationError, match=field):
        ArrayV3Metadata.from_dict(changed(**{field: value}))


def test_an_unknown_data_type_is_named():
    with pytest.raises(DataTypeValidationError, match="float8"):
        ArrayV3Metadata.from_dict(changed(data_type="float8"))


def test_a_data_type_may_be_an_object():
    assert (
        ArrayV3Metadata.from_dict(changed(data_type={"name": "float32", "configuration": {}})).data_type._zarr_v3_name
        == "float32"
    )


def test_a_group_is_no_array():
    with pytest.raises(NodeTypeValidationError):
        ArrayV3Metadata.from_dict(changed(node_type="group"))


def test_a_storage_transformer_is_named():
    with pytest.raises(MetadataValidationError, match="mine"):
        ArrayV3Metadata.from_dict(changed(storage_transformers=[{"name": "mine"}]))


def test_a_field_that_need_not_be_understood_is_kept():
    extra = {"must_understand": False, "x": 1}
    assert ArrayV3Metadata.from_dict(changed(mine=extra)).to_dict()["mine"] == extra
    group = {"zarr_format": 3, "node_type": "group", "attributes": {}, "mine": extra}
    assert GroupMetadata.from_dict(group).to_dict()["mine"] == extra
    assert GroupMetadata(extra_fields={"mine": extra}).to_dict()["mine"] == extra
    for refused in ({"mine": {"must_understand": True}}, {"mine": 1}, {"attributes": extra}):
        with pytest.raises(MetadataValidationError, match=next(iter(refused))):
            GroupMetadata(extra_fields=refused)


def test_a_group_may_leave_attributes_out_but_not_its_type():
    assert GroupMetadata.from_dict({"zarr_format": 3, "node_type": "group"}).attributes == {}
    with pytest.raises(MetadataValidationError, match="node_type"):
        GroupMetadata.from_dict({"zarr_format": 3})


def test_an_unknown_codec_is_kept_until_data_is_asked_for():
    document = changed(codecs=[{"name": "bytes"}, {"name": "mine", "configuration": {"a": 1}}])
    assert [*ArrayV3Metadata.from_dict(document).to_dict()["codecs"]] == document["codecs"]


def test_inner_chunks_divide_the_shard_at_every_level():
    def sharding(chunk, codecs):
        return {
            "name": "sharding_indexed",
            "configuration": {"chunk_shape": chunk, "codecs": codecs, "index_codecs": [{"name": "bytes"}]},
        }

    grid = {"name": "regular", "configuration": {"chunk_shape": [4, 6]}}
    good = sharding([2, 3], [sharding([1, 3], [{"name": "bytes"}])])
    assert ArrayV3Metadata.from_dict(changed(chunk_grid=grid, codecs=[good])).chunks == (2, 3)
    for bad in (sharding([3, 3], [{"name": "bytes"}]), sharding([2, 3], [sharding([2, 2], [{"name": "bytes"}])])):
        with pytest.raises(MetadataValidationError, match="divisible"):
            ArrayV3Metadata.from_dict(changed(chunk_grid=grid, codecs=[bad]))


@pytest.mark.parametrize(
    ("data_type", "json_value"),
    [
        ("bool", True),
        ("int8", -128),
        ("uint64", 2**64 - 1),
        ("int64", -(2**63)),
        ("float16", 0.5),
        ("float32", "NaN"),
        ("float64", "-Infinity"),
        ("float32", "0x7fc00001"),
        ("float32", "0xffc00000"),
        ("float64", "0x7ff4000000000001"),
        ("complex64", [1.0, "NaN"]),
        ("complex128", ["-Infinity", 0.0]),
        ("complex64", ["0x7fc00001", 1.0]),
    ],
)
def test_a_fill_value_keeps_its_bits(data_type, json_value):
    metadata = ArrayV3Metadata.from_dict(changed(data_type=data_type, fill_value=json_value))
    assert json.loads(json.dumps(metadata.to_dict()))["fill_value"] == json_value


@pytest.mark.parametrize("data_type", [UInt8(), Int32(), Float64(), Complex128()])
@pytest.mark.parametrize("value", [{"foo": 10}, [1], (1, 23, 4)])
def test_a_fill_value_of_the_wrong_type_is_shown_in_the_error(data_type, value):
    with pytest.raises(TypeError, match=re.escape(f"Invalid type: {value}. Expected")):
        data_type.from_json_scalar(value, zarr_format=3)


def test_a_number_out_of_range_is_no_wrong_type():
    with pytest.raises(TypeError, match=r"Invalid value: 256\. Expected an integer from 0 to 255"):
        UInt8().from_json_scalar(256, zarr_format=3)


def test_a_complex_fill_value_is_a_tuple_in_the_dictionary():
    metadata = ArrayV3Metadata.from_dict(changed(data_type="complex64", fill_value=[1.0, 2.0]))
    assert metadata.to_dict()["fill_value"] == (1.0, 2.0)


def test_hexadecimal_bits_of_a_number_are_that_number():
    metadata = ArrayV3Metadata.from_dict(changed(fill_value="0x3f800000"))
    assert metadata.fill_value == np.float32(1)


@pytest.mark.parametrize(
    ("data_type", "value"), [("int8", 128), ("uint8", -1), ("int16", 1.5), ("bool", 1), ("float32", 1e300)]
)
def test_a_fill_value_out_of_range_is_refused(data_type, value):
    with pytest.raises(MetadataValidationError, match="fill_value"):
        ArrayV3Metadata.from_dict(changed(data_type=data_type, fill_value=value))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 200_000, b'{"a":' * 200_000])
def test_what_is_no_json_object_is_refused_with_the_key(text):
    with pytest.raises(MetadataValidationError, match=r"a/zarr\.json"):
        parse(text, "a/zarr.json")


def test_bare_nan_tokens_are_read():
    assert np.isnan(parse(b'{"a": NaN}', "zarr.json")["a"])


def test_metadata_is_made_of_what_its_document_says_too():
    document = changed(zarr_format=..., node_type=..., storage_transformers=None)
    made = ArrayV3Metadata(**document | {"data_type": Float32(), "fill_value": np.float32(0), "shape": (4, 6)})
    assert replace(made, dimension_names=("y", None)) == ArrayV3Metadata.from_dict(DOCUMENT)


def test_extra_fields_do_not_stand_in_for_the_documents_own():
    metadata = ArrayV3Metadata.from_dict(DOCUMENT)
    with pytest.raises(MetadataValidationError, match=r"\['codecs', 'shape'\].* reserved"):
        replace(metadata, extra_fields={"shape": (1,), "codecs": (), "mine": {"must_understand": False}})
