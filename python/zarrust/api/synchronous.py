"""The functions of the package. The twins of the same names in `zarrust.api.asynchronous` are to be awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from zarrust.api.arguments import (
    array_maker,
    drop_ignored,
    filled,
    full_arguments,
    group_maker,
    named_arrays,
    new_plan,
    opening_config,
    place_of,
)
from zarrust.array import Array
from zarrust.flows.consolidate import consolidate
from zarrust.flows.drive import run
from zarrust.flows.nodes import create_node, open_node, read_node
from zarrust.flows.nodes import open_array as open_array_flow
from zarrust.flows.nodes import open_group as open_group_flow
from zarrust.group import Group, make_array
from zarrust.metadata import GroupMetadata, NodeMetadata
from zarrust.metadata.new import DEFAULT
from zarrust.new_array import ArrayPlan, like, plan_array
from zarrust.storage.path import StoreLike, StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zarrust.array_config import ArrayConfig
    from zarrust.tree import Tree

__all__ = [
    "array",
    "consolidate_metadata",
    "create",
    "create_array",
    "create_group",
    "create_hierarchy",
    "empty",
    "empty_like",
    "from_array",
    "full",
    "full_like",
    "group",
    "load",
    "ones",
    "ones_like",
    "open",
    "open_array",
    "open_consolidated",
    "open_group",
    "open_like",
    "save",
    "save_array",
    "save_group",
    "tree",
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
        Memory order of what a read returns; in format 2 also that of a stored chunk.
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
    plan = plan_array(
        shape=shape,
        dtype=dtype,
        data=data,
        chunks=chunks,
        shards=shards,
        filters=filters,
        compressors=compressors,
        compressor=compressor,
        serializer=serializer,
        fill_value=fill_value,
        order=order,
        zarr_format=zarr_format,
        attributes=attributes,
        chunk_key_encoding=chunk_key_encoding,
        dimension_separator=dimension_separator,
        dimension_names=dimension_names,
        overwrite=overwrite,
        config=config,
        write_empty_chunks=write_empty_chunks,
        write_data=write_data,
    )
    return make_array(make_store_path(store, path=name, storage_options=storage_options), plan)


def from_array(
    store: StoreLike, *, data: Any, name: str | None = None, write_data: bool = True, **kwargs: Any
) -> Array:
    """Create an array like another one, and copy its elements.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
    data : Array or array-like
        What is not given is taken from it; ``"keep"`` says so for one argument.
    name : str, optional
        Path in the store.
    write_data : bool, default True
        Whether the elements are copied.
    **kwargs
        As `create_array` takes them.

    Examples
    --------
    >>> import zarrust
    >>> source = zarrust.create_array(data=[1, 2, 3], chunks=(2,))
    >>> zarrust.from_array(None, data=source).chunks
    (2,)
    """
    given = {key: value for key, value in kwargs.items() if not (isinstance(value, str) and value == "keep")}
    storage_options = given.pop("storage_options", None)
    arguments = like(data, given)
    if isinstance(data, Array):
        arguments = {"attributes": dict(data.metadata.attributes), "fill_value": data.fill_value} | arguments
    copied = make_array(make_store_path(store, path=name, storage_options=storage_options), plan_array(**arguments))
    if write_data:
        # A row of chunks at a time: the source may be larger than memory.
        source = data if isinstance(data, Array) else np.asarray(data)
        if copied.ndim == 0:
            copied[...] = source[...]
        else:
            rows = copied.metadata.stored_shape[0]
            for start in range(0, copied.shape[0], rows):
                copied[start : start + rows] = source[start : start + rows]
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
    overwrite: bool = False,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    mode: str | None = None,
    **kwargs: Any,
) -> Array:
    """Create an array; the form of version 2.

    Parameters
    ----------
    shape : int or sequence of int
    chunks : int, sequence of int or bool, optional
        True and None leave the choice; False is one chunk.
    dtype : dtype-like, optional
        By default float64.
    compressor : numcodecs codec, its config or None
        If given, format 2 is used where no format is given.
    fill_value : scalar, optional
    order : {"C", "F"}, optional
    store : Store, StorePath, path, URL, mapping or None
    overwrite : bool, default False
    path : str, optional
        In the store.
    storage_options : mapping, optional
    mode : str, optional
        ``"w"`` overwrites.
    **kwargs
        ``filters``, ``dimension_separator``, ``write_empty_chunks``, ``zarr_format``, ``attributes``, ``chunk_shape``,
        ``chunk_key_encoding``, ``codecs``, ``dimension_names``, ``config``, ``data``.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If there is a node and ``overwrite`` is False.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.create((4,), chunks=(2,), compressor=None).metadata.zarr_format
    2
    """
    given = kwargs | {
        "shape": shape,
        "chunks": chunks,
        "dtype": dtype,
        "compressor": compressor,
        "fill_value": fill_value,
        "order": order,
        "overwrite": overwrite or mode == "w",
    }
    return make_array(make_store_path(store, path=path, storage_options=storage_options), new_plan(given))


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
        kwargs = {"chunks": data.chunks} | kwargs
    return create(**{"shape": None, "data": np.asarray(data)} | kwargs)


def empty(shape: Any, **kwargs: Any) -> Array:
    """Create an array whose contents are not said; they are the fill value. Arguments as of `create`."""
    return create(shape, **kwargs)


def zeros(shape: Any, **kwargs: Any) -> Array:
    """Create an array of zeros. Arguments as of `create`.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.zeros((2, 2), dtype="i4")[0]
    array([0, 0], dtype=int32)
    """
    return create(**full_arguments(shape, 0, kwargs))


def ones(shape: Any, **kwargs: Any) -> Array:
    """Create an array of ones. Arguments as of `create`."""
    return create(**full_arguments(shape, 1, kwargs))


def full(shape: Any, fill_value: Any, **kwargs: Any) -> Array:
    """Create an array of a value. Arguments as of `create`."""
    return create(**full_arguments(shape, fill_value, kwargs))


def empty_like(a: Any, **kwargs: Any) -> Array:
    """Create an array like another one, whose contents are not said. Arguments as of `create`."""
    return create_like(a, kwargs)


def zeros_like(a: Any, **kwargs: Any) -> Array:
    """Create an array of zeros like another one. Arguments as of `create`."""
    return create_like(a, filled(kwargs, 0))


def ones_like(a: Any, **kwargs: Any) -> Array:
    """Create an array of ones like another one. Arguments as of `create`."""
    return create_like(a, filled(kwargs, 1))


def full_like(a: Any, fill_value: Any = DEFAULT, **kwargs: Any) -> Array:
    """Create an array of a value like another one, by default of its fill value. Arguments as of `create`."""
    if fill_value is DEFAULT:
        fill_value = getattr(a, "fill_value", DEFAULT)
    return create_like(a, filled(kwargs, fill_value))


def create_like(a: Any, kwargs: Mapping[str, Any]) -> Array:
    """Create an array like another one, with other values for what is given."""
    given = drop_ignored(dict(kwargs))
    place = make_store_path(
        given.pop("store", None), path=given.pop("path", None), storage_options=given.pop("storage_options", None)
    )
    return make_array(place, plan_array(**like(a, given)))


def open_like(a: Any, path: str | None = None, **kwargs: Any) -> Array:
    """Open an array, created like another one if it is missing.

    Parameters
    ----------
    a : Array or array-like
        Gives shape, data type, chunks and fill value.
    path : str, optional
        In the store.
    **kwargs
        As `open_array` takes them.
    """
    given = {"fill_value": getattr(a, "fill_value", DEFAULT), "chunks": getattr(a, "chunks", None)} | kwargs
    return open_array(path=path, **{"shape": np.shape(a), "dtype": getattr(a, "dtype", None)} | given)


# Opening


def open_array(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Array:
    """Open an array; create it where the mode lets it and a shape is given.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
    path : str, optional
        In the store.
    mode : {"r", "r+", "a", "w", "w-"}, optional
        Read only; read and write; create if missing (default); create anew; create, fail if there.
    zarr_format : {2, 3}, optional
        Look for this format only.
    storage_options : mapping, optional
        Options of a URL's store.
    **kwargs
        As `create` takes them, for an array that is made; ``config`` for every one.

    Raises
    ------
    ArrayNotFoundError
        If there is none and none is made.
    FileExistsError
        If there is a node and the mode is ``"w-"``.

    Examples
    --------
    >>> import zarrust
    >>> store = zarrust.storage.MemoryStore()
    >>> zarrust.open_array(store, mode="w", shape=3)[:] = 1
    >>> zarrust.open_array(store, mode="r")[:]
    array([1., 1., 1.])
    """
    place, mode = place_of(store, path, mode, storage_options)
    kept: list[ArrayPlan] = []
    given = drop_ignored({"zarr_format": zarr_format} | kwargs)
    make = array_maker(given, kept, place)
    flow = open_array_flow(place.path, mode=mode, zarr_format=given["zarr_format"], make=make, store=place.store)
    metadata = run(flow, place.store)
    opened = Array(metadata, place, kept[0].config if kept else opening_config(kwargs))
    opened._state.handle()  # an array whose data cannot be read is refused here, not at the first element
    if kept and kept[0].data is not None:
        opened[...] = kept[0].data
    return opened


def open_group(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    use_consolidated: bool | str | None = None,
    **kwargs: Any,
) -> Group:
    """Open a group; create it where the mode lets it.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
    path : str, optional
        In the store.
    mode : {"r", "r+", "a", "w", "w-"}, optional
        Read only; read and write; create if missing (default); create anew; create, fail if there.
    zarr_format : {2, 3}, optional
        Look for this format only, and create in it.
    storage_options : mapping, optional
        Options of a URL's store.
    attributes : mapping, optional
        Of a group that is made.
    use_consolidated : bool or str, optional
        Whether consolidated metadata is used: where there is some (default), always, or never; a string is the key that
        holds it in format 2.
    **kwargs
        Arguments of version 2 that have no effect any more.

    Raises
    ------
    GroupNotFoundError
        If there is none and none is made.
    ContainsArrayError
        If there is an array.
    ValueError
        If consolidated metadata is asked for and missing.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.open_group(mode="w", attributes={"a": 1}).attrs["a"]
    1
    """
    zarr_format = drop_ignored({"zarr_format": zarr_format} | kwargs)["zarr_format"]
    place, mode = place_of(store, path, mode, storage_options)
    make = group_maker(attributes, zarr_format)
    flow = open_group_flow(
        place.path, mode=mode, zarr_format=zarr_format, use_consolidated=use_consolidated, make=make, store=place.store
    )
    return Group(run(flow, place.store), place)


def open(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Array | Group:
    """Open an array or a group; create one where the mode lets it: an array if a shape is given.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
    path : str, optional
        In the store.
    mode : {"r", "r+", "a", "w", "w-"}, optional
        Read only; read and write; create if missing (default); create anew; create, fail if there.
    zarr_format : {2, 3}, optional
    storage_options : mapping, optional
    **kwargs
        As `open_array` or `open_group` take them.

    Raises
    ------
    NodeNotFoundError
        If there is none and none is made.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.open(shape=(2,)).dtype
    dtype('float64')
    """
    place, mode = place_of(store, path, mode, storage_options)
    make: dict[str, Any] = {"mode": mode, "zarr_format": zarr_format}
    wants_array = kwargs.get("shape") is not None or kwargs.get("data") is not None
    if mode in ("w", "w-", "x"):
        return open_array(place, **make, **kwargs) if wants_array else open_group(place, **make, **kwargs)
    use_consolidated = kwargs.get("use_consolidated")
    node = run(read_node(place.path, zarr_format, use_consolidated), place.store)
    if node is None and mode == "a":
        return open_array(place, **make, **kwargs) if wants_array else open_group(place, **make, **kwargs)
    if node is None:
        flow = open_node(place.path, zarr_format=zarr_format, use_consolidated=use_consolidated, store=place.store)
        node = run(flow, place.store)
    return _opened(node, place, kwargs)


def _opened(node: NodeMetadata, place: StorePath, kwargs: Mapping[str, Any]) -> Array | Group:
    if isinstance(node, GroupMetadata):
        return Group(node, place)
    opened = Array(node, place, opening_config(kwargs))
    opened._state.handle()
    return opened


def open_consolidated(*args: Any, use_consolidated: Literal[True] = True, **kwargs: Any) -> Group:
    """Open a group whose metadata is consolidated; then nothing below needs a request for its metadata.

    Raises
    ------
    ValueError
        If the metadata is not consolidated.
    """
    return open_group(*args, use_consolidated=use_consolidated, **{"mode": "r+"} | kwargs)


def consolidate_metadata(store: StoreLike, path: str | None = None, zarr_format: int | None = None) -> Group:
    """Write the metadata of everything below a group into the group's own.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    path : str, optional
        Of the group.
    zarr_format : {2, 3}, optional

    Raises
    ------
    GroupNotFoundError
        If there is no group.

    Notes
    -----
    Format 3: field ``consolidated_metadata`` of the group's ``zarr.json``, as zarr-python writes it.
    Format 2: ``.zmetadata``.
    """
    place = make_store_path(store, path=path)
    return Group(run(consolidate(place.path, zarr_format, place.store), place.store), place)


# Groups


def group(
    store: StoreLike = None,
    path: str | None = None,
    *,
    overwrite: bool = False,
    zarr_format: int | None = None,
    attributes: Mapping[str, Any] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Group:
    """Open a group, created if it is missing.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
        A read-only store is opened as it is.
    path : str, optional
        In the store.
    overwrite : bool, default False
        Whether a node that is there is deleted first.
    zarr_format : {2, 3}, optional
    attributes : mapping, optional
        Of a group that is made.
    storage_options : mapping, optional
    **kwargs
        Arguments of version 2 that have no effect any more.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.group().path
    ''
    """
    mode = "w" if overwrite else None
    return open_group(
        store,
        path,
        mode=mode,
        zarr_format=zarr_format,
        storage_options=storage_options,
        attributes=attributes,
        **kwargs,
    )


def create_group(
    store: StoreLike = None,
    path: str | None = None,
    *,
    zarr_format: int | None = None,
    overwrite: bool = False,
    attributes: Mapping[str, Any] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Group:
    """Create a group.

    Parameters
    ----------
    store : Store, StorePath, path, URL, mapping or None
    path : str, optional
        In the store. Groups that are missing on the way are made.
    zarr_format : {2, 3}, optional
        By default the setting ``default_zarr_format``.
    overwrite : bool, default False
        Whether a node that is there, with everything below it, is deleted. Files that are not Zarr's stay.
    attributes : mapping, optional
    storage_options : mapping, optional

    Raises
    ------
    ContainsGroupError, ContainsArrayError
        If there is a node and ``overwrite`` is False.
    """
    place = make_store_path(store, path=path, storage_options=storage_options)
    metadata = group_maker(attributes, zarr_format)()
    run(create_node(place.path, metadata, overwrite=overwrite, store=place.store), place.store)
    return Group(metadata, place)


def create_hierarchy(
    *, store: StoreLike, nodes: Mapping[str, NodeMetadata], overwrite: bool = False
) -> Iterator[tuple[str, Array | Group]]:
    """Create several nodes, parents first, and return them with their paths.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    nodes : mapping
        Metadata by path; groups that are missing on the way are made.
    overwrite : bool, default False
        Whether nodes that are there are deleted.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If there is a node and ``overwrite`` is False.
    """
    root = make_store_path(store)
    made = []
    for path in sorted(nodes, key=lambda path: path.strip("/").count("/") + bool(path.strip("/"))):
        place = make_store_path(root, path=path)
        run(create_node(place.path, nodes[path], overwrite=overwrite, store=place.store), place.store)
        made.append((path, _opened(nodes[path], place, {})))
    return iter(made)


def tree(grp: Group, expand: bool | None = None, level: int | None = None) -> Tree:
    """Return what is below a group as a tree of text; see `Group.tree`."""
    return grp.tree(expand, level)


# Saving and loading


def save(
    store: StoreLike, *args: npt.ArrayLike, zarr_format: int | None = None, path: str | None = None, **kwargs: Any
) -> None:
    """Save one array as an array, several as a group.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    *args : array-like
        One array; or several, named ``arr_0``, ``arr_1`` and so on.
    zarr_format : {2, 3}, optional
    path : str, optional
        In the store.
    **kwargs : array-like
        Arrays by name.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> import zarrust
    >>> store = zarrust.storage.MemoryStore()
    >>> zarrust.save(store, [1, 2])
    >>> zarrust.load(store)
    array([1, 2])
    """
    if len(args) == 1 and not kwargs:
        save_array(store, args[0], zarr_format=zarr_format, path=path)
    else:
        save_group(store, *args, zarr_format=zarr_format, path=path, **kwargs)


def save_array(
    store: StoreLike,
    arr: npt.ArrayLike,
    *,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Save an array, in place of what is there.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    arr : array-like
    zarr_format : {2, 3}, optional
    path : str, optional
        In the store.
    storage_options : mapping, optional
    **kwargs
        As `create` takes them.
    """
    create(
        **{
            "store": store,
            "path": path,
            "data": np.asarray(arr),
            "zarr_format": zarr_format,
            "storage_options": storage_options,
            "overwrite": True,
        }
        | kwargs
    )


def save_group(
    store: StoreLike,
    *args: npt.ArrayLike,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: npt.ArrayLike,
) -> None:
    """Save several arrays into a group; arrays of the same names are replaced, others stay.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    *args : array-like
        Named ``arr_0``, ``arr_1`` and so on.
    zarr_format : {2, 3}, optional
    path : str, optional
        In the store.
    storage_options : mapping, optional
    **kwargs : array-like
        Arrays by name.

    Raises
    ------
    ValueError
        If there are none.
    """
    arrays = named_arrays(args, kwargs)
    parent = open_group(store, path, mode="a", zarr_format=zarr_format, storage_options=storage_options)
    for name, value in arrays.items():
        parent[name] = value


def load(store: StoreLike, path: str | None = None, zarr_format: int | None = None) -> Any:
    """Load an array into memory.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    path : str, optional
        In the store.
    zarr_format : {2, 3}, optional

    Returns
    -------
    numpy.ndarray or scalar

    Raises
    ------
    NotImplementedError
        If there is a group.
    NodeNotFoundError
        If there is nothing.
    """
    node = open(store, path, mode="r", zarr_format=zarr_format)
    if isinstance(node, Group):
        raise NotImplementedError("loading groups not yet supported")
    return node[()]
