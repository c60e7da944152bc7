"""``bool``: one byte, 0 or 1. Source: Zarr v3 core specification, section "Data types"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarrust.dtypes.numeric import Numeric

if TYPE_CHECKING:
    from zarrust.dtypes.spec import ZarrFormat

__all__ = ["Bool"]


class Bool(Numeric):
    """Truth values."""

    dtype_cls: ClassVar[type[np.dtype[Any]]] = type(np.dtype("?"))
    _zarr_v3_name = "bool"
    _zarr_v2_names = ("|b1",)
    _zarr_v2_name = "|b1"

    def _check_scalar(self, data: object) -> bool:
        return True

    def cast_scalar(self, data: object) -> Any:
        """Return the truth of a value as a numpy bool."""
        return np.bool_(data)

    def default_scalar(self) -> Any:
        """Return False."""
        return np.False_

    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> Any:
        """Return the bool of a document; format 2 also writes 0 and 1."""
        if isinstance(data, bool) or (zarr_format == 2 and isinstance(data, (int, float)) and data in (0, 1)):
            return np.bool_(data)
        raise self._no_fill(data, "true or false")

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> bool:
        """Return true or false."""
        return bool(data)
