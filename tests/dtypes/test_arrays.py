"""Arrays of every data type of a fixed size, in both formats: the bytes are those zarr-python reads and writes."""

import json

import numpy as np
import pytest
import zarr as judge

import zarrust as zarr
from zarrust.errors import UnstableSpecificationWarning, ZarrUserWarning

from .examples import NUMPY_DTYPES, elements

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarrust.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]
RECORD = np.dtype([("name", "S3"), ("count", ">i4"), ("inner", [("x", "<f8"), ("when", "<M8[s]")])])


def same(first, second):
    """Whether two arrays have the same elements, bit for bit, whatever their byte order."""
    first, second = np.asarray(first), np.asarray(second)
    little = first.dtype.newbyteorder("<")
    assert second.dtype.newbyteorder("<") == little
    return first.astype(little).tobytes() == second.astype(little).tobytes()


@pytest.mark.parametrize("layout", ["2", "3", "3 big", "3 sharded"])
@pytest.mark.parametrize("example", NUMPY_DTYPES, ids=str)
def test_elements_come_back_and_zarr_python_reads_them(tmp_path, example, layout):
    data = elements(np.dtype(example), 12).reshape(3, 4)
    options = {
        "2": {"zarr_format": 2},
        "3": {},
        "3 big": {"serializer": zarr.codecs.BytesCodec(endian="big")},
        "3 sharded": {"shards": (4, 4)},
    }[layout]
    array = zarr.create_array(tmp_path, data=data, chunks=(2, 2), **options)
    array[1, 1:3] = data[1, 1:3]
    assert same(array[...], data)
    assert same(zarr.open_array(tmp_path)[::2, 1:], data[::2, 1:])
    nested = any(data.dtype[name].names for name in data.dtype.names or ())
    # zarr-python 3.1 knows neither "struct" of format 3 nor records inside of records of format 2, and hashes the fill
    # value of a sharded array, which numpy's void scalars have none for.
    readable = not nested if layout == "2" else data.dtype.names is None
    if readable and not (layout == "3 sharded" and data.dtype.kind == "V"):
        assert same(judge.open_array(tmp_path, mode="r")[...], data)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("example", NUMPY_DTYPES, ids=str)
def test_what_zarr_python_wrote_is_read(tmp_path, example, zarr_format):
    data = elements(np.dtype(example), 12).reshape(3, 4)
    if zarr_format == 2 and any(data.dtype[name].names for name in data.dtype.names or ()):
        data = data[["a", "b"]].astype([("a", ">i4"), ("b", "S3")])  # it cannot open nested ones
    # zarr-python 3.1 writes big-endian fields of format 3 as they are in memory.
    if zarr_format == 3 and data.dtype.names:
        data = data.astype(data.dtype.newbyteorder("<"))
    judge.create_array(tmp_path, data=data, chunks=(2, 3), zarr_format=zarr_format)
    array = zarr.open_array(tmp_path)
    assert same(array[...], data)
    assert same(array[1:, ::2], data[1:, ::2])


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("example", NUMPY_DTYPES, ids=str)
def test_every_type_has_a_fill_value(tmp_path, example, zarr_format):
    dtype = np.dtype(example)
    fill = elements(dtype, 1, seed=7)[0]
    if dtype.kind in "fc":
        fill = dtype.type(-0.0)
    array = zarr.create_array(tmp_path, shape=(4,), chunks=2, dtype=dtype, fill_value=fill, zarr_format=zarr_format)
    array[0] = elements(dtype, 1)[0]
    again = zarr.open_array(tmp_path)[1:]
    expected = np.empty(3, dtype)
    expected[...] = fill
    assert same(again, expected)
    default = zarr.create_array({}, shape=(2,), dtype=dtype, zarr_format=zarr_format)[:]
    if dtype.names is None:  # times in a record: NaT in zarr-python 3.1, 0 in 3.4 and here
        assert same(default, judge.create_array({}, shape=(2,), dtype=dtype, zarr_format=zarr_format)[:])


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("bits", ["7ff8000000000001", "fff0000000000001", "7ff0000000000000", "8000000000000000"])
def test_a_float_in_a_record_keeps_its_bits_as_fill_value(tmp_path, bits, zarr_format):
    dtype = np.dtype([("a", "<f8"), ("b", "i1")])
    fill = np.zeros((), dtype)
    fill["a"] = np.frombuffer(bytes.fromhex(bits), ">f8")[0]
    array = zarr.create_array(tmp_path, shape=2, dtype=dtype, fill_value=fill[()], zarr_format=zarr_format)
    assert zarr.open_array(tmp_path)[0].tobytes() == fill.tobytes() == array[0].tobytes()


def records(count=12):
    return elements(RECORD, count)


@pytest.fixture(params=["2", "3", "3 big", "3 sharded", "3 transposed"])
def array(request):
    options = {
        "2": {"zarr_format": 2},
        "3": {},
        "3 big": {"serializer": zarr.codecs.BytesCodec(endian="big")},
        "3 sharded": {"shards": (4, 4)},
        "3 transposed": {"filters": zarr.codecs.TransposeCodec(order=(1, 0))},
    }[request.param]
    return zarr.create_array({}, data=records().reshape(3, 4), chunks=(2, 2), **options)


def test_a_field_is_read_by_its_name(array):
    data = records().reshape(3, 4)
    assert same(array["count"], data["count"])
    assert same(array["inner"], data["inner"])
    assert same(array["name", 1], data["name"][1])
    assert same(array["name", 1:, ::2], data["name"][1:, ::2])
    assert same(array.get_basic_selection((slice(1, 3), 2), fields="count"), data["count"][1:3, 2])
    assert same(array.oindex["count", [2, 0], :], data["count"][[2, 0]])
    assert same(array.vindex["name", [2, 0], [1, 1]], data["name"][[2, 0], [1, 1]])
    assert same(array.get_mask_selection(data["count"] > 0, fields="inner"), data["inner"][data["count"] > 0])
    assert same(array.blocks["count", 0], data["count"][: array.metadata.stored_shape[0]])
    assert array["count", 0, 0] == data["count"][0, 0]


def test_several_fields_are_read_as_records_of_those(array):
    data = records().reshape(3, 4)
    for found in (
        array["inner", "name"],
        array[["inner", "name"]],
        array.get_basic_selection(fields=["inner", "name"]),
    ):
        assert found.dtype.names == ("inner", "name")
        assert same(found["inner"], data["inner"])
        assert same(found["name"], data["name"])
        assert found.dtype.itemsize == 19


def test_out_receives_the_values_of_a_field(array):
    out = np.zeros((3, 4), "i8")
    array.get_basic_selection(..., fields="count", out=out)
    np.testing.assert_array_equal(out, records()["count"].reshape(3, 4))


def test_writing_a_field_leaves_the_others(array):
    expected = records().reshape(3, 4)
    array["count"] = 7
    expected["count"] = 7
    assert same(array[...], expected)
    array["name", 1] = [b"a", b"bb", b"", b"dddd"]
    expected["name"][1] = [b"a", b"bb", b"", b"dddd"]
    assert same(array[...], expected)
    array.set_basic_selection((slice(None), 1), [1, 2, 3], fields="count")
    expected["count"][:, 1] = [1, 2, 3]
    array.oindex["count", [2, 0], [0, 3]] = [[4, 5], [6, 7]]
    expected["count"][np.ix_([2, 0], [0, 3])] = [[4, 5], [6, 7]]
    array.vindex["inner", [0, 1], [1, 2]] = np.zeros(2, RECORD["inner"])
    expected["inner"][[0, 1], [1, 2]] = np.zeros(2, RECORD["inner"])
    array["name", "count", 2] = np.array([(b"x", 1)], [("name", "S3"), ("count", "i8")])
    expected["name"][2], expected["count"][2] = b"x", 1
    assert same(array[...], expected)


def test_a_field_of_a_chunk_that_is_not_stored_is_written_over_the_fill_value():
    fill = np.array((b"abc", 5, (1.5, 3)), RECORD)[()]
    array = zarr.create_array({}, shape=4, chunks=2, dtype=RECORD, fill_value=fill)
    array["count"] = [1, 2, 3, 4]
    assert array[3].item() == np.array((b"abc", 4, (1.5, 3)), RECORD).item()


@pytest.mark.parametrize("fields", ["none", ["name", "none"], ["name", "name"], 5])
def test_fields_that_are_not_there_are_an_index_error(array, fields):
    with pytest.raises(IndexError, match="fields"):
        array.get_basic_selection(..., fields=fields)
    with pytest.raises(IndexError, match="fields"):
        array.set_basic_selection(..., 0, fields=fields)


def test_an_array_without_fields_has_none():
    with pytest.raises(IndexError, match="does not have any fields"):
        zarr.zeros(3)["a"]


def test_records_are_assigned_as_tuples():
    array = zarr.zeros(3, dtype=[("a", "i4"), ("b", "f8")])
    array[0] = (1, 2.5)
    array[1:] = [(3, 4), (5, 6)]
    np.testing.assert_array_equal(array[:], np.array([(1, 2.5), (3, 4), (5, 6)], array.dtype))


def test_gaps_in_records_are_closed_and_the_values_stay():
    padded = np.zeros(3, np.dtype([("a", "i1"), ("b", "i8")], align=True))
    padded["b"] = [1, 2, 3]
    with pytest.warns(ZarrUserWarning, match="packed"):
        array = zarr.create_array({}, data=padded)
    np.testing.assert_array_equal(array["b"], [1, 2, 3])


def test_the_warning_of_a_type_without_specification_comes_when_it_is_written(tmp_path):
    with pytest.warns(UnstableSpecificationWarning, match="NullTerminatedBytes"):
        zarr.create_array(tmp_path, shape=2, dtype="S3")


@pytest.mark.parametrize("dtype", ["|V3", "|S5", "|S1", "<U4", "|i1", "<i2", "<M8[s]"])
def test_only_what_has_a_byte_order_says_one_in_the_document(dtype):
    documents = []
    for package in (zarr, judge):
        store = {}
        package.create_array(store, shape=(2,), dtype=dtype)
        documents.append(json.loads(store["zarr.json"].to_bytes())["codecs"])
    assert documents[0] == documents[1]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_empty_bytes_as_fill_value_are_written_as_zarr_python_does(zarr_format):
    documents = []
    for package in (zarr, judge):
        store = {}
        package.create_array(store, shape=(2,), dtype="S5", fill_value=b"", zarr_format=zarr_format)
        documents.append(json.loads(store[".zarray" if zarr_format == 2 else "zarr.json"].to_bytes())["fill_value"])
    assert documents == ["", ""]


@pytest.mark.parametrize("code", ["M8", "m8"])
def test_nat_is_the_default_and_survives(tmp_path, code):
    array = zarr.create_array(tmp_path, shape=3, dtype=f"{code}[ms]")
    array[1] = 5
    assert json.loads((tmp_path / "zarr.json").read_text())["fill_value"] == -(2**63)
    np.testing.assert_array_equal(np.isnat(zarr.open_array(tmp_path)[:]), [True, False, True])


def test_two_threads_that_write_two_fields_lose_nothing():
    from concurrent.futures import ThreadPoolExecutor

    array = zarr.create_array({}, shape=10_000, chunks=100, dtype=[("a", "i4"), ("b", "i4")])
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            list(pool.map(lambda name: array.__setitem__(name, np.arange(10_000)), ["a", "b"]))
            assert (array["a"] == array["b"]).all()
            array[:] = np.zeros((), array.dtype)
