"""Data type objects: their JSON is zarr-python's, their scalars keep their bits, and users may add their own."""

import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import zarr as judge

import zarrust as zarr
import zarrust.dtype as zdtype
import zarrust.dtypes
from zarrust.dtype import ZDType, data_type_registry, parse_dtype
from zarrust.errors import DataTypeValidationError, UnstableSpecificationWarning, ZarrUserWarning

from .examples import NUMPY_DTYPES, elements


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("example", NUMPY_DTYPES, ids=str)
def test_the_json_is_what_zarr_python_writes(example, zarr_format):
    dtype = np.dtype(example)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = judge.dtype.parse_dtype(dtype, zarr_format=zarr_format).to_json(zarr_format=zarr_format)
        ours = parse_dtype(dtype, zarr_format=zarr_format)
        found = ours.to_json(zarr_format)
    if dtype.names is not None and zarr_format == 3:
        # zarr-python 3.1 wrote "structured", which has no specification; it is still read.
        assert type(ours).from_json(expected, zarr_format=3).fields == tuple(
            (name, type(kind)(**kind.__dict__ | ({"endianness": "little"} if hasattr(kind, "endianness") else {})))
            if not hasattr(kind, "fields")
            else (name, type(ours).from_json(dict(expected["configuration"]["fields"])[name], zarr_format=3))
            for name, kind in ours.fields
        )
        assert found["name"] == "struct"
    else:
        assert found == expected
    assert ours.to_native_dtype() == dtype


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("example", NUMPY_DTYPES, ids=str)
def test_a_scalar_goes_through_json_and_back(example, zarr_format):
    dtype = np.dtype(example)
    data_type = parse_dtype(dtype, zarr_format=zarr_format)
    for scalar in elements(dtype, 5):
        if zarr_format == 2 and dtype.kind in "fc" and np.isnan(scalar):
            continue  # format 2 knows one NaN
        again = data_type.from_json_scalar(
            data_type.to_json_scalar(scalar, zarr_format=zarr_format), zarr_format=zarr_format
        )
        first, second = np.empty((), dtype), np.empty((), dtype)
        first[()], second[()] = scalar, again
        assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize(
    "cls", [zdtype.RawBytes(length=3), zdtype.NullTerminatedBytes(length=3), zdtype.VariableLengthBytes()]
)
def test_types_without_a_specification_warn_in_format_3(cls):
    with pytest.warns(UnstableSpecificationWarning, match="does not have a Zarr V3 specification"):
        cls.to_json(3)


def test_the_names_that_mean_strings():
    for name in (str, "str", "string"):
        assert parse_dtype(name, zarr_format=3) == zdtype.VariableLengthUTF8()
        assert parse_dtype(name, zarr_format=2) == zdtype.VariableLengthUTF8()


def test_raw_bits_of_the_core_specification_are_read():
    assert parse_dtype("r24", zarr_format=3) == zdtype.RawBytes(length=3)
    assert zdtype.RawBytes(length=3).from_json_scalar([1, 2, 255], zarr_format=3).tobytes() == b"\x01\x02\xff"


def test_gaps_between_fields_are_closed_with_a_warning():
    with pytest.warns(ZarrUserWarning, match="packed field layout"):
        found = parse_dtype(np.dtype([("a", "i1"), ("b", "i4")], align=True), zarr_format=3)
    assert found.item_size == 5


@pytest.mark.parametrize(
    ("dtype", "words"),
    [
        (np.dtype([("a", "i4", (3,))]), "'a' is a subarray with shape \\(3,\\)"),
        (np.dtype([(("title", "a"), "i4")]), "'a' has a title"),
        (np.dtype("O"), "object_codec"),
        (np.dtype("S0"), "length must be >= 1"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_reason(dtype, words):
    with pytest.raises(ValueError, match=words):
        parse_dtype(dtype, zarr_format=3)


@pytest.mark.parametrize(
    "document",
    [
        "int24",
        "r7",
        {"name": "fixed_length_utf32", "configuration": {"length_bytes": 0}},
        {"name": "struct"},
        5,
        None,
        [],
        {"name": "struct", "configuration": {"fields": [{"name": "a", "data_type": "int24"}]}},
        {"name": "numpy.datetime64", "configuration": {"unit": "parsec", "scale_factor": 1}},
    ],
    ids=str,
)
def test_an_unknown_data_type_in_a_document_is_a_value_error(document):
    with pytest.raises(ValueError):
        zarr.dtypes.data_type_from_document(document, 3)


def test_a_damaged_field_is_named_by_its_place():
    document = {"name": "struct", "configuration": {"fields": [{"name": "a", "data_type": "int24"}]}}
    with pytest.raises(DataTypeValidationError, match=r"int24.*/configuration/fields/0/data_type"):
        zarr.dtypes.data_type_from_document(document, 3)


@dataclass(frozen=True, kw_only=True)
class Fixed(ZDType[np.dtype, np.int16]):
    """A user's type: int16 under another name."""

    dtype_cls: ClassVar = type(np.dtype("i2"))
    _zarr_v3_name: ClassVar[str] = "example.fixed"

    @classmethod
    def from_native_dtype(cls, dtype):
        raise DataTypeValidationError("never inferred")

    def to_native_dtype(self):
        return np.dtype("i2")

    @classmethod
    def _from_json_v2(cls, data):
        raise DataTypeValidationError("format 3 only")

    @classmethod
    def _from_json_v3(cls, data):
        if data == cls._zarr_v3_name:
            return cls()
        raise DataTypeValidationError(f"{data} is no {cls._zarr_v3_name}")

    def to_json(self, zarr_format):
        return self._zarr_v3_name

    def _check_scalar(self, data):
        return True

    def cast_scalar(self, data):
        return np.int16(data)

    def default_scalar(self):
        return np.int16(7)

    def from_json_scalar(self, data, *, zarr_format):
        return np.int16(data)

    def to_json_scalar(self, data, *, zarr_format):
        return int(data)


@pytest.fixture
def fixed():
    data_type_registry.register("example.fixed", Fixed)
    yield Fixed
    data_type_registry.unregister("example.fixed")


def test_a_users_data_type_is_stored_and_found_again(fixed):
    store = {}
    array = zarr.create_array(store, shape=4, chunks=2, dtype=Fixed())
    array[1:3] = [300, -2]
    again = zarr.open_array(store)
    assert again.metadata.data_type == Fixed()
    np.testing.assert_array_equal(again[:], np.array([7, 300, -2, 7], "i2"))


def test_an_unregistered_name_is_a_key_error():
    with pytest.raises(KeyError, match="not found in registry"):
        data_type_registry.unregister("example.none")
