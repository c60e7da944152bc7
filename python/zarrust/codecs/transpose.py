"""``transpose``: the axes in another order. Source: Zarr v3 codec "transpose", version 1.0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zarrust.codecs.codec import Codec

__all__ = ["TransposeCodec"]


@dataclass(frozen=True, init=False)
class TransposeCodec(Codec):
    """Axes in another order.

    Parameters
    ----------
    order : sequence of int
        A permutation of 0 to n-1: axis ``i`` of the stored chunk is axis ``order[i]`` of the array.
    """

    codec_name = "transpose"
    kind = "array-to-array"

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

    def evolve(self, item_size: int, ndim: int) -> Codec:
        """Refuse an array of another number of axes.

        Raises
        ------
        ValueError
            If the order is not one of ``ndim`` axes.
        """
        if len(self.order) != ndim:
            raise ValueError(f"transpose: order has {len(self.order)} axes, the array has {ndim}")
        return self
