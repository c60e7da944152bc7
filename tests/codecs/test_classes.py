"""What the classes of codecs say of themselves, before and after they meet an array."""

from dataclasses import replace
from enum import Enum

import numpy as np
import pytest

import zarrust as zarr
from zarrust.array_spec import ArraySpec
from zarrust.buffer import default_buffer_prototype
from zarrust.codecs import (
    BloscCname,
    BloscCodec,
    BloscShuffle,
    BytesCodec,
    Endian,
    GzipCodec,
    ShardingCodec,
    ShardingCodecIndexLocation,
    TransposeCodec,
)
from zarrust.dtype import parse_dtype


def spec(shape, dtype):
    data_type = parse_dtype(dtype, zarr_format=3)
    return ArraySpec(shape, data_type, data_type.default_scalar())


@pytest.mark.parametrize("words", [BloscCname, BloscShuffle, Endian, ShardingCodecIndexLocation])
def test_members_of_old_enumerations_are_strings(words):
    assert all(isinstance(member, str) and member == member.name == member.value for member in words)


def test_codecs_keep_plain_strings_of_whatever_enumeration_they_are_given():
    class Theirs(Enum):
        lz4 = "lz4"
        start = "start"

    blosc = BloscCodec(cname=Theirs.lz4, shuffle=BloscShuffle.bitshuffle)
    assert (type(blosc.cname), blosc.cname, type(blosc.shuffle), blosc.shuffle) == (str, "lz4", str, "bitshuffle")
    shards = ShardingCodec(chunk_shape=(2,), index_location=Theirs.start)
    assert (type(shards.index_location), shards.index_location) == (str, "start")
    assert ShardingCodec(chunk_shape=(2,), index_location=ShardingCodecIndexLocation.start) == shards


def test_blosc_shuffles_have_the_numbers_of_numcodecs():
    assert [BloscShuffle.from_int(number) for number in range(3)] == ["noshuffle", "shuffle", "bitshuffle"]
    with pytest.raises(ValueError, match="between 0 and 2"):
        BloscShuffle.from_int(3)


@pytest.mark.parametrize(
    ("given", "alone", "on_float64"),
    [
        ({}, (1, "bitshuffle"), (8, "shuffle")),
        ({"typesize": 2}, (2, "bitshuffle"), (2, "shuffle")),
        ({"typesize": 1}, (1, "bitshuffle"), (1, "shuffle")),
        ({"shuffle": "bitshuffle"}, (1, "bitshuffle"), (8, "bitshuffle")),
        ({"typesize": 4, "shuffle": "noshuffle"}, (4, "noshuffle"), (4, "noshuffle")),
    ],
)
def test_blosc_decides_what_is_left_open_when_it_meets_an_array(given, alone, on_float64):
    codec = BloscCodec(**given)
    assert (codec.typesize, codec.shuffle) == alone
    evolved = codec.evolve_from_array_spec(spec((4,), "f8"))
    assert (evolved.typesize, evolved.shuffle) == on_float64
    assert evolved.to_dict()["configuration"].keys() == {"typesize", "cname", "clevel", "shuffle", "blocksize"}
    assert zarr.create_array(shape=(4,), dtype="f8", compressors=codec).compressors == (evolved,)


def test_blosc_writes_nothing_down_that_is_still_open():
    assert BloscCodec().to_dict()["configuration"].keys() == {"cname", "clevel", "blocksize"}
    assert BloscCodec() != BloscCodec(typesize=1, shuffle="bitshuffle")
    assert BloscCodec() == BloscCodec.from_dict(BloscCodec().to_dict())
    with pytest.raises(ValueError, match="does not know '_tunable_attrs'"):
        BloscCodec.from_dict({"name": "blosc", "configuration": {"_tunable_attrs": []}})


def test_transpose_alone_turns_back_whatever_shape_it_is_told():
    chunk = np.arange(24).reshape(2, 3, 4)
    codec, told = TransposeCodec(order=(2, 0, 1)), spec((2, 3, 4), "i8")
    encoded = codec._encode_sync(default_buffer_prototype().nd_buffer.from_numpy_array(chunk), told)
    np.testing.assert_array_equal(encoded.as_numpy_array(), chunk.transpose(2, 0, 1))
    for known in (told, replace(told, shape=(4, 2, 3))):
        np.testing.assert_array_equal(codec._decode_sync(encoded, known).as_numpy_array(), chunk)


def test_shards_below_other_codecs_warn_that_they_are_read_whole():
    inner = ShardingCodec(chunk_shape=(8, 8), codecs=[BytesCodec()])
    with pytest.warns(zarr.errors.ZarrUserWarning, match="disables partial reads and writes"):
        zarr.create_array(
            shape=(16, 16), chunks=(16, 16), dtype="u1", serializer=inner, compressors=zarr.codecs.GzipCodec()
        )


@pytest.mark.parametrize(
    ("cls", "own", "other"),
    [
        (GzipCodec, "gzip", "zstd"),
        (BytesCodec, "endian", "little"),
        (zarr.codecs.numcodecs.LZ4, "numcodecs.lz4", "lz5"),
    ],
)
def test_metadata_of_another_codec_is_refused(cls, own, other):
    assert isinstance(cls.from_dict({"name": own, "configuration": {}}), cls)
    with pytest.raises(ValueError, match=f"Got {other} instead"):
        cls.from_dict({"name": other, "configuration": {}})
