"""The interfaces of buffers: what stores and codecs are handed, and what results come back in."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Protocol,
    Self,
    SupportsIndex,
    cast,
    runtime_checkable,
)

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["ArrayLike", "Buffer", "BufferPrototype", "NDArrayLike", "NDBuffer"]

ScalarType = int | float | complex | bytes | str | bool | np.generic

NO_NAN = "USTOV"
"""Kinds of data types whose elements have no NaN that numpy could look for."""


@runtime_checkable
class ArrayLike(Protocol):
    """What a `Buffer` holds: one axis of bytes."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the elements."""

    @property
    def ndim(self) -> int:
        """Number of axes."""

    @property
    def size(self) -> int:
        """Number of elements."""

    def __getitem__(self, key: slice) -> Self: ...

    def __setitem__(self, key: slice, value: Any) -> None: ...

    def copy(self) -> Self:
        """Return a copy."""


@runtime_checkable
class NDArrayLike(Protocol):
    """What an `NDBuffer` holds: an array with the methods of numpy's that are named here."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the elements."""

    @property
    def ndim(self) -> int:
        """Number of axes."""

    @property
    def size(self) -> int:
        """Number of elements."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis, in elements."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice) -> Self: ...

    def __setitem__(self, key: slice, value: Any) -> None: ...

    def __array__(self) -> npt.NDArray[Any]: ...

    def reshape(
        self, shape: tuple[int, ...], /, *, order: Literal["A", "C", "F"] | None = ..., copy: bool | None = ...
    ) -> NDArrayLike:
        """Return the elements in another shape.

        Parameters
        ----------
        shape : int or tuple of int
            In elements.
        order : {"C", "F"}
            Order of the elements in memory.
        copy : bool
            Whether the data is copied even where it need not be.
        """

    def view(self, dtype: npt.DTypeLike) -> Self:
        """Return the same memory as another data type.

        Parameters
        ----------
        dtype : dtype_like
        """

    def astype(self, dtype: npt.DTypeLike, order: Literal["K", "A", "C", "F"] = ..., *, copy: bool = ...) -> Self:
        """Return the elements cast to another data type.

        Parameters
        ----------
        dtype : dtype_like
        order : {"C", "F"}
            Order of the elements in memory.
        copy : bool
            Whether the data is copied even where it need not be.
        """

    def fill(self, value: Any) -> None:
        """Set every element.

        Parameters
        ----------
        value : scalar
            Of every element.
        """

    def copy(self) -> Self:
        """Return a copy."""

    def transpose(self, axes: SupportsIndex | Sequence[SupportsIndex] | None) -> Self:
        """Return the axes in another order.

        Parameters
        ----------
        axes : tuple of int, optional
            The order of the axes; reversed by default.
        """

    def ravel(self, order: Literal["K", "A", "C", "F"] = ...) -> Self:
        """Return the elements along one axis.

        Parameters
        ----------
        order : {"C", "F"}
            Order of the elements in memory.
        """

    def all(self) -> np.bool_:
        """Return whether every element is true."""

    def __eq__(self, other: object) -> Self:  # type: ignore[override]
        ...


def _check_slice(key: Any) -> None:
    if not isinstance(key, slice):
        raise TypeError(f"Item key has incorrect type (expected slice, got {type(key).__name__})")
    if key.step not in (None, 1):
        raise ValueError(f"slice must be contiguous, got step {key.step}")


def _abstract(cls: type, name: str) -> NotImplementedError:
    return NotImplementedError(
        f"{cls.__module__}.{cls.__name__}.{name}: this class is abstract; zarrust.buffer.cpu has one that holds bytes"
    )


class Buffer(ABC):
    """A run of bytes, wherever they are.

    Parameters
    ----------
    array_like : ArrayLike
        One axis of bytes (data type ``uint8``); it is not copied.

    Raises
    ------
    ValueError
        If it has another number of axes or another data type.
    """

    _data: Any

    def __init__(self, array_like: ArrayLike) -> None:
        if array_like.ndim != 1:
            raise ValueError(f"array_like: only 1-dim allowed, got {array_like.ndim} axes")
        if array_like.dtype != np.dtype("B"):
            raise ValueError(f"array_like: only byte dtype allowed, got {array_like.dtype}")
        self._data = array_like

    @classmethod
    @abstractmethod
    def create_zero_length(cls) -> Self:
        """Return an empty buffer.

        Raises
        ------
        NotImplementedError
            On the abstract class.
        """
        raise _abstract(cls, "create_zero_length")

    @classmethod
    def from_array_like(cls, array_like: ArrayLike) -> Self:
        """Wrap one axis of bytes, without a copy.

        Parameters
        ----------
        array_like : array_like
            One axis of bytes.
        """
        return cls(array_like)

    @classmethod
    @abstractmethod
    def from_buffer(cls, buffer: Buffer) -> Self:
        """Return another buffer's bytes in this class, without a copy where it can.

        Parameters
        ----------
        buffer : Buffer
            Its bytes are shared where they can be.

        Raises
        ------
        NotImplementedError
            On the abstract class.
        """
        raise _abstract(cls, "from_buffer")

    @classmethod
    @abstractmethod
    def from_bytes(cls, bytes_like: bytes | bytearray | memoryview) -> Self:
        """Return the bytes of an object with the buffer protocol, without a copy where it can.

        Parameters
        ----------
        bytes_like : bytes, bytearray or memoryview

        Raises
        ------
        NotImplementedError
            On the abstract class.
        """
        raise _abstract(cls, "from_bytes")

    def as_array_like(self) -> ArrayLike:
        """Return what the buffer holds, without a copy."""
        held: ArrayLike = self._data
        return held

    @abstractmethod
    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return the bytes as a numpy array, without a copy where they are in main memory."""

    def as_buffer_like(self) -> bytes | bytearray | memoryview:
        """Return an object with the buffer protocol."""
        return self.as_numpy_array().data

    def to_bytes(self) -> bytes:
        """Return a copy as bytes."""
        return self.as_numpy_array().tobytes()

    @abstractmethod
    def combine(self, others: Iterable[Buffer]) -> Self:
        """Return a new buffer of this one's bytes followed by those of the others.

        Parameters
        ----------
        others : iterable of Buffer
            What follows.
        """

    def __bytes__(self) -> bytes:
        return self.to_bytes()

    def __getitem__(self, key: slice) -> Self:
        _check_slice(key)
        return type(self)(self._data[key])

    def __setitem__(self, key: slice, value: Any) -> None:
        _check_slice(key)
        self._data[key] = value._data if isinstance(value, Buffer) else value

    def __len__(self) -> int:
        return int(self._data.size)

    def __add__(self, other: Buffer) -> Self:
        return self.combine([other])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Buffer) and np.array_equal(self.as_numpy_array(), other.as_numpy_array())

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} bytes)"


class NDBuffer(ABC):
    """An n-dimensional array of elements, wherever they are.

    Parameters
    ----------
    array : NDArrayLike
        It is not copied.
    """

    _data: Any

    def __init__(self, array: NDArrayLike) -> None:
        self._data = array

    @classmethod
    @abstractmethod
    def create(
        cls, *, shape: Iterable[int], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C", fill_value: Any = None
    ) -> Self:
        """Return a new buffer, of the fill value or, without one, of zeros.

        Parameters
        ----------
        shape : int or tuple of int
            In elements.
        dtype : dtype_like
        order : {"C", "F"}
            Order of the elements in memory.
        fill_value : scalar, optional
            Of every element; left open by default.

        Raises
        ------
        NotImplementedError
            On the abstract class.
        """
        raise _abstract(cls, "create")

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        """Return a new buffer whose contents are not said.

        Parameters
        ----------
        shape : int or tuple of int
            In elements.
        dtype : dtype_like
        order : {"C", "F"}
            Order of the elements in memory.
        """
        return cls.create(shape=shape, dtype=dtype, order=order)

    @classmethod
    def from_ndarray_like(cls, ndarray_like: NDArrayLike) -> Self:
        """Wrap an array, without a copy.

        Parameters
        ----------
        ndarray_like : NDArrayLike
        """
        return cls(ndarray_like)

    @classmethod
    @abstractmethod
    def from_numpy_array(cls, array_like: npt.ArrayLike) -> Self:
        """Return a numpy array's elements in this class, without a copy where it can.

        Parameters
        ----------
        array_like : array_like

        Raises
        ------
        NotImplementedError
            On the abstract class.
        """
        raise _abstract(cls, "from_numpy_array")

    def as_ndarray_like(self) -> NDArrayLike:
        """Return what the buffer holds, without a copy."""
        held: NDArrayLike = self._data
        return held

    @abstractmethod
    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return the elements as a numpy array, without a copy where they are in main memory."""

    def as_scalar(self) -> ScalarType:
        """Return the one element of a buffer that has one.

        Raises
        ------
        ValueError
            If there are none or several.
        """
        if self._data.size != 1:
            raise ValueError(f"Buffer does not contain a single scalar value, it has {self._data.size} elements")
        scalar: Any = self.as_numpy_array().reshape(())[()]
        return cast("ScalarType", scalar)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the elements."""
        dtype: np.dtype[Any] = self._data.dtype
        return dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis, in elements."""
        return tuple(self._data.shape)

    @property
    def byteorder(self) -> Literal["little", "big"]:
        """Byte order of the elements: this machine's where they have none."""
        return {"<": "little", ">": "big"}.get(self.dtype.byteorder, sys.byteorder)  # type: ignore[return-value]

    def reshape(self, newshape: tuple[int, ...] | Literal[-1]) -> Self:
        """Return the elements in another shape; -1 is one axis.

        Parameters
        ----------
        newshape : tuple of int or -1
            In elements; -1 for one axis.
        """
        return type(self)(self._data.reshape((newshape,) if newshape == -1 else newshape))

    def squeeze(self, axis: tuple[int, ...]) -> Self:
        """Return the elements without the axes named, whose length is one.

        Parameters
        ----------
        axis : tuple of int
            Axes of length 1.
        """
        kept = tuple(length for place, length in enumerate(self.shape) if place not in axis)
        return type(self)(self._data.reshape(kept))

    def astype(self, dtype: npt.DTypeLike, order: Literal["K", "A", "C", "F"] = "K") -> Self:
        """Return the elements cast to another data type.

        Parameters
        ----------
        dtype : dtype_like
        order : {"C", "F"}
            Order of the elements in memory.
        """
        return type(self)(self._data.astype(dtype=dtype, order=order))

    @abstractmethod
    def __getitem__(self, key: Any) -> Self: ...

    @abstractmethod
    def __setitem__(self, key: Any, value: Any) -> None: ...

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} shape={self.shape} dtype={self.dtype} {self._data!r}>"

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        """Return whether every element is equal to another array's, or to a scalar.

        Parameters
        ----------
        other : scalar or array-like
            Broadcast to the buffer's shape. A floating-point zero is compared by its bits, so that -0.0 is not 0.0.
        equal_nan : bool, default True
            Whether one NaN is equal to another.
        """
        if other is None:
            return False
        mine, theirs = self.as_numpy_array(), np.asarray(other)
        plain = mine.dtype.kind in NO_NAN
        if theirs.ndim == 0 and theirs.dtype.kind == "f" and theirs == 0 and not plain:
            size = mine.dtype.itemsize
            bits = f"u{size}" if size in (1, 2, 4, 8) else f"V{size}"
            mine, theirs = mine.view(bits), theirs.astype(mine.dtype).view(bits)
            return bool(np.array_equal(mine, np.broadcast_to(theirs, mine.shape)))
        whole, other = np.broadcast_arrays(mine, theirs)
        return bool(np.array_equal(whole, other, equal_nan=equal_nan and not plain))

    def fill(self, value: Any) -> None:
        """Set every element.

        Parameters
        ----------
        value : scalar
            Of every element.
        """
        self._data.fill(value)

    def copy(self) -> Self:
        """Return a copy."""
        return type(self)(self._data.copy())

    def transpose(self, axes: SupportsIndex | Sequence[SupportsIndex] | None) -> Self:
        """Return the axes in another order.

        Parameters
        ----------
        axes : tuple of int, optional
            The order of the axes; reversed by default.
        """
        return type(self)(self._data.transpose(axes))


class BufferPrototype(NamedTuple):
    """The classes that bytes and arrays are handed over in.

    Parameters
    ----------
    buffer : type
        Class of runs of bytes: what stores get and set.
    nd_buffer : type
        Class of arrays: what a read returns.
    """

    buffer: type[Buffer]
    nd_buffer: type[NDBuffer]
