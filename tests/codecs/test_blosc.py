"""`BloscCodec` before and after it meets an array, and codecs of one format given to the other."""

from __future__ import annotations

from typing import Any

import numcodecs
import pytest

import zarrust as zarr
from zarrust.codecs import BloscCodec, GzipCodec, TransposeCodec, ZstdCodec
from zarrust.codecs.numcodecs import Delta, Zlib


def test_what_is_left_open_is_said_by_the_smallest_element_until_an_array_decides() -> None:
    codec = BloscCodec()
    assert (codec.typesize, codec.shuffle) == (1, "bitshuffle")
    assert codec.to_dict()["configuration"] == {"cname": "zstd", "clevel": 5, "blocksize": 0}
    assert codec._tunable_attrs == {"typesize", "shuffle"}
    assert BloscCodec(typesize=2)._tunable_attrs == {"shuffle"}
    assert repr(BloscCodec(typesize=1, shuffle="bitshuffle")) == (
        "BloscCodec(typesize=1, cname='zstd', clevel=5, shuffle='bitshuffle', blocksize=0)"
    )
    assert codec == BloscCodec() != BloscCodec(typesize=1, shuffle="bitshuffle")
    assert hash(codec) == hash(BloscCodec())


@pytest.mark.parametrize(
    ("dtype", "given", "found"),
    [
        ("i4", {}, (4, "shuffle")),
        ("u1", {}, (1, "bitshuffle")),
        ("u1", {"typesize": 3}, (3, "bitshuffle")),
        ("i4", {"typesize": 1}, (1, "shuffle")),
        ("i4", {"shuffle": "noshuffle"}, (4, "noshuffle")),
        ("U100", {}, (400, "shuffle")),
        (str, {}, (1, "bitshuffle")),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:The data type")
def test_an_array_decides_what_was_left_open(dtype: Any, given: dict[str, Any], found: tuple[int, str]) -> None:
    array = zarr.create_array({}, shape=(4,), chunks=(2,), dtype=dtype, compressors=BloscCodec(**given))
    codec = array.compressors[0]
    assert (codec.typesize, codec.shuffle) == found
    assert codec == BloscCodec(typesize=found[0], shuffle=found[1])
    array[...] = array[...]
    array[1] = "x" if dtype in (str, "U100") else 7
    assert zarr.open_array(array.store)[1] == array[1]


def test_a_document_without_the_open_fields_is_read_and_decided_by_the_array() -> None:
    array = zarr.create_array({}, shape=(4,), dtype="i8", compressors=[{"name": "blosc", "configuration": {}}])
    assert array.compressors == (BloscCodec(typesize=8, shuffle="shuffle"),)
    document = array.metadata.to_dict()
    document["codecs"] = (*document["codecs"][:1], {"name": "blosc", "configuration": {"cname": "lz4"}})
    array[...] = 5
    again = zarr.Array.from_dict(array.store_path, document)
    assert again[...].tolist() == [5] * 4


@pytest.mark.parametrize(
    "codec", [ZstdCodec(), GzipCodec(), BloscCodec(), Zlib(level=1)], ids=lambda c: type(c).__name__
)
def test_format_2_refuses_the_codecs_of_format_3(codec: Any) -> None:
    with pytest.raises(ValueError, match=r"compressor: .*codec of format 3"):
        zarr.create(4, dtype="i4", compressor=codec, zarr_format=2)
    with pytest.raises(ValueError, match=r"compressor: .*codec of format 3"):
        zarr.create_array({}, shape=4, dtype="i4", compressors=[codec], zarr_format=2)


@pytest.mark.parametrize("codec", [TransposeCodec(order=(0,)), Delta(dtype="i4")], ids=lambda c: type(c).__name__)
def test_format_2_refuses_the_filters_of_format_3(codec: Any) -> None:
    with pytest.raises(TypeError, match=r"filters\[0\]: .*codec of format 3"):
        zarr.create_array({}, shape=4, dtype="i4", filters=[codec], zarr_format=2)


def test_format_3_refuses_the_keyword_of_format_2() -> None:
    with pytest.raises(ValueError, match="compressor cannot be used for arrays with zarr_format 3"):
        zarr.create(4, dtype="i4", compressor=numcodecs.Zstd(), zarr_format=3)
