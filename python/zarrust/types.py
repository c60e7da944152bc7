"""Names for annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from zarrust.array import Array
from zarrust.async_array import AsyncArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "JSON",
    "AnyArray",
    "AnyAsyncArray",
    "ArrayV2",
    "ArrayV3",
    "AsyncArrayV2",
    "AsyncArrayV3",
    "DTypeConfig_V2",
    "DTypeJSON",
    "ZarrFormat",
]

JSON: TypeAlias = "str | int | float | Mapping[str, JSON] | Sequence[JSON] | None"
"""A JSON value."""

ZarrFormat: TypeAlias = Literal[2, 3]
"""A format of Zarr."""

AnyArray: TypeAlias = Array
"""An array of either format."""

ArrayV2: TypeAlias = Array
"""An array of format 2."""

ArrayV3: TypeAlias = Array
"""An array of format 3."""

AnyAsyncArray: TypeAlias = AsyncArray
"""An awaitable array of either format."""

AsyncArrayV2: TypeAlias = AsyncArray
"""An awaitable array of format 2."""

AsyncArrayV3: TypeAlias = AsyncArray
"""An awaitable array of format 3."""

DTypeJSON: TypeAlias = "str | Sequence[Any] | Mapping[str, Any]"
"""A data type as documents have it."""


class DTypeConfig_V2(TypedDict):  # noqa: N801 -- zarr-python's name
    """A data type of format 2, with the codec that says what its objects are."""

    name: DTypeJSON
    object_codec_id: str | None
