"""``int8`` to ``int64``, ``uint8`` to ``uint64``. Source: Zarr v3 core specification, section "Data types"."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, SupportsInt

import numpy as np

from zarrust.dtypes.numeric import MultiByte, Numeric

if TYPE_CHECKING:
    from zarrust.dtypes.spec import ZarrFormat

__all__ = ["Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"]


class _Integer(Numeric):
    """Scalars of integers."""

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (SupportsInt, SupportsIndex, bytes, str))

    def cast_scalar(self, data: object) -> Any:
        """Return a value as a numpy integer; it must be whole and in range."""
        if isinstance(data, np.ndarray) and data.ndim == 0:
            data = data[()]
        try:
            if isinstance(data, (float, np.floating)) and float(data).is_integer():
                data = int(data)
            whole = int(data) if isinstance(data, (np.bool_, str, bytes)) else operator.index(data)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise self._no_cast(data) from None
        limits = np.iinfo(self.to_native_dtype())
        if not limits.min <= whole <= limits.max:
            raise ValueError(f"fill_value: {whole} is outside of {limits.min} to {limits.max}, the range of {self!r}")
        return self.to_native_dtype().type(whole)

    def default_scalar(self) -> Any:
        """Return 0."""
        return self.to_native_dtype().type(0)

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the integer of a document; ``0.0`` and ``"0"`` count, as some writers leave them."""
        limits = np.iinfo(self.to_native_dtype())
        whole = int(data) if isinstance(data, float) and data.is_integer() else data
        if isinstance(data, str):
            try:
                whole = int(data)
            except ValueError:
                whole = None
        if isinstance(whole, int) and not isinstance(whole, bool) and limits.min <= whole <= limits.max:
            return self.to_native_dtype().type(whole)
        raise self._no_fill(data, f"an integer from {limits.min} to {limits.max}")

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> int:
        """Return the integer."""
        return int(self.cast_scalar(data))


class Int8(_Integer):
    """Signed integers of 8 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("i1"))
    _zarr_v3_name = "int8"
    _zarr_v2_names = ("|i1",)


class Int16(_Integer, MultiByte):
    """Signed integers of 16 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("i2"))
    _zarr_v3_name = "int16"
    _zarr_v2_names = (">i2", "<i2")


class Int32(_Integer, MultiByte):
    """Signed integers of 32 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("i4"))
    _zarr_v3_name = "int32"
    _zarr_v2_names = (">i4", "<i4")


class Int64(_Integer, MultiByte):
    """Signed integers of 64 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("i8"))
    _zarr_v3_name = "int64"
    _zarr_v2_names = (">i8", "<i8")


class UInt8(_Integer):
    """Unsigned integers of 8 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("u1"))
    _zarr_v3_name = "uint8"
    _zarr_v2_names = ("|u1",)


class UInt16(_Integer, MultiByte):
    """Unsigned integers of 16 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("u2"))
    _zarr_v3_name = "uint16"
    _zarr_v2_names = (">u2", "<u2")


class UInt32(_Integer, MultiByte):
    """Unsigned integers of 32 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("u4"))
    _zarr_v3_name = "uint32"
    _zarr_v2_names = (">u4", "<u4")


class UInt64(_Integer, MultiByte):
    """Unsigned integers of 64 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("u8"))
    _zarr_v3_name = "uint64"
    _zarr_v2_names = (">u8", "<u8")
