"""What a codec is told of the chunks it works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zarrust.array_config import ArrayConfig, parse_array_config
from zarrust.buffer import default_buffer_prototype

if TYPE_CHECKING:
    from zarrust.abc.buffer import BufferPrototype
    from zarrust.dtypes import ZDType

__all__ = ["ArraySpec"]


@dataclass(frozen=True)
class ArraySpec:
    """A chunk as a codec sees it.

    Parameters
    ----------
    shape : tuple of int
        Of the chunk, in elements.
    dtype : ZDType
    fill_value : scalar
        What is read where nothing is stored.
    config : ArrayConfig
        How the array behaves.
    prototype : BufferPrototype
        The classes of buffers that are passed.
    """

    shape: tuple[int, ...]
    dtype: ZDType
    fill_value: Any
    config: ArrayConfig = field(default_factory=lambda: parse_array_config(None))
    prototype: BufferPrototype = field(default_factory=default_buffer_prototype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def order(self) -> str:
        """Memory order of what a read returns."""
        return self.config.order
