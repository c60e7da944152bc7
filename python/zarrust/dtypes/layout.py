"""What the engine must know of a data type: the size of an element and which of its bytes swap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from zarrust.dtypes.data_type import NATIVE, HasItemSize, ZDType
from zarrust.dtypes.structured import Structured

__all__ = ["item_size", "native", "swap_runs"]


def item_size(data_type: ZDType) -> int:
    """Return the bytes of an element in memory; 1 where elements have no fixed size."""
    if isinstance(data_type, HasItemSize):
        return data_type.item_size
    dtype = data_type.to_native_dtype()
    return 1 if dtype.kind in "OT" else dtype.itemsize


def native(data_type: ZDType) -> ZDType:
    """Return the same type in this machine's byte order.

    Examples
    --------
    >>> from zarrust.dtype import Int16
    >>> native(Int16(endianness="big")).endianness == NATIVE
    True
    """
    if getattr(data_type, "endianness", NATIVE) != NATIVE:
        return replace(data_type, endianness=NATIVE)  # type: ignore[call-arg]
    if isinstance(data_type, Structured):
        inside = tuple((name, native(kind)) for name, kind in data_type.fields)
        return replace(data_type, fields=inside) if inside != data_type.fields else data_type
    return data_type


def swap_runs(dtype: np.dtype[Any]) -> list[tuple[int, int, int]]:
    """Return where numbers lie in an element that has several kinds of them.

    Parameters
    ----------
    dtype : numpy.dtype

    Returns
    -------
    list of (int, int, int)
        Offset in bytes, bytes of one number, how many follow each other. Numbers of one byte are left out.

    Examples
    --------
    >>> import numpy
    >>> swap_runs(numpy.dtype([("a", "i4"), ("b", "S3"), ("c", "c8")]))
    [(0, 4, 1), (7, 4, 2)]
    """
    if dtype.names is not None:
        return [
            (dtype.fields[name][1] + offset, unit, count)  # type: ignore[index]
            for name in dtype.names
            for offset, unit, count in swap_runs(dtype.fields[name][0])  # type: ignore[index]
        ]
    if dtype.kind == "V" and dtype.type is not np.void:
        return [(0, dtype.itemsize, 1)] if dtype.itemsize > 1 else []  # numbers of ml_dtypes
    unit = {"c": dtype.itemsize // 2, "U": 4}.get(dtype.kind, dtype.itemsize if dtype.kind in "iufMm" else 1)
    return [(0, unit, dtype.itemsize // unit)] if unit > 1 else []
