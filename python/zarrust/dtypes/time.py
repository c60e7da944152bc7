"""``numpy.datetime64`` and ``numpy.timedelta64``. Source: zarr-extensions, data types of those names."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Self, get_args

import numpy as np

from zarrust.dtypes.data_type import HasEndianness, HasItemSize, ZDType, byte_order, endianness_of
from zarrust.dtypes.spec import (
    DTypeJSON,
    ZarrFormat,
    check_dtype_spec_no_object_codec_v2,
    configuration_of,
)

__all__ = [
    "DateTime64",
    "TimeDelta64",
]

DateTimeUnit = Literal["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "μs", "ns", "ps", "fs", "as", "generic"]
DATETIME_UNIT: Final = get_args(DateTimeUnit)
_UNITS = "|".join(sorted(DATETIME_UNIT, key=len, reverse=True))


def datetime_from_int(data: int, *, unit: DateTimeUnit, scale_factor: int) -> np.datetime64:
    """Return the point in time of a count of ``scale_factor`` units."""
    return DateTime64(unit=unit, scale_factor=scale_factor)._count(data)  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class _Time(ZDType, HasEndianness, HasItemSize):
    """What points in time and spans of time share: 64-bit counts of ``scale_factor`` units."""

    scale_factor: int = 1
    unit: DateTimeUnit = "generic"
    _code: ClassVar[str]

    def __post_init__(self) -> None:
        if self.scale_factor < 1:
            raise ValueError(f"scale_factor must be > 0, got {self.scale_factor}.")
        if self.scale_factor >= 1 << 31:
            raise ValueError(f"scale_factor must be < 2147483648, got {self.scale_factor}.")
        if self.unit not in DATETIME_UNIT:
            raise ValueError(f"unit must be one of {DATETIME_UNIT}, got {self.unit!r}.")
        if self.unit == "μs":
            object.__setattr__(self, "unit", "us")

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype, with its byte order."""
        if not cls._check_native_dtype(dtype):
            raise cls._no_dtype(dtype)
        unit, scale_factor = np.datetime_data(dtype)
        return cls(unit=unit, scale_factor=scale_factor, endianness=endianness_of(dtype))  # type: ignore[arg-type]

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return the numpy dtype, with its byte order."""
        return np.dtype(f"{byte_order(self.endianness)}{self._code}8[{self._step}]")

    @property
    def _step(self) -> str:
        return f"{self.scale_factor}{self.unit}"

    @classmethod
    def _check_json_v2(cls, data: DTypeJSON) -> bool:
        return (
            check_dtype_spec_no_object_codec_v2(data)
            and isinstance(data["name"], str)
            and re.fullmatch(rf"[<>]{cls._code}8(\[\d*({_UNITS})\])?", data["name"]) is not None
        )

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        configuration = configuration_of(data, (cls._zarr_v3_name,), {"unit", "scale_factor"})
        return configuration is not None and type(configuration["scale_factor"]) is int

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v2(data):
            raise cls._no_json(data, f"a string like '<{cls._code}8[10s]'")
        try:
            return cls.from_native_dtype(np.dtype(data["name"]))
        except (TypeError, OverflowError):
            raise cls._no_json(data, "a unit that numpy has") from None

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v3(data):
            raise cls._no_json(data, f"{cls._zarr_v3_name!r} with a configuration of 'unit' and 'scale_factor'")
        return cls(unit=data["configuration"]["unit"], scale_factor=data["configuration"]["scale_factor"])

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return the numpy type string, or the name with unit and scale."""
        if zarr_format == 2:
            name = self.to_native_dtype().str
            if self.unit == "generic" and self.scale_factor != 1:
                name += f"[{self.scale_factor}generic]"  # numpy leaves it out
            return {"name": name, "object_codec_id": None}
        if zarr_format == 3:
            configuration = {"unit": self.unit, "scale_factor": self.scale_factor}
            return {"name": self._zarr_v3_name, "configuration": configuration}
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    def _count(self, count: int) -> Any:
        if not -(1 << 63) <= count < 1 << 63:
            raise ValueError(f"fill_value: {count} does not fit into 64 bits")
        return np.int64(count).view(f"{self._code}8[{self._step}]")

    def default_scalar(self) -> Any:
        """Return NaT."""
        return self._count(np.iinfo(np.int64).min)

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the scalar of a count, or NaT."""
        if data == "NaT":
            return self.default_scalar()
        if not isinstance(data, int) or isinstance(data, bool):
            raise self._no_fill(data, "an integer or 'NaT'")
        return self._count(data)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> int:
        """Return the count; NaT is the smallest one."""
        return int(np.asarray(self.cast_scalar(data)).astype(self.to_native_dtype()).astype("i8"))

    @property
    def item_size(self) -> int:
        """Bytes of one element."""
        return 8


class DateTime64(_Time):
    """Points in time: counts of ``scale_factor`` units since 1970."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("M8"))
    _zarr_v3_name = "numpy.datetime64"
    _zarr_v2_names = (">M8", "<M8")
    _numpy_name = "datetime64"
    _code = "M"

    def _check_scalar(self, data: object) -> bool:
        return data is None or isinstance(data, (str, int, bytes, np.datetime64, datetime.date))

    def cast_scalar(self, data: object) -> Any:
        """Return a value as a numpy datetime; an integer is a count, None and 0 characters are NaT."""
        if not self._check_scalar(data):
            raise self._no_cast(data)
        if isinstance(data, int):
            return self._count(int(data))
        if data is None:
            return self.default_scalar()
        return self.to_native_dtype().type(data, self._step)


class TimeDelta64(_Time):
    """Spans of time: counts of ``scale_factor`` units."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("m8"))
    _zarr_v3_name = "numpy.timedelta64"
    _zarr_v2_names = (">m8", "<m8")
    _numpy_name = "timedelta64"
    _code = "m"

    def _check_scalar(self, data: object) -> bool:
        return data is None or isinstance(data, (str, int, bytes, np.timedelta64, datetime.timedelta))

    def cast_scalar(self, data: object) -> Any:
        """Return a value as a numpy timedelta; an integer is a count, None is NaT."""
        if not self._check_scalar(data):
            raise self._no_cast(data)
        if isinstance(data, int):
            return self._count(int(data))
        if data is None or (isinstance(data, np.timedelta64) and np.isnat(data)):
            return self.default_scalar()
        return self.to_native_dtype().type(data, self._step)
