"""``reshape``: the elements of a chunk as an array of another shape. Source: zarr-extensions, codec "reshape"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zarrust.abc.codec import ArrayArrayCodec
from zarrust.codecs.codec import EngineArrayCodec

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["ReshapeCodec"]


@dataclass(frozen=True, init=False)
class ReshapeCodec(EngineArrayCodec, ArrayArrayCodec):
    """The same elements in the same order, as an array of another shape.

    Parameters
    ----------
    shape : sequence of int or sequence of int
        The length of each axis of the stored chunk: a positive number, the axes of the array's chunk whose lengths are
        multiplied, or once ``-1`` for what is left.

    Examples
    --------
    >>> ReshapeCodec(shape=[[0, 1], [2], 3]).to_dict()
    {'name': 'reshape', 'configuration': {'shape': [[0, 1], [2], 3]}}
    """

    codec_name = "reshape"
    is_fixed_size = True

    shape: tuple[int | tuple[int, ...], ...]

    def __init__(self, *, shape: Iterable[int | Sequence[int]]) -> None:
        if isinstance(shape, (str, bytes)) or not isinstance(shape, Iterable):
            raise TypeError(f"reshape: shape is a list of integers and of lists of axes, found {shape!r}")
        lengths: tuple[Any, ...] = tuple(tuple(entry) if isinstance(entry, (list, tuple)) else entry for entry in shape)
        numbers = [entry for entry in lengths if not isinstance(entry, tuple)]
        axes = [axis for entry in lengths if isinstance(entry, tuple) for axis in entry]
        if any(not isinstance(number, int) or isinstance(number, bool) for number in [*numbers, *axes]):
            raise TypeError(f"reshape: shape is a list of integers and of lists of axes, found {list(lengths)}")
        if any(number < -1 or number == 0 for number in numbers) or numbers.count(-1) > 1:
            raise ValueError(f"reshape: a length is a positive number or one -1, found {list(lengths)}")
        if any(axis < 0 for axis in axes) or axes != sorted(set(axes)):
            raise ValueError(f"reshape: axes are named in rising order, found {list(lengths)}")
        object.__setattr__(self, "shape", lengths)

    def configuration(self) -> dict[str, Any]:
        """Return the shape as a list."""
        return {"shape": [list(entry) if isinstance(entry, tuple) else entry for entry in self.shape]}

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk in its new shape.

        Raises
        ------
        ValueError
            If the chunk has another number of elements, or axes that end elsewhere.
        """
        return replace(chunk_spec, shape=self._resolve(chunk_spec.shape))

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Return ``input_byte_length``."""
        return input_byte_length

    def _resolve(self, before: tuple[int, ...]) -> tuple[int, ...]:
        misfit = f"reshape: shape {self.configuration()['shape']} does not fit chunks of shape {before}"
        if any(axis >= len(before) for entry in self.shape if isinstance(entry, tuple) for axis in entry):
            raise ValueError(misfit)
        after = [
            math.prod(before[axis] for axis in entry) if isinstance(entry, tuple) else entry for entry in self.shape
        ]
        if -1 in after:
            rest = math.prod(length for length in after if length != -1)
            after[after.index(-1)] = math.prod(before) // rest if rest else 0
        if math.prod(after) != math.prod(before):
            raise ValueError(misfit)
        for index, entry in enumerate(self.shape):
            if isinstance(entry, tuple) and entry:
                starts = math.prod(after[:index]) == math.prod(before[: entry[0]])
                ends = math.prod(after[index + 1 :]) == math.prod(before[entry[-1] + 1 :])
                if not (starts and ends):
                    raise ValueError(misfit)
        return tuple(after)
