"""``struct``, and ``structured`` as zarr-python 3.1 wrote it: records of named fields.

Source: zarr-extensions, data type "struct"; Zarr v2 specification, section "Data type encoding".
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zarrust.dtypes.data_type import HasItemSize, ZDType, v3_unstable_dtype_warning
from zarrust.dtypes.octets import from_base64
from zarrust.dtypes.spec import (
    DTypeJSON,
    ZarrFormat,
    check_dtype_spec_no_object_codec_v2,
    check_structured_dtype_name_v2,
    configuration_of,
)
from zarrust.errors import DataTypeValidationError, ZarrUserWarning

__all__ = ["Struct", "Structured"]


class FieldValidationError(DataTypeValidationError):
    """A structured data type is well formed, but the data type of a field is not."""


def _field(data: Any, zarr_format: ZarrFormat, place: str) -> ZDType:
    from zarrust.dtypes.registry import data_type_registry

    try:
        return data_type_registry.match_json(data, zarr_format=zarr_format)
    except FieldValidationError:
        raise
    except ValueError as error:
        raise FieldValidationError(f"{error} at {place}") from None


def _unsupported(dtype: np.dtype[Any]) -> str | None:
    """Return why a structured dtype cannot be stored, None if it can."""
    for name in dtype.names or ():
        found, _, *title = dtype.fields[name]  # type: ignore[index]
        if title:
            return f"field {name!r} has a title ({title[0]!r})"
        if found.subdtype is not None:
            return f"field {name!r} is a subarray with shape {found.shape}"
        inner = _unsupported(found)
        if inner is not None:
            return f"within field {name!r}: {inner}"
    return None


def packed(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return a structured dtype without gaps, as it is stored."""
    if dtype.names is None:
        return dtype
    return np.dtype([(name, packed(dtype.fields[name][0])) for name in dtype.names])  # type: ignore[index]


@dataclass(frozen=True, kw_only=True)
class Structured(ZDType, HasItemSize):
    """Records, under the name and in the form that zarr-python 3.1 wrote.

    Parameters
    ----------
    fields : tuple of (str, ZDType)
        Name and data type of each field.
    """

    fields: tuple[tuple[str, ZDType], ...]
    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("V"))
    _zarr_v3_name = "structured"

    def __post_init__(self) -> None:
        if len(self.fields) < 1:
            raise ValueError(f"must have at least one field. Got {self.fields!r}")

    @classmethod
    def _check_native_dtype(cls, dtype: np.dtype[Any]) -> bool:
        return isinstance(dtype, cls.dtype_cls) and dtype.fields is not None

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype with fields.

        Raises
        ------
        ValueError
            If a field has a title or is a subarray.
        """
        from zarrust.dtypes.registry import data_type_registry

        if not cls._check_native_dtype(dtype):
            raise cls._no_dtype(dtype)
        reason = _unsupported(dtype)
        if reason is not None:
            raise ValueError(
                f"Cannot convert the structured data type {dtype}: {reason}. Zarr has neither field titles nor "
                "subarray fields."
            )
        dense = packed(dtype)
        if dense != dtype:
            warnings.warn(
                "The structured dtype is converted to a packed field layout. Field values are preserved when writing "
                "arrays, but field offsets and itemsize may change.",
                ZarrUserWarning,
                stacklevel=2,
            )
        kinds = {name: dense.fields[name][0] for name in dense.names}  # type: ignore[index, union-attr]
        return cls(fields=tuple((name, data_type_registry.match_dtype(kind)) for name, kind in kinds.items()))

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return the numpy dtype, with the byte order of every field."""
        return np.dtype([(name, kind.to_native_dtype()) for name, kind in self.fields])

    @classmethod
    def _check_json_v2(cls, data: DTypeJSON) -> bool:
        return (
            check_dtype_spec_no_object_codec_v2(data)
            and not isinstance(data["name"], str)
            and check_structured_dtype_name_v2(data["name"])
        )

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        return cls._v3_fields(data, ("structured",)) is not None

    @classmethod
    def _v3_fields(cls, data: DTypeJSON, names: tuple[str, ...]) -> list[tuple[str, Any, str]] | None:
        """Return name, data type and place of every field, None if this is something else."""
        configuration = configuration_of(data, names, {"fields"})
        if configuration is None or not isinstance(configuration["fields"], (list, tuple)):
            return None
        fields = []
        for index, entry in enumerate(configuration["fields"]):
            place = f"/configuration/fields/{index}"
            if isinstance(entry, Mapping) and entry.keys() == {"name", "data_type"}:
                name, kind, place = entry["name"], entry["data_type"], f"{place}/data_type"
            elif isinstance(entry, (list, tuple)) and len(entry) == 2:
                (name, kind), place = entry, f"{place}/1"
            else:
                return None
            if not isinstance(name, str):
                return None
            fields.append((name, kind, place))
        return fields

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v2(data):
            raise cls._no_json(data, "a JSON array of arrays")
        return cls(
            fields=tuple(
                (name, _field({"name": kind, "object_codec_id": None}, 2, f"/{index}/1"))
                for index, (name, kind) in enumerate(data["name"])
            )
        )

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if not cls._check_json_v3(data):
            raise cls._no_json(data, f"a JSON object with the key {cls._zarr_v3_name!r}")
        fields = cls._v3_fields(data, ("struct", "structured")) or []
        return cls(fields=tuple((name, _field(kind, 3, place)) for name, kind, place in fields))

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return the fields, each a list of name and data type."""
        if zarr_format == 2:
            return {"name": [[name, kind.to_json(2)["name"]] for name, kind in self.fields], "object_codec_id": None}
        if zarr_format == 3:
            v3_unstable_dtype_warning(self)
            fields: list[Any] = [[name, kind.to_json(3)] for name, kind in self.fields]
            return {"name": self._zarr_v3_name, "configuration": {"fields": fields}}
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bytes, list, tuple, int, np.void))

    def cast_scalar(self, data: object) -> Any:
        """Return a record: of its values, of its bytes, or with one integer in every field."""
        if not self._check_scalar(data):
            raise self._no_cast(data)
        native = self.to_native_dtype()
        if isinstance(data, bytes):
            if len(data) != native.itemsize:
                raise ValueError(f"fill_value: expected {native.itemsize} bytes, found {len(data)}")
            return np.frombuffer(data, dtype=native)[0]
        record = np.empty((), dtype=native)
        if isinstance(data, (list, tuple)):
            if len(data) != len(self.fields):
                raise ValueError(f"fill_value: expected {len(self.fields)} values, found {len(data)}")
            # Field by field: a NaN keeps its payload.
            for (name, _), value in zip(self.fields, data, strict=True):
                record[name] = tuple(value) if isinstance(value, list) else value
        else:
            record[()] = data
        return record[()]

    def default_scalar(self) -> Any:
        """Return zeros in every field."""
        return np.zeros((), dtype=self.to_native_dtype())[()]

    def _stored(self, zarr_format: ZarrFormat) -> np.dtype[Any]:
        """Return the dtype of a fill value's bytes: format 3 has no byte order but this."""
        native = self.to_native_dtype()
        return native if zarr_format == 2 else native.newbyteorder("<")

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the record of a base64 text, or of an object with a value for each field."""
        if zarr_format == 2 and type(data) is int and data == 0:
            return self.default_scalar()
        if isinstance(data, Mapping):
            return self.cast_scalar(tuple(self._value_of(name, kind, data, zarr_format) for name, kind in self.fields))
        if not isinstance(data, str):
            raise self._no_fill(data, "a base64-encoded string or an object")
        stored, raw = self._stored(zarr_format), from_base64(data)
        if len(raw) != stored.itemsize:
            raise ValueError(f"fill_value: expected {stored.itemsize} bytes in base64, found {len(raw)}")
        return np.frombuffer(raw, dtype=stored).astype(self.to_native_dtype())[0]

    @staticmethod
    def _value_of(name: str, kind: ZDType, data: Mapping[str, Any], zarr_format: ZarrFormat) -> Any:
        if name not in data:
            return kind.default_scalar()
        return kind.from_json_scalar(data[name], zarr_format=zarr_format)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> Any:
        """Return the record's bytes in base64."""
        raw = np.asarray(self.cast_scalar(data)).astype(self._stored(zarr_format)).tobytes()
        return base64.standard_b64encode(raw).decode("ascii")

    @property
    def item_size(self) -> int:
        """Bytes of one record."""
        return self.to_native_dtype().itemsize

    def has_multi_byte_fields(self) -> bool:
        """Return whether the byte order matters for any field."""
        return any(isinstance(kind, HasItemSize) and kind.item_size > 1 for _, kind in self.fields)


class Struct(Structured):
    """Records of named fields: numpy's ``V`` with fields.

    Parameters
    ----------
    fields : tuple of (str, ZDType)
        Name and data type of each field.
    """

    _zarr_v3_name = "struct"

    @classmethod
    def _check_json_v3(cls, data: DTypeJSON) -> bool:
        return cls._v3_fields(data, ("struct", "structured")) is not None

    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return the fields: lists in format 2, objects of ``name`` and ``data_type`` in format 3."""
        if zarr_format != 3:
            return super().to_json(zarr_format)
        fields = [{"name": name, "data_type": kind.to_json(3)} for name, kind in self.fields]
        return {"name": self._zarr_v3_name, "configuration": {"fields": fields}}

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> Any:
        """Return base64 in format 2, an object with the value of each field in format 3."""
        if zarr_format == 2:
            return super().to_json_scalar(data, zarr_format=2)
        scalar = self.cast_scalar(data)
        return {name: kind.to_json_scalar(scalar[name], zarr_format=3) for name, kind in self.fields}
