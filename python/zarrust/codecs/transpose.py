"""``transpose``: the axes in another order. Source: Zarr v3 codec "transpose", version 1.0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from zarrust.abc.codec import ArrayArrayCodec
from zarrust.codecs.codec import EngineArrayCodec

if TYPE_CHECKING:
    from zarrust.abc.buffer import NDBuffer
    from zarrust.array_spec import ArraySpec

__all__ = ["TransposeCodec"]


@dataclass(frozen=True, init=False)
class TransposeCodec(EngineArrayCodec, ArrayArrayCodec):
    """Axes in another order.

    Parameters
    ----------
    order : sequence of int
        A permutation of 0 to n-1: axis ``i`` of the stored chunk is axis ``order[i]`` of the array.

    Examples
    --------
    >>> TransposeCodec(order=(1, 0)).to_dict()
    {'name': 'transpose', 'configuration': {'order': [1, 0]}}
    """

    codec_name = "transpose"
    is_fixed_size = True

    order: tuple[int, ...]

    def __init__(self, *, order: Iterable[int]) -> None:
        if isinstance(order, (str, bytes)) or not isinstance(order, Iterable):
            raise TypeError(f"transpose: order is a list of integers, found {order!r}")
        axes = tuple(order)
        if any(not isinstance(axis, int) or isinstance(axis, bool) for axis in axes) or sorted(axes) != list(
            range(len(axes))
        ):
            raise ValueError(f"transpose: order is a permutation of the axes 0 to {len(axes) - 1}, found {list(axes)}")
        object.__setattr__(self, "order", axes)

    def configuration(self) -> dict[str, Any]:
        """Return the order as a list."""
        return {"order": list(self.order)}

    def validate(self, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse an array of another number of axes.

        Raises
        ------
        ValueError
            If the order is not one of as many axes as ``shape`` has.
        """
        self._check(len(shape))

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec itself, if the chunk has as many axes.

        Raises
        ------
        ValueError
            If it has not.
        """
        self._check(array_spec.ndim)
        return self

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk with its axes in the stored order."""
        return replace(chunk_spec, shape=tuple(chunk_spec.shape[axis] for axis in self.order))

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        # A view does it, alone: there are no bytes to make.
        return chunk_data.transpose(self.order)

    def _decode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        return chunk_data.transpose(sorted(range(len(self.order)), key=self.order.__getitem__))

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Return ``input_byte_length``."""
        return input_byte_length

    def _check(self, ndim: int) -> None:
        if len(self.order) != ndim:
            raise ValueError(
                f"transpose: The `order` tuple must have as many entries as the array has axes, {ndim}, "
                f"found {self.order}"
            )
