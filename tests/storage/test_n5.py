"""Hierarchies of N5: written by tensorstore and, as files kept here, by zarr-python 2; read as arrays of format 2."""

import bz2
import gzip
import json
import lzma
import struct
import zlib
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import tensorstore

import zarrust as zarr
from conftest import S3
from web import Folder, Web, serving
from zarrust.errors import CorruptChunkError, MetadataValidationError, UnknownCodecError
from zarrust.storage import LocalStore, N5FSStore, N5Store, ObjectStore

KEPT = Path(__file__).parent / "n5"
COMPRESSIONS = [
    {"type": "raw"},
    {"type": "gzip"},
    {"type": "gzip", "level": 4, "useZlib": True},
    {"type": "bzip2", "blockSize": 4},
    {"type": "xz", "preset": 2},
    {"type": "blosc", "cname": "zstd", "clevel": 3, "shuffle": 2},
    {"type": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1},
    {"type": "zstd", "level": 2},
]
DTYPES = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float32", "float64"]


def by_tensorstore(folder: Path, values: np.ndarray, block: tuple[int, ...], compression: dict[str, Any]) -> None:
    """Write an array as N5, whose first axis is the last one here."""
    metadata = {
        "dimensions": values.shape[::-1],
        "blockSize": block[::-1],
        "dataType": values.dtype.name,
        "compression": compression,
    }
    spec = {"driver": "n5", "kvstore": {"driver": "file", "path": f"{folder}/"}, "metadata": metadata}
    store = tensorstore.open(spec, create=True).result()
    store[...].write(values.transpose()).result()


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=str)
def test_compressions_of_tensorstore(tmp_path: Path, compression: dict[str, Any]):
    # Blocks at the ends are cut short by none of the axes, by one, by all.
    values = np.random.default_rng(1).integers(0, 60000, (6, 7, 11), dtype="u2")
    by_tensorstore(tmp_path / "a", values, (2, 3, 4), compression)
    array = zarr.open_array(N5Store(tmp_path), path="a")
    assert (array.shape, array.chunks, array.dtype, array.read_only) == ((6, 7, 11), (2, 3, 4), values.dtype, True)
    np.testing.assert_array_equal(array[...], values)
    np.testing.assert_array_equal(array[1:5, ::2, 3], values[1:5, ::2, 3])
    assert array.nchunks_initialized == 3 * 3 * 3


@pytest.mark.parametrize("dtype", DTYPES)
def test_data_types_of_tensorstore(tmp_path: Path, dtype: str):
    values = (np.random.default_rng(2).random((5, 9)) * 200 - 100).astype(dtype)
    by_tensorstore(tmp_path, values, (3, 4), {"type": "gzip"})
    array = zarr.open_array(N5Store(tmp_path))
    assert array.dtype == values.dtype
    np.testing.assert_array_equal(array[...], values)


def test_blocks_that_nobody_wrote_are_zeros(tmp_path: Path):
    metadata = {"dimensions": [10], "blockSize": [3], "dataType": "int16", "compression": {"type": "raw"}}
    (tmp_path / "attributes.json").write_text(json.dumps(metadata))
    array = zarr.open_array(N5Store(tmp_path))
    assert array[...].tolist() == [0] * 10
    assert array.nchunks_initialized == 0


def test_what_zarr_python_2_wrote_is_read():
    expected = np.load(KEPT / "by_zarr_python_2.npz")
    root = zarr.open_group(N5Store(KEPT / "by_zarr_python_2.zip"))
    assert dict(root.attrs) == {"title": "by zarr-python 2"}
    assert dict(root["deep/er"].attrs) == {"a": [1, {"b": None}]}
    names = sorted(name for name, _ in root["deep/er"].arrays())
    assert names == sorted(expected.files)
    assert names == ["alone", "blosc", "bzip2", "gzip", "lz4", "raw", "sparse", "xz", "zlib", "zstd"]
    for name in names:
        array = root["deep/er"][name]
        assert array.dtype == expected[name].dtype
        np.testing.assert_array_equal(array[...], expected[name], err_msg=name)
        assert dict(array.attrs) == {"unit": name}


def test_groups_are_folders_and_their_members(tmp_path: Path):
    by_tensorstore(tmp_path / "x" / "y" / "a", np.arange(4), (2,), {"type": "raw"})
    by_tensorstore(tmp_path / "b", np.arange(4), (2,), {"type": "raw"})
    (tmp_path / "x" / "attributes.json").write_text('{"unit": "m", "n5": "2.5.1"}')
    root = zarr.open_group(N5Store(tmp_path))
    assert sorted(name for name, _ in root.members(max_depth=None)) == ["b", "x", "x/y", "x/y/a"]
    assert (dict(root["x"].attrs), dict(root["x/y"].attrs)) == ({"unit": "m"}, {})
    assert "x/y/a" in root
    assert "x/z" not in root
    assert sorted(root.store) == sorted(
        [".zgroup", "b/.zarray", "b/.zattrs", "b/0", "b/1", "x/.zgroup", "x/.zattrs", "x/y/.zgroup", "x/y/a/.zarray",
         "x/y/a/.zattrs", "x/y/a/0", "x/y/a/1"]
    )  # fmt: skip
    assert sorted(root.store.list_dir("x/y/a")) == [".zarray", ".zattrs", "0", "1"]
    assert str(root.tree()).count("int64") == 2
    with pytest.raises(FileNotFoundError):
        zarr.open_group(N5Store(tmp_path / "none"), mode="r")


def block(shape: tuple[int, ...], data: bytes, mode: int = 0) -> bytes:
    """A block, whose header has the axes in N5's order."""
    count = [] if mode == 0 else [int(np.prod(shape))]
    return struct.pack(f">HH{len(shape) + len(count)}I", mode, len(shape), *shape[::-1], *count) + data


def one_block(compression: Any, payload: bytes, changes: dict[str, Any] | None = None) -> dict[str, bytes]:
    """A hierarchy with one array of two rows of three numbers in one block."""
    metadata = {"dimensions": [3, 2], "blockSize": [3, 2], "dataType": "uint16", "compression": compression}
    metadata |= changes or {}
    return {"attributes.json": json.dumps(metadata).encode(), "0/0": payload}


DATA = np.arange(6, dtype=">u2").reshape(2, 3)
RAW = DATA.tobytes()


def xxh32(data: bytes, seed: int) -> int:
    """XXH32 of less than 16 bytes."""
    primes = (2654435761, 2246822519, 3266489917, 668265263, 374761393)
    turn = lambda x, bits: ((x << bits) | (x >> (32 - bits))) & 0xFFFFFFFF  # noqa: E731
    total = (seed + primes[4] + len(data)) & 0xFFFFFFFF
    for at in range(0, len(data) - 3, 4):
        total = turn((total + int.from_bytes(data[at : at + 4], "little") * primes[2]) & 0xFFFFFFFF, 17)
        total = total * primes[3] & 0xFFFFFFFF
    for byte in data[len(data) // 4 * 4 :]:
        total = turn((total + byte * primes[4]) & 0xFFFFFFFF, 11) * primes[0] & 0xFFFFFFFF
    for shift, prime in ((15, primes[1]), (13, primes[2])):
        total = (total ^ (total >> shift)) * prime & 0xFFFFFFFF
    return total ^ (total >> 16)


def by_java(data: bytes) -> bytes:
    """What lz4-java's LZ4BlockOutputStream makes of less than 16 bytes."""
    packed = numcodecs.LZ4().encode(data)[4:]
    checksum = xxh32(data, 0x9747B28C) & 0x0FFFFFFF
    head = b"LZ4Block" + struct.pack("<BIII", 0x26, len(packed), len(data), checksum)
    return head + packed + b"LZ4Block" + struct.pack("<BIII", 0x16, 0, 0, 0)


@pytest.mark.parametrize(
    ("compression", "encode"),
    [
        ({"type": "raw"}, bytes),
        ("raw", bytes),
        ({"type": "gzip", "level": -1}, gzip.compress),
        ("gzip", gzip.compress),
        ({"type": "gzip", "useZlib": True}, zlib.compress),
        ({"type": "bzip2"}, bz2.compress),
        ({"type": "xz"}, lzma.compress),
        ({"type": "lz4", "blockSize": 65536}, by_java),
        ({"type": "lz4", "acceleration": 1}, lambda data: bytes(numcodecs.LZ4().encode(data))),
        ({"type": "zstd"}, lambda data: bytes(numcodecs.Zstd().encode(data))),
        ({"type": "blosc"}, lambda data: bytes(numcodecs.Blosc().encode(data))),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
@pytest.mark.parametrize("mode", [0, 1])
def test_compressions_as_they_are_named(compression: Any, encode: Any, mode: int):
    store = one_block(compression, block((2, 3), encode(RAW), mode))
    np.testing.assert_array_equal(zarr.open_array(N5Store(store))[...], DATA)


def test_the_oldest_documents_name_the_compression_elsewhere():
    document = {"dimensions": [3, 2], "blockSize": [3, 2], "dataType": "uint16", "compressionType": "gzip"}
    store = {"attributes.json": json.dumps(document).encode(), "0/0": block((2, 3), gzip.compress(RAW))}
    np.testing.assert_array_equal(zarr.open_array(N5Store(store))[...], DATA)


def test_a_block_may_be_cut_short_anywhere():
    store = one_block({"type": "raw"}, block((1, 2), RAW[2:6]))
    assert zarr.open_array(N5Store(store))[...].tolist() == [[1, 2, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"", "header is cut"),
        (block((2, 3), RAW)[:9], "header is cut"),
        (block((2, 3), RAW[:-1]), "11 bytes, expected 12"),
        (block((2, 3), RAW + b"1"), "13 bytes, expected 12"),
        (block((6,), RAW), "it has 1 axes, the array has 2"),
        (block((3, 2), RAW), r"its shape is \[3, 2\], at most \[2, 3\]"),
        (block((2, 3), RAW, mode=1)[:12] + b"\0\0\0\7" + RAW, "it has 7 elements, its shape 6"),
        (block((2, 3), RAW, mode=2), "mode is 2, expected 0 or 1"),
        (block((2, 0xFFFFFFFF), RAW), "its shape is"),
    ],
)
def test_damaged_blocks_are_errors_with_their_key(payload: bytes, text: str):
    array = zarr.open_array(N5Store(one_block({"type": "raw"}, payload)))
    with pytest.raises(CorruptChunkError, match=f"(?s){text}.*0.0"):
        array[...]


@pytest.mark.parametrize(
    ("change", "text", "error"),
    [
        ({"dataType": "string"}, "attributes.json: dataType: expected one of float32", MetadataValidationError),
        ({"blockSize": [3]}, "blockSize", MetadataValidationError),
        ({"blockSize": None}, "blockSize", MetadataValidationError),
        ({"dimensions": [-1, 2]}, "dimensions", MetadataValidationError),
        ({"compression": None}, "attributes.json: compression: expected an object", MetadataValidationError),
        ({"compression": {"type": "jpeg"}}, "attributes.json: compression: 'jpeg' is not known", UnknownCodecError),
    ],
)
def test_documents_that_cannot_be_followed_are_named(change: dict[str, Any], text: str, error: type[Exception]):
    store = one_block({"type": "raw"}, block((2, 3), RAW), change)
    with pytest.raises(error, match=text):
        zarr.open_array(N5Store(store))


def test_nothing_is_written(tmp_path: Path):
    by_tensorstore(tmp_path / "a", np.arange(4), (2,), {"type": "raw"})
    store = N5Store(tmp_path)
    before = sorted(LocalStore(tmp_path))
    why = "N5 is read here, not written: zarrust.copy_all"
    for change in (
        lambda: zarr.open_group(store, mode="w"),
        lambda: zarr.open_array(store, path="a", mode="r+"),
        lambda: zarr.create_array(store, name="b", shape=(3,), dtype="i4"),
        lambda: zarr.open_array(store, path="a").__setitem__(0, 1),
        lambda: store.__setitem__("k", b"1"),
        lambda: store.with_read_only(False),
        lambda: N5Store(tmp_path, read_only=False),
        lambda: N5FSStore(f"file://{tmp_path}", mode="w"),
    ):
        with pytest.raises(ValueError, match=why):
            change()
    with pytest.raises(ValueError, match="read-only"):
        store.clear()
    assert sorted(LocalStore(tmp_path)) == before


def test_a_hierarchy_is_copied_into_one_of_zarr(tmp_path: Path):
    values = np.arange(35, dtype="u2").reshape(5, 7)
    by_tensorstore(tmp_path / "a" / "b", values, (2, 3), {"type": "gzip"})
    new = zarr.open_group({}, mode="w")
    zarr.copy_all(zarr.open_group(N5Store(tmp_path)), new)
    np.testing.assert_array_equal(new["a/b"][...], values)


def test_n5_lies_in_any_store(tmp_path: Path, s3: S3):
    values = np.arange(35, dtype="u2").reshape(5, 7)
    by_tensorstore(tmp_path / "a", values, (2, 3), {"type": "gzip"})
    local = LocalStore(tmp_path)
    bucket = ObjectStore(zarr.store.S3Store(s3.bucket, **s3.options()))
    for key in local:
        bucket[key] = local[key]
    options = {"key": "test", "secret": "test", "endpoint_url": s3.endpoint}
    url = f"s3://{s3.bucket}/{s3.prefix}"
    for store in (
        N5Store(bucket),
        N5Store(zarr.storage.StorePath(bucket, "a")),
        N5Store(url, storage_options=options),
        N5FSStore(url, **options),
        N5Store({key: local[key] for key in local}),
    ):
        path = "" if str(store).endswith("/a") else "a"
        np.testing.assert_array_equal(zarr.open_array(store, path=path)[1:, ::2], values[1:, ::2])
    with serving(Web(Folder(tmp_path))) as web:
        store = N5Store(zarr.storage.HttpStore(web.url))
        assert not store.supports_listing
        np.testing.assert_array_equal(zarr.open_array(store, path="a")[...], values)
