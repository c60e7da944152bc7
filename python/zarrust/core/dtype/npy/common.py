"""Other names of what the numpy data types share."""

from zarrust.dtypes.data_type import endianness_of as get_endianness_from_numpy_dtype
from zarrust.dtypes.spec import ENDIANNESS_STR, EndiannessStr
from zarrust.dtypes.time import DATETIME_UNIT, DateTimeUnit

__all__ = ["DATETIME_UNIT", "ENDIANNESS_STR", "DateTimeUnit", "EndiannessStr", "get_endianness_from_numpy_dtype"]
