"""Data types: the classes, their registry, and `parse_dtype`."""

from zarrust.dtypes import (
    Bool,
    Complex64,
    Complex128,
    DateTime64,
    FixedLengthUTF32,
    Float16,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    NullTerminatedBytes,
    RawBytes,
    Struct,
    Structured,
    TimeDelta64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    VariableLengthBytes,
    VariableLengthUTF8,
    ZDType,
    data_type_registry,
    parse_dtype,
)
from zarrust.dtypes import parse_data_type as parse_data_type
from zarrust.dtypes.forms import (
    DateTime64JSON_V2,
    DateTime64JSON_V3,
    DTypeSpec_V2,
    FixedLengthUTF32JSON_V2,
    FixedLengthUTF32JSON_V3,
    NullterminatedBytesJSON_V2,
    NullTerminatedBytesJSON_V3,
    RawBytesJSON_V2,
    RawBytesJSON_V3,
    StructJSON_V3,
    StructuredJSON_V2,
    StructuredJSON_V3,
    TimeDelta64JSON_V2,
    TimeDelta64JSON_V3,
    VariableLengthBytesJSON_V2,
    VariableLengthUTF8JSON_V2,
)
from zarrust.dtypes.spec import check_dtype_spec_no_object_codec_v2, check_dtype_spec_v2

__all__ = [
    "Bool",
    "Complex64",
    "Complex128",
    "DTypeSpec_V2",
    "DateTime64",
    "DateTime64JSON_V2",
    "DateTime64JSON_V3",
    "FixedLengthUTF32",
    "FixedLengthUTF32JSON_V2",
    "FixedLengthUTF32JSON_V3",
    "Float16",
    "Float32",
    "Float64",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "NullTerminatedBytes",
    "NullTerminatedBytesJSON_V3",
    "NullterminatedBytesJSON_V2",
    "RawBytes",
    "RawBytesJSON_V2",
    "RawBytesJSON_V3",
    "Struct",
    "StructJSON_V3",
    "Structured",
    "StructuredJSON_V2",
    "StructuredJSON_V3",
    "TimeDelta64",
    "TimeDelta64JSON_V2",
    "TimeDelta64JSON_V3",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "VariableLengthBytes",
    "VariableLengthBytesJSON_V2",
    "VariableLengthUTF8",
    "VariableLengthUTF8JSON_V2",
    "ZDType",
    "check_dtype_spec_no_object_codec_v2",
    "check_dtype_spec_v2",
    "data_type_registry",
    "parse_dtype",
]


def __getattr__(name: str) -> object:
    if name == "DataTypeValidationError":
        import warnings

        from zarrust.errors import DataTypeValidationError, ZarrDeprecationWarning

        warnings.warn("DataTypeValidationError moved to zarrust.errors", category=ZarrDeprecationWarning, stacklevel=2)
        return DataTypeValidationError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
