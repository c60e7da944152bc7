"""``int8`` to ``int64``, ``uint8`` to ``uint64``. Source: Zarr v3 core specification, section "Data types"."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from zarrust.dtypes.data_type import DataType, OrderedDataType, ZarrFormat

__all__ = ["Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"]


class _Family(Protocol):
    """What the functions below need of a data type."""

    def to_native_dtype(self) -> np.dtype[Any]: ...
    def _no_fill(self, value: object, expected: str) -> Exception: ...
    def _no_cast(self, value: object) -> Exception: ...


class _Integer:
    """Fill values of integers; mixed into data types with and without a byte order."""

    def cast_scalar(self: _Family, value: object) -> Any:
        """Return a value as a numpy integer; it must be whole and in range."""
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        try:
            if isinstance(value, (float, np.floating)) and float(value).is_integer():
                value = int(value)
            whole = int(value) if isinstance(value, np.bool_) else operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            raise self._no_cast(value) from None
        limits = np.iinfo(self.to_native_dtype())
        if not limits.min <= whole <= limits.max:
            raise ValueError(f"fill_value: {whole} is outside of {limits.min} to {limits.max}, the range of {self!r}")
        return self.to_native_dtype().type(whole)

    def from_json_scalar(self: _Family, value: object, zarr_format: ZarrFormat) -> Any:
        """Return the integer of a document; ``0.0`` counts, as writers of format 2 leave it."""
        limits = np.iinfo(self.to_native_dtype())
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(whole, int) and not isinstance(whole, bool) and limits.min <= whole <= limits.max:
            return self.to_native_dtype().type(whole)
        raise self._no_fill(value, f"an integer from {limits.min} to {limits.max}")

    def to_json_scalar(self, value: Any, zarr_format: ZarrFormat) -> Any:
        """Return the integer."""
        return int(value)


@dataclass(frozen=True)
class Int8(_Integer, DataType):
    """Signed integers of 8 bits."""

    v3_name = "int8"
    numpy_code = "i1"


@dataclass(frozen=True)
class UInt8(_Integer, DataType):
    """Unsigned integers of 8 bits."""

    v3_name = "uint8"
    numpy_code = "u1"


@dataclass(frozen=True)
class Int16(_Integer, OrderedDataType):
    """Signed integers of 16 bits."""

    v3_name = "int16"
    numpy_code = "i2"


@dataclass(frozen=True)
class UInt16(_Integer, OrderedDataType):
    """Unsigned integers of 16 bits."""

    v3_name = "uint16"
    numpy_code = "u2"


@dataclass(frozen=True)
class Int32(_Integer, OrderedDataType):
    """Signed integers of 32 bits."""

    v3_name = "int32"
    numpy_code = "i4"


@dataclass(frozen=True)
class UInt32(_Integer, OrderedDataType):
    """Unsigned integers of 32 bits."""

    v3_name = "uint32"
    numpy_code = "u4"


@dataclass(frozen=True)
class Int64(_Integer, OrderedDataType):
    """Signed integers of 64 bits."""

    v3_name = "int64"
    numpy_code = "i8"


@dataclass(frozen=True)
class UInt64(_Integer, OrderedDataType):
    """Unsigned integers of 64 bits."""

    v3_name = "uint64"
    numpy_code = "u8"
