"""``float16``, ``float32``, ``float64``, ``complex64``, ``complex128``.

Source: Zarr v3 core specification, section "Fill value"; Zarr v2 specification, section "Fill value encoding".
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from zarrust.dtypes.data_type import OrderedDataType, ZarrFormat

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


@dataclass(frozen=True)
class _Float(OrderedDataType):
    """Fill values of real numbers."""

    def cast_scalar(self, value: object) -> Any:
        """Return a value as a numpy float."""
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        if isinstance(value, np.floating) and value.dtype.str[1:] == self.numpy_code:
            return value  # as it is: a NaN keeps its payload
        if isinstance(value, str):
            scalar = _float_from_json(value, self.numpy_code, 3)
        elif isinstance(value, (bool, int, float, np.number, np.bool_)) and not isinstance(value, np.complexfloating):
            scalar = _float_from_json(float(value), self.numpy_code, 3)
            if scalar is None:
                raise ValueError(f"fill_value: {value!r} is outside of the range of {self!r}")
        else:
            scalar = None
        if scalar is None:
            raise self._no_cast(value)
        return scalar

    def from_json_scalar(self, value: object, zarr_format: ZarrFormat) -> Any:
        """Return the float of a document."""
        scalar = _float_from_json(value, self.numpy_code, zarr_format)
        if scalar is None:
            raise self._no_fill(value, _FORM)
        return scalar

    def to_json_scalar(self, value: Any, zarr_format: ZarrFormat) -> Any:
        """Return a number, a word, or the bits of a NaN that is not the usual one."""
        return _float_to_json(value, self.numpy_code, zarr_format)


@dataclass(frozen=True)
class _Complex(OrderedDataType):
    """Fill values of complex numbers: two floats."""

    @property
    def _part(self) -> str:
        return f"f{self.item_size // 2}"

    @property
    def swap_size(self) -> int:
        """Bytes of one of the two floats: each is swapped by itself."""
        return self.item_size // 2

    def _join(self, real: Any, imaginary: Any) -> Any:
        return np.array([real, imaginary], dtype=self._part).view(f"c{self.item_size}")[0]

    def cast_scalar(self, value: object) -> Any:
        """Return a value, or a pair of them, as a numpy complex number."""
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        if isinstance(value, (list, tuple)) and len(value) == 2:
            return self.from_json_scalar(list(value), 3)
        if isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
            number = complex(value)
            real = _float_from_json(number.real, self._part, 3)
            imaginary = _float_from_json(number.imag, self._part, 3)
            if real is None or imaginary is None:
                raise ValueError(f"fill_value: {value!r} is outside of the range of {self!r}")
            return self._join(real, imaginary)
        raise self._no_cast(value)

    def from_json_scalar(self, value: object, zarr_format: ZarrFormat) -> Any:
        """Return the complex number of a document: a list of two floats; a lone number in format 2."""
        if zarr_format == 2 and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = [value, 0.0]
        if isinstance(value, list) and len(value) == 2:
            real, imaginary = (_float_from_json(part, self._part, zarr_format) for part in value)
            if real is not None and imaginary is not None:
                return self._join(real, imaginary)
        raise self._no_fill(value, f"a list of two, each {_FORM},")

    def to_json_scalar(self, value: Any, zarr_format: ZarrFormat) -> Any:
        """Return a list of the real and the imaginary part."""
        scalar = np.asarray(value, dtype=f"c{self.item_size}")
        return [_float_to_json(part, self._part, zarr_format) for part in (scalar.real, scalar.imag)]


@dataclass(frozen=True)
class Float16(_Float):
    """Floats of 16 bits."""

    v3_name = "float16"
    numpy_code = "f2"


@dataclass(frozen=True)
class Float32(_Float):
    """Floats of 32 bits."""

    v3_name = "float32"
    numpy_code = "f4"


@dataclass(frozen=True)
class Float64(_Float):
    """Floats of 64 bits."""

    v3_name = "float64"
    numpy_code = "f8"


@dataclass(frozen=True)
class Complex64(_Complex):
    """Complex numbers of two 32-bit floats."""

    v3_name = "complex64"
    numpy_code = "c8"


@dataclass(frozen=True)
class Complex128(_Complex):
    """Complex numbers of two 64-bit floats."""

    v3_name = "complex128"
    numpy_code = "c16"
