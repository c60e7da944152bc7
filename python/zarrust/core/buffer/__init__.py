"""Other names of `zarrust.buffer` and `zarrust.abc.buffer`."""

import numpy as np

from zarrust._submodules import on_demand
from zarrust.abc.buffer import ArrayLike, Buffer, BufferPrototype, NDArrayLike, NDBuffer
from zarrust.buffer.cpu import default_buffer_prototype, numpy_buffer_prototype

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

__getattr__ = on_demand(__name__)
