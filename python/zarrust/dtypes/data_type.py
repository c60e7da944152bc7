"""What every data type is: a numpy dtype, its names in both formats, and its fill values in JSON.

A family of data types is one file with one class per type, and one entry in the table of ``dtypes/__init__.py``.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from zarrust.errors import DataTypeValidationError, MetadataValidationError

__all__ = ["DataType", "Endianness", "ZarrFormat"]

Endianness = Literal["little", "big"]
ZarrFormat = Literal[2, 3]
NATIVE: Endianness = "little" if sys.byteorder == "little" else "big"


@dataclass(frozen=True)
class DataType(ABC):
    """A data type of fixed size.

    Attributes
    ----------
    v3_name : str
        Its name in format 3.
    numpy_code : str
        The numpy type without its byte order, as in ``"f4"``.
    """

    v3_name: ClassVar[str]
    numpy_code: ClassVar[str]

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype.

        Raises
        ------
        DataTypeValidationError
            If the dtype is of another type.
        """
        if dtype.str[1:] != cls.numpy_code:
            raise DataTypeValidationError(f"{cls.__name__} is no data type for numpy dtype {dtype}")
        return cls()

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return the numpy dtype, with its byte order."""
        return np.dtype(self.numpy_code)

    def to_json(self, zarr_format: ZarrFormat) -> str:
        """Return the name as the documents of a format write it."""
        return self.v3_name if zarr_format == 3 else self.to_native_dtype().str

    def native(self) -> DataType:
        """Return the same type in this machine's byte order."""
        return self

    @property
    def item_size(self) -> int:
        """Bytes of one element."""
        return self.to_native_dtype().itemsize

    @property
    def swap_size(self) -> int:
        """Bytes that are swapped together when the byte order changes."""
        return self.item_size

    def default_scalar(self) -> Any:
        """Return the fill value of an array that names none: zero."""
        return self.to_native_dtype().type(0)

    @abstractmethod
    def cast_scalar(self, value: object) -> Any:
        """Return a value as a numpy scalar of this type.

        Raises
        ------
        TypeError
            If it cannot be one.
        ValueError
            If it is out of range.
        """

    @abstractmethod
    def from_json_scalar(self, value: object, zarr_format: ZarrFormat) -> Any:
        """Return the scalar that a document's ``fill_value`` stands for.

        Raises
        ------
        MetadataValidationError
            If it stands for none.
        """

    @abstractmethod
    def to_json_scalar(self, value: Any, zarr_format: ZarrFormat) -> Any:
        """Return a scalar as a document's ``fill_value``."""

    def _no_fill(self, value: object, expected: str) -> MetadataValidationError:
        return MetadataValidationError(f"fill_value: expected {expected} for data type {self.v3_name}, found {value!r}")

    def _no_cast(self, value: object) -> TypeError:
        return TypeError(
            f"Cannot convert object {value!r} with type {type(value)} to a scalar compatible with the data type "
            f"{self!r}."
        )


@dataclass(frozen=True)
class OrderedDataType(DataType):
    """A data type whose elements have a byte order.

    Parameters
    ----------
    endianness : {"little", "big"}
        Byte order, of this machine by default.
    """

    endianness: Endianness = NATIVE

    @classmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype, with its byte order."""
        if dtype.str[1:] != cls.numpy_code:
            raise DataTypeValidationError(f"{cls.__name__} is no data type for numpy dtype {dtype}")
        return cls(endianness="big" if dtype.str[0] == ">" else "little")

    def to_native_dtype(self) -> np.dtype[Any]:
        """Return the numpy dtype, with its byte order."""
        return np.dtype((">" if self.endianness == "big" else "<") + self.numpy_code)

    def native(self) -> DataType:
        """Return the same type in this machine's byte order."""
        return type(self)(endianness=NATIVE)
