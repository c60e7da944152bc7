"""Checks of the fields that both formats share; each message names the document's key and the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zarrust.errors import MetadataValidationError

if TYPE_CHECKING:
    from zarrust.dtypes import ZDType
    from zarrust.dtypes.spec import ZarrFormat

__all__ = ["attributes", "chunk_lengths", "integers", "need", "one_of"]

_LARGEST = 2**63 - 1
"""Largest length of an axis: the engine counts in 64 bits, numpy in signed ones."""


def need(data: Mapping[str, Any], field: str, key: str) -> Any:
    """Return a field that must be there.

    Raises
    ------
    MetadataValidationError
        If it is missing.
    """
    if field not in data:
        raise MetadataValidationError(f"{key}: required field {field!r} is missing")
    return data[field]


def one_of(data: Mapping[str, Any], field: str, choices: tuple[object, ...], key: str) -> Any:
    """Return a required field that has one of a few values.

    Raises
    ------
    MetadataValidationError
        If it is missing or has another value.
    """
    value = need(data, field, key)
    # 1 == True and 2 == 2.0 in Python, not in JSON.
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise MetadataValidationError(f"{key}: {field}: expected {' or '.join(map(repr, choices))}, found {value!r}")
    return value


def integers(value: object, field: str, key: str) -> tuple[int, ...]:
    """Return a list of lengths.

    Raises
    ------
    MetadataValidationError
        If it is no list, or an entry is no integer from 0 on that fits 63 bits.
    """
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise MetadataValidationError(f"{key}: {field}: expected a list of integers, found {value!r}")
    for entry in value:
        if not isinstance(entry, int) or isinstance(entry, bool) or not 0 <= entry <= _LARGEST:
            raise MetadataValidationError(
                f"{key}: {field}: expected integers from 0 to {_LARGEST}, found {entry!r} in {list(value)!r:.200}"
            )
    return tuple(int(entry) for entry in value)


def chunk_lengths(value: object, shape: Sequence[int], field: str, key: str) -> tuple[int, ...]:
    """Return the lengths of a regular grid's chunks.

    zarr-python before 3.4 wrote 0 along an axis of length 0 when it was told so. 1 stands for it: no chunk exists
    either way, and an array that grows needs a length.

    Raises
    ------
    MetadataValidationError
        If it is no list of lengths of at least 1, but for axes of length 0.
    """
    lengths = integers(value, field, key)
    extents = [*shape, *[1] * len(lengths)][: len(lengths)]
    if any(length == 0 < extent for length, extent in zip(lengths, extents, strict=True)):
        raise MetadataValidationError(f"{key}: {field}: expected lengths of at least 1, found {list(lengths)!r:.200}")
    return tuple(max(1, length) for length in lengths)


def attributes(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the user's attributes; none when there are none.

    Raises
    ------
    MetadataValidationError
        If they are no object.
    """
    value = data.get("attributes", {})
    if not isinstance(value, Mapping):
        raise MetadataValidationError(f"{key}: attributes: expected an object, found {value!r:.200}")
    return dict(value)


def product(lengths: Sequence[int], field: str, key: str) -> int:
    """Return the number of elements, refusing one that no machine counts.

    Raises
    ------
    MetadataValidationError
        If it does not fit 63 bits.
    """
    total = 1
    for length in lengths:
        total *= length
    if total > _LARGEST:
        raise MetadataValidationError(f"{key}: {field}: {list(lengths)} has more elements than can be counted")
    return total


def fill_to_json(data_type: ZDType, fill_value: Any, zarr_format: ZarrFormat) -> Any:
    """Return a fill value as a document holds it."""
    return data_type.to_json_scalar(fill_value, zarr_format=zarr_format)
