"""The plan of a new array: metadata, configuration and data, from the arguments that the creating functions share."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np

from zarrust import storage
from zarrust.array_config import ArrayConfig, parse_array_config
from zarrust.errors import ZarrRuntimeWarning
from zarrust.metadata import ArrayMetadata
from zarrust.metadata.chunking import parse_shape
from zarrust.metadata.new import DEFAULT, choose_format, new_array_metadata
from zarrust.synchronizers import ProcessSynchronizer, ThreadSynchronizer

__all__ = ["ArrayPlan", "drop_ignored", "like", "plan_array"]


_IGNORED = ("cache_attrs", "cache_metadata", "chunk_store", "meta_array", "read_only", "synchronizer")


def drop_ignored(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments without those of version 2 that have no effect; each that is set warns."""
    _take_synchronizer(kwargs)
    object_codec = kwargs.pop("object_codec", None)
    if object_codec is not None:
        filters = kwargs.get("filters")
        rest = [] if filters is None or isinstance(filters, str) else filters
        kwargs["filters"] = [object_codec, *(rest if isinstance(rest, (list, tuple)) else [rest])]
    for name in _IGNORED:
        if kwargs.pop(name, None) is not None:
            warnings.warn(
                f"{name} is not yet implemented: it is accepted for older programs and has no effect",
                ZarrRuntimeWarning,
                stacklevel=4,
            )
    version = kwargs.pop("zarr_version", None)
    if version is not None:
        if kwargs.get("zarr_format", version) not in (None, version):
            raise ValueError("zarr_version and zarr_format are the same setting; give zarr_format only")
        kwargs["zarr_format"] = version
    return kwargs


def _take_synchronizer(kwargs: dict[str, Any]) -> None:
    """Put a synchronizer into the configuration where one is needed: between processes."""
    synchronizer, config = kwargs.get("synchronizer"), kwargs.get("config")
    if isinstance(synchronizer, ThreadSynchronizer):
        del kwargs["synchronizer"]
    elif isinstance(synchronizer, ProcessSynchronizer):
        del kwargs["synchronizer"]
        if isinstance(config, ArrayConfig):
            kwargs["config"] = replace(config, synchronizer=synchronizer)
        else:
            kwargs["config"] = {**(config or {}), "synchronizer": synchronizer}


class ArrayPlan(NamedTuple):
    """What is to be written for a new array.

    Parameters
    ----------
    metadata : ArrayMetadata
    config : ArrayConfig
    data : numpy.ndarray, optional
        Its elements.
    overwrite : bool
        Whether a node at the place makes room.
    """

    metadata: ArrayMetadata
    config: ArrayConfig
    data: np.ndarray[Any, Any] | None
    overwrite: bool


def plan_array(
    *,
    shape: Any = None,
    dtype: Any = None,
    data: Any = None,
    chunks: Any = "auto",
    shards: Any = None,
    filters: Any = "auto",
    compressors: Any = "auto",
    compressor: Any = DEFAULT,
    serializer: Any = "auto",
    codecs: Any = None,
    fill_value: Any = DEFAULT,
    order: Literal["C", "F"] | None = None,
    zarr_format: int | None = None,
    attributes: Mapping[str, Any] | None = None,
    chunk_key_encoding: Any = None,
    dimension_separator: Literal[".", "/"] | None = None,
    dimension_names: Iterable[str | None] | None = None,
    overwrite: bool = False,
    config: ArrayConfig | Mapping[str, Any] | None = None,
    write_empty_chunks: bool | None = None,
    write_data: bool = True,
    format_of_group: int | None = None,
    separator_of_store: Literal[".", "/"] | None = None,
) -> ArrayPlan:
    """Return the plan of a new array; the parameters are `zarrust.create_array`'s.

    Parameters
    ----------
    format_of_group : {2, 3}, optional
        The format of the group that the array goes into. It decides, so that ``compressor=`` is translated for
        format 3.
    separator_of_store : {".", "/"}, optional
        What stores of version 2 have for arrays of format 2 that do not say it.

    Raises
    ------
    ValueError
        If neither shape nor data is given, or the two differ.
    """
    if data is not None:
        data = np.asarray(data)
        if shape is not None and parse_shape(shape) != data.shape:
            raise ValueError(f"shape: {parse_shape(shape)} is not the shape of the data, {data.shape}")
        shape, dtype = data.shape, data.dtype if dtype is None else dtype
    if shape is None:
        raise ValueError("a new array needs `shape` or `data`: shape was not specified")
    if compressor is not DEFAULT and not (isinstance(compressors, str) and compressors == "auto"):
        raise ValueError("Cannot specify both `compressor` and `compressors`.")
    default = storage.default_compressor
    if default != "auto" and compressor is DEFAULT and codecs is None and isinstance(compressors, str):
        v3_only = shards is not None or dimension_names is not None or serializer not in (None, "auto")
        if zarr_format == 3 or v3_only:
            compressors = _as_v3(default)
        else:
            compressor = default
    if format_of_group is not None:
        zarr_format = format_of_group
        if zarr_format == 3 and compressor is not DEFAULT:
            # The group's format wins; the codec is stored under its name in format 3.
            if not (isinstance(compressor, str) and compressor == "auto"):
                compressors = _as_v3(compressor)
            compressor = DEFAULT
    zarr_format = choose_format(zarr_format, compressor, filters)
    if zarr_format == 2 and dimension_separator is None:
        dimension_separator = separator_of_store
    if zarr_format == 3 and order is not None:
        warnings.warn(
            "The `order` keyword argument has no effect for Zarr format 3 arrays. To control the memory order of what "
            "is read, give `config={'order': 'F'}`, or change the setting 'array.order'.",
            ZarrRuntimeWarning,
            stacklevel=4,
        )
        order = None
    settings = parse_array_config(config, order=order, write_empty_chunks=write_empty_chunks)
    if zarr_format == 2:
        # The stored order is the one that reads return, and the argument says it best.
        order = order or settings.order
        settings = replace(settings, order=order)
    metadata = new_array_metadata(
        shape=shape,
        dtype=dtype,
        chunks=chunks,
        shards=shards,
        filters=filters,
        compressors=compressors,
        compressor=compressor if zarr_format == 2 else DEFAULT,
        serializer=serializer,
        codecs=codecs,
        fill_value=fill_value,
        order=order,
        zarr_format=zarr_format,
        attributes=attributes,
        chunk_key_encoding=chunk_key_encoding,
        dimension_separator=dimension_separator,
        dimension_names=dimension_names,
    )
    return ArrayPlan(metadata, settings, data if write_data else None, overwrite)


def _as_v3(compressor: Any) -> Any:
    from zarrust.codecs.numcodec import Numcodec

    if isinstance(compressor, Mapping) and "id" in compressor:
        return Numcodec.parse(compressor, "compressor").to_v3()
    return compressor


def like(a: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that make an array like another one, where they are not given."""
    arguments: dict[str, Any] = {}
    if hasattr(a, "shape"):
        arguments["shape"] = a.shape
    else:
        arguments["shape"] = np.shape(a)
    arguments["dtype"] = a.dtype if hasattr(a, "dtype") else np.asarray(a).dtype
    metadata = getattr(a, "metadata", None)
    if isinstance(metadata, ArrayMetadata):
        arguments |= _like_metadata(metadata, given)
    return arguments | dict(given)


def _other_grid(metadata: ArrayMetadata, shape: tuple[int, ...]) -> bool:
    """Return whether an array of another shape cannot have the same chunks."""
    varying = any(not isinstance(length, int) for length in metadata.chunk_sizes)
    return len(shape) != metadata.ndim or (varying and shape != metadata.shape)


def _like_metadata(metadata: ArrayMetadata, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an array's metadata carries over: all of it within a format, the layout across formats."""
    arguments: dict[str, Any] = {
        "chunks": metadata.inner_shape or metadata.chunk_sizes,
        "zarr_format": metadata.zarr_format,
        "fill_value": metadata.fill_value,
    }
    if "shape" in given and _other_grid(metadata, parse_shape(given["shape"])):
        del arguments["chunks"]
    if given.get("zarr_format", metadata.zarr_format) != metadata.zarr_format:
        return arguments
    if metadata.zarr_format == 2:
        if not {"compressor", "compressors"} & set(given):
            arguments["compressor"] = metadata.compressor
        return arguments | {"filters": metadata.filters, "order": metadata.order}
    filters, serializer, compressors = metadata.split_codecs()
    arguments |= {"filters": filters, "serializer": serializer or "auto", "compressors": compressors}
    if "chunks" in arguments and "chunks" not in given:
        arguments["shards"] = metadata.chunk_sizes if metadata.inner_shape else None
    if "shape" not in given:
        arguments["dimension_names"] = metadata.dimension_names
    return arguments | {"chunk_key_encoding": metadata.chunk_key_encoding}
