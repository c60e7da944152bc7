"""The functions of `zarrust.api.synchronous`, to be awaited. Each means what its twin of the same name means."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from zarrust.api import copying
from zarrust.api.arguments import (
    array_maker,
    filled,
    from_array_arguments,
    full_arguments,
    group_maker,
    named_arrays,
    new_plan,
    opening_config,
    opening_like,
    place_of,
)
from zarrust.api.deleting import deletion
from zarrust.api.loader import LazyLoader
from zarrust.array import Array
from zarrust.array_node import ArrayNode
from zarrust.async_array import AsyncArray
from zarrust.async_group import AsyncGroup, make_array
from zarrust.flows.consolidate import consolidate
from zarrust.flows.drive import arun
from zarrust.flows.many import create_nodes
from zarrust.flows.nodes import create_node, open_node, read_node
from zarrust.flows.nodes import open_array as open_array_flow
from zarrust.flows.nodes import open_group as open_group_flow
from zarrust.group import Group
from zarrust.metadata import GroupMetadata, NodeMetadata
from zarrust.metadata.new import DEFAULT
from zarrust.new_array import ArrayPlan, drop_ignored, like, plan_array
from zarrust.storage.path import StoreLike, StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

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
    store: StoreLike = None, name: str | None = None, *, storage_options: Mapping[str, Any] | None = None, **kwargs: Any
) -> AsyncArray:
    """Await `zarrust.create_array`."""
    return await make_array(make_store_path(store, path=name, storage_options=storage_options), plan_array(**kwargs))


async def from_array(
    store: StoreLike, *, data: Any, name: str | None = None, write_data: bool = True, **kwargs: Any
) -> AsyncArray:
    """Await `zarrust.from_array`."""
    storage_options = kwargs.pop("storage_options", None)
    arguments = from_array_arguments(data, **kwargs)
    copied = await make_array(
        make_store_path(store, path=name, storage_options=storage_options), plan_array(**arguments)
    )
    if write_data:
        source = AsyncArray(data) if isinstance(data, ArrayNode) else np.asarray(data)
        rows = copied.metadata.stored_shape[0] if copied.ndim else 1
        for start in range(0, copied.shape[0] if copied.ndim else 1, rows):
            place = slice(start, start + rows) if copied.ndim else ...
            await copied.setitem(
                place, await source.getitem(place) if isinstance(source, AsyncArray) else source[place]
            )
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
    overwrite: bool = False,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    mode: str | None = None,
    **kwargs: Any,
) -> AsyncArray:
    """Await `zarrust.create`."""
    given = kwargs | {
        "shape": shape,
        "chunks": chunks,
        "dtype": dtype,
        "compressor": compressor,
        "fill_value": fill_value,
        "order": order,
        "overwrite": overwrite or mode == "w",
    }
    return await make_array(make_store_path(store, path=path, storage_options=storage_options), new_plan(given))


async def array(data: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.array`."""
    if isinstance(data, ArrayNode):
        kwargs = {"chunks": data.chunks} | kwargs
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


async def empty_like(a: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.empty_like`."""
    return await create_like(a, kwargs)


async def zeros_like(a: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.zeros_like`."""
    return await create_like(a, filled(kwargs, 0))


async def ones_like(a: Any, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.ones_like`."""
    return await create_like(a, filled(kwargs, 1))


async def full_like(a: Any, fill_value: Any = DEFAULT, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.full_like`."""
    if fill_value is DEFAULT:
        fill_value = getattr(a, "fill_value", DEFAULT)
    return await create_like(a, filled(kwargs, fill_value))


async def create_like(a: Any, kwargs: Mapping[str, Any]) -> AsyncArray:
    """Await `zarrust.api.synchronous.create_like`."""
    given = drop_ignored(dict(kwargs))
    place = make_store_path(
        given.pop("store", None), path=given.pop("path", None), storage_options=given.pop("storage_options", None)
    )
    return await make_array(place, plan_array(**like(a, given)))


async def open_like(a: Any, path: str | None = None, **kwargs: Any) -> AsyncArray:
    """Await `zarrust.open_like`."""
    return await open_array(**opening_like(a, path, kwargs))


async def open_array(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> AsyncArray:
    """Await `zarrust.open_array`."""
    place, mode = place_of(store, path, mode, storage_options)
    kept: list[ArrayPlan] = []
    given = drop_ignored({"zarr_format": zarr_format} | kwargs)
    make = array_maker(given, kept, place)
    flow = open_array_flow(place.path, mode=mode, zarr_format=given["zarr_format"], make=make, store=place.store)
    metadata = await arun(flow, place.store)
    opened = AsyncArray(metadata, place, kept[0].config if kept else opening_config(kwargs))
    opened._state.handle()  # an array whose data cannot be read is refused here, not at the first element
    if kept and kept[0].data is not None:
        await opened.setitem(..., kept[0].data)
    return opened


async def open_group(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    use_consolidated: bool | str | None = None,
    **kwargs: Any,
) -> AsyncGroup:
    """Await `zarrust.open_group`."""
    zarr_format = drop_ignored({"zarr_format": zarr_format} | kwargs)["zarr_format"]
    place, mode = place_of(store, path, mode, storage_options)
    make = group_maker(attributes, zarr_format)
    flow = open_group_flow(
        place.path, mode=mode, zarr_format=zarr_format, use_consolidated=use_consolidated, make=make, store=place.store
    )
    return AsyncGroup(await arun(flow, place.store), place)


async def open(
    store: StoreLike = None,
    path: str | None = None,
    *,
    mode: str | None = None,
    zarr_format: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> AsyncArray | AsyncGroup:
    """Await `zarrust.open`."""
    place, mode = place_of(store, path, mode, storage_options)
    make: dict[str, Any] = {"mode": mode, "zarr_format": zarr_format}
    wants_array = kwargs.get("shape") is not None or kwargs.get("data") is not None
    if mode in ("w", "w-", "x"):
        return await open_array(place, **make, **kwargs) if wants_array else await open_group(place, **make, **kwargs)
    use_consolidated = kwargs.get("use_consolidated")
    node = await arun(read_node(place.path, zarr_format, use_consolidated), place.store)
    if node is None and mode == "a":
        return await open_array(place, **make, **kwargs) if wants_array else await open_group(place, **make, **kwargs)
    if node is None:
        flow = open_node(place.path, zarr_format=zarr_format, use_consolidated=use_consolidated, store=place.store)
        node = await arun(flow, place.store)
    return _opened(node, place, kwargs)


def _opened(node: NodeMetadata, place: StorePath, kwargs: Mapping[str, Any]) -> AsyncArray | AsyncGroup:
    if isinstance(node, GroupMetadata):
        return AsyncGroup(node, place)
    opened = AsyncArray(node, place, opening_config(kwargs))
    opened._state.handle()
    return opened


async def open_consolidated(*args: Any, use_consolidated: Literal[True] = True, **kwargs: Any) -> AsyncGroup:
    """Await `zarrust.open_consolidated`."""
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
    store: StoreLike = None, path: str | None = None, *, overwrite: bool = False, **kwargs: Any
) -> AsyncGroup:
    """Await `zarrust.group`."""
    return await open_group(store, path, mode="w" if overwrite else None, **kwargs)


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
        yield path, _opened(node, make_store_path(root, path=path), {})


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


async def save_array(store: StoreLike, arr: npt.ArrayLike, **kwargs: Any) -> None:
    """Await `zarrust.save_array`."""
    await create(**{"store": store, "data": np.asarray(arr), "overwrite": True} | kwargs)


async def save_group(
    store: StoreLike,
    *args: npt.ArrayLike,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: npt.ArrayLike,
) -> None:
    """Await `zarrust.save_group`."""
    arrays = named_arrays(args, kwargs)
    parent = await open_group(store, path, mode="a", zarr_format=zarr_format, storage_options=storage_options)
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
    """Await `zarrust.copy_all`; the work is done in a thread."""
    return await asyncio.to_thread(copying.copy_all, _blocking(source), _blocking(dest), *args, **kwargs)


async def copy_store(source: StoreLike, dest: StoreLike, *args: Any, **kwargs: Any) -> tuple[int, int, int]:
    """Await `zarrust.copy_store`; the work is done in a thread."""
    return await asyncio.to_thread(copying.copy_store, source, dest, *args, **kwargs)


def _blocking(node: Any) -> Any:
    """Return the blocking form of a node."""
    return Group(node) if isinstance(node, AsyncGroup) else Array(node) if isinstance(node, AsyncArray) else node
