"""Other names of `zarrust.buffer` and `zarrust.abc.buffer`."""

from zarrust.abc.buffer import ArrayLike, Buffer, BufferPrototype, NDArrayLike, NDBuffer
from zarrust.buffer.cpu import default_buffer_prototype, numpy_buffer_prototype

__all__ = [
    "ArrayLike",
    "Buffer",
    "BufferPrototype",
    "NDArrayLike",
    "NDBuffer",
    "default_buffer_prototype",
    "numpy_buffer_prototype",
]
