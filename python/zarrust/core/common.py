"""Names of documents and of types that annotations use, and the checks of them that codecs and stores share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from zarrust.dtypes.spec import ZarrFormat
from zarrust.metadata.chunking import parse_shape as parse_shapelike

__all__ = [
    "ANY_ACCESS_MODE",
    "JSON",
    "ZARRAY_JSON",
    "ZARR_JSON",
    "ZATTRS_JSON",
    "ZGROUP_JSON",
    "ZMETADATA_V2_JSON",
    "AccessModeLiteral",
    "BytesLike",
    "DimensionNames",
    "MemoryOrder",
    "NodeType",
    "ShapeLike",
    "ZarrFormat",
    "ceildiv",
    "parse_name",
    "parse_named_configuration",
    "parse_shapelike",
    "product",
]

ZARR_JSON = "zarr.json"
ZARRAY_JSON = ".zarray"
ZGROUP_JSON = ".zgroup"
ZATTRS_JSON = ".zattrs"
ZMETADATA_V2_JSON = ".zmetadata"

JSON: TypeAlias = str | int | float | bool | Mapping[str, "JSON"] | Sequence["JSON"] | None
BytesLike: TypeAlias = bytes | bytearray | memoryview
ShapeLike: TypeAlias = Iterable[int | np.integer[Any]] | int | np.integer[Any]
DimensionNames: TypeAlias = Iterable[str | None] | None
NodeType = Literal["array", "group"]
MemoryOrder = Literal["C", "F"]
AccessModeLiteral = Literal["r", "r+", "a", "w", "w-"]
ANY_ACCESS_MODE = get_args(AccessModeLiteral)

product = math.prod


def ceildiv(a: float, b: float) -> int:
    """Return a quotient, rounded up; nothing divided by anything is 0.

    Examples
    --------
    >>> ceildiv(7, 2)
    4
    """
    return math.ceil(a / b) if a else 0


def parse_name(data: object, expected: str | None = None) -> str:
    """Return the name of an extension.

    Raises
    ------
    TypeError
        If it is no string.
    ValueError
        If another one is expected.
    """
    if not isinstance(data, str):
        raise TypeError(f"Expected a string, got an instance of {type(data)}.")
    if expected is not None and data != expected:
        raise ValueError(f"Expected '{expected}'. Got {data} instead.")
    return data


def parse_named_configuration(
    data: object, expected_name: str | None = None, *, require_configuration: bool = True
) -> tuple[str, Any]:
    """Return name and configuration of an extension's metadata.

    Parameters
    ----------
    data : str or mapping
    expected_name : str, optional
    require_configuration : bool, default True
        Whether it is an error that there is none; otherwise it is None.

    Raises
    ------
    TypeError
        If it is neither a name nor a mapping.
    ValueError
        If a part is missing, or the name is another one.

    Examples
    --------
    >>> parse_named_configuration({"name": "gzip", "configuration": {"level": 1}}, "gzip")
    ('gzip', {'level': 1})
    """
    document = {"name": data} if isinstance(data, str) else data
    if not isinstance(document, Mapping):
        raise TypeError(f"Expected a name or a mapping, got {data!r}.")
    if "name" not in document:
        raise ValueError(f"Named configuration does not have a 'name' key. Got keys {list(document)}.")
    name = parse_name(document["name"], expected_name)
    if "configuration" in document:
        return name, document["configuration"]
    if require_configuration:
        raise ValueError(f"Named configuration does not have a 'configuration' key. Got keys {list(document)}.")
    return name, None
