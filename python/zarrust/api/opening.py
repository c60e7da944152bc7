"""Opening and making nodes, and what concerns a hierarchy as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from zarrust.api.arguments import (
    array_maker,
    group_maker,
    opening_config,
    opening_like,
    place_of,
)
from zarrust.array import Array
from zarrust.flows.consolidate import consolidate
from zarrust.flows.drive import run
from zarrust.flows.many import create_nodes
from zarrust.flows.nodes import create_node, open_node, read_node
from zarrust.flows.nodes import open_array as open_array_flow
from zarrust.flows.nodes import open_group as open_group_flow
from zarrust.group import Group
from zarrust.metadata import GroupMetadata, NodeMetadata
from zarrust.new_array import drop_ignored
from zarrust.storage.path import StoreLike, StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zarrust.new_array import ArrayPlan
    from zarrust.tree import Tree

__all__ = [
    "consolidate_metadata",
    "create_group",
    "create_hierarchy",
    "group",
    "open",
    "open_array",
    "open_consolidated",
    "open_group",
    "open_like",
    "tree",
]


def open_like(a: Any, path: str | None = None, **kwargs: Any) -> Array:
    """Open an array, created like another one if it is missing.

    Parameters
    ----------
    a : Array or array-like
        Gives shape, data type, chunks and fill value.
    path : str, optional
        Where it goes: in the store if a ``store`` is given, else the path or URL of a store, as in version 2.
    **kwargs
        As `open_array` takes them.

    Raises
    ------
    FileExistsError
        If there is a node and the mode is ``"w-"``.
    """
    return open_array(**opening_like(a, path, kwargs))


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
        Metadata by path; groups that are missing on the way are made, and returned.
    overwrite : bool, default False
        Whether nodes that are there are deleted.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If there is a node and ``overwrite`` is False.
    """
    root = make_store_path(store)
    made = run(create_nodes(root.path, nodes, overwrite=overwrite, store=root.store), root.store)
    return iter([(path, _opened(node, make_store_path(root, path=path), {})) for path, node in made.items()])


def tree(grp: Group, expand: bool | None = None, level: int | None = None) -> Tree:
    """Return what is below a group as a tree of text; see `Group.tree`."""
    return grp.tree(expand, level)
