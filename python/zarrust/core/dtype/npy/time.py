"""Other names of the types of time of `zarrust.dtype`."""

from zarrust.dtypes.forms import DateTime64JSON_V2, DateTime64JSON_V3, TimeDelta64JSON_V2, TimeDelta64JSON_V3
from zarrust.dtypes.time import (
    DATETIME_UNIT,
    DateTime64,
    DateTimeUnit,
    TimeDelta64,
    datetime_from_int,
)

__all__ = [
    "DATETIME_UNIT",
    "DateTime64",
    "DateTime64JSON_V2",
    "DateTime64JSON_V3",
    "DateTimeUnit",
    "TimeDelta64",
    "TimeDelta64JSON_V2",
    "TimeDelta64JSON_V3",
    "datetime_from_int",
]
