"""`AsyncGroup`: the twin of `Group` with coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from zarrust.async_array import AsyncArray
from zarrust.attributes import AsyncAttributedNode
from zarrust.flows.drive import arun
from zarrust.flows.hierarchy import consolidated_members, members
from zarrust.flows.many import create_nodes
from zarrust.flows.move import move_node
from zarrust.flows.nodes import CONTAINS, create_node, open_group, read_node, remove_node
from zarrust.group_node import GroupNode, check_array, check_group, check_required, count
from zarrust.metadata import GroupMetadata, NodeMetadata
from zarrust.metadata.new import DEFAULT
from zarrust.metadata.text import jsonable_attributes
from zarrust.new_array import ArrayPlan, like
from zarrust.storage.path import StoreLike, StorePath, make_store_path
from zarrust.tree import Tree, draw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    import numpy.typing as npt

    from zarrust.array_config import ArrayConfig
    from zarrust.info import GroupInfo

__all__ = ["AsyncGroup", "make_array"]


async def make_array(place: StorePath, plan: ArrayPlan) -> AsyncArray:
    """Write a planned array, and its data, and return it."""
    array = AsyncArray(plan.metadata, place, plan.config)
    array._state.handle()  # what the engine refuses is refused before anything is written
    await arun(create_node(place.path, plan.metadata, overwrite=plan.overwrite, store=place.store), place.store)
    if plan.data is not None:
        await array.setitem(..., plan.data)
    return array


class AsyncGroup(GroupNode, AsyncAttributedNode):
    """A group in a store, to be awaited. Each method means what `Group`'s of the same name means."""

    @classmethod
    async def open(
        cls, store: StoreLike, zarr_format: int | None = 3, use_consolidated: bool | str | None = None
    ) -> Self:
        """Await `Group.open`."""
        place = make_store_path(store)
        flow = open_group(
            place.path,
            mode=None,
            zarr_format=zarr_format,
            use_consolidated=use_consolidated,
            make=GroupMetadata,
            store=place.store,
        )
        return cls(await arun(flow, place.store), place)

    @classmethod
    async def from_store(
        cls,
        store: StoreLike,
        *,
        attributes: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        zarr_format: int = 3,
    ) -> Self:
        """Await `Group.from_store`."""
        place = make_store_path(store)
        metadata = GroupMetadata(attributes=jsonable_attributes(attributes), zarr_format=2 if zarr_format == 2 else 3)
        await arun(create_node(place.path, metadata, overwrite=overwrite, store=place.store), place.store)
        return cls(metadata, place)

    def _open(self, path: str, node: NodeMetadata) -> AsyncArray | AsyncGroup:
        if isinstance(node, GroupMetadata):
            return self._linked(AsyncGroup(node, self._place(path)))
        return self._linked(AsyncArray(node, self._place(path)))

    async def getitem(self, key: str) -> AsyncArray | AsyncGroup:
        """Await ``Group[key]``.

        Parameters
        ----------
        key : str
            Path of the member.

        Raises
        ------
        KeyError
            If there is none.
        """
        path = self._join(key)
        if path == self.path:
            return self
        complete, node = self._known(key)
        if not complete:
            node = await arun(read_node(path, self.metadata.zarr_format), self.store)
        if node is None:
            raise KeyError(key)
        return self._open(path, node)

    async def get(self, key: str, default: Any = None) -> Any:
        """Await `Group.get`.

        Parameters
        ----------
        key : str
            Path of the member.
        default : object, optional
            What is returned if there is none.
        """
        try:
            return await self.getitem(key)
        except KeyError:
            return default

    async def get_array(self, path: str) -> AsyncArray:
        """Await `Group.get_array`."""
        array: AsyncArray = check_array(await self.get(path), self.store, self._join(path))
        return array

    async def get_group(self, path: str) -> AsyncGroup:
        """Await `Group.get_group`."""
        group: AsyncGroup = check_group(await self.get(path), self.store, self._join(path))
        return group

    async def contains(self, member: str) -> bool:
        """Await ``member in Group``.

        Parameters
        ----------
        member : str
            Path of the member.
        """
        return await self.get(member) is not None

    async def setitem(self, key: str, value: Any) -> None:
        """Await ``Group[key] = value``.

        Parameters
        ----------
        key : str
            Path of the member.
        value : Array, Group or array_like
            Its contents.
        """
        await self.create_array(key, **self._like_data(value), overwrite=True)

    async def delitem(self, key: str) -> None:
        """Await ``del Group[key]``.

        Parameters
        ----------
        key : str
            Path of the member.
        """
        await arun(remove_node(self._join(key), self.metadata.zarr_format), self.store)
        self._remember(self._join(key), None)

    async def _members(self, max_depth: int | None) -> dict[str, NodeMetadata]:
        known = consolidated_members(self.metadata, max_depth)
        return known if known is not None else await arun(members(self.path, self.metadata, max_depth), self.store)

    async def members(
        self, max_depth: int | None = 0, *, use_consolidated_for_children: bool = True
    ) -> AsyncIterator[tuple[str, AsyncArray | AsyncGroup]]:
        """Iterate as `Group.members` does."""
        for name, node in (await self._members(max_depth)).items():
            yield name, self._open(self._join(name), node)

    async def nmembers(self, max_depth: int | None = 0) -> int:
        """Await `Group.nmembers`."""
        return len(await self._members(max_depth))

    async def arrays(self, recurse: bool = False) -> AsyncIterator[tuple[str, AsyncArray]]:
        """Iterate as `Group.arrays` does."""
        async for name, node in self.members(None if recurse else 0):
            if isinstance(node, AsyncArray):
                yield name, node

    async def groups(self, recurse: bool = False) -> AsyncIterator[tuple[str, AsyncGroup]]:
        """Iterate as `Group.groups` does."""
        async for name, node in self.members(None if recurse else 0):
            if isinstance(node, AsyncGroup):
                yield name, node

    async def keys(self) -> AsyncIterator[str]:
        """Iterate as `Group.keys` does."""
        for name in await self._members(0):
            yield name

    async def array_keys(self, recurse: bool = False) -> AsyncIterator[str]:
        """Iterate as `Group.array_keys` does."""
        async for name, _ in self.arrays(recurse):
            yield name

    async def array_values(self, recurse: bool = False) -> AsyncIterator[AsyncArray]:
        """Iterate as `Group.array_values` does."""
        async for _, node in self.arrays(recurse):
            yield node

    async def group_keys(self, recurse: bool = False) -> AsyncIterator[str]:
        """Iterate as `Group.group_keys` does."""
        async for name, _ in self.groups(recurse):
            yield name

    async def group_values(self, recurse: bool = False) -> AsyncIterator[AsyncGroup]:
        """Iterate as `Group.group_values` does."""
        async for _, node in self.groups(recurse):
            yield node

    async def tree(
        self, expand: bool | None = None, level: int | None = None, *, max_nodes: int = 500, plain: bool = False
    ) -> Tree:
        """Await `Group.tree`."""
        return draw(self.name, await self._members(level), max_nodes=max_nodes, plain=plain)

    async def info_complete(self) -> GroupInfo:
        """Await `Group.info_complete`."""
        return self._table(count(await self._members(None)))

    async def create_group(
        self, name: str, *, overwrite: bool = False, attributes: Mapping[str, Any] | None = None
    ) -> AsyncGroup:
        """Await `Group.create_group`."""
        path = self._join(name)
        metadata = GroupMetadata(attributes=jsonable_attributes(attributes), zarr_format=self.metadata.zarr_format)
        await arun(create_node(path, metadata, overwrite=overwrite, store=self.store), self.store)
        return self._linked(AsyncGroup(self._made(path, metadata), self._place(path)))

    async def require_group(self, name: str, overwrite: bool = False) -> AsyncGroup:
        """Await `Group.require_group`."""
        found = None if overwrite else await self.get(name)
        if found is None:
            try:
                return await self.create_group(name, overwrite=overwrite)
            except CONTAINS:
                # Made by somebody else since it was looked for.
                if (found := await self.get(name)) is None:
                    raise
        if not isinstance(found, AsyncGroup):
            raise TypeError(f"Incompatible object ({type(found).__name__}) already exists")
        return found

    async def require_groups(self, *names: str) -> tuple[AsyncGroup, ...]:
        """Await `Group.require_groups`."""
        return tuple([await self.require_group(name) for name in names])

    async def create_groups(self, *names: str, **kwargs: Any) -> tuple[AsyncGroup, ...]:
        """Await `Group.create_groups`."""
        return tuple([await self.create_group(name, **kwargs) for name in names])

    async def create_hierarchy(
        self, nodes: Mapping[str, NodeMetadata], *, overwrite: bool = False
    ) -> AsyncIterator[tuple[str, AsyncArray | AsyncGroup]]:
        """Iterate as `Group.create_hierarchy` does."""
        flow = create_nodes(self.path, self._same_format(nodes), overwrite=overwrite, store=self.store)
        for name, node in self._made_below(await arun(flow, self.store), nodes).items():
            yield name, self._open(self._join(name), node)

    async def move(self, source: str, dest: str) -> None:
        """Await `Group.move`."""
        origin, target = self._join(source), self._join(dest)
        moved = await arun(move_node(origin, target, self.metadata.zarr_format, self.store), self.store)
        self._remember(origin, None)
        for path, node in moved.items():
            self._remember(path, node)

    rename = move

    async def create_array(
        self,
        name: str,
        *,
        shape: int | Iterable[int] | None = None,
        dtype: Any = None,
        data: npt.ArrayLike | None = None,
        chunks: Any = "auto",
        shards: Any = None,
        filters: Any = "auto",
        compressors: Any = "auto",
        compressor: Any = "auto",
        serializer: Any = "auto",
        fill_value: Any = DEFAULT,
        order: Literal["C", "F"] | None = None,
        attributes: Mapping[str, Any] | None = None,
        chunk_key_encoding: Any = None,
        dimension_names: Iterable[str | None] | None = None,
        storage_options: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        config: ArrayConfig | Mapping[str, Any] | None = None,
        write_data: bool = True,
        **version_2: Any,
    ) -> AsyncArray:
        """Await `Group.create_array`."""
        plan = self._plan(locals())
        array = await make_array(self._place(self._join(name)), plan)
        self._remember(array.path, plan.metadata)
        return self._linked(array)

    async def require_array(
        self,
        name: str,
        *,
        shape: Any,
        dtype: Any = None,
        exact: bool = False,
        config: ArrayConfig | Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> AsyncArray:
        """Await `Group.require_array`."""
        found: Any = await self.get(name)
        if found is None:
            try:
                return await self.create_array(name, shape=shape, dtype=dtype, config=config, **kwargs)
            except CONTAINS:
                if (found := await self.get(name)) is None:
                    raise
        check_required(found, shape, dtype, exact)
        array: AsyncArray = found if config is None else found.with_config(config)
        return array

    async def create_dataset(self, name: str, **kwargs: Any) -> AsyncArray:
        """Await `Group.create_dataset`."""
        return await self.create_array(name, **kwargs)

    async def require_dataset(
        self, name: str, shape: Any, dtype: Any = None, exact: bool = False, **kwargs: Any
    ) -> AsyncArray:
        """Await `Group.require_dataset`."""
        return await self.require_array(name, shape=shape, dtype=dtype, exact=exact, **kwargs)

    async def empty(self, name: str, *, shape: Any, **kwargs: Any) -> AsyncArray:
        """Await `Group.empty`."""
        return await self.create_array(name, shape=shape, **kwargs)

    async def zeros(self, name: str, *, shape: Any, **kwargs: Any) -> AsyncArray:
        """Await `Group.zeros`."""
        return await self.create_array(name, shape=shape, fill_value=0, **kwargs)

    async def ones(self, name: str, *, shape: Any, **kwargs: Any) -> AsyncArray:
        """Await `Group.ones`."""
        return await self.create_array(name, shape=shape, fill_value=1, **kwargs)

    async def full(self, name: str, fill_value: Any, *, shape: Any, **kwargs: Any) -> AsyncArray:
        """Await `Group.full`."""
        return await self.create_array(name, shape=shape, fill_value=fill_value, **kwargs)

    async def _like(self, name: str, data: Any, kwargs: Mapping[str, Any], fill_value: Any) -> AsyncArray:
        given = {"fill_value": fill_value, "zarr_format": self.metadata.zarr_format} | dict(kwargs)
        return await self.create_array(name, **like(data, given))

    async def empty_like(self, name: str, data: Any, **kwargs: Any) -> AsyncArray:
        """Await `Group.empty_like`."""
        return await self._like(name, data, kwargs, getattr(data, "fill_value", DEFAULT))

    async def zeros_like(self, name: str, data: Any, **kwargs: Any) -> AsyncArray:
        """Await `Group.zeros_like`."""
        return await self._like(name, data, kwargs, 0)

    async def ones_like(self, name: str, data: Any, **kwargs: Any) -> AsyncArray:
        """Await `Group.ones_like`."""
        return await self._like(name, data, kwargs, 1)

    async def full_like(self, name: str, data: Any, fill_value: Any = DEFAULT, **kwargs: Any) -> AsyncArray:
        """Await `Group.full_like`."""
        value = getattr(data, "fill_value", DEFAULT) if fill_value is DEFAULT else fill_value
        return await self._like(name, data, kwargs, value)
