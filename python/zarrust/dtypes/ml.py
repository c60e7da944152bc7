"""Numbers of machine learning: ``bfloat16``, floats of 8, 6 and 4 bits, integers of 4 and 2 bits.

Source: zarr-extensions, data types of those names. They are numpy types by ml_dtypes, which is imported when one is
met. Without it elements are raw bytes: they can be copied, but numpy computes nothing with them. Each takes whole bytes
in memory; format 2 names them as tensorstore does.
"""

from __future__ import annotations

import importlib
import math
import re
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zarrust.dtypes.data_type import HasItemSize, ZDType
from zarrust.dtypes.spec import check_dtype_spec_no_object_codec_v2

if TYPE_CHECKING:
    from zarrust.dtypes.spec import DTypeJSON, ZarrFormat

__all__ = ["ML_DATA_TYPES", "MLNumber"]

_FLOATS = (
    *("bfloat16", "float8_e3m4", "float8_e4m3", "float8_e4m3b11fnuz", "float8_e4m3fn", "float8_e4m3fnuz"),
    *("float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn"),
)
_INTEGERS = ("int2", "int4", "uint2", "uint4")
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _scalar_type(name: str) -> Any:
    """Return the numpy scalar type of ml_dtypes, None where that is not installed."""
    try:
        return getattr(importlib.import_module("ml_dtypes"), name, None)
    except ImportError:
        return None


class MLNumber(ZDType, HasItemSize):
    """A number that numpy itself does not have."""

    dtype_cls = type(np.dtype("V"))
    _is_float: ClassVar[bool]

    @classmethod
    def _check_native_dtype(cls, dtype: np.dtype[Any]) -> bool:
        return dtype.type.__module__.partition(".")[0] == "ml_dtypes" and dtype.type.__name__ == cls._zarr_v3_name

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype of ml_dtypes."""
        if not cls._check_native_dtype(dtype):
            raise cls._no_dtype(dtype)
        return cls()

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return the numpy dtype: raw bytes where ml_dtypes is not installed."""
        scalar = _scalar_type(self._zarr_v3_name)
        return np.dtype(f"V{self.item_size}") if scalar is None else np.dtype(scalar)

    @classmethod
    def _check_json_v2(cls, data: DTypeJSON) -> bool:
        return check_dtype_spec_no_object_codec_v2(data) and data["name"] == cls._zarr_v3_name

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        return isinstance(data, str) and data == cls._zarr_v3_name

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v2(data):
            raise cls._no_json(data, f"the string {cls._zarr_v3_name!r}")
        return cls()

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v3(data):
            raise cls._no_json(data, f"the string {cls._zarr_v3_name!r}")
        return cls()

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return the name, which both formats share."""
        if zarr_format == 2:
            return {"name": self._zarr_v3_name, "object_codec_id": None}
        if zarr_format == 3:
            return self._zarr_v3_name
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    def _of_bits(self, bits: int) -> Any:
        return np.frombuffer(bits.to_bytes(self.item_size, "little"), self.to_native_dtype())[0]

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (str, int, float, np.generic))

    def cast_scalar(self, data: object) -> Any:
        """Return a value as a scalar of ml_dtypes."""
        native = self.to_native_dtype()
        if isinstance(data, np.generic) and data.dtype == native:
            return data
        if not self._check_scalar(data):
            raise self._no_cast(data)
        if isinstance(data, str):
            return self.from_json_scalar(data, zarr_format=3)
        number = float(data) if self._is_float else int(data)  # type: ignore[arg-type, call-overload]
        if number == 0:
            return self._of_bits(0)
        if native.type is np.void:
            raise TypeError(f"{data!r} as {self._zarr_v3_name} needs the package ml_dtypes, which is not installed")
        scalar = native.type(number)
        if not self._is_float and int(scalar) != number:
            raise ValueError(f"fill_value: {number} is outside of the range of {self!r}")
        return scalar

    def default_scalar(self) -> Any:
        """Return 0."""
        return self._of_bits(0)

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the number of a document: a number, a word, or ``0x`` and the bits."""
        if isinstance(data, str):
            if re.fullmatch(f"0x[0-9a-fA-F]{{{2 * self.item_size}}}", data):
                return self._of_bits(int(data, 16))
            if self._is_float and data in _WORDS:
                return self.cast_scalar(_WORDS[data])
        elif isinstance(data, (int, float) if self._is_float else int) and not isinstance(data, bool):
            return self.cast_scalar(data)
        raise self._no_fill(data, 'a number, or "0x" and the bits')

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> Any:
        """Return a number, a word, or the bits where there is no other way."""
        scalar = self.cast_scalar(data)
        bits = "0x" + scalar.tobytes()[::-1].hex()
        if isinstance(scalar, np.void):
            return 0 if int(bits, 16) == 0 else bits
        if not self._is_float:
            return int(scalar)
        number = float(scalar)
        if math.isnan(number):
            return "NaN" if scalar.tobytes() == type(scalar)(math.nan).tobytes() else bits
        if math.isinf(number):
            return "Infinity" if number > 0 else "-Infinity"
        return number

    @property
    def item_size(self) -> int:
        """Bytes of one element."""
        return 2 if self._zarr_v3_name == "bfloat16" else 1


def _make(name: str) -> type[MLNumber]:
    title = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    body = {"_zarr_v3_name": name, "_is_float": name in _FLOATS, "__module__": __name__, "__doc__": f"``{name}``."}
    return type(title, (MLNumber,), body)


ML_DATA_TYPES: tuple[type[MLNumber], ...] = tuple(map(_make, (*_FLOATS, *_INTEGERS)))
"""One class for each, such as ``Bfloat16`` and ``Float8E4m3fn``."""
globals().update({cls.__name__: cls for cls in ML_DATA_TYPES})  # so that they can be pickled
