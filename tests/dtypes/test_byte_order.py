"""Byte order in format 3: an array keeps the one it is made with; the store and who opens it have their own."""

from __future__ import annotations

import asyncio
import pickle
import sys
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust.codecs import BytesCodec
from zarrust.codecs.numcodecs import Delta

OTHER = ">" if sys.byteorder == "little" else "<"
OWN = "<" if OTHER == ">" else ">"
NUMBERS = ["i2", "u8", "f4", "c16", "M8[s]", "m8[ms]", "U3"]
RECORDS = [
    [("a", OTHER + "i4"), ("b", OWN + "f8")],
    [("a", OTHER + "U2"), ("b", OTHER + "M8[s]"), ("c", [("d", OTHER + "i2")])],
]


def swapped(dtype: Any) -> np.dtype[Any]:
    return np.dtype(dtype if isinstance(dtype, list) else OTHER + dtype)


def some(dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return six elements that differ when their bytes are swapped."""
    return np.frombuffer(bytes([*b"\x00\x00\x00", 65]) * (6 * dtype.itemsize), dtype)[:6].copy()


@pytest.mark.parametrize("dtype", [*NUMBERS, *RECORDS], ids=str)
def test_the_array_that_is_made_keeps_the_order_and_the_one_that_is_opened_has_this_machines(dtype: Any) -> None:
    given = swapped(dtype)
    values = np.zeros(6, given) if given.names or given.kind == "U" else some(given)
    if given.names:
        values[given.names[0]] = [3, 4, 5, 6, 7, 8]
    elif given.kind == "U":
        values[:] = ["a", "bc", "def", "", "é", "f"]
    store: dict[str, Any] = {}
    array = zarr.create_array(store, shape=(6,), chunks=(4,), dtype=given)
    array[...] = values
    array[1:3] = values[1:3]
    opened = zarr.open_array(store)
    assert array.dtype == given == pickle.loads(pickle.dumps(array.metadata)).dtype.to_native_dtype()
    assert opened.dtype == given.newbyteorder("=") != given
    assert array[...].dtype == given == array.lazy[1:].dtype
    assert opened[...].dtype == given.newbyteorder("=")
    assert array[...].tolist() == opened[...].tolist() == values.tolist()
    assert array[::2].tolist() == values[::2].tolist()
    assert array[3] == opened[3] == values[3]
    np.testing.assert_array_equal(array.oindex[[3, 0]], values[[3, 0]])
    assert asyncio.run(array.async_array.getitem(slice(1, 5))).dtype == given
    out = np.empty(6, given.newbyteorder("="))
    array.get_basic_selection(..., out=out)
    assert out.tolist() == values.tolist()
    array.resize((5,))
    assert array.dtype == given


def test_documents_are_the_same_for_either_order() -> None:
    plain = zarr.create_array({}, shape=(6,), dtype=OWN + "i4", filters=[Delta(dtype="<i4")], fill_value=258)
    other = zarr.create_array({}, shape=(6,), dtype=OTHER + "i4", filters=[Delta(dtype="<i4")], fill_value=258)
    assert plain.metadata.to_dict() == other.metadata.to_dict()
    for array in (plain, other):
        array[1:3] = [1, 770]
    assert plain.store._handle.get("c/0") == other.store._handle.get("c/0")
    assert other[...].tolist() == [258, 1, 770, 258, 258, 258]


@pytest.mark.parametrize("endian", ["little", "big"])
def test_the_stored_order_is_the_serializers(endian: Any) -> None:
    array = zarr.create_array({}, shape=(2,), dtype=">i2", serializer=BytesCodec(endian=endian), compressors=None)
    array[...] = [1, 2]
    assert array.store._handle.get("c/0") == (b"\1\0\2\0" if endian == "little" else b"\0\1\0\2")
    assert array.serializer.endian == endian


def test_fields_of_records_come_in_their_order() -> None:
    array = zarr.create_array({}, shape=(3,), chunks=(2,), dtype=RECORDS[0])
    array[...] = np.array([(1, 2), (3, 4), (5, 6)], dtype=RECORDS[0])
    array["a", 1] = 258
    assert array["a"].dtype == OTHER + "i4"
    assert array["a"].tolist() == [1, 258, 5]
    assert array[["a"]].dtype == np.dtype([("a", OTHER + "i4")])
    assert array["b"].tolist() == [2, 4, 6]


def test_arrays_made_of_data_have_its_order() -> None:
    data = np.arange(3, dtype=OTHER + "i4")
    for array in (
        zarr.create_array({}, data=data),
        zarr.array(data),
        zarr.zeros_like(data),
        zarr.full(3, 1, dtype=data.dtype),
    ):
        assert array.dtype == data.dtype == array[...].dtype
    assert zarr.array(data)[...].tolist() == [0, 1, 2]
    assert zarr.full(3, 258, dtype=data.dtype)[...].tolist() == [258] * 3


@pytest.mark.parametrize("dtype", ["u1", "bool", "S3", "V4", [("a", "S1")]], ids=str)
@pytest.mark.filterwarnings("ignore:The data type")
def test_elements_without_an_order_are_stored_without_one(dtype: Any) -> None:
    array = zarr.create_array({}, shape=(2,), dtype=dtype, compressors=None)
    assert array.metadata.to_dict()["codecs"] == ({"name": "bytes"},)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.filterwarnings("ignore:The data type")
def test_no_bytes_as_fill_value_are_no_bytes_in_the_document(zarr_format: Any) -> None:
    array = zarr.create_array({}, shape=(2,), dtype="S3", fill_value=b"", zarr_format=zarr_format)
    assert array.metadata.to_dict()["fill_value"] == ""
    assert array[...].tolist() == [b"", b""]
