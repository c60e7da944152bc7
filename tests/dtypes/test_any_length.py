"""Strings, bytes and objects: elements without a fixed size, as zarr-python and numcodecs store them."""

import json
import pickle

import numcodecs
import numpy as np
import pytest
import zarr as judge
from hypothesis import given, settings
from hypothesis import strategies as st

import zarrust as zarr
from zarrust import _core
from zarrust.dtype import VariableLengthBytes
from zarrust.errors import CorruptChunkError, PickleCodecDisabledError

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarrust.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]
TEXTS = np.array([["a", "bb", "", "ä"], ["x" * 300, "日本", "\0", "z"], ["1", "2", "3", "4"]], dtype=object)
LAYOUTS = {
    "3": {},
    "3 sharded": {"shards": (4, 4)},
    "3 plain": {"compressors": None},
    "3 transposed": {"filters": zarr.codecs.TransposeCodec(order=(1, 0))},
    "3 blosc": {"compressors": [zarr.codecs.BloscCodec(), zarr.codecs.Crc32cCodec()]},
    "2": {"zarr_format": 2},
    "2 F": {"zarr_format": 2, "order": "F"},
    "2 plain": {"zarr_format": 2, "compressors": None},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_strings_come_back_and_zarr_python_reads_them(tmp_path, layout):
    array = zarr.create_array(tmp_path, shape=TEXTS.shape, chunks=(2, 2), dtype=str, **LAYOUTS[layout])
    array[...] = TEXTS
    assert array.dtype == np.dtypes.StringDType()
    assert array[...].tolist() == TEXTS.tolist()
    again = zarr.open_array(tmp_path)
    assert again[1:, ::2].tolist() == TEXTS[1:, ::2].tolist()
    assert again[0, 3] == "ä"
    assert again.oindex[[2, 0], [1, 3]].tolist() == TEXTS[np.ix_([2, 0], [1, 3])].tolist()
    assert again.vindex[[2, 0], [1, 3]].tolist() == TEXTS[[2, 0], [1, 3]].tolist()
    assert judge.open_array(tmp_path, mode="r")[...].tolist() == TEXTS.tolist()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_parts_of_chunks_of_strings_are_written(layout):
    options = LAYOUTS[layout] | ({"shards": (4, 6)} if layout == "3 sharded" else {})
    array = zarr.create_array({}, shape=(5, 7), chunks=(2, 3), dtype=str, **options)
    expected = np.full((5, 7), "", dtype=object)
    for step, (selection, value) in enumerate(
        [
            (np.s_[1:4, 2:6], "one"),
            (np.s_[0], np.array([f"t{i}" for i in range(7)])),
            (np.s_[:, 3], np.array(["p", "qq", "rrr", "", "s"], dtype=np.dtypes.StringDType())),
            (np.s_[4, 4], "last"),
            (np.s_[::2, ::3], 5),
        ]
    ):
        array[selection] = value
        expected[selection] = str(value) if isinstance(value, int) else value
        assert array[...].tolist() == expected.tolist(), step


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_what_zarr_python_wrote_is_read(tmp_path, zarr_format):
    judge.create_array(tmp_path / "s", shape=(3, 4), chunks=(2, 3), dtype=str, zarr_format=zarr_format)[...] = TEXTS
    assert zarr.open_array(tmp_path / "s")[...].tolist() == TEXTS.tolist()
    data_type = judge.dtype.VariableLengthBytes()
    raw = np.array([t.encode() for t in TEXTS.flat], dtype=object).reshape(3, 4)
    judge.create_array(tmp_path / "b", shape=(3, 4), chunks=(2, 3), dtype=data_type, zarr_format=zarr_format)[...] = raw
    assert zarr.open_array(tmp_path / "b")[...].tolist() == raw.tolist()


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_bytes_come_back_and_zarr_python_reads_them(tmp_path, zarr_format):
    data = np.array([b"", b"\0\0", b"abc\xff", b"x" * 999, b"1"], dtype=object)
    array = zarr.create_array(tmp_path, shape=5, chunks=2, dtype=VariableLengthBytes(), zarr_format=zarr_format)
    array[:] = data
    array[4] = b"last"
    data[4] = b"last"
    assert array[:].tolist() == data.tolist()
    assert judge.open_array(tmp_path, mode="r")[:].tolist() == data.tolist()


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_fill_value_of_any_length_is_read_where_nothing_is_stored(tmp_path, zarr_format):
    array = zarr.create_array(tmp_path, shape=5, chunks=2, dtype=str, fill_value="leer", zarr_format=zarr_format)
    array[1] = "x"
    assert zarr.open_array(tmp_path)[:].tolist() == ["leer", "x", "leer", "leer", "leer"]
    array[0:2] = "leer"
    assert array.nchunks_initialized == 0


def test_strings_of_the_async_array_and_into_out():
    import asyncio

    array = zarr.create_array({}, shape=3, dtype=str)
    asyncio.run(array.async_array.setitem(slice(None), ["a", "b", "c"]))
    assert asyncio.run(array.async_array.getitem(slice(1, 3))).tolist() == ["b", "c"]
    out = np.empty(3, dtype=object)
    array.get_basic_selection(..., out=out)
    assert out.tolist() == ["a", "b", "c"]


def test_a_memory_of_null_pointers_counts_as_none():
    array = zarr.create_array({}, shape=2, dtype=str)
    array[:] = np.empty(2, dtype=object)
    assert array[:].tolist() == ["None", "None"]


def msgpack():
    """Return numcodecs' MsgPack, or skip the test."""
    pytest.importorskip("msgpack", reason="the Python package msgpack is not installed")
    from numcodecs.msgpacks import MsgPack

    return MsgPack()


CODECS = {
    "vlen-utf8": numcodecs.VLenUTF8,
    "json": numcodecs.JSON,
    "msgpack": msgpack,
    "categorize": lambda: numcodecs.Categorize(sorted(set(TEXTS.flat) - {"", "\0"}), dtype=object),
}


@pytest.mark.parametrize("name", CODECS)
def test_strings_through_an_object_codec(tmp_path, name):
    codec = CODECS[name]()
    # What has no category is the empty string.
    known = np.array([text.replace("\0", "") for text in TEXTS.flat], dtype=object).reshape(TEXTS.shape)
    texts = known if name == "categorize" else TEXTS
    array = zarr.array(texts, dtype=object, object_codec=codec, chunks=(2, 2), store=tmp_path, overwrite=True)
    assert array.metadata.zarr_format == 2
    assert array.filters[0] == codec
    assert array[...].tolist() == texts.tolist()
    array[0, 1] = "z"
    assert zarr.open_array(tmp_path)[0].tolist() == ["a", "z", "", "ä"]


@pytest.mark.parametrize("name", ["json", "msgpack"])
def test_any_json_value_through_json_and_msgpack(name):
    data = np.empty(3, dtype=object)
    data[:] = [{"a": [1, 2]}, "text", None]
    array = zarr.empty(3, dtype=object, object_codec=CODECS[name](), chunks=2)
    array[:] = data
    assert array[:].tolist() == data.tolist()
    array[1] = [1, 2, 3]
    assert array[1] == [1, 2, 3]


def test_chunks_of_objects_are_those_of_numcodecs(tmp_path):
    array = zarr.array(
        TEXTS, dtype=object, object_codec=numcodecs.JSON(), chunks=(3, 4), compressor=None, store=tmp_path
    )
    assert numcodecs.JSON().decode((tmp_path / "0.0").read_bytes()).tolist() == TEXTS.tolist()
    assert array.metadata.to_dict()["dtype"] == "|O"


def test_ragged_arrays(tmp_path):
    array = zarr.empty(
        4, dtype=object, object_codec=numcodecs.VLenArray("<i4"), chunks=2, store=tmp_path, compressor=None
    )
    array[0] = np.array([1, 3, 5])
    array[1] = [4]
    array[2] = np.array([7, 9, 14], dtype="i8")
    assert [list(row) for row in array[:]] == [[1, 3, 5], [4], [7, 9, 14], []]
    assert array[0].dtype == np.dtype("<i4")
    stored = numcodecs.VLenArray("<i4").decode((tmp_path / "0").read_bytes())
    assert [list(row) for row in stored] == [[1, 3, 5], [4]]


@pytest.mark.parametrize(
    "after",
    [
        numcodecs.LZ4(),
        numcodecs.BZ2(),
        numcodecs.LZMA(preset=0),
        numcodecs.CRC32(),
        numcodecs.Shuffle(1),
        numcodecs.Zstd(),
    ],
    ids=repr,
)
@pytest.mark.parametrize("first", [numcodecs.VLenUTF8(), numcodecs.VLenBytes(), numcodecs.VLenArray("<i4")], ids=repr)
def test_what_follows_elements_of_any_length_runs_in_the_engine(tmp_path, first, after):
    values = {"vlen-utf8": "text", "vlen-bytes": b"bytes", "vlen-array": np.array([1, 2, 3], "<i4")}
    array = zarr.empty(5, dtype=object, object_codec=first, chunks=2, store=tmp_path, compressor=after)
    before = _core.python_codec_calls()
    array[2] = values[first.codec_id]
    np.testing.assert_array_equal(array[2], values[first.codec_id])
    assert _core.python_codec_calls() == before
    stored = first.decode(after.decode((tmp_path / "1").read_bytes()))
    np.testing.assert_array_equal(stored[0], values[first.codec_id])


def test_pickles_are_refused_unless_they_are_allowed():
    array = zarr.array(np.array([{1, 2}, 3], dtype=object), dtype=object, object_codec=numcodecs.Pickle())
    with pytest.raises(PickleCodecDisabledError, match="pickle"):
        array[:]


def test_bytes_of_a_chunk_are_never_unpickled(tmp_path):
    payload = pickle.dumps(print)
    array = zarr.create_array(tmp_path, shape=1, dtype=VariableLengthBytes(), zarr_format=2, compressors=None)
    array[0] = payload
    document = json.loads((tmp_path / ".zarray").read_text())
    for filters in ([{"id": "vlen-bytes"}, {"id": "json2"}], [{"id": "zlib", "level": 1}, {"id": "json2"}]):
        (tmp_path / ".zarray").write_text(json.dumps(document | {"filters": filters}))
        with pytest.raises(Exception):  # noqa: B017
            assert zarr.open_array(tmp_path)[0] is not print


def test_objects_need_a_codec():
    with pytest.raises(ValueError, match="missing object_codec"):
        zarr.empty(3, dtype=object, zarr_format=2)
    with pytest.raises(ValueError, match="object_codec"):
        zarr.empty(3, dtype=object)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"",
        lambda raw: raw[:3],
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: b"\xff" * len(raw),
        lambda raw: raw[:4] + b"\xff\xff\xff\x7f" + raw[8:],
        lambda raw: raw[:-1] + b"\xff",
    ],
)
def test_a_damaged_chunk_of_strings_is_named(tmp_path, damage):
    array = zarr.create_array(tmp_path, shape=3, dtype=str, compressors=None)
    array[:] = ["abc", "", "d"]
    chunk = tmp_path / "c" / "0"
    chunk.write_bytes(damage(chunk.read_bytes()))
    with pytest.raises(CorruptChunkError, match="c/0"):
        array[:]


@settings(max_examples=60)
@given(
    texts=st.lists(st.text(max_size=40), min_size=1, max_size=30),
    chunk=st.integers(1, 9),
    zarr_format=st.sampled_from([2, 3]),
)
def test_any_strings_are_what_zarr_python_reads(texts, chunk, zarr_format):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    store = {}
    array = zarr.create_array(store, shape=len(texts), chunks=chunk, dtype=str, zarr_format=zarr_format)
    array[:] = np.array(texts, dtype=object)
    assert array[:].tolist() == texts
    keys = list(array.store._handle.list())
    copy = {key: judge.core.buffer.cpu.Buffer.from_bytes(array.store._handle.get(key)) for key in keys}
    assert judge.open_array(judge.storage.MemoryStore(copy), mode="r")[:].tolist() == texts
