"""Data types: numpy dtype, names in both formats, fill values. One file per family, one line in the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zarrust.dtypes.bool import Bool
from zarrust.dtypes.data_type import DataType, Endianness, ZarrFormat
from zarrust.dtypes.floating import Complex64, Complex128, Float16, Float32, Float64
from zarrust.dtypes.integer import Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64
from zarrust.errors import DataTypeValidationError

DATA_TYPES: tuple[type[DataType], ...] = (
    *(Bool,),
    *(Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64),
    *(Float16, Float32, Float64, Complex64, Complex128),
)
"""Every data type; order does not matter."""

_BY_NAME = {cls.v3_name: cls for cls in DATA_TYPES}
_BY_CODE = {cls.numpy_code: cls for cls in DATA_TYPES}

__all__ = [
    "DATA_TYPES",
    "Bool",
    "Complex64",
    "Complex128",
    "DataType",
    "Endianness",
    "Float16",
    "Float32",
    "Float64",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "data_type_from_json",
    "parse_dtype",
]


def _of_numpy(dtype: np.dtype[Any]) -> DataType:
    cls = _BY_CODE.get(dtype.str[1:]) if dtype.names is None and dtype.subdtype is None else None
    if cls is None:
        raise DataTypeValidationError(f"data type {dtype} is not supported; known are {', '.join(_BY_NAME)}")
    return cls.from_native_dtype(dtype)


def data_type_from_json(value: object, zarr_format: ZarrFormat) -> DataType:
    """Return the data type that a document names.

    Parameters
    ----------
    value : object
        Format 3: a name, or an object with ``name`` and ``configuration``. Format 2: a numpy type string.
    zarr_format : {2, 3}

    Raises
    ------
    DataTypeValidationError
        If the data type is unknown; the message names it.

    Examples
    --------
    >>> data_type_from_json("float32", 3).to_native_dtype()
    dtype('float32')
    """
    if zarr_format == 2:
        try:
            if isinstance(value, str) and value[:1] in ("<", ">", "|"):
                return _of_numpy(np.dtype(value))
        except TypeError:
            pass
        raise DataTypeValidationError(f"dtype: {value!r} is not a supported data type of format 2")
    name: object = value
    if isinstance(value, Mapping):
        name = value.get("name")
        if value.get("configuration") or set(value) - {"name", "configuration", "must_understand"}:
            raise DataTypeValidationError(
                f"data_type: {value!r} is not supported; no known data type has a configuration"
            )
    if not isinstance(name, str) or name not in _BY_NAME:
        raise DataTypeValidationError(f"data_type: {name!r} is not supported; known are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]()


def parse_dtype(value: Any, *, zarr_format: ZarrFormat = 3) -> DataType:
    """Return the data type of what a user may give: a data type, a numpy dtype or its like, a name, or JSON.

    Parameters
    ----------
    value : object
        For example ``"f4"``, ``numpy.float32``, ``"float32"``, ``{"name": "float32"}``, `Float32`.
    zarr_format : {2, 3}

    Raises
    ------
    DataTypeValidationError
        If the data type is unknown.

    Examples
    --------
    >>> parse_dtype(">i2").endianness
    'big'
    """
    if isinstance(value, DataType):
        return value
    if isinstance(value, Mapping):
        return data_type_from_json(value, 3)
    try:
        dtype = np.dtype(value)
    except TypeError as error:
        raise DataTypeValidationError(f"dtype: {value!r} is not a data type ({error})") from None
    return _of_numpy(dtype)
