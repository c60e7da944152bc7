"""What data types look like in documents, for annotations: the dictionaries of both formats."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeAlias

from typing_extensions import ReadOnly, TypedDict, TypeVar

from zarrust.dtypes.spec import StructuredName_V2
from zarrust.dtypes.time import DateTimeUnit  # noqa: TC001 -- `get_type_hints` looks it up

__all__ = [
    "DTypeConfig_V2",
    "DTypeSpec_V2",
    "DTypeSpec_V3",
    "DateTime64JSON_V2",
    "DateTime64JSON_V3",
    "FixedLengthUTF32JSON_V2",
    "FixedLengthUTF32JSON_V3",
    "NamedConfig",
    "NullTerminatedBytesJSON_V3",
    "NullterminatedBytesJSON_V2",
    "RawBytesJSON_V2",
    "RawBytesJSON_V3",
    "StructJSON_V3",
    "StructuredJSON_V2",
    "StructuredJSON_V3",
    "TimeDelta64JSON_V2",
    "TimeDelta64JSON_V3",
    "VariableLengthBytesJSON_V2",
    "VariableLengthUTF8JSON_V2",
]

_Name = TypeVar("_Name", default=Any)
_Codec = TypeVar("_Codec", default=Any)
_Configuration = TypeVar("_Configuration", default=Any)


class DTypeConfig_V2(TypedDict, Generic[_Name, _Codec]):
    """A data type of format 2: its name and the codec of objects, None where there is none."""

    name: ReadOnly[_Name]
    object_codec_id: ReadOnly[_Codec]


class NamedConfig(TypedDict, Generic[_Name, _Configuration]):
    """A data type of format 3 that has parameters."""

    name: ReadOnly[_Name]
    configuration: ReadOnly[_Configuration]


DTypeSpec_V2: TypeAlias = DTypeConfig_V2[Any, Any]
DTypeSpec_V3: TypeAlias = str | NamedConfig[str, Any]


class FixedLengthBytesConfig(TypedDict):
    """The configuration of bytes and strings of a fixed length."""

    length_bytes: int


class NullterminatedBytesJSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "|S10", "object_codec_id": None}``."""


class NullTerminatedBytesJSON_V3(NamedConfig[Literal["null_terminated_bytes"], FixedLengthBytesConfig]):
    """The name and ``length_bytes``."""


class RawBytesJSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "|V10", "object_codec_id": None}``."""


class RawBytesJSON_V3(NamedConfig[Literal["raw_bytes"], FixedLengthBytesConfig]):
    """The name and ``length_bytes``."""


class VariableLengthBytesJSON_V2(DTypeConfig_V2[Literal["|O"], Literal["vlen-bytes"]]):
    """``{"name": "|O", "object_codec_id": "vlen-bytes"}``."""


class StructuredJSON_V2(DTypeConfig_V2[StructuredName_V2, None]):
    """``{"name": [["a", "<i4"], ["b", "<f8"]], "object_codec_id": None}``."""


class StructuredJSON_V3(NamedConfig[Literal["structured"], dict[str, Any]]):
    """The name and ``fields``, each a list of name and data type."""


class StructJSON_V3(NamedConfig[Literal["struct"], dict[str, Any]]):
    """The name and ``fields``, each an object of ``name`` and ``data_type``."""


class FixedLengthUTF32JSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "<U10", "object_codec_id": None}``."""


class FixedLengthUTF32JSON_V3(NamedConfig[Literal["fixed_length_utf32"], FixedLengthBytesConfig]):
    """The name and ``length_bytes``."""


class VariableLengthUTF8JSON_V2(DTypeConfig_V2[Literal["|O"], Literal["vlen-utf8"]]):
    """``{"name": "|O", "object_codec_id": "vlen-utf8"}``."""


class TimeConfig(TypedDict):
    """The configuration of both types."""

    unit: ReadOnly[DateTimeUnit]
    scale_factor: ReadOnly[int]


class DateTime64JSON_V3(NamedConfig[Literal["numpy.datetime64"], TimeConfig]):
    """The name, ``unit`` and ``scale_factor``."""


class TimeDelta64JSON_V3(NamedConfig[Literal["numpy.timedelta64"], TimeConfig]):
    """The name, ``unit`` and ``scale_factor``."""


class DateTime64JSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "<M8[10s]", "object_codec_id": None}``."""


class TimeDelta64JSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "<m8[10s]", "object_codec_id": None}``."""
