"""Seed 003, the version 2 tutorial, row by row: compressors, filters and what the information says of them."""

import lzma

import numpy as np
import pytest
from numcodecs import BZ2, LZ4, LZMA, Blosc, Delta, Zlib, Zstd

import zarrust as zarr
from listings import table

BITSHUFFLE = Blosc(cname="zstd", clevel=3, shuffle=Blosc.BITSHUFFLE)


@pytest.fixture(scope="module")
def data():
    return np.arange(100000000, dtype="i4").reshape(10000, 10000)


@pytest.fixture(scope="module")
def compressed(data):
    """The array of the section on compressors; the tests of this module only read it."""
    return zarr.array(data, chunks=(1000, 1000), compressor=BITSHUFFLE)


@pytest.fixture(scope="module")
def filtered(data):
    """The array of the section on filters."""
    filters = [Delta(dtype="i4")]
    compressor = Blosc(cname="zstd", clevel=1, shuffle=Blosc.SHUFFLE)
    return zarr.array(data, chunks=(1000, 1000), filters=filters, compressor=compressor)


def small():
    return np.arange(10000, dtype="i4").reshape(100, 100)


def test_s3_029_compressor_takes_a_codec_of_numcodecs(compressed, data):
    assert repr(compressed.compressor) == "Blosc(cname='zstd', clevel=3, shuffle=BITSHUFFLE, blocksize=0)"
    np.testing.assert_array_equal(compressed[4000:6000, 4000:6000], data[4000:6000, 4000:6000])


def test_s3_030_every_creation_function_accepts_a_compressor():
    options = {"compressor": Zstd(level=1)}
    made = [make(10, chunks=5, **options) for make in (zarr.zeros, zarr.ones, zarr.empty, zarr.create)]
    made += [zarr.full(10, 1, chunks=5, **options), zarr.array(np.arange(10), chunks=5, **options)]
    made += [zarr.open("a", mode="w", shape=10, **options), zarr.open_array("b", mode="w", shape=10, **options)]
    made += [zarr.zeros_like(np.arange(10), **options)]
    group = zarr.group()
    for method in (group.zeros, group.ones, group.empty, group.create_array, group.create_dataset):
        made.append(method(method.__name__, shape=(10,), chunks=(5,), dtype="i4", **options))
    made += [group.full("full", shape=10, fill_value=1, **options), group.array("array", np.arange(10), **options)]
    assert [z.compressor for z in made] == [Zstd(level=1)] * len(made)


def test_s3_031_what_is_stored_is_what_was_given():
    z = zarr.open("d.zarr", mode="w", shape=(100, 100), chunks=(50, 50), dtype="i4", compressor=BITSHUFFLE)
    z[:] = small()
    with open("d.zarr/0.1", "rb") as file:
        decoded = np.frombuffer(BITSHUFFLE.decode(file.read()), dtype="i4")
    np.testing.assert_array_equal(decoded.reshape(50, 50), small()[:50, 50:])


@pytest.mark.parametrize("codec", [Blosc(), Zstd(), LZ4(), Zlib(), BZ2(), LZMA()], ids=lambda codec: codec.codec_id)
def test_s3_032_compressors_of_numcodecs(codec):
    z = zarr.array(small(), chunks=(50, 50), compressor=codec)
    assert z.compressor == codec
    np.testing.assert_array_equal(z[:], small())


def test_s3_033_info_type(compressed):
    assert table(compressed.info)["Type"] == "Array"


def test_s3_034_info_data_type(compressed):
    assert table(compressed.info)["Data type"] == "Int32(endianness='little')"


def test_s3_035_info_shape_chunks_order_and_access(compressed):
    rows = table(compressed.info)
    assert [rows[name] for name in ("Shape", "Chunk shape", "Order", "Read-only")] == [
        "(10000, 10000)",
        "(1000, 1000)",
        "C",
        "False",
    ]


def test_s3_036_info_compressor(compressed):
    assert "Blosc(cname='zstd', clevel=3, shuffle=BITSHUFFLE, blocksize=0)" in table(compressed.info)["Compressors"]


def test_s3_037_info_store_type(compressed):
    assert table(compressed.info)["Store type"] == "MemoryStore"


def test_s3_038_info_bytes(compressed):
    assert table(compressed.info)["No. bytes"] == "400000000 (381.5M)"


def test_s3_039_info_bytes_stored(compressed):
    stored = compressed.nbytes_stored()
    assert stored < 400000000 / 10
    assert table(compressed.info)["No. bytes stored"] == f"{stored} ({stored / 2**20:.1f}M)"


def test_s3_040_info_storage_ratio(compressed):
    assert table(compressed.info)["Storage ratio"] == f"{400000000 / compressed.nbytes_stored():.1f}"


def test_s3_041_info_chunks_initialized(compressed):
    assert table(compressed.info)["Chunks initialized"] == "100/100"


def test_s3_042_the_lines_of_storage_are_in_info(compressed):
    assert repr(compressed.info).splitlines()[-3:] == [
        f"No. bytes stored   : {compressed.nbytes_stored()} ({compressed.nbytes_stored() / 2**20:.1f}M)",
        f"Storage ratio      : {400000000 / compressed.nbytes_stored():.1f}",
        "Chunks initialized : 100/100",
    ]
    assert compressed.info == compressed.info


def test_s3_043_there_is_compression_by_default():
    z = zarr.zeros((1000, 1000), chunks=(100, 100), dtype="i4")
    z[:] = 42
    assert z.nbytes_stored() < z.nbytes / 10


def test_s3_044_the_default_compressor_has_a_name():
    assert type(zarr.zeros(10, chunks=5).compressor).__name__ in ("Blosc", "Zstd")


def test_s3_045_zstandard_of_level_1(data):
    z = zarr.array(data[:2000], chunks=(1000, 1000), compressor=Zstd(level=1))
    assert repr(z.compressor) == "Zstd(level=1)"
    np.testing.assert_array_equal(z[:1000, 9000:], data[:1000, 9000:])


def test_s3_046_lzma_with_filters_of_its_own():
    lzma_filters = [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 1}]
    z = zarr.open("z", mode="w", shape=(100, 100), chunks=(50, 50), dtype="i4", compressor=LZMA(filters=lzma_filters))
    z[:] = small()
    for array in (z, zarr.open("z", mode="r")):
        codec = array.compressor
        assert (codec.format, codec.check, codec.preset) == (1, -1, None)
        assert codec.filters == [{"dist": 4, "id": 3}, {"id": 33, "preset": 1}]
        np.testing.assert_array_equal(array[:], small())
    with open("z/0.0", "rb") as file:
        decoded = np.frombuffer(lzma.decompress(file.read(), format=lzma.FORMAT_XZ), dtype="i4")
    np.testing.assert_array_equal(decoded.reshape(50, 50), small()[:50, :50])


def test_s3_047_the_default_compressor_is_changed(monkeypatch):
    monkeypatch.setattr(zarr.storage, "default_compressor", Zstd(level=1))
    z = zarr.zeros(100000000, chunks=1000000)
    assert repr(z.compressor) == "Zstd(level=1)"


def test_s3_048_and_back(monkeypatch):
    monkeypatch.setattr(zarr.storage, "default_compressor", Zstd(level=1))
    monkeypatch.setattr(zarr.storage, "default_compressor", Blosc())
    assert zarr.zeros(100000000, chunks=1000000).compressor == Blosc()


def test_s3_049_compression_is_disabled():
    z = zarr.zeros(100000000, chunks=1000000, compressor=None)
    assert z.compressor is None


def test_s3_050_the_stored_chunk_is_the_raw_data():
    z = zarr.array(small(), chunks=(100, 100), compressor=None)
    assert z.store["0.0"] == small().tobytes()


def test_s3_051_filters_take_codecs_of_numcodecs(filtered, data):
    assert list(filtered.filters) == [Delta(dtype="i4")]
    np.testing.assert_array_equal(filtered[4000:6000, 4000:6000], data[4000:6000, 4000:6000])


def test_s3_052_info_filter(filtered):
    assert "Delta(dtype='<i4')" in table(filtered.info)["Filters"]


def test_s3_053_info_compressor_beside_a_filter(filtered):
    assert "Blosc(cname='zstd', clevel=1, shuffle=SHUFFLE, blocksize=0)" in table(filtered.info)["Compressors"]


def test_s3_054_a_delta_filter_helps_here(filtered, compressed):
    assert filtered.nbytes_stored() < compressed.nbytes_stored()
    assert filtered.nbytes / filtered.nbytes_stored() > 100


def test_s3_055_the_filter_runs_before_the_compressor(data):
    z = zarr.array(data[:1000, :1000], chunks=(500, 500), filters=[Delta("i4")], compressor=Blosc())
    chunk = Delta("i4").decode(np.frombuffer(Blosc().decode(z.store["1.0"]), dtype="i4"))
    np.testing.assert_array_equal(chunk.reshape(500, 500), data[500:1000, :500])


def test_s3_056_filters_without_a_compressor():
    z = zarr.array(np.arange(1000, dtype="i4"), chunks=100, filters=[Delta("i4")])
    assert list(z.filters) == [Delta("i4")]
    np.testing.assert_array_equal(z[:], np.arange(1000))
