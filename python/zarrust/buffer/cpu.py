"""Buffers in main memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from zarrust.abc import buffer as abc
from zarrust.abc.buffer import BufferPrototype
from zarrust.registry import get_buffer_class, get_ndbuffer_class, register_buffer, register_ndbuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "Buffer",
    "BufferPrototype",
    "NDBuffer",
    "as_numpy_array_wrapper",
    "buffer_prototype",
    "default_buffer_prototype",
    "numpy_buffer_prototype",
]


class Buffer(abc.Buffer):
    """A run of bytes in main memory.

    Parameters
    ----------
    array_like : numpy.ndarray
        One axis of bytes (data type ``uint8``); it is not copied.

    Examples
    --------
    >>> from zarrust.buffer import cpu
    >>> cpu.Buffer.from_bytes(b"zarr")[1:3].to_bytes()
    b'ar'
    """

    @classmethod
    def create_zero_length(cls) -> Self:
        """Return an empty buffer."""
        return cls(np.empty(0, dtype="B"))

    @classmethod
    def from_buffer(cls, buffer: abc.Buffer) -> Self:
        """Return another buffer's bytes in this class, without a copy where they are in main memory."""
        return cls.from_array_like(buffer.as_numpy_array())

    @classmethod
    def from_bytes(cls, bytes_like: bytes | bytearray | memoryview) -> Self:
        """Wrap an object with the buffer protocol, without a copy."""
        return cls.from_array_like(np.frombuffer(bytes_like, dtype="B"))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return the bytes as a numpy array, without a copy."""
        return np.asanyarray(self._data)

    def combine(self, others: Iterable[abc.Buffer]) -> Self:
        """Return a new buffer of this one's bytes followed by those of the others."""
        return type(self)(np.concatenate([self.as_numpy_array(), *(other.as_numpy_array() for other in others)]))


class NDBuffer(abc.NDBuffer):
    """An n-dimensional array of elements in main memory, as ``out=`` of a selection takes it.

    Parameters
    ----------
    array : numpy.ndarray
        The memory; it is not copied.

    Examples
    --------
    >>> from zarrust.buffer import cpu
    >>> cpu.NDBuffer.create(shape=(2, 2), dtype="i2", fill_value=7).all_equal(7)
    True
    """

    @classmethod
    def create(
        cls, *, shape: Iterable[int], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C", fill_value: Any = None
    ) -> Self:
        """Return a new buffer, of the fill value or, without one, of zeros."""
        array = np.zeros(tuple(shape), dtype=dtype, order=order)
        if fill_value is not None:
            array[...] = fill_value
        return cls(array)

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        """Return a new buffer whose contents are not said."""
        return cls(np.empty(shape, dtype=dtype, order=order))

    @classmethod
    def from_numpy_array(cls, array_like: npt.ArrayLike) -> Self:
        """Wrap an array, without a copy where it is one already."""
        return cls.from_ndarray_like(np.asanyarray(array_like))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return the array, without a copy."""
        return np.asanyarray(self._data)

    def __getitem__(self, key: Any) -> Self:
        if isinstance(key, tuple) and not any(entry is Ellipsis for entry in key):
            key = (*key, Ellipsis)  # an array of no axes, not a scalar: it shares the memory
        return type(self)(np.asanyarray(self._data[key]))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._data[key] = value.as_ndarray_like() if isinstance(value, abc.NDBuffer) else value


def as_numpy_array_wrapper(
    func: Callable[[npt.NDArray[Any]], bytes], buf: abc.Buffer, prototype: BufferPrototype
) -> abc.Buffer:
    """Return what a function of numpy arrays makes of a buffer, in the prototype's class.

    Parameters
    ----------
    func : callable
        From the bytes as an array to bytes.
    buf : Buffer
        Its argument.
    prototype : BufferPrototype
        Says the class of the result.
    """
    return prototype.buffer.from_bytes(func(buf.as_numpy_array()))


buffer_prototype: BufferPrototype = BufferPrototype(buffer=Buffer, nd_buffer=NDBuffer)
"""The classes of this module."""


def default_buffer_prototype() -> BufferPrototype:
    """Return the buffer classes that the settings ``buffer`` and ``ndbuffer`` name.

    Raises
    ------
    BadConfigError
        If a setting names a class that is not registered.

    Examples
    --------
    >>> from zarrust.buffer import default_buffer_prototype
    >>> default_buffer_prototype().buffer.__name__
    'Buffer'
    """
    return BufferPrototype(buffer=get_buffer_class(), nd_buffer=get_ndbuffer_class())


def numpy_buffer_prototype() -> BufferPrototype:
    """Return the classes of this module, whatever the settings say: metadata is always in main memory."""
    return buffer_prototype


register_buffer(Buffer, qualname="zarr.buffer.cpu.Buffer")
register_buffer(Buffer, qualname="zarr.core.buffer.cpu.Buffer")
register_buffer(Buffer)
register_ndbuffer(NDBuffer, qualname="zarr.buffer.cpu.NDBuffer")
register_ndbuffer(NDBuffer, qualname="zarr.core.buffer.cpu.NDBuffer")
register_ndbuffer(NDBuffer)
