"""``bool``: one byte, 0 or 1. Source: Zarr v3 core specification, section "Data types"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zarrust.dtypes.data_type import DataType, ZarrFormat

__all__ = ["Bool"]


@dataclass(frozen=True)
class Bool(DataType):
    """Truth values."""

    v3_name = "bool"
    numpy_code = "b1"

    def cast_scalar(self, value: object) -> Any:
        """Return a value as a numpy bool."""
        if isinstance(value, (bool, np.bool_, int, float, np.number)) or (
            isinstance(value, np.ndarray) and value.ndim == 0
        ):
            return np.bool_(value)
        raise self._no_cast(value)

    def from_json_scalar(self, value: object, zarr_format: ZarrFormat) -> Any:
        """Return the bool of a document; format 2 also writes 0 and 1."""
        if isinstance(value, bool) or (zarr_format == 2 and isinstance(value, (int, float)) and value in (0, 1)):
            return np.bool_(value)
        raise self._no_fill(value, "true or false")

    def to_json_scalar(self, value: Any, zarr_format: ZarrFormat) -> Any:
        """Return true or false."""
        return bool(value)
