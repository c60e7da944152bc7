"""Buffers in main memory: what stores hand out and take in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Buffer", "BufferPrototype", "NDBuffer", "buffer_prototype", "default_buffer_prototype"]


class Buffer:
    """A run of bytes.

    Parameters
    ----------
    array_like : numpy.ndarray
        One-dimensional array of bytes; it is not copied.

    Examples
    --------
    >>> from zarrust.buffer import cpu
    >>> cpu.Buffer.from_bytes(b"zarr")[1:3].to_bytes()
    b'ar'
    """

    __slots__ = ("_data",)

    def __init__(self, array_like: npt.NDArray[Any]) -> None:
        if array_like.ndim != 1 or array_like.dtype.itemsize != 1:
            raise ValueError(f"a buffer needs one axis of bytes, got {array_like.ndim} axes of {array_like.dtype}")
        self._data = array_like

    @classmethod
    def create_zero_length(cls) -> Self:
        """Return an empty buffer."""
        return cls(np.empty(0, dtype="u1"))

    @classmethod
    def from_array_like(cls, array_like: npt.NDArray[Any]) -> Self:
        """Wrap a one-dimensional array of bytes, without a copy."""
        return cls(array_like)

    @classmethod
    def from_bytes(cls, bytes_like: bytes | bytearray | memoryview) -> Self:
        """Wrap an object with the buffer protocol, without a copy."""
        return cls(np.frombuffer(bytes_like, dtype="u1"))

    @classmethod
    def from_buffer(cls, buffer: Buffer) -> Self:
        """Wrap the memory of another buffer."""
        return cls(buffer._data)

    def as_array_like(self) -> npt.NDArray[Any]:
        """Return the bytes as an array, without a copy."""
        return self._data

    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return the bytes as a numpy array, without a copy."""
        return self._data

    def as_buffer_like(self) -> memoryview:
        """Return an object with the buffer protocol."""
        return self._data.data

    def to_bytes(self) -> bytes:
        """Return a copy as bytes."""
        return self._data.tobytes()

    def combine(self, others: Iterable[Buffer]) -> Self:
        """Return a new buffer of this one's bytes followed by those of the others."""
        return type(self)(np.concatenate([self._data.view("u1"), *(other._data.view("u1") for other in others)]))

    def __bytes__(self) -> bytes:
        return self.to_bytes()

    def __getitem__(self, key: slice) -> Self:
        if not isinstance(key, slice):
            raise TypeError(f"a buffer is indexed by a slice, got {type(key).__name__}")
        return type(self)(self._data[key])

    def __setitem__(self, key: slice, value: Any) -> None:
        self._data[key] = value._data if isinstance(value, Buffer) else value

    def __len__(self) -> int:
        return self._data.size

    def __add__(self, other: Buffer) -> Self:
        return self.combine([other])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Buffer) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Buffer({len(self)} bytes)"


class NDBuffer:
    """An n-dimensional array of elements, as ``out=`` of a selection takes it.

    Parameters
    ----------
    array : numpy.ndarray
        The memory; it is not copied.
    """

    __slots__ = ("_data",)

    def __init__(self, array: npt.NDArray[Any]) -> None:
        self._data = array

    @classmethod
    def create(
        cls, *, shape: Iterable[int], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C", fill_value: Any = None
    ) -> Self:
        """Return a new buffer, of the fill value or, without one, of zeros."""
        array = np.zeros(tuple(shape), dtype=dtype, order=order)
        if fill_value is not None:
            array.fill(fill_value)
        return cls(array)

    @classmethod
    def empty(cls, shape: Iterable[int], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        """Return a new buffer whose contents are arbitrary."""
        return cls(np.empty(tuple(shape), dtype=dtype, order=order))

    @classmethod
    def from_ndarray_like(cls, ndarray_like: npt.NDArray[Any]) -> Self:
        """Wrap an array, without a copy."""
        return cls(ndarray_like)

    @classmethod
    def from_numpy_array(cls, array_like: npt.ArrayLike) -> Self:
        """Wrap an array, without a copy where it is one already."""
        return cls(np.asanyarray(array_like))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the elements."""
        return self._data.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis, in elements."""
        return self._data.shape

    def as_ndarray_like(self) -> npt.NDArray[Any]:
        """Return the array, without a copy."""
        return self._data

    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return the array, without a copy."""
        return self._data

    def as_scalar(self) -> Any:
        """Return the one element of a buffer that has one.

        Raises
        ------
        ValueError
            If there are none or several.
        """
        if self._data.size != 1:
            raise ValueError(f"a buffer of {self._data.size} elements is no scalar")
        return self._data.reshape(())[()]

    def __getitem__(self, key: Any) -> Self:
        return type(self)(np.asanyarray(self._data[key]))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._data[key] = value._data if isinstance(value, NDBuffer) else value

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"NDBuffer(shape={self.shape}, dtype={self.dtype})"


class BufferPrototype(NamedTuple):
    """The buffer classes that a store should answer with.

    Parameters
    ----------
    buffer : type
        Class of runs of bytes.
    nd_buffer : type
        Class of arrays.
    """

    buffer: type[Buffer]
    nd_buffer: type[NDBuffer]


buffer_prototype = BufferPrototype(buffer=Buffer, nd_buffer=NDBuffer)
"""The classes of this module."""


def default_buffer_prototype() -> BufferPrototype:
    """Return the buffer classes in use when none are asked for.

    Examples
    --------
    >>> from zarrust.buffer import default_buffer_prototype
    >>> default_buffer_prototype().buffer.__name__
    'Buffer'
    """
    return buffer_prototype
