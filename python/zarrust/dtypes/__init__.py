"""Data types: numpy dtype, names in both formats, scalars in JSON. One file per family, one line in the table.

`zarrust.dtype` is the public name of what is here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zarrust.dtypes.bool import Bool
from zarrust.dtypes.data_type import ZDType
from zarrust.dtypes.floating import Complex64, Complex128, Float16, Float32, Float64
from zarrust.dtypes.integer import Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64
from zarrust.dtypes.layout import item_size, native, swap_runs
from zarrust.dtypes.ml import ML_DATA_TYPES
from zarrust.dtypes.objects import PythonObjects
from zarrust.dtypes.octets import NullTerminatedBytes, RawBytes, VariableLengthBytes
from zarrust.dtypes.registry import DataTypeRegistry, data_type_registry
from zarrust.dtypes.spec import EndiannessStr, ZarrFormat, unpack_dtype_json
from zarrust.dtypes.structured import Struct, Structured
from zarrust.dtypes.text import FixedLengthUTF32, VariableLengthUTF8
from zarrust.dtypes.time import DateTime64, TimeDelta64
from zarrust.errors import DataTypeValidationError

DATA_TYPES: tuple[type[ZDType], ...] = (
    *(Bool,),
    *(Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64),
    *(Float16, Float32, Float64, Complex64, Complex128),
    *(FixedLengthUTF32, VariableLengthUTF8),
    *(RawBytes, NullTerminatedBytes, VariableLengthBytes),
    *(Struct,),
    *(DateTime64, TimeDelta64),
    *ML_DATA_TYPES,
)
"""Every data type that is registered from the start."""

for _cls in DATA_TYPES:
    data_type_registry.register(_cls._zarr_v3_name, _cls)

__all__ = [
    "DATA_TYPES",
    "Bool",
    "Complex64",
    "Complex128",
    "DataTypeRegistry",
    "DateTime64",
    "EndiannessStr",
    "FixedLengthUTF32",
    "Float16",
    "Float32",
    "Float64",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "NullTerminatedBytes",
    "RawBytes",
    "Struct",
    "Structured",
    "TimeDelta64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "VariableLengthBytes",
    "VariableLengthUTF8",
    "ZDType",
    "data_type_from_document",
    "data_type_registry",
    "get_data_type_from_json",
    "get_data_type_from_native_dtype",
    "item_size",
    "native",
    "parse_data_type",
    "parse_dtype",
    "swap_runs",
    "unpack_dtype_json",
]


def get_data_type_from_native_dtype(dtype: Any) -> ZDType:
    """Return the data type of a numpy dtype, or of what numpy makes one of.

    Raises
    ------
    ValueError
        If there is none, or more than one.
    """
    if not isinstance(dtype, np.dtype):
        try:
            dtype = np.dtype([tuple(entry) for entry in dtype] if isinstance(dtype, list) else dtype)
        except TypeError as error:
            raise DataTypeValidationError(f"dtype: {dtype!r:.200} is not a data type ({error})") from None
    return data_type_registry.match_dtype(dtype)


def get_data_type_from_json(dtype_spec: Any, *, zarr_format: ZarrFormat) -> ZDType:
    """Return the data type of its JSON form; see `ZDType.from_json`.

    Raises
    ------
    DataTypeValidationError
        If there is none; the message names it.
    """
    return data_type_registry.match_json(dtype_spec, zarr_format=zarr_format)


def data_type_from_document(value: object, zarr_format: ZarrFormat, object_codec_id: str | None = None) -> ZDType:
    """Return the data type that a document names.

    Parameters
    ----------
    value : object
        Format 3: a name, or an object with ``name`` and ``configuration``. Format 2: a numpy type string, or a list of
        fields.
    zarr_format : {2, 3}
    object_codec_id : str, optional
        The filter of format 2 that encodes objects.

    Raises
    ------
    DataTypeValidationError
        If the data type is unknown; the message names it.

    Examples
    --------
    >>> data_type_from_document("float32", 3).to_native_dtype()
    dtype('float32')
    """
    if zarr_format == 2:
        if value == "|O" and object_codec_id not in (None, "vlen-utf8", "vlen-bytes"):
            return PythonObjects(object_codec_id=object_codec_id)
        spec = {"name": value, "object_codec_id": object_codec_id if value == "|O" else None}
        return data_type_registry.match_json(spec, zarr_format=2)
    plain = isinstance(value, Mapping) and not set(value) - {"name", "configuration", "must_understand"}
    if plain and isinstance(value, Mapping) and isinstance(value.get("name"), str) and not value.get("configuration"):
        value = value["name"]
    return data_type_registry.match_json(value, zarr_format=3)


def parse_dtype(dtype_spec: Any, *, zarr_format: ZarrFormat) -> ZDType:
    """Return the data type of what a user may give: a data type, a numpy dtype or its like, a name, or JSON.

    Parameters
    ----------
    dtype_spec : object
        For example ``"f4"``, ``numpy.float32``, ``"float32"``, ``str``, ``[("a", "i4"), ("b", "f8")]``,
        ``{"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 10}}``.
    zarr_format : {2, 3}
        Whose JSON is tried first.

    Raises
    ------
    DataTypeValidationError
        If the data type is unknown.
    ValueError
        If it is ambiguous, as numpy's objects are.

    Examples
    --------
    >>> parse_dtype(">i2", zarr_format=3)
    Int16(endianness='big')
    >>> parse_dtype(str, zarr_format=3)
    VariableLengthUTF8()
    """
    if isinstance(dtype_spec, ZDType):
        return dtype_spec
    if isinstance(dtype_spec, (Mapping, str, Sequence)):
        try:
            return data_type_registry.match_json(dtype_spec, zarr_format=zarr_format)
        except ValueError:
            pass  # numpy may know it
    if isinstance(dtype_spec, Mapping):
        return data_type_registry.match_json(dtype_spec, zarr_format=5 - zarr_format)  # type: ignore[arg-type]
    # numpy would choose a length by looking at the data, which a new array cannot.
    if dtype_spec is str or (isinstance(dtype_spec, str) and dtype_spec in ("str", "string")):
        return VariableLengthUTF8()
    return get_data_type_from_native_dtype(dtype_spec)


parse_data_type = parse_dtype
