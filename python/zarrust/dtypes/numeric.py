"""What numbers share: fixed names in both formats, one numpy dtype."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zarrust.dtypes.data_type import HasEndianness, HasItemSize, ZDType, byte_order, endianness_of
from zarrust.dtypes.spec import DTypeJSON, ZarrFormat, check_dtype_spec_no_object_codec_v2

__all__ = ["MultiByte", "Numeric"]


class Numeric(ZDType, HasItemSize):
    """A number; those of more than one byte are `MultiByte` as well.

    Attributes
    ----------
    _zarr_v2_names : tuple of str
        The numpy type strings of format 2, for both byte orders where there are two.
    """

    _zarr_v2_names: ClassVar[tuple[str, ...]]

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype, with its byte order."""
        if not cls._check_native_dtype(dtype):
            raise cls._no_dtype(dtype)
        return cls(endianness=endianness_of(dtype)) if cls._zarr_v2_names[0][0] == ">" else cls()  # type: ignore[call-arg]

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return the numpy dtype, with its byte order."""
        endianness = getattr(self, "endianness", None)
        return np.dtype((byte_order(endianness) if endianness else "|") + self._zarr_v2_names[0][1:])

    @classmethod
    def _check_json_v2(cls, data: DTypeJSON) -> bool:
        return check_dtype_spec_no_object_codec_v2(data) and data["name"] in cls._zarr_v2_names

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        return isinstance(data, str) and data == cls._zarr_v3_name

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v2(data):
            raise cls._no_json(data, f"one of the strings {cls._zarr_v2_names!r}.")
        return cls.from_native_dtype(np.dtype(data["name"]))

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v3(data):
            raise cls._no_json(data, f"the string {cls._zarr_v3_name!r}")
        return cls()

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return the name of a format."""
        if zarr_format == 2:
            return {"name": self.to_native_dtype().str, "object_codec_id": None}
        if zarr_format == 3:
            return self._zarr_v3_name
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    @property
    def item_size(self) -> int:
        """Bytes of one element."""
        return int(self._zarr_v2_names[0][2:])


@dataclass(frozen=True, kw_only=True)
class MultiByte(Numeric, HasEndianness):
    """A number of more than one byte, which has a byte order in memory."""
