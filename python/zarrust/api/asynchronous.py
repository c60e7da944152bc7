"""The functions of `zarrust.api.synchronous`, to be awaited. Each means what its twin of the same name means."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import numpy.typing as npt
from typing_extensions import deprecated

from zarrust.api import copying
from zarrust.api.arguments import (
    Opened,
    array_flow,
    filled,
    from_array_arguments,
    full_arguments,
    group_flow,
    group_maker,
    named_arrays,
    new_plan,
    node_flow,
    opening_like,
    place_of,
    plan_like,
    require_consolidated,
    take_place,
    take_synchronizer,
)
from zarrust.api.deleting import deletion
from zarrust.api.loader import LazyLoader
from zarrust.array import Array
from zarrust.array_node import ArrayNode
from zarrust.async_array import AsyncArray
from zarrust.async_group import AsyncGroup, make_array
from zarrust.errors import ZarrDeprecationWarning
from zarrust.flows.consolidate import consolidate
from zarrust.flows.drive import arun
from zarrust.flows.many import create_nodes
from zarrust.flows.nodes import create_node
from zarrust.group import Group
from zarrust.metadata import GroupMetadata, NodeMetadata
from zarrust.metadata.new import DEFAULT
from zarrust.new_array import plan_array
from zarrust.storage.path import StoreLike, StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from zarrust.array_config import ArrayConfig
    from zarrust.tree import Tree

__all__ = [
    "array",
    "consolidate_metadata",
    "copy",
    "copy_all",
    "copy_store",
    "create",
    "create_array",
    "create_group",
    "create_hierarchy",
    "delete_node",
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


async def create_array(
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
) -> AsyncArray:
    """Await `zarrust.create_array`."""
    given = dict(locals())
    place = take_place(given, "name")
    return await make_array(place, plan_array(**given))


async def from_array(
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
) -> AsyncArray:
    """Await `zarrust.from_array`."""
    given = dict(locals())
    place = take_place(given, "name")
    del given["write_data"]
    copied = await make_array(place, plan_array(**from_array_arguments(**given)))
    if write_data:
        source = AsyncArray(data) if isinstance(data, ArrayNode) else np.asarray(data)
        rows = copied.metadata.stored_shape[0] if copied.ndim else 1
        for start in range(0, copied.shape[0] if copied.ndim else 1, rows):
            part = slice(start, start + rows) if copied.ndim else ...
            await copied.setitem(part, await source.getitem(part) if isinstance(source, AsyncArray) else source[part])
    return copied


async def create(
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
) -> AsyncArray:
    """Await `zarrust.create`."""
    given = dict(locals())
    place = take_place(given)
    return await make_array(place, new_plan(given))


async def array(data: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.array`."""
    if isinstance(data, ArrayNode):
        kwargs = {"chunks": data.metadata.inner_shape or data.metadata.chunk_sizes} | kwargs
    values = await data.getitem(...) if isinstance(data, AsyncArray) else np.asarray(data)
    given: dict[str, Any] = {"shape": None, "data": values} | kwargs
    return await create(**given)


async def empty(shape: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.empty`."""
    return await create(shape, **kwargs)


async def zeros(shape: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.zeros`."""
    return await create(**full_arguments(shape, 0, kwargs))


async def ones(shape: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.ones`."""
    return await create(**full_arguments(shape, 1, kwargs))


async def full(shape: Any, fill_value: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.full`."""
    return await create(**full_arguments(shape, fill_value, kwargs))


async def empty_like(a: Any, *, zarr_format: int | None = None, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.empty_like`."""
    return await create_like(a, filled(kwargs, getattr(a, "fill_value", DEFAULT)), zarr_format)


async def zeros_like(a: Any, *, zarr_format: int | None = None, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.zeros_like`."""
    return await create_like(a, filled(kwargs, 0), zarr_format)


async def ones_like(a: Any, *, zarr_format: int | None = None, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.ones_like`."""
    return await create_like(a, filled(kwargs, 1), zarr_format)


async def full_like(a: Any, *, zarr_format: int | None = None, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.full_like`."""
    return await create_like(a, filled(kwargs, getattr(a, "fill_value", DEFAULT)), zarr_format)


async def create_like(a: Any, kwargs: Mapping[str, Any], zarr_format: int | None) -> AsyncArray:
    """Await `zarrust.api.creation.create_like`."""
    place, plan = plan_like(a, kwargs, zarr_format)
    return await make_array(place, plan)


async def open_like(a: Any, path: str | None = None, *, zarr_format: int | None = None, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.open_like`."""
    return await open_array(**opening_like(a, path, kwargs, zarr_format))


async def open_array(
    store: StoreLike = None,
    path: str | None = "",
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    config: ArrayConfig | Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> AsyncArray:
    """Await `zarrust.open_array`."""
    place, mode = place_of(store, path, mode, storage_options)
    flow = array_flow(place, mode, {"zarr_format": zarr_format, "config": config} | kwargs)
    return cast("AsyncArray", await _opened(await arun(flow, place.store), place))


async def open_group(
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
) -> AsyncGroup:
    """Await `zarrust.open_group`."""
    given = dict(locals())
    place, mode = place_of(given.pop("store"), given.pop("path"), given.pop("mode"), given.pop("storage_options"))
    synchronizer = take_synchronizer(given)
    group = AsyncGroup(await arun(group_flow(place, mode, **given), place.store), place)
    group._state.synchronizer = synchronizer
    return group


async def open(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    config: ArrayConfig | Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> AsyncArray | AsyncGroup:
    """Await `zarrust.open`."""
    place, mode = place_of(store, path, mode, storage_options)
    return await _opened(await arun(node_flow(place, mode, zarr_format, config, kwargs), place.store), place)


async def _opened(found: Opened, place: StorePath) -> AsyncArray | AsyncGroup:
    if isinstance(found.metadata, GroupMetadata):
        return AsyncGroup(found.metadata, place)
    opened = AsyncArray(found.metadata, place, found.config)
    opened._state.handle()  # an array whose data cannot be read is refused here, not at the first element
    if found.data is not None:
        await opened.setitem(..., found.data)
    return opened


async def open_consolidated(*args: Any, use_consolidated: Literal[True] = True, **kwargs: Any) -> AsyncGroup:
    """Await `zarrust.open_consolidated`."""
    require_consolidated(use_consolidated)
    return await open_group(*args, use_consolidated=use_consolidated, **{"mode": "r+"} | kwargs)


async def consolidate_metadata(store: StoreLike, path: str | None = None, zarr_format: int | None = None) -> AsyncGroup:
    """Await `zarrust.consolidate_metadata`."""
    place = make_store_path(store, path=path)
    return AsyncGroup(await arun(consolidate(place.path, zarr_format, place.store), place.store), place)


async def delete_node(
    store: StoreLike, path: str | None = None, *, storage_options: Mapping[str, Any] | None = None
) -> None:
    """Await `zarrust.delete_node`."""
    place = make_store_path(store, path=path, storage_options=storage_options)
    await arun(deletion(place.path, place.store), place.store)


async def group(
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
) -> AsyncGroup:
    """Await `zarrust.group`."""
    given = dict(locals())
    return await open_group(mode="w" if given.pop("overwrite") else None, **given)


async def create_group(
    store: StoreLike = None,
    path: str | None = None,
    *,
    zarr_format: int | None = None,
    overwrite: bool = False,
    attributes: Mapping[str, Any] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> AsyncGroup:
    """Await `zarrust.create_group`."""
    place = make_store_path(store, path=path, storage_options=storage_options)
    metadata = group_maker(attributes, zarr_format)()
    await arun(create_node(place.path, metadata, overwrite=overwrite, store=place.store), place.store)
    return AsyncGroup(metadata, place)


async def create_hierarchy(
    *, store: StoreLike, nodes: Mapping[str, NodeMetadata], overwrite: bool = False
) -> AsyncIterator[tuple[str, AsyncArray | AsyncGroup]]:
    """Iterate as `zarrust.create_hierarchy` does."""
    root = make_store_path(store)
    made = await arun(create_nodes(root.path, nodes, overwrite=overwrite, store=root.store), root.store)
    for path, node in made.items():
        yield path, await _opened(Opened(node), make_store_path(root, path=path))


@deprecated("Use AsyncGroup.tree instead.", category=ZarrDeprecationWarning)
async def tree(grp: AsyncGroup, expand: bool | None = None, level: int | None = None) -> Tree:
    """Await `zarrust.tree`."""
    return await grp.tree(expand, level)


async def save(
    store: StoreLike,
    *args: npt.ArrayLike,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Await `zarrust.save`."""
    if len(args) == 1 and not kwargs:
        await save_array(store, args[0], zarr_format=zarr_format, path=path, storage_options=storage_options)
    else:
        await save_group(store, *args, zarr_format=zarr_format, path=path, storage_options=storage_options, **kwargs)


async def save_array(
    store: StoreLike,
    arr: npt.ArrayLike,
    *,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Await `zarrust.save_array`."""
    given = {"path": path, "zarr_format": zarr_format, "storage_options": storage_options, "overwrite": True} | kwargs
    await create(store=store, data=np.asarray(arr), **given)


async def save_group(
    store: StoreLike,
    *args: npt.ArrayLike,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: npt.ArrayLike,
) -> None:
    """Await `zarrust.save_group`."""
    arrays = named_arrays(args, kwargs, zarr_format)
    parent = await open_group(store, path, mode="w", zarr_format=zarr_format, storage_options=storage_options)
    for name, value in arrays.items():
        await parent.setitem(name, value)


async def load(store: StoreLike, path: str | None = None, zarr_format: int | None = None) -> Any:
    """Await `zarrust.load`."""
    node = await open(store, path, mode="r", zarr_format=zarr_format)
    return LazyLoader(Group(node)) if isinstance(node, AsyncGroup) else await node.getitem(())


async def copy(source: Any, dest: AsyncGroup | Group, *args: Any, **kwargs: Any) -> tuple[int, int, int]:
    """Await `zarrust.copy`; the work is done in a thread."""
    return await asyncio.to_thread(copying.copy, _blocking(source), _blocking(dest), *args, **kwargs)


async def copy_all(source: Any, dest: AsyncGroup | Group, *args: Any, **kwargs: Any) -> tuple[int, int, int]:
    """Await `zarrust.copy_all`; the work is done in a thread.

    Parameters
    ----------
    source : Group
        Whose members are copied.
    dest : Group
        Where they go.
    *args : Any
        As for `copy`.
    **kwargs : Any
        As for `copy`.
    """
    return await asyncio.to_thread(copying.copy_all, _blocking(source), _blocking(dest), *args, **kwargs)


async def copy_store(source: StoreLike, dest: StoreLike, *args: Any, **kwargs: Any) -> tuple[int, int, int]:
    """Await `zarrust.copy_store`; the work is done in a thread."""
    return await asyncio.to_thread(copying.copy_store, source, dest, *args, **kwargs)


def _blocking(node: Any) -> Any:
    """Return the blocking form of a node."""
    return Group(node) if isinstance(node, AsyncGroup) else Array(node) if isinstance(node, AsyncArray) else node
