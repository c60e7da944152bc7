"""Python objects, which format 2 stores through an object codec: the first filter says what they are.

Strings and bytes have data types of their own; see `zarrust.dtypes.text` and `zarrust.dtypes.octets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from zarrust.dtypes.data_type import HasObjectCodec, ZDType
from zarrust.dtypes.spec import DTypeJSON, ZarrFormat, check_dtype_spec_v2

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OBJECT_FILTERS", "PythonObjects", "object_codec_id"]

OBJECT_FILTERS: Final = frozenset(
    ["vlen-utf8", "vlen-bytes", "vlen-array", "json2", "json", "msgpack2", "msgpack", "pickle", "categorize"]
)
"""The filters of numcodecs that take objects."""


def object_codec_id(filters: object) -> str | None:
    """Return the id of the filter that encodes objects, None where there is none; it is the first one.

    Parameters
    ----------
    filters : iterable of mapping or Numcodec, optional
        As documents or codecs; anything else has none.
    """
    entries: Iterable[Any] = filters if isinstance(filters, (list, tuple)) else ()
    for entry in entries:
        found = entry.get("id") if isinstance(entry, Mapping) else getattr(entry, "codec_id", None)
        if found in OBJECT_FILTERS:
            return str(found)
    return None


@dataclass(frozen=True, kw_only=True)
class PythonObjects(ZDType, HasObjectCodec):
    """Objects of Python that only their codec knows.

    Parameters
    ----------
    object_codec_id : str
        Such as ``"json2"`` or ``"vlen-array"``.
    """

    object_codec_id: str  # type: ignore[misc]
    dtype_cls = type(np.dtype("O"))
    _zarr_v3_name = "python_objects"

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Refuse: numpy's objects do not say what they are."""
        raise cls._no_dtype(dtype)

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return numpy's dtype of objects."""
        return np.dtype("O")

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not check_dtype_spec_v2(data) or data["name"] != "|O" or data["object_codec_id"] not in OBJECT_FILTERS:
            raise cls._no_json(data, "'|O' and an object codec")
        return cls(object_codec_id=data["object_codec_id"])

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        raise cls._no_json(data, "nothing: format 3 has no Python objects")

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return ``"|O"`` with the codec; format 3 has no such type."""
        if zarr_format == 2:
            return {"name": "|O", "object_codec_id": self.object_codec_id}
        raise ValueError("format 3 has no Python objects; use zarr_format=2, or dtype=str")

    def _check_scalar(self, data: object) -> bool:
        return True

    def cast_scalar(self, data: object) -> Any:
        """Return the object."""
        return data

    def default_scalar(self) -> None:
        """Return None."""

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the JSON value."""
        return data

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> Any:
        """Return the object if it is a JSON value."""
        if data is None or isinstance(data, (bool, int, float, str, list, dict)):
            return data
        raise TypeError(f"fill_value: expected a JSON value for objects, found {data!r:.200}")
