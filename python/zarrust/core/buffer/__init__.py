"""Other names of `zarrust.buffer` and `zarrust.abc.buffer`."""

import numpy as np

from zarrust.abc.buffer import ArrayLike, Buffer, BufferPrototype, NDArrayLike, NDBuffer
from zarrust.buffer.cpu import default_buffer_prototype, numpy_buffer_prototype
from zarrust.on_demand import submodules

NDArrayLikeOrScalar = int | float | complex | bytes | str | bool | np.generic | NDArrayLike
"""What a read returns."""

__all__ = [
    "ArrayLike",
    "Buffer",
    "BufferPrototype",
    "NDArrayLike",
    "NDArrayLikeOrScalar",
    "NDBuffer",
    "default_buffer_prototype",
    "numpy_buffer_prototype",
]

__getattr__ = submodules(__name__)
