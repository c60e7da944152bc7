"""Damaged and hostile bytes are CorruptChunkError with the key; no silence, no crash, no unbounded memory."""

import re
import struct
from pathlib import Path
from typing import Any

import google_crc32c
import numcodecs
import numpy as np
import pytest

import programs
import zarrust as zarr

SHAPE, CHUNKS, SHARDS = (16, 16), (8, 8), (16, 16)
VALUES = np.random.default_rng(4).integers(0, 99, SHAPE, dtype="i4")
CHUNK_BYTES = 8 * 8 * 4
EMPTY = 2**64 - 1

CHAINS = {
    "bytes": None,
    "gzip": zarr.codecs.GzipCodec(level=1),
    "zstd": zarr.codecs.ZstdCodec(level=1),
    "zstd+checksum": zarr.codecs.ZstdCodec(level=1, checksum=True),
    "blosc": zarr.codecs.BloscCodec(cname="lz4", shuffle="shuffle", typesize=4),
    "blosc-zstd": zarr.codecs.BloscCodec(cname="zstd", shuffle="bitshuffle", typesize=4),
    "crc32c": zarr.codecs.Crc32cCodec(),
}
CHECKED = ("gzip", "zstd+checksum", "crc32c")


def chunked(path: Path, chain: str) -> tuple[Any, Path]:
    """An array of four chunks and the file of its first."""
    array = zarr.create_array(path, shape=SHAPE, chunks=CHUNKS, dtype="i4", compressors=CHAINS[chain])
    array[...] = VALUES
    return array, path / "c" / "0" / "0"


def sharded(path: Path, location: str = "end") -> tuple[Any, Path]:
    """An array of one shard of four uncompressed inner chunks, and the shard's file."""
    shards = {"shape": SHARDS, "index_location": location}
    array = zarr.create_array(path, shape=SHAPE, chunks=CHUNKS, shards=shards, dtype="i4", compressors=None)
    array[...] = VALUES
    return array, path / "c" / "0" / "0"


def refused(key: str) -> Any:
    return pytest.raises(zarr.errors.CorruptChunkError, match=re.escape(key))


def assert_refused_everywhere(array: Any, file: Path) -> None:
    """Whole reads, partial reads and partial writes of the first chunk raise, and the file stays as it was."""
    before = file.read_bytes()
    for selection in (..., (slice(0, 3), slice(0, 3)), (0, 0), (slice(None, None, 5), 1)):
        with refused("c/0/0"):
            array[selection]
    with refused("c/0/0"):
        array[1:3, 1:3] = 5
    assert file.read_bytes() == before


DAMAGES = {
    "cut to nothing": lambda data: b"",
    "one byte left": lambda data: data[:1],
    "cut in half": lambda data: data[: len(data) // 2],
    "last byte missing": lambda data: data[:-1],
    "garbage": lambda data: np.random.default_rng(1).bytes(len(data)),
    "zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("chain", CHAINS)
def test_a_damaged_chunk_is_refused(tmp_path: Path, chain: str, damage: str):
    if chain == "bytes" and damage in ("garbage", "zeros"):
        return  # any bytes of the right length are a chunk
    array, file = chunked(tmp_path, chain)
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    assert_refused_everywhere(array, file)


@pytest.mark.parametrize("damage", [damage for damage in DAMAGES if damage not in ("garbage", "zeros")])
def test_a_cut_chunk_of_format_2_is_refused(tmp_path: Path, damage: str):
    array = zarr.create_array(
        tmp_path,
        shape=SHAPE,
        chunks=CHUNKS,
        dtype="i4",
        zarr_format=2,
        compressors=numcodecs.Zlib(level=1),
        filters=None,
    )
    array[...] = VALUES
    file = tmp_path / "0.0"
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    with refused("0.0"):
        array[...]


def test_a_whole_write_mends_a_damaged_chunk(tmp_path: Path):
    array, file = chunked(tmp_path, "zstd")
    file.write_bytes(b"rubbish")
    array[:8, :8] = VALUES[:8, :8]
    assert np.array_equal(array[...], VALUES)


@pytest.mark.parametrize("chain", [chain for chain in CHAINS if chain != "bytes"])
def test_every_flipped_bit_is_caught_or_harmless(tmp_path: Path, chain: str):
    """A codec with a checksum catches every flip that changes data; one without never crashes."""
    array, file = chunked(tmp_path, chain)
    data, expected = bytearray(file.read_bytes()), VALUES[:8, :8]
    for bit in range(len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        file.write_bytes(data)
        try:
            found = array[:8, :8]
        except zarr.errors.CorruptChunkError as error:
            assert "c/0/0" in str(error)
        else:
            assert chain not in CHECKED or np.array_equal(found, expected), f"bit {bit} changed data unnoticed"
        data[bit // 8] ^= 1 << bit % 8


def zstd_frame(zeros: int, claimed: int | None) -> bytes:
    """A frame of run-length blocks, 4 bytes for each 128 KiB of zeros, with a header that claims what it likes."""
    header = b"\x28\xb5\x2f\xfd" + (b"\x00\x38" if claimed is None else b"\xc0\x38" + struct.pack("<Q", claimed))
    blocks = []
    while True:
        size = min(zeros, 1 << 17)
        zeros -= size
        blocks.append(((size << 3) | 2 | (zeros == 0)).to_bytes(3, "little") + b"\0")
        if zeros == 0:
            return header + b"".join(blocks)


def test_a_zstd_frame_without_a_size_is_read(tmp_path: Path):
    array, file = chunked(tmp_path, "zstd")
    file.write_bytes(zstd_frame(CHUNK_BYTES, None))
    assert not array[:8, :8].any()


LIES = {
    "zstd": [
        zstd_frame(1 << 30, None),
        zstd_frame(1 << 30, 1 << 30),
        zstd_frame(CHUNK_BYTES, 1 << 40),
        zstd_frame(CHUNK_BYTES - 1, None),
        zstd_frame(CHUNK_BYTES + 1, None),
        zstd_frame(CHUNK_BYTES - 1, CHUNK_BYTES - 1),
    ],
    "gzip": [bytes(numcodecs.GZip(9).encode(bytes(1 << 26))), bytes(numcodecs.GZip(1).encode(bytes(CHUNK_BYTES - 1)))],
    "blosc": [
        bytes(numcodecs.Blosc("lz4").encode(bytes(1 << 26))),
        bytes(numcodecs.Blosc("lz4").encode(bytes(CHUNK_BYTES + 1))),
    ],
}


@pytest.mark.parametrize(
    ("chain", "lie"), [(chain, index) for chain, lies in LIES.items() for index in range(len(lies))]
)
def test_a_chunk_of_another_size_is_refused(tmp_path: Path, chain: str, lie: int):
    array, file = chunked(tmp_path, chain)
    file.write_bytes(LIES[chain][lie])
    assert_refused_everywhere(array, file)


@pytest.mark.parametrize("claim", [0, 1, 15, CHUNK_BYTES + 1, 2**31 - 1, 2**32 - 1])
@pytest.mark.parametrize("field", [4, 12], ids=["nbytes", "cbytes"])
def test_a_lying_blosc_header_is_refused(tmp_path: Path, field: int, claim: int):
    array, file = chunked(tmp_path, "blosc")
    data = bytearray(file.read_bytes())
    struct.pack_into("<I", data, field, claim)
    file.write_bytes(data)
    assert_refused_everywhere(array, file)


@pytest.mark.parametrize("claim", [0, 1, 15, CHUNK_BYTES + 1, 2**31 - 1, 2**32 - 1])
def test_a_lying_blosc_block_size_is_refused_or_harmless(tmp_path: Path, claim: int):
    array, file = chunked(tmp_path, "blosc")
    data = bytearray(file.read_bytes())
    struct.pack_into("<I", data, 8, claim)
    file.write_bytes(data)
    try:
        found = array[...]
    except zarr.errors.CorruptChunkError as error:
        assert "c/0/0" in str(error)
    else:
        assert np.array_equal(found, VALUES)


MEMORY = """
    import resource, sys
    import numpy as np
    import zarrust as zarr

    array = zarr.open_array(sys.argv[1], mode="r+")
    assert (array[8:, 8:] == array[8:, 8:]).all()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for work in (lambda: array[...], lambda: array[0, 0], lambda: array.__setitem__((0, 0), 1)):
        try:
            work()
        except zarr.errors.CorruptChunkError:
            continue
        raise SystemExit("not refused")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("chain", LIES)
def test_a_bomb_takes_no_memory(tmp_path: Path, chain: str):
    _, file = chunked(tmp_path, chain)
    file.write_bytes(LIES[chain][0])
    grown_kib = int(programs.run(MEMORY, tmp_path))
    assert grown_kib < 24 * 1024


def with_index(data: bytes, location: str, entry: tuple[int, int]) -> bytes:
    """The shard with its first entry replaced and the checksum made right again."""
    size = 4 * 16 + 4
    index = bytearray(data[-size:] if location == "end" else data[:size])
    struct.pack_into("<QQ", index, 0, *entry)
    struct.pack_into("<I", index, size - 4, google_crc32c.value(bytes(index[:-4])))
    return data[:-size] + index if location == "end" else bytes(index) + data[size:]


INDEX_BYTES = 4 * 16 + 4
SHARD_BYTES = 4 * CHUNK_BYTES + INDEX_BYTES
ENTRIES = {
    "offset past the end": (SHARD_BYTES, CHUNK_BYTES),
    "offset far past the end": (2**62, CHUNK_BYTES),
    "length past the end": (0, SHARD_BYTES + 1),
    "length of an exbibyte": (0, 2**60),
    "sum over 64 bits": (2**64 - 2, CHUNK_BYTES),
    "offset empty, length not": (EMPTY, CHUNK_BYTES),
    "length empty, offset not": (0, EMPTY),
    "length of nothing": (0, 0),
    "length too short": (0, CHUNK_BYTES - 1),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("location", ["start", "end"])
def test_a_lying_shard_index_is_refused(tmp_path: Path, location: str, entry: str):
    array, file = sharded(tmp_path, location)
    file.write_bytes(with_index(file.read_bytes(), location, ENTRIES[entry]))
    assert_refused_everywhere(array, file)


@pytest.mark.parametrize("location", ["start", "end"])
def test_an_entry_that_runs_into_the_index_is_refused(tmp_path: Path, location: str):
    array, file = sharded(tmp_path, location)
    offset = 4 * CHUNK_BYTES - 8 if location == "end" else INDEX_BYTES - 8
    file.write_bytes(with_index(file.read_bytes(), location, (offset, CHUNK_BYTES)))
    assert_refused_everywhere(array, file)


@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("damage", [damage for damage in DAMAGES if damage != "last byte missing"])
def test_a_damaged_shard_is_refused(tmp_path: Path, location: str, damage: str):
    array, file = sharded(tmp_path, location)
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    if (location, damage) == ("start", "cut in half"):  # the index and the first chunk are whole
        assert np.array_equal(array[:8, :8], VALUES[:8, :8])
        with refused("c/0/0"):
            array[...]
    else:
        assert_refused_everywhere(array, file)


def test_a_flipped_bit_of_the_index_is_caught(tmp_path: Path):
    array, file = sharded(tmp_path)
    data = bytearray(file.read_bytes())
    for bit in range((len(data) - INDEX_BYTES) * 8, len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        file.write_bytes(data)
        with refused("c/0/0"):
            array[...]
        data[bit // 8] ^= 1 << bit % 8


def test_an_error_says_what_and_where(tmp_path: Path):
    root = zarr.open_group(tmp_path, mode="w")
    array = root.create_array(name="some/array", shape=SHAPE, chunks=CHUNKS, dtype="i4", compressors=CHAINS["crc32c"])
    array[...] = VALUES
    file = tmp_path / "some" / "array" / "c" / "1" / "0"
    file.write_bytes(bytes(len(file.read_bytes())))
    with pytest.raises(zarr.errors.CorruptChunkError, match="crc32c") as caught:
        array[...]
    assert "some/array/c/1/0" in str(caught.value)
    assert tmp_path.as_uri() in str(caught.value), "the store is named too"
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, OSError)
    assert np.array_equal(array[:8], VALUES[:8]), "the other chunks are as good as before"
