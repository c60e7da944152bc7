"""Strategies of hypothesis: names, keys, metadata, arrays, and selections of them."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
from hypothesis import event

import zarrust
from zarrust import loop
from zarrust.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarrust.codecs import BytesCodec
from zarrust.core.chunk_key_encodings import DefaultChunkKeyEncoding
from zarrust.core.metadata.v3 import RegularChunkGridMetadata
from zarrust.dtype import data_type_registry, parse_dtype
from zarrust.metadata.v2 import ArrayV2Metadata
from zarrust.metadata.v3 import ArrayV3Metadata
from zarrust.storage import MemoryStore
from zarrust.storage.names import normalize_path
from zarrust.testing.rectilinear import chunks_param_from_rectilinear as chunks_param_from_rectilinear
from zarrust.testing.rectilinear import complex_rectilinear_arrays as complex_rectilinear_arrays
from zarrust.testing.rectilinear import rectilinear_arrays as rectilinear_arrays
from zarrust.testing.rectilinear import rectilinear_chunk_grids as rectilinear_chunk_grids
from zarrust.testing.rectilinear import rectilinear_chunk_shape_declarations as rectilinear_chunk_shape_declarations
from zarrust.testing.rectilinear import rectilinear_chunks as rectilinear_chunks
from zarrust.testing.rectilinear import rectilinear_dim_edges as rectilinear_dim_edges
from zarrust.testing.selections import basic_indices as basic_indices
from zarrust.testing.selections import block_indices as block_indices
from zarrust.testing.selections import end_slices as end_slices
from zarrust.testing.selections import is_negative_slice as is_negative_slice
from zarrust.testing.selections import orthogonal_indices as orthogonal_indices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy

    from zarrust.array import Array
    from zarrust.dtypes.data_type import ZDType
    from zarrust.testing.selections import Shape

# Names and keys

zarr_key_chars = st.sampled_from(".-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")


def _is_node_name(name: str) -> bool:
    """Return whether format 3 lets a node have a name, and a file system of any kind."""
    return bool(name.strip(".")) and not name.startswith("__") and name.lower() != "zarr.json"


node_names = st.text(zarr_key_chars, min_size=1).filter(_is_node_name)
short_node_names = st.text(zarr_key_chars, min_size=1, max_size=3).filter(_is_node_name)
array_names = node_names

_attr_keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
_attr_values = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda children: st.lists(children) | st.dictionaries(_attr_keys, children),
    max_leaves=3,
)
attrs: SearchStrategy[Mapping[str, Any] | None] = st.none() | st.dictionaries(_attr_keys, _attr_values)
compressors = st.sampled_from([None, "default"])
zarr_formats: SearchStrategy[Any] = st.sampled_from([3, 2])
# Axes of three to five elements are the ones that split in chunks of several shapes.
array_shapes = npst.array_shapes(max_dims=4, min_side=3, max_side=5) | npst.array_shapes(max_dims=4, min_side=0)


@st.composite
def keys(draw: DrawFn, *, max_num_nodes: int | None = None) -> str:
    """Keys of a store: names with slashes between.

    Parameters
    ----------
    max_num_nodes : int, optional
        Names in a key, at most.
    """
    return draw(st.lists(node_names, min_size=1, max_size=max_num_nodes).map("/".join))


@st.composite
def paths(draw: DrawFn, *, max_num_nodes: int | None = None) -> str:
    """Paths of nodes; ``"/"`` is the root.

    Parameters
    ----------
    max_num_nodes : int, optional
        Names in a path, at most.
    """
    return draw(st.just("/") | keys(max_num_nodes=max_num_nodes))


def clear_store(x: Store) -> Store:
    """Empty a store and return it.

    Parameters
    ----------
    x : Store
    """

    async def cleared() -> None:
        await x.clear()

    loop.run(cleared())
    return x


# Hypothesis makes one object of equal arguments, so that it has to be emptied.
stores = st.builds(MemoryStore, st.just({})).map(clear_store)


def key_ranges(
    keys: SearchStrategy[str] = node_names, max_size: int = sys.maxsize
) -> SearchStrategy[list[tuple[str, ByteRequest | None]]]:
    """Questions of `Store.get_partial_values`: keys with ranges, which may lie outside of the values.

    Parameters
    ----------
    keys : SearchStrategy, optional
    max_size : int, optional
        The largest number of bytes in a range.
    """
    number = st.integers(min_value=0, max_value=max_size)
    bounded = st.builds(lambda start, size: RangeByteRequest(start, min(start + size, max_size)), number, number)
    ranges = st.none() | bounded | st.builds(OffsetByteRequest, number) | st.builds(SuffixByteRequest, number)
    return st.lists(st.tuples(keys, ranges), min_size=1, max_size=10)


# Data types


def dtypes() -> SearchStrategy[np.dtype[Any]]:
    """Data types of numpy that both formats have, in this machine's byte order."""
    kinds: list[Any] = [
        npst.boolean_dtypes(),
        npst.integer_dtypes(endianness="="),
        npst.unsigned_integer_dtypes(endianness="="),
        npst.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
        npst.complex_number_dtypes(endianness="=", sizes=(64, 128)),
        npst.byte_string_dtypes(endianness="="),
        npst.unicode_string_dtypes(endianness="="),
        npst.datetime64_dtypes(endianness="="),
        npst.timedelta64_dtypes(endianness="="),
    ]
    return st.one_of(*kinds)


def v2_dtypes() -> SearchStrategy[np.dtype[Any]]:
    """Data types of numpy that format 2 has."""
    return dtypes()


def v3_dtypes() -> SearchStrategy[np.dtype[Any]]:
    """Data types of numpy that format 3 has."""
    return dtypes()


def _zdtypes_of(cls: Any) -> SearchStrategy[Any]:
    """Data types of one class that is no record."""
    values: dict[str, SearchStrategy[Any]] = {
        "endianness": st.sampled_from(["little", "big"]),
        "length": st.integers(1, 16),
        "unit": st.sampled_from(["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]),
        "scale_factor": st.integers(1, 2**31 - 1),
    }
    taken = {field.name for field in dataclasses.fields(cls)} & set(values)
    return st.builds(cls, **{name: values[name] for name in sorted(taken)})


def _leaf_classes() -> list[Any]:
    classes = dict.fromkeys(data_type_registry.contents.values())
    return [cls for cls in classes if "fields" not in {field.name for field in dataclasses.fields(cls)}]


def _fixed_classes() -> list[Any]:
    return [cls for cls in _leaf_classes() if not cls.__name__.startswith("VariableLength")]


_field_names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=4)


def zdtypes(*, max_leaves: int = 6) -> SearchStrategy[ZDType]:
    """Data types of the registry's classes, records of records among them.

    Parameters
    ----------
    max_leaves : int, default 6
        Fields that are no records in a record, at most.
    """
    from zarrust.dtype import Struct

    def records(children: SearchStrategy[Any]) -> SearchStrategy[Any]:
        fields = st.lists(st.tuples(_field_names, children), min_size=1, max_size=4, unique_by=lambda item: item[0])
        return fields.map(lambda drawn: Struct(fields=tuple(drawn)))

    fixed: SearchStrategy[Any] = st.one_of(*map(_zdtypes_of, _fixed_classes()))
    leaves: SearchStrategy[Any] = st.one_of(*map(_zdtypes_of, _leaf_classes()))
    return leaves | records(st.recursive(fixed, records, max_leaves=max_leaves))


@st.composite
def structured_dtypes(draw: DrawFn, *, allow_extended: bool = False, max_depth: int = 3) -> np.dtype[np.void]:
    """Records of numpy, which may hold records.

    Parameters
    ----------
    allow_extended : bool, default False
        Whether there are titles, fields of several elements and padding too.
    max_depth : int, default 3
        Records in each other, at most.
    """
    names = draw(st.lists(_field_names, min_size=1, max_size=4, unique=True), label="names")
    fixed: SearchStrategy[Any] = st.one_of(*map(_zdtypes_of, _fixed_classes()))
    fields: list[Any] = []
    for name in names:
        deeper = max_depth > 0 and draw(st.booleans(), label="a record")
        if deeper:
            dtype: Any = draw(structured_dtypes(allow_extended=allow_extended, max_depth=max_depth - 1))
        else:
            dtype = draw(fixed).to_native_dtype()
        titled = allow_extended and draw(st.booleans(), label="a title")
        several = allow_extended and draw(st.booleans(), label="several elements")
        shape = (draw(npst.array_shapes(max_dims=2, max_side=3)),) if several else ()
        fields.append(((f"T{name}", name) if titled else name, dtype, *shape))
    return np.dtype(fields, align=allow_extended and draw(st.booleans(), label="padding"))


def safe_unicode_for_dtype(dtype: np.dtype[np.str_]) -> SearchStrategy[str]:
    """Texts that fit a text type of numpy and that UTF-8 can say.

    Parameters
    ----------
    dtype : numpy.dtype
    """
    letters = st.characters(exclude_categories=["Cs"], min_codepoint=32)
    return st.text(letters, min_size=1, max_size=max(1, dtype.itemsize // 4))


# Shapes and metadata


@st.composite
def dimension_names(draw: DrawFn, *, ndim: int | None = None) -> list[str | None] | None:
    """Names of axes, or None for none.

    Parameters
    ----------
    ndim : int, optional
        Number of axes.
    """
    names = st.lists(st.none() | st.text(zarr_key_chars), min_size=ndim or 0, max_size=ndim)
    return draw(st.none() | names)


@st.composite
def chunk_shapes(draw: DrawFn, *, shape: Shape) -> Shape:
    """Shapes of chunks that fit an array; simple examples have few chunks.

    Parameters
    ----------
    shape : tuple of int
        In elements.
    """
    counts = [draw(st.integers(1, max(1, size))) for size in shape]
    chunks = tuple(max(1, size // count) for size, count in zip(shape, counts, strict=True))
    if any(size % chunk for size, chunk in zip(shape, chunks, strict=True)):
        event("smaller last chunk")
    return chunks


@st.composite
def shard_shapes(draw: DrawFn, *, shape: Shape, chunk_shape: Shape) -> Shape:
    """Shapes of shards that fit an array: whole chunks along each axis.

    Parameters
    ----------
    shape, chunk_shape : tuple of int
        In elements; no chunk is longer than the array.
    """
    fitting = [size // chunk for size, chunk in zip(shape, chunk_shape, strict=True)]
    return tuple(chunk * draw(st.integers(1, most)) for chunk, most in zip(chunk_shape, fitting, strict=True))


@st.composite
def chunk_grids(draw: DrawFn, *, shape: Shape) -> Any:
    """Chunk grids over an array, as metadata has them.

    Parameters
    ----------
    shape : tuple of int
        In elements.
    """
    return RegularChunkGridMetadata(chunk_shape=draw(chunk_shapes(shape=shape)))


@st.composite
def array_metadata(
    draw: DrawFn,
    *,
    array_shapes: Callable[..., SearchStrategy[Shape]] = npst.array_shapes,
    zarr_formats: SearchStrategy[Any] = zarr_formats,
    attributes: SearchStrategy[Mapping[str, Any] | None] = attrs,
) -> ArrayV2Metadata | ArrayV3Metadata:
    """Metadata of arrays.

    Parameters
    ----------
    array_shapes : callable, optional
        Makes the strategy of shapes, as `hypothesis.extra.numpy.array_shapes` does.
    zarr_formats, attributes : SearchStrategy, optional
    """
    shape = draw(array_shapes())
    dtype = draw(dtypes())
    fill_value = draw(npst.from_dtype(dtype))
    zarr_format = draw(zarr_formats)
    names = draw(dimension_names(ndim=len(shape)))
    common: dict[str, Any] = {"shape": shape, "fill_value": fill_value, "attributes": draw(attributes) or {}}
    data_type: Any = parse_dtype(dtype, zarr_format=zarr_format)
    if zarr_format == 2:
        return ArrayV2Metadata(
            **common,
            dtype=data_type,
            chunks=draw(array_shapes(min_dims=len(shape), max_dims=len(shape), min_side=1)),
            order=draw(st.sampled_from(["C", "F"])),
            dimension_separator=draw(st.sampled_from([".", "/"])),
            filters=None,
            compressor=None,
        )
    return ArrayV3Metadata(
        **common,
        data_type=data_type,
        chunk_grid=draw(chunk_grids(shape=shape)),
        chunk_key_encoding=DefaultChunkKeyEncoding(separator="/"),
        codecs=(BytesCodec(),),
        dimension_names=None if names is None else tuple(names),
    )


# Arrays


@st.composite
def numpy_arrays(
    draw: DrawFn, *, shapes: SearchStrategy[Shape] = array_shapes, dtype: np.dtype[Any] | None = None
) -> np.ndarray[Any, Any]:
    """Arrays of numpy that can be stored.

    Parameters
    ----------
    shapes : SearchStrategy, optional
    dtype : numpy.dtype, optional
        Any of `dtypes` without it.
    """
    dtype = draw(dtypes()) if dtype is None else dtype
    elements = safe_unicode_for_dtype(dtype) if dtype.kind == "U" else None
    return draw(npst.arrays(dtype=dtype, shape=shapes, elements=elements))


_any_path: SearchStrategy[str] = paths()
_any_numpy_array: SearchStrategy[np.ndarray[Any, Any]] = numpy_arrays()
_sharded_shapes = npst.array_shapes(max_dims=4, min_side=1, max_side=8)


@st.composite
def np_array_and_chunks(
    draw: DrawFn, *, arrays: SearchStrategy[np.ndarray[Any, Any]] = _any_numpy_array
) -> tuple[np.ndarray[Any, Any], Shape]:
    """Small arrays of numpy, each with a shape of chunks.

    Parameters
    ----------
    arrays : SearchStrategy, optional
    """
    array = draw(arrays)
    return array, draw(chunk_shapes(shape=array.shape))


subchunk_write_orders: SearchStrategy[Any] = st.just("morton")


@st.composite
def arrays(
    draw: DrawFn,
    *,
    shapes: SearchStrategy[Shape] = array_shapes,
    compressors: SearchStrategy[Any] = compressors,
    stores: SearchStrategy[Any] = stores,
    paths: SearchStrategy[str] = _any_path,
    array_names: SearchStrategy[str] = array_names,
    arrays: SearchStrategy[np.ndarray[Any, Any]] | None = None,
    attrs: SearchStrategy[Any] = attrs,
    zarr_formats: SearchStrategy[Any] = zarr_formats,
    subchunk_write_orders: SearchStrategy[Any] = subchunk_write_orders,
    open_mode: str = "w",
) -> Array:
    """Arrays in a group, with their elements written.

    Parameters
    ----------
    shapes, compressors, stores, paths, array_names, arrays, attrs, zarr_formats : SearchStrategy, optional
        What is drawn; ``arrays`` gives the elements.
    subchunk_write_orders : SearchStrategy, optional
        Accepted; shards are written in the order of their grid.
    open_mode : str, default "w"
        How the root is opened.
    """
    zarr_format = draw(zarr_formats, label="format")
    place = [draw(paths, label="parent"), draw(array_names, label="name")]
    path = normalize_path("/".join(place))
    attributes = draw(attrs, label="attributes")
    data = draw(numpy_arrays(shapes=shapes) if arrays is None else arrays, label="elements")
    chunks = draw(chunk_shapes(shape=data.shape), label="chunks")
    options: dict[str, Any] = {}
    if zarr_format == 3:
        options["dimension_names"] = draw(dimension_names(ndim=data.ndim), label="names of axes")
        if all(size >= chunk for size, chunk in zip(data.shape, chunks, strict=True)):
            options["shards"] = draw(st.none() | shard_shapes(shape=data.shape, chunk_shape=chunks), label="shards")
            event("sharded" if options["shards"] else "not sharded")
    if draw(compressors, label="compressor") is None:
        options["compressors"] = None
    root = zarrust.open_group(draw(stores, label="store"), mode=open_mode, zarr_format=zarr_format)
    z = root.create_array(
        path,
        shape=data.shape,
        chunks=chunks,
        dtype=data.dtype,
        attributes=attributes,
        fill_value=draw(st.none() | npst.from_dtype(data.dtype), label="fill value"),
        **options,
    )
    assert (z.path, z.shape, z.chunks, z.shards) == (path, data.shape, chunks, options.get("shards"))
    assert dict(z.attrs) == (attributes or {})
    z[...] = data
    return z


def simple_arrays(*, shapes: SearchStrategy[Shape] = array_shapes) -> SearchStrategy[Array]:
    """Arrays with short paths and without attributes.

    Parameters
    ----------
    shapes : SearchStrategy, optional
    """
    found: SearchStrategy[Array] = arrays(
        shapes=shapes, paths=paths(max_num_nodes=2), array_names=short_node_names, attrs=st.none()
    )
    return found


@st.composite
def sharded_arrays(
    draw: DrawFn,
    *,
    shapes: SearchStrategy[Shape] = _sharded_shapes,
    nested: bool | None = None,
) -> Array:
    """Arrays with shards, of format 3 and in memory.

    Parameters
    ----------
    shapes : SearchStrategy, optional
        No axis may be empty.
    nested : bool, optional
        Whether there are shards in the shards; sometimes without it.
    """
    from zarrust.codecs import Crc32cCodec, ShardingCodec, ZstdCodec

    shape = draw(shapes)
    chunks = draw(chunk_shapes(shape=shape), label="chunks")
    index: list[Any] = [BytesCodec(), Crc32cCodec()]
    inner: list[Any] = draw(st.sampled_from([[BytesCodec()], [BytesCodec(), ZstdCodec()]]), label="codecs")
    serializer = ShardingCodec(chunk_shape=chunks, codecs=inner, index_codecs=index)
    if draw(st.booleans(), label="nested") if nested is None else nested:
        chunks = draw(shard_shapes(shape=shape, chunk_shape=chunks), label="inner shards")
        serializer = ShardingCodec(chunk_shape=chunks, codecs=[serializer], index_codecs=index)
    data = draw(numpy_arrays(shapes=st.just(shape)), label="elements")
    z = zarrust.create_array(
        MemoryStore(),
        shape=shape,
        chunks=draw(shard_shapes(shape=shape, chunk_shape=chunks), label="shards"),
        dtype=data.dtype,
        fill_value=draw(st.none() | npst.from_dtype(data.dtype), label="fill value"),
        serializer=serializer,
        filters=None,
        compressors=None,
        zarr_format=3,
    )
    z[...] = data
    return z


@st.composite
def block_test_arrays(draw: DrawFn) -> tuple[Array, np.ndarray[Any, Any]]:
    """Arrays to take blocks of, each with its elements."""
    shapes = npst.array_shapes(max_dims=4, min_side=1)
    data, chunks = draw(np_array_and_chunks(arrays=numpy_arrays(shapes=shapes)))
    shards = draw(st.none() | shard_shapes(shape=data.shape, chunk_shape=chunks))
    z = zarrust.create_array(draw(stores), data=data, chunks=chunks, shards=shards)
    return z, data


@st.composite
def chunk_paths(draw: DrawFn, ndim: int, numblocks: Shape, subset: bool = True) -> str:
    """Last parts of the keys of chunks.

    Parameters
    ----------
    ndim : int
    numblocks : tuple of int
        Chunks along each axis.
    subset : bool, default True
        Whether there may be fewer numbers than axes.
    """
    place = [draw(st.integers(0, max(0, count - 1))) for count in numblocks]
    length = draw(st.integers(0, ndim)) if subset else ndim
    return "/".join(map(str, place[:length]))
