"""Opening and making nodes, and what concerns a hierarchy as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from typing_extensions import deprecated

from zarrust.api.arguments import (
    Opened,
    array_flow,
    group_flow,
    group_maker,
    node_flow,
    opening_like,
    place_of,
    require_consolidated,
    take_synchronizer,
)
from zarrust.array import Array
from zarrust.errors import ZarrDeprecationWarning
from zarrust.flows.consolidate import consolidate
from zarrust.flows.drive import run
from zarrust.flows.many import create_nodes
from zarrust.flows.nodes import create_node
from zarrust.group import Group
from zarrust.metadata import GroupMetadata, NodeMetadata
from zarrust.storage.path import StoreLike, StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zarrust.array_config import ArrayConfig
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


def open_like(a: Any, path: str | None = None, *, zarr_format: int | None = None, **kwargs: Any) -> Array:
    """Open an array, created like another one if it is missing.

    Parameters
    ----------
    a : Array or array-like
        Gives shape, data type, chunks and fill value.
    path : str, optional
        Where it goes: in the store if a ``store`` is given, else the path or URL of a store, as in version 2.
    zarr_format : {2, 3}, optional
        Of the array. By default either is opened, and that of the setting is made, whatever ``a`` has.
    **kwargs
        As `open_array` takes them.

    Raises
    ------
    FileExistsError
        If there is a node and the mode is ``"w-"``.
    """
    return open_array(**opening_like(a, path, kwargs, zarr_format))


def open_array(
    store: StoreLike = None,
    path: str | None = "",
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    config: ArrayConfig | Mapping[str, Any] | None = None,
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
    config : ArrayConfig or mapping, optional
        How the array behaves, see `create_array`.
    **kwargs
        ``missing="raise"``: a read that needs a chunk which is not stored fails with `ChunkNotFoundError`; by default,
        ``"fill"``, it gives the fill value. The others as `create` takes them, for an array that is made.

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
    flow = array_flow(place, mode, {"zarr_format": zarr_format, "config": config} | kwargs)
    return cast("Array", _opened(run(flow, place.store), place))


def open_group(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    use_consolidated: bool | str | None = None,
    cache_attrs: bool | None = None,
    synchronizer: Any = None,
    chunk_store: StoreLike = None,
    meta_array: Any = None,
    zarr_version: int | None = None,
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
    cache_attrs, synchronizer, chunk_store, meta_array : optional
        Of version 2; they have no effect any more, and warn.
    zarr_version : {2, 3}, optional
        Another name of ``zarr_format``.

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
    given = dict(locals())
    place, mode = place_of(given.pop("store"), given.pop("path"), given.pop("mode"), given.pop("storage_options"))
    synchronizer = take_synchronizer(given)
    group = Group(run(group_flow(place, mode, **given), place.store), place)
    group._state.synchronizer = synchronizer
    return group


def open(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    config: ArrayConfig | Mapping[str, Any] | None = None,
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
    config : ArrayConfig or mapping, optional
        How an array behaves, see `create_array`.
    **kwargs
        As `open_array` or `open_group` take them.

    Raises
    ------
    NodeNotFoundError
        If there is none and none is made.
    TypeError
        If ``config`` is given and it is a group.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.open(shape=(2,)).dtype
    dtype('float64')
    """
    place, mode = place_of(store, path, mode, storage_options)
    return _opened(run(node_flow(place, mode, zarr_format, config, kwargs), place.store), place)


def _opened(found: Opened, place: StorePath) -> Array | Group:
    if isinstance(found.metadata, GroupMetadata):
        return Group(found.metadata, place)
    opened = Array(found.metadata, place, found.config)
    opened._state.handle()  # an array whose data cannot be read is refused here, not at the first element
    if found.data is not None:
        opened[...] = found.data
    return opened


def open_consolidated(*args: Any, use_consolidated: Literal[True] = True, **kwargs: Any) -> Group:
    """Open a group whose metadata is consolidated; then nothing below needs a request for its metadata.

    Parameters
    ----------
    *args : Any
        As for `open_group`.
    use_consolidated : True, or str
        In format 2 also the name of the consolidated document.
    **kwargs : Any
        As for `open_group`.

    Raises
    ------
    ValueError
        If the metadata is not consolidated.
    TypeError
        If ``use_consolidated`` is neither True nor a name.
    """
    require_consolidated(use_consolidated)
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
    chunk_store: StoreLike = None,
    cache_attrs: bool | None = None,
    synchronizer: Any = None,
    meta_array: Any = None,
    zarr_version: int | None = None,
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
    synchronizer : ProcessSynchronizer, optional
        Lets processes change attributes of the group and write into its members at the same time.
    chunk_store, cache_attrs, meta_array : optional
        Of version 2; they have no effect any more, and warn.
    zarr_version : {2, 3}, optional
        Another name of ``zarr_format``.

    Examples
    --------
    >>> import zarrust
    >>> zarrust.group().path
    ''
    """
    given = dict(locals())
    return open_group(mode="w" if given.pop("overwrite") else None, **given)


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
    return iter([(path, _opened(Opened(node), make_store_path(root, path=path))) for path, node in made.items()])


@deprecated("Use Group.tree instead.", category=ZarrDeprecationWarning)
def tree(grp: Group, expand: bool | None = None, level: int | None = None) -> Tree:
    """Return what is below a group as a tree of text; see `Group.tree`.

    Parameters
    ----------
    grp : Group
    expand : bool, optional
        Accepted for zarr-python; the tree is complete.
    level : int, optional
        How many levels are drawn; all by default.
    """
    return grp.tree(expand, level)
