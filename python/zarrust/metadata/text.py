"""JSON of documents: read leniently where writers err, written strictly.

Source: RFC 8259. zarr-python writes bare ``NaN`` and ``Infinity`` tokens, which no other reader accepts: they are
read, never written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust.config import config
from zarrust.errors import MetadataValidationError

if TYPE_CHECKING:
    from zarrust.abc.buffer import Buffer, BufferPrototype

__all__ = ["buffers", "jsonable", "jsonable_attributes", "parse", "serialize"]


def parse(text: bytes, key: str) -> dict[str, Any]:
    """Return the JSON object of a document.

    Parameters
    ----------
    text : bytes
        The document.
    key : str
        Its store key, for messages.

    Raises
    ------
    MetadataValidationError
        If it is no JSON, nested too deep, or no object.
    """
    try:
        data = json.loads(text)
    except RecursionError:
        raise MetadataValidationError(f"{key}: the document is nested too deep") from None
    except ValueError as error:  # also of bytes that are no UTF-8, and of numbers with too many digits
        raise MetadataValidationError(f"{key}: the document is no JSON ({error})") from None
    if not isinstance(data, dict):
        raise MetadataValidationError(f"{key}: expected an object, found {type(data).__name__}")
    return data


def serialize(document: Mapping[str, Any], *, indent: bool = True) -> bytes:
    """Return the bytes of a document.

    Raises
    ------
    TypeError
        If a value has no JSON; attributes are converted before, see `jsonable`.
    """
    return json.dumps(document, indent=config.get("json_indent") if indent else None, allow_nan=False).encode()


def buffers(documents: Mapping[str, Mapping[str, Any]], prototype: BufferPrototype) -> dict[str, Buffer]:
    """Return documents, by key, as the buffers that a store takes."""
    return {
        key: prototype.buffer.from_bytes(serialize(document, indent=key != ".zmetadata"))
        for key, document in documents.items()
    }


def jsonable(value: Any, place: str, nan: str = "words") -> Any:
    """Return a value as strict JSON: numpy values converted, NaN and infinities as the specification's words.

    Parameters
    ----------
    value : object
    place : str
        Where it stands, for messages: ``"attribute 'a'"``.
    nan : {"words", "null", "raise"}
        What becomes of NaN and infinities.

    Raises
    ------
    ValueError
        If it is NaN or infinite, and that is to be refused.
    TypeError
        If it has no JSON form; the message names the place.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isfinite(number):
            return number
        if nan == "raise":
            raise ValueError(f"{place}: {number} has no JSON form, and the setting attributes.nan is 'raise'")
        if nan == "null":
            return None
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufUO":
        return jsonable(value.tolist(), place, nan)
    try:
        if isinstance(value, Mapping):
            return {_name(name, place): jsonable(item, f"{place}[{name!r}]", nan) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [jsonable(item, f"{place}[{index}]", nan) for index, item in enumerate(value)]
    except RecursionError:
        raise TypeError(f"{place[:100]}: nested too deep for JSON") from None
    raise TypeError(f"{place}: {type(value).__name__} has no JSON form")


def jsonable_attributes(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a user's attributes as strict JSON.

    Raises
    ------
    TypeError
        If they are no mapping, or a value has no JSON form; the message names the attribute.
    ValueError
        If a value is NaN or infinite, and the setting ``attributes.nan`` refuses that.

    Examples
    --------
    >>> jsonable_attributes({"scale": np.float32(0.5), "missing": float("nan")})
    {'scale': 0.5, 'missing': 'NaN'}
    """
    if attributes is None:
        return {}
    if not isinstance(attributes, Mapping):
        raise TypeError(f"attributes: expected a mapping, found {type(attributes).__name__}")
    nan = config.get("attributes.nan")
    if nan not in ("words", "null", "raise"):
        raise ValueError(f"setting attributes.nan: expected 'words', 'null' or 'raise', found {nan!r}")
    clean: dict[str, Any] = {}
    for name, value in attributes.items():
        clean[_name(name, "attributes")] = jsonable(value, f"attribute {name!r}", nan)
    return clean


def _name(name: object, place: str) -> str:
    """Return a key of a JSON object, as `json` would write it."""
    if isinstance(name, str):
        return str(name)
    if isinstance(name, bool):
        return "true" if name else "false"
    if name is None:
        return "null"
    if isinstance(name, (int, float, np.integer)):
        return str(name)
    raise TypeError(f"{place}: a key of type {type(name).__name__} has no JSON form")
