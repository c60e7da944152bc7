"""Documents of format 2."""

import json

import numpy as np
import pytest

import zarrust as zarr
from zarrust.errors import MetadataValidationError
from zarrust.metadata import ArrayV2Metadata

ZARRAY = {
    "shape": [4, 6],
    "chunks": [2, 3],
    "dtype": ">f4",
    "fill_value": 0.0,
    "order": "C",
    "filters": None,
    "dimension_separator": ".",
    "compressor": {"id": "zstd", "level": 0},
    "zarr_format": 2,
}


def test_a_document_survives_reading_and_writing():
    documents = ArrayV2Metadata.from_dict(ZARRAY | {"attributes": {"a": 1}}).documents()
    assert json.loads(json.dumps(documents)) == {".zarray": ZARRAY, ".zattrs": {"a": 1}}


def test_the_default_documents_are_zarr_pythons():
    data = {}
    zarr.create_array(data, shape=(4, 6), chunks=(2, 3), dtype=">f4", zarr_format=2)
    assert json.loads(data[".zarray"].to_bytes()) == ZARRAY
    assert json.loads(data[".zattrs"].to_bytes()) == {}


def test_a_separator_that_is_left_out_is_a_dot():
    document = {name: value for name, value in ZARRAY.items() if name != "dimension_separator"}
    assert ArrayV2Metadata.from_dict(document).dimension_separator == "."


@pytest.mark.parametrize("field", ["filters", "compressor"])
def test_a_null_that_a_writer_left_out_is_none(field):
    document = {name: value for name, value in ZARRAY.items() if name != field}
    assert ArrayV2Metadata.from_dict(document) == ArrayV2Metadata.from_dict(document | {field: None})


def test_a_chunk_of_length_zero_along_an_empty_axis_is_read_and_the_array_grows():
    document = json.dumps(ZARRAY | {"shape": [0, 6], "chunks": [0, 3]}).encode()
    array = zarr.open_array({".zarray": document}, mode="r+")
    assert array.chunks == (1, 3)
    array.append(np.ones((2, 6)))
    assert array[...].tolist() == np.ones((2, 6)).tolist()


@pytest.mark.parametrize("field", ["shape", "chunks", "dtype", "fill_value", "order", "zarr_format"])
def test_a_missing_field_is_named(field):
    with pytest.raises(MetadataValidationError, match=f"a/.zarray.*{field}"):
        ArrayV2Metadata.from_dict({name: value for name, value in ZARRAY.items() if name != field}, "a/.zarray")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shape", [-1, 2]),
        ("shape", 3),
        ("chunks", [0, 3]),
        ("chunks", [2]),
        ("order", "A"),
        ("filters", {}),
        ("filters", [1]),
        ("compressor", "zstd"),
        ("compressor", {"level": 1}),
        ("dimension_separator", "-"),
        ("fill_value", "zero"),
        ("zarr_format", 3),
    ],
)
def test_a_wrong_value_is_refused_and_its_field_named(field, value):
    with pytest.raises(MetadataValidationError, match=field):
        ArrayV2Metadata.from_dict(ZARRAY | {field: value})


@pytest.mark.parametrize("fill", [None, 0.0, "NaN", "Infinity", "-Infinity"])
def test_fill_values_keep_their_json(fill):
    assert ArrayV2Metadata.from_dict(ZARRAY | {"fill_value": fill}).to_dict()["fill_value"] == fill


@pytest.mark.parametrize(
    ("number", "item", "flag"),
    [(0, 4, 0), (1, 4, 1), (2, 4, 4), (-1, 4, 1), (-1, 1, 4)],
)
def test_shuffles_of_blosc_are_in_the_header_of_the_chunk(number, item, flag):
    compressor = {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": number, "blocksize": 0}
    store = {}
    array = zarr.create_array(
        store, shape=(1000,), chunks=(1000,), dtype=f"u{item}", compressors=compressor, zarr_format=2, fill_value=9
    )
    array[...] = np.arange(1000) // 7 % 200
    header = store["0"].to_bytes()[:4]
    assert (header[2] & 5, header[3]) == (flag, item)


@pytest.mark.parametrize("shuffle", [[], {}, "FAST", 3, None, 1.0])
def test_a_shuffle_of_blosc_that_is_none_is_refused(shuffle):
    document = ZARRAY | {"compressor": {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": shuffle}}
    with pytest.raises(MetadataValidationError, match="shuffle"):
        zarr.open_array({".zarray": json.dumps(document).encode()}, mode="r")
    assert "shuffle" in repr(ArrayV2Metadata.from_dict(document).compressor)


@pytest.mark.parametrize(("word", "number"), [("NONE", 0), ("BYTE", 1), ("BIT", 2)])
def test_shuffles_of_blosc_are_read_as_gdal_spells_them(word, number):
    store = {}
    compressor = {"id": "blosc", "cname": "zstd", "clevel": 5, "shuffle": number, "blocksize": 0}
    zarr.create_array(store, data=np.arange(99), compressors=compressor, zarr_format=2)
    document = json.loads(store[".zarray"].to_bytes())
    document["compressor"]["shuffle"] = word
    store[".zarray"] = zarr.buffer.cpu.Buffer.from_bytes(json.dumps(document).encode())
    assert zarr.open_array(store)[...].tolist() == list(range(99))
    document["compressor"]["shuffle"] = "bits"
    store[".zarray"] = zarr.buffer.cpu.Buffer.from_bytes(json.dumps(document).encode())
    with pytest.raises(MetadataValidationError, match="blosc has shuffle"):
        zarr.open_array(store)[...]


def test_order_f_is_a_transpose_and_the_byte_order_is_that_of_memory():
    codecs = ArrayV2Metadata.from_dict(ZARRAY | {"order": "F", "compressor": None}).engine_codecs([])
    assert codecs == [
        {"name": "transpose", "configuration": {"order": [1, 0]}},
        {"name": "bytes", "configuration": {"endian": "memory"}},
    ]


def test_unknown_fields_are_kept():
    assert ArrayV2Metadata.from_dict(ZARRAY | {"mine": 1}).to_dict()["mine"] == 1
