"""``float16``, ``float32``, ``float64``, ``complex64``, ``complex128``.

Source: Zarr v3 core specification, section "Fill value"; Zarr v2 specification, section "Fill value encoding".
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, ClassVar, SupportsComplex, SupportsFloat, SupportsIndex

import numpy as np

from zarrust.dtypes.numeric import MultiByte

if TYPE_CHECKING:
    from zarrust.dtypes.spec import ZarrFormat

__all__ = ["Complex64", "Complex128", "Float16", "Float32", "Float64"]

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_FORM = '"NaN", "Infinity", "-Infinity", a number or, in format 3, "0x" and the bits'


def _float_from_json(value: object, code: str, zarr_format: ZarrFormat) -> Any:
    """Return the float of a document as a numpy scalar, or None if it is none."""
    native = np.dtype(code)
    if isinstance(value, str):
        if value in _WORDS:
            return native.type(_WORDS[value])
        digits = 2 * native.itemsize
        if zarr_format == 3 and re.fullmatch(f"0x[0-9a-fA-F]{{{digits}}}", value):
            # Through the bytes: a conversion of the number would quieten a signalling NaN and drop its payload.
            return np.frombuffer(int(value, 16).to_bytes(native.itemsize, "big"), native.newbyteorder(">")).astype(
                native
            )[0]
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        with np.errstate(over="ignore"):
            scalar = native.type(value)
    except OverflowError:
        return None
    return scalar if np.isinf(scalar) == math.isinf(value) else None


def _float_to_json(value: Any, code: str, zarr_format: ZarrFormat) -> Any:
    native = np.dtype(code)
    scalar = np.asarray(value, dtype=native)
    if np.isnan(scalar):
        bits = scalar.astype(native.newbyteorder(">")).tobytes()
        canonical = np.asarray(math.nan, dtype=native.newbyteorder(">")).tobytes()
        # "NaN" is one bit pattern only, and format 2 has no way to write another.
        return "NaN" if zarr_format == 2 or bits == canonical else "0x" + bits.hex()
    if np.isinf(scalar):
        return "Infinity" if scalar > 0 else "-Infinity"
    return float(scalar)


def _as_text(data: Any) -> Any:
    return data.decode("latin-1") if isinstance(data, bytes) else data


class _Float(MultiByte):
    """Scalars of real numbers."""

    @property
    def _code(self) -> str:
        return self._zarr_v2_names[0][1:]

    def _check_scalar(self, data: object) -> bool:
        if isinstance(data, (str, bytes)):
            return (
                _float_from_json(data if isinstance(data, str) else data.decode("latin-1"), self._code, 3) is not None
            )
        return isinstance(data, (SupportsFloat, SupportsIndex)) and not isinstance(data, np.complexfloating)

    def cast_scalar(self, data: object) -> Any:
        """Return a value as a numpy float."""
        if isinstance(data, np.ndarray) and data.ndim == 0:
            data = data[()]
        if isinstance(data, np.floating) and data.dtype.str[1:] == self._code:
            return data  # as it is: a NaN keeps its payload
        if not self._check_scalar(data):
            raise self._no_cast(data)
        if isinstance(data, (str, bytes)):
            return _float_from_json(_as_text(data), self._code, 3)
        scalar = _float_from_json(float(data), self._code, 3)  # type: ignore[arg-type]
        if scalar is None:
            raise ValueError(f"fill_value: {data!r} is outside of the range of {self!r}")
        return scalar

    def default_scalar(self) -> Any:
        """Return 0."""
        return self.to_native_dtype().type(0)

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the float of a document."""
        scalar = _float_from_json(data, self._code, zarr_format)
        if scalar is None:
            raise self._no_fill(data, _FORM)
        return scalar

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> Any:
        """Return a number, a word, or the bits of a NaN that is not the usual one."""
        return _float_to_json(self.cast_scalar(data), self._code, zarr_format)


class _Complex(MultiByte):
    """Scalars of complex numbers: two floats."""

    @property
    def _part(self) -> str:
        return f"f{self.item_size // 2}"

    def _join(self, real: Any, imaginary: Any) -> Any:
        return np.array([real, imaginary], dtype=self._part).view(f"c{self.item_size}")[0]

    def _check_scalar(self, data: object) -> bool:
        if isinstance(data, (list, tuple)):
            return len(data) == 2
        return isinstance(data, (SupportsComplex, SupportsFloat, SupportsIndex, str, bytes))

    def cast_scalar(self, data: object) -> Any:
        """Return a value, or a pair of them, as a numpy complex number."""
        if isinstance(data, np.ndarray) and data.ndim == 0:
            data = data[()]
        if isinstance(data, np.complexfloating) and data.dtype.str[1:] == f"c{self.item_size}":
            return data  # as it is: a NaN keeps its payload
        if not self._check_scalar(data):
            raise self._no_cast(data)
        if isinstance(data, (list, tuple)):
            return self.from_json_scalar(list(data), zarr_format=3)
        try:
            number = complex(_as_text(data))
        except ValueError:
            raise self._no_cast(data) from None
        real = _float_from_json(number.real, self._part, 3)
        imaginary = _float_from_json(number.imag, self._part, 3)
        if real is None or imaginary is None:
            raise ValueError(f"fill_value: {data!r} is outside of the range of {self!r}")
        return self._join(real, imaginary)

    def default_scalar(self) -> Any:
        """Return 0."""
        return self.to_native_dtype().type(0)

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the complex number of a document: a list of two floats; a lone number in format 2."""
        if zarr_format == 2 and isinstance(data, (int, float)) and not isinstance(data, bool):
            data = [data, 0.0]
        if isinstance(data, (list, tuple)) and len(data) == 2:
            real, imaginary = (_float_from_json(part, self._part, zarr_format) for part in data)
            if real is not None and imaginary is not None:
                return self._join(real, imaginary)
        raise self._no_fill(data, f"a list of two, each {_FORM},")

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> Any:
        """Return the real and the imaginary part."""
        scalar = np.asarray(self.cast_scalar(data), dtype=f"c{self.item_size}")
        return tuple(_float_to_json(part, self._part, zarr_format) for part in (scalar.real, scalar.imag))


class Float16(_Float):
    """Floats of 16 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("f2"))
    _zarr_v3_name = "float16"
    _zarr_v2_names = (">f2", "<f2")


class Float32(_Float):
    """Floats of 32 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("f4"))
    _zarr_v3_name = "float32"
    _zarr_v2_names = (">f4", "<f4")


class Float64(_Float):
    """Floats of 64 bits."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("f8"))
    _zarr_v3_name = "float64"
    _zarr_v2_names = (">f8", "<f8")


class Complex64(_Complex):
    """Complex numbers of two 32-bit floats."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("c8"))
    _zarr_v3_name = "complex64"
    _zarr_v2_names = (">c8", "<c8")


class Complex128(_Complex):
    """Complex numbers of two 64-bit floats."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("c16"))
    _zarr_v3_name = "complex128"
    _zarr_v2_names = (">c16", "<c16")
