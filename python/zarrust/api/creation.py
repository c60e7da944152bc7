"""Making arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from zarrust.api.arguments import (
    filled,
    from_array_arguments,
    full_arguments,
    new_plan,
    plan_like,
    take_place,
)
from zarrust.array import Array
from zarrust.group import make_array
from zarrust.metadata.new import DEFAULT
from zarrust.new_array import plan_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarrust.array_config import ArrayConfig
    from zarrust.storage.path import StoreLike

__all__ = [
    "array",
    "create",
    "create_array",
    "create_like",
    "empty",
    "empty_like",
    "from_array",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]


def create_array(
    store: StoreLike = None,
    name: str | None = None,
    *,
    shape: int | Iterable[int] | None = None,
    dtype: Any = None,
    data: npt.ArrayLike | None = None,
    chunks: Any = "auto",
    shards: Any = None,
    filters: Any = "auto",
    compressors: Any = "auto",
    compressor: Any = DEFAULT,
    serializer: Any = "auto",
    fill_value: Any = DEFAULT,
    order: Literal["C", "F"] | None = None,
    zarr_format: int | None = None,
    attributes: Mapping[str, Any] | None = None,
    chunk_key_encoding: Any = None,
    dimension_separator: Literal[".", "/"] | None = None,
    dimension_names: Iterable[str | None] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    config: ArrayConfig | Mapping[str, Any] | None = None,
    write_empty_chunks: bool | None = None,
    write_data: bool = True,
) -> Array:
    """Create an array.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
        Where it goes; None for memory.
    name : str, optional
        Path in the store; by default the store's root. Groups that are missing on the way are made.
    shape : int or sequence of int, optional
        Elements along each axis; needed where there is no ``data``.
    dtype : dtype-like, optional
        By default that of ``data``, or float64.
    data : array-like, optional
        The elements.
    chunks : "auto", int or sequence of int
        Shape of a chunk, in elements; -1 is the whole axis. ``"auto"`` aims at 1 MiB.
    shards : "auto", int or sequence of int, optional
        Shape of a shard, in elements: a multiple of ``chunks``. Without it each chunk is a stored object.
    filters : "auto" or codecs
        Codecs from array to array.
    compressors : "auto", None or codecs
        Codecs from bytes to bytes; by default zstd at level 0.
    compressor : numcodecs codec or its config, optional
        As version 2 has it: selects format 2 where no format is given.
    serializer : "auto" or codec
        Codec from array to bytes; by default ``bytes``, little-endian.
    fill_value : scalar, optional
        What is read where nothing is stored; by default zero. None leaves it open in format 2.
    order : {"C", "F"}, optional
        Of format 2: memory order of a stored chunk, and of what a read returns. In format 3 see ``config``.
    zarr_format : {2, 3}, optional
        By default the setting ``default_zarr_format``.
    attributes : mapping, optional
        JSON values; numpy scalars and arrays are converted.
    chunk_key_encoding : mapping or ChunkKeyEncoding, optional
        How chunks are named: by default ``c/0/0``; ``{"name": "v2", "separator": "."}`` for ``0.0``.
    dimension_separator : {".", "/"}, optional
        Between the coordinates in a chunk's name.
    dimension_names : sequence of (str or None), optional
        Of the axes; format 3.
    storage_options : mapping, optional
        Options of a URL's store.
    overwrite : bool, default False
        Whether a node that is there, with everything below it, is deleted. Files that are not Zarr's stay.
    config : ArrayConfig or mapping, optional
        ``order`` and ``write_empty_chunks``, which are not stored.
    write_empty_chunks : bool, optional
        Whether a chunk that is all fill value is stored.
    write_data : bool, default True
        Whether ``data`` is written, or only gives shape and data type.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If there is a node and ``overwrite`` is False.
    ValueError
        If a value is not allowed.

    Notes
    -----
    Source: Zarr v3 core specification, section "Array metadata"; Zarr v2 specification, section "Arrays".

    Examples
    --------
    >>> import zarrust
    >>> z = zarrust.create_array(shape=(100, 100), chunks=(10, 10), shards=(50, 50), dtype="u2")
    >>> z.chunks, z.shards
    ((10, 10), (50, 50))
    """
    given = dict(locals())
    place = take_place(given, "name")
    return make_array(place, plan_array(**given))


def from_array(
    store: StoreLike,
    *,
    data: Any,
    write_data: bool = True,
    name: str | None = None,
    chunks: Any = "keep",
    shards: Any = "keep",
    filters: Any = "keep",
    compressors: Any = "keep",
    serializer: Any = "keep",
    fill_value: Any = DEFAULT,
    order: Literal["C", "F"] | None = None,
    zarr_format: int | None = None,
    attributes: Mapping[str, Any] | None = None,
    chunk_key_encoding: Any = None,
    dimension_names: Iterable[str | None] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    config: ArrayConfig | Mapping[str, Any] | None = None,
) -> Array:
    """Create an array like another one, and copy its elements.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
    data : Array or array-like
        What is not given is taken from it.
    write_data : bool, default True
        Whether the elements are copied.
    name : str, optional
        Path in the store.
    chunks, shards, filters, compressors, serializer
        As `create_array` takes them, or ``"keep"``, the default: those of ``data``, where it is a zarr array of the
        same format.
    fill_value, order, zarr_format, attributes, chunk_key_encoding, dimension_names
        As `create_array` takes them; by default those of ``data``.
    storage_options, overwrite, config
        As `create_array` takes them.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If there is a node and ``overwrite`` is False.

    Examples
    --------
    >>> import zarrust
    >>> source = zarrust.create_array(data=[1, 2, 3], chunks=(2,))
    >>> zarrust.from_array(None, data=source).chunks
    (2,)
    """
    given = dict(locals())
    place = take_place(given, "name")
    del given["write_data"]
    copied = make_array(place, plan_array(**from_array_arguments(**given)))
    if write_data:
        copied._fill_from(data if isinstance(data, Array) else np.asarray(data))
    return copied


def create(
    shape: Any = None,
    chunks: Any = None,
    dtype: Any = None,
    compressor: Any = "auto",
    fill_value: Any = DEFAULT,
    order: Literal["C", "F"] | None = None,
    store: StoreLike = None,
    *,
    synchronizer: Any = None,
    overwrite: bool = False,
    path: str | None = None,
    chunk_store: StoreLike = None,
    filters: Any = None,
    cache_metadata: bool | None = None,
    cache_attrs: bool | None = None,
    read_only: bool | None = None,
    object_codec: Any = None,
    dimension_separator: Literal[".", "/"] | None = None,
    write_empty_chunks: bool | None = None,
    zarr_version: int | None = None,
    zarr_format: int | None = None,
    meta_array: Any = None,
    attributes: Mapping[str, Any] | None = None,
    chunk_shape: Any = None,
    chunk_key_encoding: Any = None,
    codecs: Iterable[Any] | None = None,
    dimension_names: Iterable[str | None] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    config: ArrayConfig | Mapping[str, Any] | None = None,
    mode: str | None = None,
    data: npt.ArrayLike | None = None,
) -> Array:
    """Create an array; the form of version 2.

    Parameters
    ----------
    shape : int or sequence of int
        Elements along each axis; needed where there is no ``data``.
    chunks : int, sequence of int or bool, optional
        True and None leave the choice; False is one chunk.
    dtype : dtype-like, optional
        By default float64.
    compressor : numcodecs codec, its config or None
        If given, format 2 is used where no format is given.
    fill_value, order, attributes, chunk_key_encoding, dimension_names, config
        As `create_array` takes them.
    store : Store, StorePath, path, URL, mapping or None
    overwrite : bool, default False
    path : str, optional
        In the store.
    filters : sequence of codecs, optional
    dimension_separator : {".", "/"}, optional
        Between the coordinates in a chunk's name.
    write_empty_chunks : bool, optional
        Deprecated: part of ``config``.
    zarr_format : {2, 3}, optional
    zarr_version : {2, 3}, optional
        Another name of ``zarr_format``.
    chunk_shape : int or sequence of int, optional
        Another name of ``chunks``.
    codecs : sequence of codecs, optional
        Those of format 3 in order, instead of filters and compressor.
    storage_options : mapping, optional
        Options of a URL's store.
    mode : {"r+", "a", "w", "w-", "x"}, optional
        ``"w"`` overwrites; ``"w-"`` and ``"x"`` do not, whatever ``overwrite`` says.
    data : array-like, optional
        The elements. They do not give the data type; in `create_array` they do.
    synchronizer, chunk_store, cache_metadata, cache_attrs, read_only, object_codec, meta_array : optional
        Of version 2; they have no effect any more, and warn.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If there is a node and ``overwrite`` is False. Both are `FileExistsError` too.
    ValueError
        If the mode is unknown, or ``"r"``, in which nothing is created.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.create((4,), chunks=(2,), compressor=None).metadata.zarr_format
    2
    """
    given = dict(locals())
    place = take_place(given)
    return make_array(place, new_plan(given))


def array(data: Any, **kwargs: Any) -> Array:
    """Create an array of data.

    Parameters
    ----------
    data : array-like
        Of a zarr array, the chunks are taken too.
    **kwargs
        As `create` takes them.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.array([1, 2, 3])[:]
    array([1, 2, 3])
    """
    if isinstance(data, Array):
        kwargs = {"chunks": data.metadata.inner_shape or data.metadata.chunk_sizes} | kwargs
    return create(**{"shape": None, "data": np.asarray(data)} | kwargs)


def empty(shape: Any, **kwargs: Any) -> Array:
    """Create an array whose contents are not said; they are the fill value. Arguments as of `create`.

    Parameters
    ----------
    shape : int or tuple of int
        In elements.
    **kwargs : Any
        As for `create`.
    """
    return create(shape, **kwargs)


def zeros(shape: Any, **kwargs: Any) -> Array:
    """Create an array of zeros. Arguments as of `create`.

    Parameters
    ----------
    shape : int or tuple of int
        In elements.
    **kwargs : Any
        As for `create`.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.zeros((2, 2), dtype="i4")[0]
    array([0, 0], dtype=int32)
    """
    return create(**full_arguments(shape, 0, kwargs))


def ones(shape: Any, **kwargs: Any) -> Array:
    """Create an array of ones. Arguments as of `create`.

    Parameters
    ----------
    shape : int or tuple of int
        In elements.
    **kwargs : Any
        As for `create`.
    """
    return create(**full_arguments(shape, 1, kwargs))


def full(shape: Any, fill_value: Any, **kwargs: Any) -> Array:
    """Create an array of a value. Arguments as of `create`.

    Parameters
    ----------
    shape : int or tuple of int
        In elements.
    fill_value : scalar
        What is read where nothing is stored.
    **kwargs : Any
        As for `create`.
    """
    return create(**full_arguments(shape, fill_value, kwargs))


def empty_like(a: Any, *, zarr_format: int | None = None, **kwargs: Any) -> Array:
    """Create an array like another one, with nothing but its fill value. Arguments as of `create`.

    Parameters
    ----------
    a : Array or array_like
        The array that it is to be like.
    zarr_format : {2, 3}, optional
        By default that of the other array.
    **kwargs : Any
        As for `create`.
    """
    return create_like(a, filled(kwargs, getattr(a, "fill_value", DEFAULT)), zarr_format)


def zeros_like(a: Any, *, zarr_format: int | None = None, **kwargs: Any) -> Array:
    """Create an array of zeros like another one. Arguments as of `create`.

    Parameters
    ----------
    a : Array or array_like
        The array that it is to be like.
    zarr_format : {2, 3}, optional
        By default that of the other array.
    **kwargs : Any
        As for `create`.
    """
    return create_like(a, filled(kwargs, 0), zarr_format)


def ones_like(a: Any, *, zarr_format: int | None = None, **kwargs: Any) -> Array:
    """Create an array of ones like another one. Arguments as of `create`.

    Parameters
    ----------
    a : Array or array_like
        The array that it is to be like.
    zarr_format : {2, 3}, optional
        By default that of the other array.
    **kwargs : Any
        As for `create`.
    """
    return create_like(a, filled(kwargs, 1), zarr_format)


def full_like(a: Any, *, zarr_format: int | None = None, **kwargs: Any) -> Array:
    """Create an array of a value like another one, by default of its fill value. Arguments as of `create`.

    Parameters
    ----------
    a : Array or array_like
        The array that it is to be like.
    zarr_format : {2, 3}, optional
        By default that of the other array.
    **kwargs : Any
        As for `create`.
    """
    return create_like(a, filled(kwargs, getattr(a, "fill_value", DEFAULT)), zarr_format)


def create_like(a: Any, kwargs: Mapping[str, Any], zarr_format: int | None) -> Array:
    """Create an array like another one, with other values for what is given."""
    place, plan = plan_like(a, kwargs, zarr_format)
    return make_array(place, plan)
