"""What every data type is: a numpy dtype, its names in both formats, and its scalars in JSON.

A family of data types is one file with one class per type, and one entry in the table of ``dtypes/__init__.py``. Only
classes with fields of their own are made by ``dataclass``, which takes longer than all else that an import does: the
others inherit what it made.
"""

from __future__ import annotations

import sys
import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self

import numpy as np
from typing_extensions import TypeVar

from zarrust.errors import DataTypeValidationError, UnstableSpecificationWarning

if TYPE_CHECKING:
    from zarrust.dtypes.spec import DTypeJSON, EndiannessStr, ZarrFormat

__all__ = [
    "NATIVE",
    "HasEndianness",
    "HasItemSize",
    "HasLength",
    "HasObjectCodec",
    "TBaseDType",
    "TBaseScalar",
    "ZDType",
    "byte_order",
    "endianness_of",
    "v3_unstable_dtype_warning",
]

TBaseDType = np.dtype[Any]
TBaseScalar = np.generic | str | bytes
_DType = TypeVar("_DType", bound=np.dtype[Any], default=Any)
_Scalar = TypeVar("_Scalar", default=Any)

NATIVE: EndiannessStr = "little" if sys.byteorder == "little" else "big"


def byte_order(endianness: EndiannessStr) -> str:
    """Return numpy's sign for a byte order.

    Raises
    ------
    ValueError
        If it is none.
    """
    if endianness not in ("little", "big"):
        raise ValueError(f"Invalid endianness: {endianness!r}. Expected one of ('little', 'big')")
    return "<" if endianness == "little" else ">"


def endianness_of(dtype: np.dtype[Any]) -> EndiannessStr:
    """Return the byte order of a numpy dtype that has one."""
    return "big" if dtype.str[0] == ">" else "little"


@dataclass(frozen=True, kw_only=True)
class ZDType(ABC, Generic[_DType, _Scalar]):
    """A data type: what stands between a numpy dtype and the documents.

    A new data type is a subclass that `zarrust.dtype.data_type_registry` knows. The engine takes the layout of its
    elements from `to_native_dtype`.

    Attributes
    ----------
    dtype_cls : type
        The class of its numpy dtypes.
    _zarr_v3_name : str
        Its name in format 3.
    """

    dtype_cls: ClassVar[type[np.dtype[Any]]]
    _zarr_v3_name: ClassVar[str]

    @classmethod
    def _check_native_dtype(cls, dtype: np.dtype[Any]) -> bool:
        """Return whether a numpy dtype is of this data type."""
        return type(dtype) is cls.dtype_cls

    @classmethod
    @abstractmethod
    def from_native_dtype(cls, dtype: np.dtype[Any]) -> Self:
        """Return the data type of a numpy dtype.

        Parameters
        ----------
        dtype : numpy.dtype

        Raises
        ------
        DataTypeValidationError
            If the dtype is of another type.
        """

    @abstractmethod
    def to_native_dtype(self) -> _DType:
        """Return the numpy dtype, with its byte order."""

    @classmethod
    @abstractmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        """Return the data type of ``{"name": ..., "object_codec_id": ...}``."""

    @classmethod
    @abstractmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        """Return the data type that a document of format 3 names."""

    @classmethod
    def from_json(cls, data: DTypeJSON, *, zarr_format: ZarrFormat) -> Self:
        """Return the data type of its JSON form.

        Parameters
        ----------
        data : object
            Format 2: ``{"name": ..., "object_codec_id": ...}``. Format 3: a name, or one with a configuration.
        zarr_format : {2, 3}

        Raises
        ------
        DataTypeValidationError
            If it is another data type's.

        Examples
        --------
        >>> from zarrust.dtype import Int16
        >>> Int16.from_json({"name": ">i2", "object_codec_id": None}, zarr_format=2)
        Int16(endianness='big')
        """
        if zarr_format == 2:
            return cls._from_json_v2(data)
        if zarr_format == 3:
            return cls._from_json_v3(data)
        raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")

    @abstractmethod
    def to_json(self, zarr_format: ZarrFormat) -> Any:
        """Return the JSON form; see `from_json`.

        Parameters
        ----------
        zarr_format : {2, 3}

        Raises
        ------
        ValueError
            If the format is neither 2 nor 3.
        """

    @abstractmethod
    def _check_scalar(self, data: object) -> bool:
        """Return whether `cast_scalar` knows this kind of value."""

    @abstractmethod
    def cast_scalar(self, data: object) -> _Scalar:
        """Return a value as a scalar of this type.

        Parameters
        ----------
        data : object
            What numpy's scalar is made of.

        Raises
        ------
        TypeError
            If it cannot be one.
        ValueError
            If it is out of range.
        """

    @abstractmethod
    def default_scalar(self) -> _Scalar:
        """Return the fill value of an array that names none."""

    @abstractmethod
    def from_json_scalar(self, data: Any, *, zarr_format: ZarrFormat) -> _Scalar:
        """Return the scalar that a document's ``fill_value`` stands for.

        Parameters
        ----------
        data : object
            JSON value of a fill value.
        zarr_format : {2, 3}

        Raises
        ------
        TypeError
            If it is of the wrong kind.
        ValueError
            If it stands for none.
        """

    @abstractmethod
    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> Any:
        """Return a scalar as a document's ``fill_value``.

        Parameters
        ----------
        data : object
            A scalar.
        zarr_format : {2, 3}
        """

    # What the package's own classes share

    @classmethod
    def _no_dtype(cls, dtype: object) -> DataTypeValidationError:
        return DataTypeValidationError(f"Invalid data type: {dtype}. Expected an instance of {cls.dtype_cls}")

    @classmethod
    def _no_json(cls, data: object, expected: str) -> DataTypeValidationError:
        return DataTypeValidationError(
            f"Invalid JSON representation of {cls.__name__}. Got {data!r:.200}, expected {expected}"
        )

    def _no_fill(self, data: object, expected: str) -> TypeError:
        kind = "Invalid value" if isinstance(data, (int, float)) else "Invalid type"
        return TypeError(f"fill_value: {kind}: {data!r:.200}. Expected {expected} for data type {self._zarr_v3_name}")

    def _no_cast(self, data: object) -> TypeError:
        return TypeError(
            f"Cannot convert object {data!r} with type {type(data)} to a scalar compatible with the data type {self}."
        )


@dataclass(frozen=True, kw_only=True)
class HasLength:
    """A data type with a length.

    Parameters
    ----------
    length : int
        Of one element, in characters or bytes; at least 1.
    """

    length: int


@dataclass(frozen=True, kw_only=True)
class HasEndianness:
    """A data type whose elements have a byte order in memory.

    Parameters
    ----------
    endianness : {"little", "big"}
        Of this machine by default. What is stored in format 3 is the ``bytes`` codec's matter.
    """

    endianness: EndiannessStr = NATIVE


class HasItemSize:
    """A data type whose elements have all the same size."""

    @property
    def item_size(self) -> int:
        """Bytes of one element."""
        raise NotImplementedError


class HasObjectCodec:
    """A data type whose elements format 2 stores through an object codec.

    Attributes
    ----------
    object_codec_id : str
        The codec's name.
    """

    object_codec_id: ClassVar[str]


def v3_unstable_dtype_warning(dtype: object) -> None:
    """Warn that no specification of format 3 has this data type."""
    warnings.warn(
        f"The data type ({dtype}) does not have a Zarr V3 specification: other software may be unable to read arrays "
        "of it, and the way it is stored may change. The list of registered data types is at "
        "https://github.com/zarr-developers/zarr-extensions/tree/main/data-types",
        category=UnstableSpecificationWarning,
        stacklevel=3,
    )
