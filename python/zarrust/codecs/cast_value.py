"""``cast_value``: numbers stored as another data type. Source: zarr-extensions codec "cast_value"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarrust.abc.codec import ArrayArrayCodec
from zarrust.codecs.codec import EngineArrayCodec, check_choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.array_spec import ArraySpec
    from zarrust.dtypes import ZDType

__all__ = ["CastValue"]

_ROUNDINGS = ("nearest-even", "towards-zero", "towards-positive", "towards-negative", "nearest-away")


@dataclass(frozen=True, init=False)
class CastValue(EngineArrayCodec, ArrayArrayCodec):
    """Numbers stored as another data type, and read back as the array's.

    Parameters
    ----------
    data_type : str or ZDType
        What is stored: an integer or floating point type.
    rounding : {"nearest-even", "towards-zero", "towards-positive", "towards-negative", "nearest-away"}
        How numbers between two stored ones are rounded.
    out_of_range : {"clamp", "wrap"} or None
        What becomes of numbers that the stored type does not have; None refuses them. Clamped numbers are the least or
        the greatest integer, or an infinity.
    scalar_map : mapping, optional
        ``encode`` and ``decode``: pairs of single values and what becomes of them, before all rules.

    Examples
    --------
    >>> CastValue(data_type="uint8", out_of_range="clamp").to_dict()["configuration"]
    {'data_type': 'uint8', 'out_of_range': 'clamp'}
    """

    codec_name = "cast_value"
    is_fixed_size = True

    dtype: ZDType
    rounding: str
    out_of_range: str | None
    scalar_map: Mapping[str, Mapping[Any, Any]] | None

    def __init__(
        self,
        *,
        data_type: Any,
        rounding: Literal[
            "nearest-even", "towards-zero", "towards-positive", "towards-negative", "nearest-away"
        ] = "nearest-even",
        out_of_range: Literal["clamp", "wrap"] | None = None,
        scalar_map: Mapping[str, Any] | None = None,
    ) -> None:
        from zarrust.dtypes import parse_dtype

        dtype = parse_dtype(data_type, zarr_format=3)
        if dtype.to_native_dtype().kind not in "iuf":
            raise ValueError(
                f"Invalid target data type {data_type!r}. cast_value codec only supports integer and floating-point "
                f"data types. Got {dtype}."
            )
        check_choice("cast_value", "rounding", rounding, _ROUNDINGS)
        check_choice("cast_value", "out_of_range", out_of_range, ("clamp", "wrap", None))
        object.__setattr__(self, "dtype", dtype)
        object.__setattr__(self, "rounding", rounding)
        object.__setattr__(self, "out_of_range", out_of_range)
        maps = None if scalar_map is None else {name: dict(scalar_map[name]) for name in scalar_map}
        object.__setattr__(self, "scalar_map", maps)

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any], field: str) -> CastValue:
        """Return the codec of a document."""
        return cls(**configuration)

    def configuration(self) -> dict[str, Any]:
        """Return what differs from the defaults."""
        found: dict[str, Any] = {"data_type": self.dtype.to_json(3)}
        if self.rounding != "nearest-even":
            found["rounding"] = self.rounding
        if self.out_of_range is not None:
            found["out_of_range"] = self.out_of_range
        if self.scalar_map is not None:
            found["scalar_map"] = {name: [*map(list, pairs.items())] for name, pairs in self.scalar_map.items()}
        return found

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse data types that are no numbers, and mapped values that they do not have.

        Raises
        ------
        ValueError
            If one does not fit.
        """
        if dtype.to_native_dtype().kind not in "iuf":
            raise ValueError(
                f"The cast_value codec only supports integer and floating-point data types. Got source dtype {dtype}."
            )
        if self.out_of_range == "wrap" and self.dtype.to_native_dtype().kind == "f":
            raise ValueError(f"out_of_range='wrap' is only valid for integer target types. Got {self.dtype}.")
        self._pairs(dtype)

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk with elements of the stored type."""
        try:
            fill = self.dtype.cast_scalar(chunk_spec.fill_value)
        except (TypeError, ValueError, OverflowError):
            fill = self.dtype.default_scalar()
        return replace(chunk_spec, dtype=self.dtype, fill_value=fill)

    def engine_document(self, spec: ArraySpec, plugs: list[Any]) -> dict[str, Any] | None:
        """Return the codec with its mapped values as numbers."""
        found = self.configuration() | {"scalar_map": self._pairs(spec.dtype)}
        return {"name": self.codec_name, "configuration": found}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Return the bytes of as many elements of the stored type."""
        before: int = chunk_spec.dtype.to_native_dtype().itemsize
        after: int = self.dtype.to_native_dtype().itemsize
        return input_byte_length // before * after

    def _pairs(self, dtype: Any) -> dict[str, list[list[dict[str, int]]]]:
        """Return the maps as the engine has them: floating point numbers by their bits."""
        found = {}
        for name, kinds in (("encode", (dtype, self.dtype)), ("decode", (self.dtype, dtype))):
            pairs = (self.scalar_map or {}).get(name, {}).items()
            found[name] = [[_scalar(one, kind, name) for one, kind in zip(pair, kinds, strict=True)] for pair in pairs]
        return found


def _scalar(value: Any, dtype: Any, direction: str) -> dict[str, int]:
    try:
        scalar = dtype.from_json_scalar(value, zarr_format=3)
    except (TypeError, ValueError, OverflowError) as error:
        native = dtype.to_native_dtype()
        raise ValueError(f"scalar_map {direction} value {value!r} is not representable in dtype {native}.") from error
    if scalar.dtype.kind == "f":
        return {"float": int(np.float64(scalar).view("u8"))}
    return {"int": int(scalar)}
