"""Buffers on a GPU, of CuPy. Without CuPy the classes are there and refuse to be made."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from zarrust.abc import buffer as abc
from zarrust.errors import ZarrUserWarning
from zarrust.registry import register_buffer, register_ndbuffer

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Buffer", "NDBuffer", "buffer_prototype"]


def _cupy(name: str) -> Any:
    """Return CuPy.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import cupy
    except ImportError as error:
        raise ImportError(f"Cannot use {name} without cupy. Please install cupy.") from error
    return cupy


def _on_gpu(array: Any, name: str) -> Any:
    cupy = _cupy(name)
    if not hasattr(array, "__cuda_array_interface__"):
        warnings.warn(
            f"Creating a {name} with an array that does not support the __cuda_array_interface__ for zero-copy "
            "transfers, falling back to slow copy based path",
            ZarrUserWarning,
            stacklevel=3,
        )
    return cupy.asarray(array)


class Buffer(abc.Buffer):
    """A run of bytes on a GPU.

    Parameters
    ----------
    array_like : cupy.ndarray or array-like
        One axis of bytes (data type ``uint8``); what is not on the GPU is copied there, with a warning.

    Raises
    ------
    ImportError
        If CuPy is not installed.
    """

    def __init__(self, array_like: abc.ArrayLike) -> None:
        _cupy("zarr.buffer.gpu.Buffer")
        super().__init__(array_like)
        self._data = _on_gpu(array_like, "zarr.buffer.gpu.Buffer")

    @classmethod
    def create_zero_length(cls) -> Self:
        """Return an empty buffer."""
        return cls(_cupy("zarr.buffer.gpu.Buffer").array([], dtype="B"))

    @classmethod
    def from_buffer(cls, buffer: abc.Buffer) -> Self:
        """Return another buffer's bytes on the GPU, without a copy where they are there."""
        return cls(buffer.as_array_like())

    @classmethod
    def from_bytes(cls, bytes_like: bytes | bytearray | memoryview) -> Self:
        """Copy an object with the buffer protocol to the GPU."""
        return cls.from_array_like(_cupy("zarr.buffer.gpu.Buffer").asarray(np.frombuffer(bytes_like, dtype="B")))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return a copy in main memory."""
        copy: npt.NDArray[Any] = _cupy("zarr.buffer.gpu.Buffer").asnumpy(self._data)
        return copy

    def combine(self, others: Iterable[abc.Buffer]) -> Self:
        """Return a new buffer of this one's bytes followed by those of the others."""
        parts = [self._data, *(Buffer(other.as_array_like())._data for other in others)]
        return type(self)(_cupy("zarr.buffer.gpu.Buffer").concatenate(parts))


class NDBuffer(abc.NDBuffer):
    """An n-dimensional array of elements on a GPU.

    Parameters
    ----------
    array : cupy.ndarray or array-like
        What is not on the GPU is copied there, with a warning.

    Raises
    ------
    ImportError
        If CuPy is not installed.
    TypeError
        If the elements are Python objects.
    """

    def __init__(self, array: abc.NDArrayLike) -> None:
        _cupy("zarr.buffer.gpu.NDBuffer")
        if array.dtype == object:
            raise TypeError("zarr.buffer.gpu.NDBuffer does not support arrays with object dtype.")
        super().__init__(_on_gpu(array, "zarr.buffer.gpu.NDBuffer"))

    @classmethod
    def create(
        cls, *, shape: Iterable[int], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C", fill_value: Any = None
    ) -> Self:
        """Return a new buffer, of the fill value or, without one, of zeros."""
        made = cls(_cupy("zarr.buffer.gpu.NDBuffer").zeros(shape=tuple(shape), dtype=dtype, order=order))
        if fill_value is not None:
            made.fill(fill_value)
        return made

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        """Return a new buffer whose contents are not said."""
        return cls(_cupy("zarr.buffer.gpu.NDBuffer").empty(shape=shape, dtype=dtype, order=order))

    @classmethod
    def from_numpy_array(cls, array_like: npt.ArrayLike) -> Self:
        """Copy an array to the GPU."""
        return cls(_cupy("zarr.buffer.gpu.NDBuffer").asarray(array_like))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return a copy in main memory."""
        copy: npt.NDArray[Any] = _cupy("zarr.buffer.gpu.NDBuffer").asnumpy(self._data)
        return copy

    def __getitem__(self, key: Any) -> Self:
        return type(self)(self._data[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, abc.NDBuffer):
            value = value.as_ndarray_like()
        self._data[key] = _cupy("zarr.buffer.gpu.NDBuffer").asarray(value)


buffer_prototype: abc.BufferPrototype = abc.BufferPrototype(buffer=Buffer, nd_buffer=NDBuffer)
"""The classes of this module."""

register_buffer(Buffer, qualname="zarr.buffer.gpu.Buffer")
register_buffer(Buffer, qualname="zarr.core.buffer.gpu.Buffer")
register_buffer(Buffer)
register_ndbuffer(NDBuffer, qualname="zarr.buffer.gpu.NDBuffer")
register_ndbuffer(NDBuffer, qualname="zarr.core.buffer.gpu.NDBuffer")
register_ndbuffer(NDBuffer)
