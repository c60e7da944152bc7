"""How documents name data types: the JSON forms of both formats, and the checks that tell them from anything else.

Format 2 gives every data type as ``{"name": ..., "object_codec_id": ...}``: the ``dtype`` of the document and, for what
numpy keeps as Python objects, the filter that encodes them. Format 3 gives a name, or a name with a configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from zarrust.dtypes.forms import DTypeConfig_V2, DTypeSpec_V2, DTypeSpec_V3

__all__ = [
    "ENDIANNESS_STR",
    "OBJECT_CODEC_IDS",
    "DTypeJSON",
    "DTypeName_V2",
    "EndiannessStr",
    "ObjectCodecID",
    "StructuredName_V2",
    "ZarrFormat",
    "check_dtype_name_v2",
    "check_dtype_spec_no_object_codec_v2",
    "check_dtype_spec_v2",
    "check_dtype_spec_v3",
    "check_structured_dtype_name_v2",
    "check_structured_dtype_v2_inner",
    "configuration_of",
    "unpack_dtype_json",
]

ZarrFormat = Literal[2, 3]
EndiannessStr = Literal["little", "big"]
ENDIANNESS_STR: Final = ("little", "big")
ObjectCodecID = Literal["vlen-utf8", "vlen-bytes", "vlen-array", "pickle", "json2", "msgpack2"]
OBJECT_CODEC_IDS: Final = ("vlen-utf8", "vlen-bytes", "vlen-array", "pickle", "json2", "msgpack2")

DTypeJSON: TypeAlias = Any
"""JSON that may name a data type: a string, a list for structured types of format 2, an object."""
StructuredName_V2: TypeAlias = Sequence[Any]
DTypeName_V2: TypeAlias = StructuredName_V2 | str


def check_structured_dtype_v2_inner(data: object) -> TypeGuard[StructuredName_V2]:
    """Return whether this is a field of format 2: a name and its type."""
    if isinstance(data, str) or not isinstance(data, Sequence) or len(data) != 2:
        return False
    name, kind = data
    return isinstance(name, str) and (isinstance(kind, str) or check_structured_dtype_name_v2(kind))


def check_structured_dtype_name_v2(data: object) -> TypeGuard[StructuredName_V2]:
    """Return whether this is a list of fields of format 2."""
    return isinstance(data, Sequence) and not isinstance(data, str) and all(map(check_structured_dtype_v2_inner, data))


def check_dtype_name_v2(data: object) -> TypeGuard[DTypeName_V2]:
    """Return whether this can be the ``dtype`` of a document of format 2."""
    return isinstance(data, str) or check_structured_dtype_name_v2(data)


def check_dtype_spec_v2(data: object) -> TypeGuard[DTypeSpec_V2]:
    """Return whether this is a data type of format 2 with its object codec.

    Parameters
    ----------
    data : object
        JSON value.
    """
    return (
        isinstance(data, Mapping)
        and data.keys() == {"name", "object_codec_id"}
        and check_dtype_name_v2(data["name"])
        and (data["object_codec_id"] is None or isinstance(data["object_codec_id"], str))
    )


def check_dtype_spec_no_object_codec_v2(data: object) -> TypeGuard[DTypeConfig_V2[Any, None]]:
    """Return whether this is a data type of format 2 that numpy keeps without Python objects.

    Parameters
    ----------
    data : object
        JSON value.
    """
    return check_dtype_spec_v2(data) and data["object_codec_id"] is None


def check_dtype_spec_v3(data: object) -> TypeGuard[DTypeSpec_V3]:
    """Return whether this is a data type of format 3."""
    return isinstance(data, str) or (
        isinstance(data, Mapping)
        and data.keys() == {"name", "configuration"}
        and isinstance(data["configuration"], Mapping)
        and all(isinstance(key, str) for key in data["configuration"])
    )


def configuration_of(data: object, names: Sequence[str], keys: set[str]) -> Mapping[str, Any] | None:
    """Return the configuration of one of these names if it has these keys and no others, else None."""
    if not isinstance(data, Mapping) or data.keys() != {"name", "configuration"} or data["name"] not in names:
        return None
    configuration = data["configuration"]
    return configuration if isinstance(configuration, Mapping) and configuration.keys() == keys else None


def unpack_dtype_json(data: Any) -> DTypeJSON:
    """Return what a document says: the name alone in format 2."""
    if isinstance(data, Mapping) and data.keys() == {"name", "object_codec_id"}:
        return data["name"]
    return data
