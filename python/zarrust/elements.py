"""Elements between what a caller has and the engine's memory: casts to the array's data type, and fields of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarrust.codecs.objects import ObjectForm

__all__ = ["Fields", "cast", "choose_fields", "from_objects", "new_memory", "to_objects"]


def new_memory(shape: Sequence[int], dtype: np.dtype[Any], order: Literal["C", "F"] = "C") -> np.ndarray[Any, Any]:
    """Return memory that is not initialised; `numpy.empty` would forget the scale of a time without a unit."""
    if dtype.kind in "mM":
        return np.ndarray(tuple(shape), dtype, order=order)
    return np.empty(shape, dtype=dtype, order=order)


def cast(value: Any, dtype: np.dtype[Any], *, single: bool = False) -> np.ndarray[Any, Any]:
    """Return a value as an array of a dtype.

    Parameters
    ----------
    value : array-like
        Records may be tuples.
    dtype : numpy.dtype
    single : bool
        Whether an object is wanted rather than an array of objects: a list may be one.

    Raises
    ------
    ValueError
        If an element cannot become one of the dtype.

    Examples
    --------
    >>> import numpy
    >>> cast((1, b"a"), numpy.dtype([("n", "i2"), ("s", "S1")])).item()
    (1, b'a')
    """
    if dtype.names is not None:
        return _cast_records(value, dtype)
    if dtype.kind in "OT":
        return _cast_objects(value, dtype, single)
    if dtype.kind in "SV" and isinstance(value, (bytes, np.void)):
        return np.asarray(value, dtype=dtype)
    if isinstance(value, (bool, int, float, complex, str, bytes)) and dtype.kind not in "mM":
        return np.asarray(value, dtype=dtype)
    array = np.asarray(value)
    if dtype.kind in "mM":
        return _cast_times(array, dtype)
    return array.astype(dtype, copy=False)


def _cast_objects(value: Any, dtype: np.dtype[Any], single: bool) -> np.ndarray[Any, Any]:
    """Return values as objects, or as strings in whatever form numpy has them."""
    if dtype.kind == "T":
        array = np.asarray(value)
        return array if array.dtype.kind in "OTU" else array.astype(dtype)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, np.ndarray) and not single:
        return value.astype(object, copy=False)
    if single or isinstance(value, (str, bytes, dict)) or not hasattr(value, "__len__"):
        array = np.empty((), dtype=object)
        array[()] = value
        return array
    return np.asarray(value, dtype=object)


def _cast_times(array: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    if array.dtype.kind == dtype.kind and np.datetime_data(array.dtype) == np.datetime_data(dtype):
        # As counts: numpy neither swaps the bytes of times without a unit nor keeps their scale.
        counts = array.view(array.dtype.str[0] + "i8").astype(dtype.str[0] + "i8", copy=False)
        times: np.ndarray[Any, Any] = counts.view(dtype)
        return times
    if array.dtype.kind in "iu":
        return array.astype(dtype.str[0] + "i8").view(dtype)
    return array.astype(dtype, copy=False)


def _cast_records(value: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    if not isinstance(value, (np.ndarray, np.void)) or np.asarray(value).dtype.names is None:
        return np.asarray(value, dtype=dtype)
    records = np.asarray(value)
    if records.dtype == dtype:
        return records
    mine, theirs = dtype.names or (), records.dtype.names or ()
    if len(mine) != len(theirs):
        raise ValueError(f"value has the fields {theirs}, expected {mine}")
    result = np.empty(records.shape, dtype)
    for name, place in zip(mine, mine if set(mine) == set(theirs) else theirs, strict=True):
        result[name] = cast(records[place], dtype[name])
    return result


def to_objects(array: np.ndarray[Any, Any], form: ObjectForm | None) -> np.ndarray[Any, Any]:
    """Return elements without a fixed size as the engine takes them: objects, each a string or bytes."""
    if form is not None:
        return form.dump_all(array)
    return array.astype(object, copy=False)


def from_objects(memory: np.ndarray[Any, Any], form: ObjectForm | None, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return what the engine read as elements of a dtype."""
    if form is not None:
        return form.load_all(memory)
    # `astype` copies strings even where nothing changes.
    return memory if memory.dtype == dtype else memory.astype(dtype)


class Fields(NamedTuple):
    """Some of the fields of a record.

    Attributes
    ----------
    names : tuple of str
    single : bool
        Whether one was named by itself, so that its values are wanted rather than records of one field.
    dtype : numpy.dtype
        Of what is read or assigned.
    """

    names: tuple[str, ...]
    single: bool
    dtype: np.dtype[Any]

    def parts(self, record: np.dtype[Any]) -> list[tuple[int, int]]:
        """Return where the fields lie in a record: offset and length in bytes."""
        return [(record.fields[name][1], record.fields[name][0].itemsize) for name in self.names]  # type: ignore[index]

    def of(self, records: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the fields of records, without the others."""
        if self.single:
            return cast(records[self.names[0]], self.dtype).copy(order="K")
        result = np.empty(records.shape, self.dtype)
        for name in self.names:
            result[name] = records[name]
        return result

    def into_records(self, value: Any, record: np.dtype[Any]) -> np.ndarray[Any, Any]:
        """Return records that have a value in these fields; the others are zero."""
        array = cast(value, self.dtype)
        records = np.zeros(array.shape, record)
        for name in self.names:
            records[name] = array if self.single else array[name]
        return records


def choose_fields(fields: Any, dtype: np.dtype[Any]) -> Fields | None:
    """Return the fields that a caller names, None for the whole record.

    Parameters
    ----------
    fields : str or sequence of str, optional
    dtype : numpy.dtype
        Of the array.

    Raises
    ------
    IndexError
        If they are no names, or the array has no such fields.

    Examples
    --------
    >>> import numpy
    >>> choose_fields(["b"], numpy.dtype([("a", "i4"), ("b", "f8")])).dtype.names
    ('b',)
    """
    if fields is None:
        return None
    if not isinstance(fields, (str, list, tuple)):
        raise IndexError(f"'fields' argument must be a string or list of strings; found {type(fields)!r}")
    names = (fields,) if isinstance(fields, str) else tuple(fields)
    if not names:
        return None
    if dtype.names is None:
        raise IndexError("invalid 'fields' argument, array does not have any fields")
    missing = [name for name in names if name not in dtype.names]
    if missing or len(set(names)) != len(names):
        raise IndexError(f"invalid 'fields' argument, field not found: {missing or names!r}; there are {dtype.names}")
    single = isinstance(fields, str)
    return Fields(names, single, dtype[fields] if single else np.dtype([(name, dtype[name]) for name in names]))  # type: ignore[index]
