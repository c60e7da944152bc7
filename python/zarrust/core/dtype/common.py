"""Other names of what data types share."""

from zarrust.dtypes.data_type import HasEndianness, HasItemSize, HasLength, HasObjectCodec, v3_unstable_dtype_warning
from zarrust.dtypes.forms import DTypeConfig_V2, DTypeSpec_V2, DTypeSpec_V3
from zarrust.dtypes.spec import (
    ENDIANNESS_STR,
    OBJECT_CODEC_IDS,
    DTypeJSON,
    EndiannessStr,
    ObjectCodecID,
    check_dtype_name_v2,
    check_dtype_spec_v2,
    check_dtype_spec_v3,
    check_structured_dtype_name_v2,
    check_structured_dtype_v2_inner,
    unpack_dtype_json,
)
from zarrust.errors import DataTypeValidationError, UnstableSpecificationWarning

__all__ = [
    "ENDIANNESS_STR",
    "OBJECT_CODEC_IDS",
    "DTypeConfig_V2",
    "DTypeJSON",
    "DTypeSpec_V2",
    "DTypeSpec_V3",
    "DataTypeValidationError",
    "EndiannessStr",
    "HasEndianness",
    "HasItemSize",
    "HasLength",
    "HasObjectCodec",
    "ObjectCodecID",
    "UnstableSpecificationWarning",
    "check_dtype_name_v2",
    "check_dtype_spec_v2",
    "check_dtype_spec_v3",
    "check_structured_dtype_name_v2",
    "check_structured_dtype_v2_inner",
    "unpack_dtype_json",
    "v3_unstable_dtype_warning",
]
