"""Metadata of a new array, from what a user gives and the defaults for the rest."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from zarrust.abc.codec import BaseCodec
from zarrust.array_spec import ArraySpec
from zarrust.codecs import (
    BytesCodec,
    Codec,
    ShardingCodec,
    VLenBytesCodec,
    VLenUTF8Codec,
    ZstdCodec,
    parse_chain,
    parse_codec,
)
from zarrust.codecs.chain import evolve_chain
from zarrust.codecs.codec import kind_of
from zarrust.codecs.numcodec import Numcodec
from zarrust.config import config
from zarrust.dtypes import VariableLengthUTF8, ZDType, data_type_from_document, item_size, native, parse_dtype
from zarrust.dtypes.data_type import HasObjectCodec
from zarrust.dtypes.objects import object_codec_id
from zarrust.errors import MetadataValidationError, ZarrUserWarning
from zarrust.metadata import chunking
from zarrust.metadata.chunk_keys import (
    ChunkGridMetadata,
    DefaultChunkKeyEncoding,
    RegularChunkGrid,
    parse_chunk_key_encoding,
)
from zarrust.metadata.chunking import parse_shape
from zarrust.metadata.rectilinear import RectilinearChunkGrid, parse_edges
from zarrust.metadata.text import jsonable_attributes
from zarrust.metadata.v2 import ArrayV2Metadata
from zarrust.metadata.v3 import ArrayV3Metadata

__all__ = ["DEFAULT", "auto_partition", "choose_format", "chunk_encoding_v2", "chunk_encoding_v3", "new_array_metadata"]


class _Default:
    """The type of `DEFAULT`."""

    def __repr__(self) -> str:
        return "<default>"


DEFAULT = _Default()
"""Stands for a fill value, or a compressor, that is not given; None has a meaning of its own."""


def _is_numcodec(value: object) -> bool:
    return hasattr(value, "get_config") or (isinstance(value, Mapping) and "id" in value)


def _listed(value: Any) -> list[Any]:
    """Return codecs given as one, as several, or as None."""
    if value is None:
        return []
    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def choose_format(zarr_format: int | None, compressor: Any = DEFAULT, filters: Any = "auto") -> Literal[2, 3]:
    """Return the format of a new array: the one given, 2 for the keywords of version 2, else the setting's.

    Raises
    ------
    MetadataValidationError
        If the format is unknown.
    ValueError
        If it is 3 and ``compressor`` is given.
    """
    v2_style = compressor is not DEFAULT and not (isinstance(compressor, str) and compressor == "auto")
    if zarr_format is None:
        codecs = [] if isinstance(filters, str) else _listed(filters)
        if compressor is not None and isinstance(compressor, BaseCodec):
            v2_style = False
        zarr_format = 2 if v2_style or any(map(_is_numcodec, codecs)) else config.get("default_zarr_format")
    elif zarr_format == 3 and v2_style:
        raise ValueError("compressor cannot be used for arrays with zarr_format 3. Use bytes-to-bytes codecs instead.")
    if zarr_format not in (2, 3):
        raise MetadataValidationError(f"Invalid value for 'zarr_format'. Expected 2, 3, or None. Got {zarr_format!r}.")
    return 2 if zarr_format == 2 else 3


def new_array_metadata(
    *,
    shape: Any,
    dtype: Any = None,
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
) -> ArrayV2Metadata | ArrayV3Metadata:
    """Return the metadata of a new array.

    The parameters are those of `zarrust.create_array` and `zarrust.create`.

    Raises
    ------
    ValueError
        If a value is not allowed, or belongs to the other format.
    TypeError
        If a value is of the wrong type.
    """
    zarr_format_ = choose_format(zarr_format, compressor, filters)
    if compressor is not DEFAULT:
        compressors = compressor
    data_type = _data_type(dtype, zarr_format_, filters)
    shape = parse_shape(shape)
    shards, index_location = _shards_config(shards)
    grid, shard, chunk = _layout(chunks, shards, shape, item_size(data_type))
    if zarr_format_ == 2 and not isinstance(grid, RegularChunkGrid):
        raise ValueError("chunks: format 2 has one length for all chunks of an axis")
    clean = jsonable_attributes(attributes)
    if zarr_format_ == 2:
        if shards is not None:
            raise ValueError(
                "Zarr format 2 arrays can only be created with `shard_shape` set to `None`. "
                f"Got `shard_shape={shards}` instead."
            )
        if codecs is not None:
            raise ValueError(f"codecs cannot be used for arrays with zarr_format 2, found {codecs!r}")
        if dimension_names is not None:
            raise ValueError(f"Zarr format 2 arrays do not support dimension names. Got {dimension_names!r}.")
        if not (serializer is None or serializer == "auto"):
            raise ValueError(f"Zarr format 2 arrays do not support `serializer`. Got {serializer!r}.")
        if chunk_key_encoding is not None:
            encoding = parse_chunk_key_encoding(chunk_key_encoding, zarr_format=2)
            dimension_separator = dimension_separator or encoding.separator
        v2_filters, v2_compressor = chunk_encoding_v2(compressor=compressors, filters=filters, dtype=data_type)
        return ArrayV2Metadata(
            shape=shape,
            chunks=chunk,
            dtype=data_type,
            fill_value=None if fill_value is None else _fill(fill_value, data_type),
            order=order or config.get("array.order"),
            filters=v2_filters,
            dimension_separator=dimension_separator or ".",
            compressor=v2_compressor,
            attributes=clean,
        )
    if dimension_separator is not None:
        if chunk_key_encoding is not None:
            raise ValueError("dimension_separator: give it inside of chunk_key_encoding, not beside it")
        chunk_key_encoding = {"name": "default", "configuration": {"separator": dimension_separator}}
    # What is stored knows nothing of the byte order in memory.
    stored_type = native(data_type)
    chain = _v3_chain(codecs, filters, serializer, compressors, stored_type)
    if shard is not None:
        chain = (ShardingCodec(chunk_shape=chunk, codecs=chain, index_location=index_location),)
    # Format 3 has no open fill value.
    fill = _fill(DEFAULT if fill_value is None else fill_value, stored_type)
    return ArrayV3Metadata(
        shape=shape,
        data_type=data_type,
        chunk_grid=grid,
        chunk_key_encoding=parse_chunk_key_encoding(chunk_key_encoding or DefaultChunkKeyEncoding()),
        fill_value=fill,
        codecs=evolve_chain(chain, ArraySpec(shard or chunk, stored_type, fill)),
        attributes=clean,
        dimension_names=_names(dimension_names),
    )


def _layout(
    chunks: Any, shards: Any, shape: tuple[int, ...], size: int
) -> tuple[ChunkGridMetadata, tuple[int, ...] | None, tuple[int, ...]]:
    """Return the grid of what is stored, and the shapes of a shard, None for none, and of a chunk.

    Where stored objects have several shapes, the greatest lengths stand for them.
    """
    edges, outer = parse_edges(chunks, shape), parse_edges(shards, shape)
    if edges is not None:
        if shards is not None:
            raise ValueError("chunks: those inside of shards have one shape; give `shards` the lengths instead")
        varying = RectilinearChunkGrid(edges)
        return varying, None, varying.largest
    shard, chunk = auto_partition(
        array_shape=shape, chunk_shape=chunks, shard_shape=None if outer else shards, item_size=size
    )
    if outer is not None:
        varying = RectilinearChunkGrid(outer)
        return varying, varying.largest, chunk
    return RegularChunkGrid(shard or chunk), shard, chunk


def auto_partition(
    *, array_shape: Sequence[int], chunk_shape: Any, shard_shape: Any, item_size: int
) -> tuple[tuple[int, ...] | None, tuple[int, ...]]:
    """Return the shapes of shards, None for none, and of chunks.

    Parameters
    ----------
    array_shape : sequence of int
    chunk_shape : object
        As `chunking.chunk_shape` takes it.
    shard_shape : object
        As `chunking.shard_shape` takes it, or a mapping with ``shape``.
    item_size : int
        Bytes of an element.

    Examples
    --------
    >>> auto_partition(array_shape=(8, 8), chunk_shape=(2, 2), shard_shape=(4, 4), item_size=1)
    ((4, 4), (2, 2))
    """
    most = chunking.CHUNK_BYTES if shard_shape is None else chunking.INNER_CHUNK_BYTES
    chunk = chunking.chunk_shape(chunk_shape, array_shape, item_size, most_bytes=most)
    wanted = shard_shape["shape"] if isinstance(shard_shape, Mapping) else shard_shape
    return chunking.shard_shape(wanted, chunk, array_shape, item_size), chunk


def _fill(value: Any, data_type: ZDType) -> Any:
    return data_type.default_scalar() if value is DEFAULT else data_type.cast_scalar(value)


def _names(names: Iterable[str | None] | None) -> tuple[str | None, ...] | None:
    if names is None:
        return None
    listed = (names,) if isinstance(names, str) else tuple(names)
    for name in listed:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"dimension_names: expected strings or None, found {name!r}")
    return listed


def _data_type(dtype: Any, zarr_format: Literal[2, 3], filters: Any) -> ZDType:
    """Return the data type of a new array; in format 2 the filters say what objects are."""
    plain = not isinstance(dtype, (ZDType, Mapping, list))
    if zarr_format == 2 and plain and (dtype is str or dtype in ("O", "|O", "object", object)):
        found = object_codec_id(_v2_filters(filters))
        if found is None and dtype is not str:
            raise ValueError(
                "missing object_codec for object array: dtype=object needs one, such as numcodecs.VLenUTF8()"
            )
        if found is not None:
            return data_type_from_document("|O", 2, found)
    return parse_dtype(np.float64 if dtype is None else dtype, zarr_format=zarr_format)


def _v2_filters(filters: Any) -> tuple[Numcodec, ...] | None:
    if isinstance(filters, str) and filters == "auto":
        return None
    listed = _listed(filters)
    for i, entry in enumerate(listed):
        if kind_of(entry) is not None:
            raise TypeError(f"filters[{i}]: {entry!r} is a codec of format 3; format 2 takes those of numcodecs")
    return tuple(Numcodec.parse(entry, f"filters[{i}]") for i, entry in enumerate(listed)) or None


def _v2_compressor(compressors: Any) -> Numcodec | None:
    if isinstance(compressors, str) and compressors == "auto":
        return Numcodec({"id": "zstd", "level": 0})
    listed = _listed(compressors)
    if len(listed) > 1:
        raise ValueError(f"compressors: format 2 has one, found {len(listed)}; put the others into filters")
    if listed and kind_of(listed[0]) is not None:
        raise ValueError(f"compressor: {listed[0]!r} is a codec of format 3; format 2 takes those of numcodecs")
    return Numcodec.parse(listed[0], "compressor") if listed else None


def _shards_config(shards: Any) -> tuple[Any, Any]:
    """Return shard shape and index location; both may come in one mapping."""
    if not isinstance(shards, Mapping):
        return shards, "end"
    unknown = set(shards) - {"shape", "index_location"}
    if unknown or "shape" not in shards:
        raise ValueError(f"shards: expected 'shape' and perhaps 'index_location', found {sorted(map(str, shards))}")
    return shards["shape"], shards.get("index_location") or "end"


def _v3_chain(codecs: Any, filters: Any, serializer: Any, compressors: Any, data_type: ZDType) -> tuple[Codec, ...]:
    """Return the codecs of format 3."""
    if codecs is None:
        before, to_bytes, after = chunk_encoding_v3(
            compressors=compressors, filters=filters, serializer=serializer, dtype=data_type
        )
        codecs = (*before, to_bytes, *after)
    chain = parse_chain(codecs, "codecs")
    if len(chain) > 1 and any(isinstance(codec, ShardingCodec) for codec in chain):
        warnings.warn(
            "beside other codecs, a `sharding_indexed` codec disables partial reads and writes, which may lead to "
            "inefficient performance: put the others inside of it",
            ZarrUserWarning,
            stacklevel=5,
        )
    return chain


def chunk_encoding_v3(
    *, compressors: Any, filters: Any, serializer: Any, dtype: ZDType
) -> tuple[tuple[Codec, ...], Codec, tuple[Codec, ...]]:
    """Return the codecs of a new array of format 3: before, at and after the one from array to bytes.

    Raises
    ------
    ValueError
        If a codec is at the wrong place, or there is not one serializer.
    """
    default: Codec = BytesCodec(endian="little")
    if isinstance(dtype, VariableLengthUTF8):
        default = VLenUTF8Codec()
    elif isinstance(dtype, HasObjectCodec):
        default = VLenBytesCodec()
    serializers = _parsed(serializer, "serializer", "array-to-bytes", (default,))
    if len(serializers) != 1:
        raise ValueError(f"serializer: expected one codec, found {serializers!r}")
    return (
        tuple(_parsed(filters, "filters", "array-to-array", ())),
        serializers[0],
        tuple(_parsed(compressors, "compressors", "bytes-to-bytes", (ZstdCodec(),))),
    )


def chunk_encoding_v2(
    *, compressor: Any, filters: Any, dtype: ZDType
) -> tuple[tuple[Numcodec, ...] | None, Numcodec | None]:
    """Return filters and compressor of a new array of format 2.

    Raises
    ------
    TypeError
        If one is no codec.
    ValueError
        If there are several compressors.
    """
    parsed = _v2_filters(filters)
    if isinstance(dtype, HasObjectCodec) and object_codec_id(parsed) != dtype.object_codec_id:
        parsed = (Numcodec({"id": dtype.object_codec_id}), *(parsed or ()))
    return parsed, _v2_compressor(compressor)


def _parsed(value: Any, field: str, kind: str, default: tuple[Codec, ...]) -> list[Codec]:
    if isinstance(value, str) and value == "auto":
        return list(default)
    parsed = [parse_codec(entry, field) for entry in _listed(value)]
    for codec in parsed:
        found = kind_of(codec)
        if found not in (None, kind):
            raise ValueError(
                f"{field}: expected a codec from {kind.replace('-to-', ' to ')}, found {codec!r} ({found})"
            )
    return parsed
