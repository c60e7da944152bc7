"""``null_terminated_bytes``, ``raw_bytes`` and ``variable_length_bytes``.

Source: zarr-extensions, data type "bytes"; Zarr v3 core specification, "r*"; Zarr v2 specification, section "Fill value
encoding" (base64).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zarrust.dtypes.data_type import HasItemSize, HasLength, HasObjectCodec, ZDType, v3_unstable_dtype_warning
from zarrust.dtypes.spec import (
    DTypeJSON,
    ZarrFormat,
    check_dtype_spec_no_object_codec_v2,
    check_dtype_spec_v2,
    configuration_of,
)

__all__ = [
    "NullTerminatedBytes",
    "RawBytes",
    "VariableLengthBytes",
]


def from_base64(data: str) -> bytes:
    """Return the bytes of a base64 text.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        return base64.standard_b64decode(data.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError(f"fill_value: expected base64, found {data!r:.200}") from None


@dataclass(frozen=True, kw_only=True)
class _FixedBytes(ZDType, HasLength, HasItemSize):
    """What bytes of a fixed length share."""

    _code: ClassVar[str]

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"length must be >= 1, got {self.length}.")

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._no_dtype(dtype)
        return cls(length=dtype.itemsize)

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return the numpy dtype."""
        return np.dtype(f"{self._code}{self.length}")

    @classmethod
    def _check_json_v2(cls, data: DTypeJSON) -> bool:
        return (
            check_dtype_spec_no_object_codec_v2(data)
            and isinstance(data["name"], str)
            and re.fullmatch(rf"\|{cls._code}\d+", data["name"]) is not None
        )

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        configuration = configuration_of(data, (cls._zarr_v3_name,), {"length_bytes"})
        return configuration is not None and type(configuration["length_bytes"]) is int

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v2(data):
            raise cls._no_json(data, f"a string like '|{cls._code}1', '|{cls._code}2', etc")
        return cls(length=int(data["name"][2:]))

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v3(data):
            raise cls._no_json(data, f"the string {cls._zarr_v3_name!r} and its length_bytes")
        return cls(length=data["configuration"]["length_bytes"])

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return the numpy type string, or the name and the length in bytes."""
        if zarr_format == 2:
            return {"name": self.to_native_dtype().str, "object_codec_id": None}
        if zarr_format == 3:
            v3_unstable_dtype_warning(self)
            return {"name": self._zarr_v3_name, "configuration": {"length_bytes": self.length}}
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """Return the bytes in base64."""
        return base64.standard_b64encode(bytes(self.cast_scalar(data))).decode("ascii")

    @property
    def item_size(self) -> int:
        """Bytes of one element."""
        return self.length


class NullTerminatedBytes(_FixedBytes):
    """At most ``length`` bytes; zeros at the end do not count: numpy's ``S``."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("S"))
    _zarr_v3_name = "null_terminated_bytes"
    _code = "S"

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bytes, str, int))

    def cast_scalar(self, data: object) -> Any:
        """Return bytes, or the text of an integer or a string, cut to the length."""
        if not self._check_scalar(data):
            raise self._no_cast(data)
        raw = data if isinstance(data, bytes) else str(data).encode("ascii")
        return np.bytes_(raw[: self.length])

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """Return the bytes in base64, without zeros at the end."""
        return base64.standard_b64encode(bytes(self.cast_scalar(data))).decode("ascii")

    def default_scalar(self) -> Any:
        """Return no bytes."""
        return np.bytes_(b"")

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the bytes of a base64 text; 0 stands for none, as writers of format 2 leave it."""
        if zarr_format == 2 and type(data) is int and data == 0:
            return self.default_scalar()
        if not isinstance(data, str):
            raise self._no_fill(data, "a base64-encoded string")
        return np.bytes_(from_base64(data))


class RawBytes(_FixedBytes):
    """Exactly ``length`` bytes: numpy's ``V`` without fields."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("V"))
    _zarr_v3_name = "raw_bytes"
    _code = "V"

    @classmethod
    def _check_native_dtype(cls, dtype: np.dtype[Any]) -> bool:
        return type(dtype) is cls.dtype_cls and dtype.fields is None and dtype.subdtype is None

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        # The core specification's own name is r and a number of bits.
        return super()._check_json_v3(data) or (
            isinstance(data, str) and re.fullmatch(r"r[1-9]\d{0,9}", data) is not None and int(data[1:]) % 8 == 0
        )

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if isinstance(data, str) and cls._check_json_v3(data):
            return cls(length=int(data[1:]) // 8)
        return super()._from_json_v3(data)

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bytes, str, np.void))

    def cast_scalar(self, data: object) -> Any:
        """Return bytes, with zeros up to the length."""
        if not self._check_scalar(data):
            raise self._no_cast(data)
        if isinstance(data, str):
            data = data.encode("ascii")
        native = self.to_native_dtype()
        return native.type(data, native)

    def default_scalar(self) -> Any:
        """Return zeros."""
        return self.to_native_dtype().type(b"\x00" * self.length)

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the bytes of a base64 text, or of a list of numbers as the core specification has it."""
        if zarr_format == 2 and type(data) is int and data == 0:
            return self.default_scalar()
        if isinstance(data, (list, tuple)) and all(type(n) is int and 0 <= n < 256 for n in data):
            raw = bytes(data)
        elif isinstance(data, str):
            raw = from_base64(data)
        else:
            raise self._no_fill(data, "a base64-encoded string")
        if len(raw) > self.length:
            raise ValueError(f"fill_value: expected at most {self.length} bytes, found {len(raw)}")
        return self.cast_scalar(raw)


class VariableLengthBytes(ZDType, HasObjectCodec):
    """Bytes of any length, as Python objects."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("O"))
    _zarr_v3_name = "variable_length_bytes"
    object_codec_id = "vlen-bytes"

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of numpy's objects."""
        if not cls._check_native_dtype(dtype):
            raise cls._no_dtype(dtype)
        return cls()

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return numpy's dtype of objects."""
        return np.dtype("O")

    @classmethod
    def _check_json_v2(cls, data: DTypeJSON) -> bool:
        return check_dtype_spec_v2(data) and data["name"] == "|O" and data["object_codec_id"] == cls.object_codec_id

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        return isinstance(data, str) and data in (cls._zarr_v3_name, "bytes")

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v2(data):
            raise cls._no_json(data, f"the string '|O' and an object_codec_id of {cls.object_codec_id}")
        return cls()

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v3(data):
            raise cls._no_json(data, f"the string {cls._zarr_v3_name!r}")
        return cls()

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return ``"|O"`` with the codec, or the name."""
        if zarr_format == 2:
            return {"name": "|O", "object_codec_id": self.object_codec_id}
        if zarr_format == 3:
            v3_unstable_dtype_warning(self)
            return self._zarr_v3_name
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bytes, str, int))

    def cast_scalar(self, data: object) -> bytes:
        """Return bytes; a string as UTF-8, an integer as that many zeros."""
        if not self._check_scalar(data):
            raise self._no_cast(data)
        return data.encode() if isinstance(data, str) else bytes(data)  # type: ignore[call-overload]

    def default_scalar(self) -> bytes:
        """Return no bytes."""
        return b""

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> bytes:
        """Return the bytes of a base64 text; 0 stands for none, as writers of format 2 leave it."""
        if zarr_format == 2 and type(data) is int and data == 0:
            return b""
        if not isinstance(data, str):
            raise self._no_fill(data, "a base64-encoded string")
        return from_base64(data)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """Return the bytes in base64."""
        return base64.standard_b64encode(self.cast_scalar(data)).decode("ascii")
