"""``fixed_length_utf32`` and ``string``.

Source: zarr-extensions, data types of those names; Zarr v2 specification, section "Data type encoding".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zarrust.dtypes.data_type import (
    HasEndianness,
    HasItemSize,
    HasLength,
    HasObjectCodec,
    ZDType,
    byte_order,
    endianness_of,
)
from zarrust.dtypes.spec import (
    DTypeJSON,
    ZarrFormat,
    check_dtype_spec_no_object_codec_v2,
    check_dtype_spec_v2,
    configuration_of,
)

__all__ = [
    "FixedLengthUTF32",
    "VariableLengthUTF8",
]

HAS_STRING_DTYPE = hasattr(np.dtypes, "StringDType")
"""Whether numpy has strings of its own; before version 2 they are Python objects."""


@dataclass(frozen=True, kw_only=True)
class FixedLengthUTF32(ZDType, HasEndianness, HasLength, HasItemSize):
    """Strings of at most ``length`` characters, four bytes each: numpy's ``U``."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("U"))
    _zarr_v3_name = "fixed_length_utf32"
    code_point_bytes: ClassVar[int] = 4

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"length must be >= 1, got {self.length}.")

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype, with its byte order."""
        if not cls._check_native_dtype(dtype):
            raise cls._no_dtype(dtype)
        return cls(length=dtype.itemsize // cls.code_point_bytes, endianness=endianness_of(dtype))

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return the numpy dtype, with its byte order."""
        return np.dtype(f"{byte_order(self.endianness)}U{self.length}")

    @classmethod
    def _check_json_v2(cls, data: DTypeJSON) -> bool:
        return (
            check_dtype_spec_no_object_codec_v2(data)
            and isinstance(data["name"], str)
            and re.fullmatch(r"[<>]U\d+", data["name"]) is not None
        )

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        configuration = configuration_of(data, (cls._zarr_v3_name,), {"length_bytes"})
        return configuration is not None and type(configuration["length_bytes"]) is int

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v2(data):
            raise cls._no_json(data, "a string representation of a NumPy U dtype.")
        return cls.from_native_dtype(np.dtype(data["name"]))

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v3(data):
            raise cls._no_json(data, f"{cls._zarr_v3_name}.")
        return cls(length=data["configuration"]["length_bytes"] // cls.code_point_bytes)

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return the numpy type string, or the name and the length in bytes."""
        if zarr_format == 2:
            return {"name": self.to_native_dtype().str, "object_codec_id": None}
        if zarr_format == 3:
            return {"name": self._zarr_v3_name, "configuration": {"length_bytes": self.item_size}}
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    def _check_scalar(self, data: object) -> bool:
        return True

    def cast_scalar(self, data: object) -> Any:
        """Return the text of a value, cut to the length."""
        return np.str_(str(data)[: self.length])

    def default_scalar(self) -> Any:
        """Return the empty string."""
        return np.str_("")

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return a string; 0 stands for the empty one, as writers of format 2 leave it."""
        if zarr_format == 2 and type(data) is int and data == 0:
            data = ""
        if not isinstance(data, str):
            raise self._no_fill(data, "a string")
        return np.str_(data)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """Return the string."""
        return str(data)

    @property
    def item_size(self) -> int:
        """Bytes of one element."""
        return self.length * self.code_point_bytes


class VariableLengthUTF8(ZDType, HasObjectCodec):
    """Strings of any length: numpy's ``StringDType``, Python objects where numpy has none."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = np.dtypes.StringDType if HAS_STRING_DTYPE else type(np.dtype("O"))
    _zarr_v3_name = "string"
    object_codec_id = "vlen-utf8"

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._no_dtype(dtype)
        if hasattr(dtype, "na_object"):
            raise ValueError(
                f"Zarr data type resolution from {dtype} failed. A `numpy.dtypes.StringDType` with `na_object` set is "
                "not supported: strings of Zarr are never missing"
            )
        return cls()

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return numpy's dtype of strings."""
        return np.dtype("T" if HAS_STRING_DTYPE else "O")

    @classmethod
    def _check_json_v2(cls, data: DTypeJSON) -> bool:
        return check_dtype_spec_v2(data) and data["name"] == "|O" and data["object_codec_id"] == cls.object_codec_id

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        return isinstance(data, str) and data == cls._zarr_v3_name

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v2(data):
            raise cls._no_json(data, "the string '|O' and an object_codec_id of 'vlen-utf8'")
        return cls()

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v3(data):
            raise cls._no_json(data, f"{cls._zarr_v3_name}.")
        return cls()

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return ``"|O"`` with the codec, or the name."""
        if zarr_format == 2:
            return {"name": "|O", "object_codec_id": self.object_codec_id}
        if zarr_format == 3:
            return self._zarr_v3_name
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    def _check_scalar(self, data: object) -> bool:
        return True

    def cast_scalar(self, data: object) -> str:
        """Return the text of a value."""
        return str(data)

    def default_scalar(self) -> str:
        """Return the empty string."""
        return ""

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> str:
        """Return a string; 0 stands for the empty one, as writers of format 2 leave it."""
        if zarr_format == 2 and type(data) is int and data == 0:
            return ""
        if not isinstance(data, (str, int, float)):
            raise self._no_fill(data, "a string or a number")
        return str(data)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """Return the string."""
        return str(data)
