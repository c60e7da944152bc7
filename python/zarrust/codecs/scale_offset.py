"""``scale_offset``: ``(x - offset) * scale``, without rounding. Source: zarr-extensions codec "scale_offset"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust.abc.codec import ArrayArrayCodec
from zarrust.codecs.codec import EngineArrayCodec

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["ScaleOffset"]


@dataclass(frozen=True, init=False)
class ScaleOffset(EngineArrayCodec, ArrayArrayCodec):
    """Numbers less an offset, times a scale, in their own data type.

    Parameters
    ----------
    offset : int, float or str, default 0
        As the fill value of the array's data type is written in documents.
    scale : int, float or str, default 1
        Not zero. Integers must come back without a remainder.

    Examples
    --------
    >>> ScaleOffset(offset=5).to_dict()
    {'name': 'scale_offset', 'configuration': {'offset': 5}}
    """

    codec_name = "scale_offset"
    is_fixed_size = True

    offset: int | float | str
    scale: int | float | str

    def __init__(self, *, offset: Any = 0, scale: Any = 1) -> None:
        for name, value in (("offset", offset), ("scale", scale)):
            if not isinstance(value, (int, float, str)):
                raise TypeError(f"{name} must be a number or string, got {type(value).__name__}")
        object.__setattr__(self, "offset", offset)
        object.__setattr__(self, "scale", scale)

    def configuration(self) -> dict[str, Any]:
        """Return what differs from doing nothing."""
        usual = {"offset": 0, "scale": 1}
        return {name: value for name, value in super().configuration().items() if value != usual[name]}

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse data types that are no numbers, and parameters that they do not have.

        Raises
        ------
        ValueError
            If one does not fit.
        """
        if self._scalar("scale", dtype) == 0:
            raise ValueError("scale_offset scale must be non-zero.")
        self._scalar("offset", dtype)

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk with its fill value scaled.

        Raises
        ------
        ValueError
            If the data type does not have that.
        """
        offset, scale = (self._scalar(name, chunk_spec.dtype) for name in ("offset", "scale"))
        scaled = (chunk_spec.fill_value.item() - offset.item()) * scale.item()
        try:
            return replace(chunk_spec, fill_value=chunk_spec.dtype.cast_scalar(scaled))
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"scale_offset: the fill value {chunk_spec.fill_value!r} becomes {scaled!r}") from error

    def engine_document(self, spec: ArraySpec, plugs: list[Any]) -> dict[str, Any] | None:
        """Return the codec with its parameters as numbers of the data type.

        Raises
        ------
        ValueError
            If one is infinite or NaN.
        """
        numbers = {name: self._scalar(name, spec.dtype).item() for name in ("offset", "scale")}
        if not all(np.isfinite(value) for value in numbers.values()):
            raise ValueError(f"scale_offset: offset {self.offset!r} and scale {self.scale!r} have to be finite")
        return {"name": self.codec_name, "configuration": numbers}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Return ``input_byte_length``."""
        return input_byte_length

    def _scalar(self, name: str, dtype: Any) -> Any:
        if dtype.to_native_dtype().kind not in "iuf":
            raise ValueError(f"scale_offset codec only supports integer and floating-point data types. Got {dtype}.")
        value = getattr(self, name)
        try:
            return dtype.from_json_scalar(value, zarr_format=3)
        except (TypeError, ValueError, OverflowError) as error:
            native = dtype.to_native_dtype()
            raise ValueError(f"scale_offset {name} value {value!r} is not representable in dtype {native}.") from error
