"""`Group`: arrays and groups by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from zarrust.array import Array
from zarrust.async_group import AsyncGroup
from zarrust.attributes import AttributedNode
from zarrust.flows.drive import run
from zarrust.flows.many import create_nodes
from zarrust.flows.move import move_node
from zarrust.flows.nodes import CONTAINS, create_node, open_group, remove_node
from zarrust.group_members import GroupMembers
from zarrust.group_node import GroupNode, check_required
from zarrust.metadata import GroupMetadata, NodeMetadata
from zarrust.metadata.new import DEFAULT
from zarrust.metadata.text import jsonable_attributes
from zarrust.new_array import ArrayPlan, like
from zarrust.storage.path import StoreLike, StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    import numpy.typing as npt

    from zarrust.array_config import ArrayConfig

__all__ = ["Group", "make_array"]


def make_array(place: StorePath, plan: ArrayPlan) -> Array:
    """Write a planned array, and its data, and return it."""
    array = Array(plan.metadata, place, plan.config)
    array._state.handle()  # what the engine refuses is refused before anything is written
    run(create_node(place.path, plan.metadata, overwrite=plan.overwrite, store=place.store), place.store)
    if plan.data is not None:
        array[...] = plan.data
    return array


class Group(GroupMembers, AttributedNode):
    """A group in a store. Made by `zarrust.create_group`, `zarrust.open_group` and their kin.

    Parameters
    ----------
    _async_group : AsyncGroup or GroupMetadata
        A group whose state is shared; or, with ``store_path``, metadata.
    store_path : StorePath, optional
        Where the group is.

    Examples
    --------
    >>> import zarrust
    >>> root = zarrust.group()
    >>> z = root.create_array("measured/heights", shape=(2, 3), dtype="f4")
    >>> root["measured"]["heights"].shape
    (2, 3)
    >>> "measured/heights" in root
    True
    """

    def __init__(self, _async_group: GroupNode | GroupMetadata, store_path: StorePath | None = None) -> None:
        super().__init__(_async_group, store_path)

    @property
    def _async_group(self) -> AsyncGroup:
        """The same group with coroutines, under the name that zarr-python's dependents use."""
        return AsyncGroup(self)

    @classmethod
    def open(cls, store: StoreLike, zarr_format: int | None = 3) -> Self:
        """Open a group.

        Parameters
        ----------
        store : Store, StorePath, path, URL or mapping
        zarr_format : {2, 3} or None
            Look for this format only; None looks for both.

        Raises
        ------
        GroupNotFoundError
            If there is none.
        """
        place = make_store_path(store)
        flow = open_group(
            place.path, mode=None, zarr_format=zarr_format, use_consolidated=None, make=GroupMetadata, store=place.store
        )
        return cls(run(flow, place.store), place)

    @classmethod
    def from_store(
        cls,
        store: StoreLike,
        *,
        attributes: Mapping[str, Any] | None = None,
        zarr_format: int = 3,
        overwrite: bool = False,
    ) -> Self:
        """Create a group.

        Parameters
        ----------
        store : Store, StorePath, path, URL or mapping
            Where the group is to be.
        attributes : mapping, optional
        zarr_format : {2, 3}, default 3
        overwrite : bool, default False
            Whether what is there may be replaced.

        Raises
        ------
        ContainsGroupError, ContainsArrayError
            If there is a node and ``overwrite`` is False.
        """
        place = make_store_path(store)
        metadata = GroupMetadata(attributes=jsonable_attributes(attributes), zarr_format=2 if zarr_format == 2 else 3)
        run(create_node(place.path, metadata, overwrite=overwrite, store=place.store), place.store)
        return cls(metadata, place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    # Members

    def _open(self, path: str, node: NodeMetadata) -> Array | Group:
        if isinstance(node, GroupMetadata):
            return self._linked(Group(node, self._place(path)))
        return self._linked(Array(node, self._place(path)))

    def __setitem__(self, key: str, value: Any) -> None:
        self.create_array(key, **self._like_data(value), overwrite=True)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        run(remove_node(self._join(key), self.metadata.zarr_format), self.store)
        self._remember(self._join(key), None)

    # Making members

    def create_group(self, name: str, *, overwrite: bool = False, attributes: Mapping[str, Any] | None = None) -> Group:
        """Create a group below; groups that are missing on the way are made too.

        Parameters
        ----------
        name : str
            Path of the group.
        overwrite : bool, default False
            Whether what is there may be replaced.
        attributes : mapping, optional

        Raises
        ------
        ContainsGroupError, ContainsArrayError
            If there is a node and ``overwrite`` is False.
        """
        path = self._join(name)
        metadata = GroupMetadata(attributes=jsonable_attributes(attributes), zarr_format=self.metadata.zarr_format)
        run(create_node(path, metadata, overwrite=overwrite, store=self.store), self.store)
        return self._linked(Group(self._made(path, metadata), self._place(path)))

    def require_group(self, name: str, overwrite: bool = False) -> Group:
        """Return the group of a name, made if it is missing.

        Parameters
        ----------
        name : str
            Path of the group.
        overwrite : bool, default False
            Whether what is there may be replaced.

        Raises
        ------
        TypeError
            If there is an array.
        """
        found = None if overwrite else self.get(name)
        if found is None:
            try:
                return self.create_group(name, overwrite=overwrite)
            except CONTAINS:
                # Made by somebody else since it was looked for.
                if (found := self.get(name)) is None:
                    raise
        if not isinstance(found, Group):
            raise TypeError(f"Incompatible object ({type(found).__name__}) already exists")
        return found

    def require_groups(self, *names: str) -> tuple[Group, ...]:
        """Return several groups, made if they are missing.

        Parameters
        ----------
        *names : str
            Paths of the groups.
        """
        return tuple(self.require_group(name) for name in names)

    def create_groups(self, *names: str, **kwargs: Any) -> tuple[Group, ...]:
        """Create several groups; the keyword arguments are those of `create_group`, for each.

        Parameters
        ----------
        *names : str
            Paths of the groups.
        **kwargs : Any
            As for `create_group`.
        """
        return tuple(self.create_group(name, **kwargs) for name in names)

    def create_hierarchy(
        self, nodes: Mapping[str, NodeMetadata], *, overwrite: bool = False
    ) -> Iterator[tuple[str, Array | Group]]:
        """Create several nodes below, parents first, and return them with their paths from here.

        Parameters
        ----------
        nodes : mapping
            Metadata by path; groups that are missing on the way are made, and returned.
        overwrite : bool, default False
            Whether nodes that are there are deleted.

        Raises
        ------
        ContainsArrayError, ContainsGroupError
            If there is a node and ``overwrite`` is False.
        ValueError
            If the formats differ.
        """
        made = run(create_nodes(self.path, self._same_format(nodes), overwrite=overwrite, store=self.store), self.store)
        below = self._made_below(made, nodes)
        return iter([(name, self._open(self._join(name), node)) for name, node in below.items()])

    def move(self, source: str, dest: str) -> None:
        """Move a member, with everything below it, to another path of this group.

        Parameters
        ----------
        source, dest : str
            Paths from here. Groups that are missing on the way to ``dest`` are made.

        Raises
        ------
        ValueError
            If there is no node at ``source``, there is one at ``dest``, or ``dest`` is below ``source``.

        Notes
        -----
        Keys are copied, chunks as they are, then deleted: cut off in the middle, both are there. Handles of what was
        moved keep their path.

        Examples
        --------
        >>> import zarrust
        >>> root = zarrust.group()
        >>> _ = root.create_group("a/b")
        >>> root.move("a/b", "c")
        >>> list(root)
        ['a', 'c']
        """
        origin, target = self._join(source), self._join(dest)
        moved = run(move_node(origin, target, self.metadata.zarr_format, self.store), self.store)
        self._remember(origin, None)
        for path, node in moved.items():
            self._remember(path, node)

    rename = move

    def create_array(
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
    ) -> Array:
        """Create an array below; its format is the group's.

        Parameters
        ----------
        name : str
            Path from here. Groups that are missing on the way are made.
        shape, dtype, data, chunks, shards, filters, compressors, serializer, fill_value, order
            As `zarrust.create_array` takes them.
        attributes, chunk_key_encoding, dimension_names, overwrite, config, write_data
            As `zarrust.create_array` takes them.
        compressor : numcodecs codec or its config, optional
            As version 2 has it; in a group of format 3 the codec is stored under its name there.
        storage_options : mapping, optional
            Without meaning: the store is the group's.
        **version_2
            Keywords of version 2, as `zarrust.create` takes them.

        Raises
        ------
        ContainsArrayError, ContainsGroupError
            If there is a node and ``overwrite`` is False.
        """
        plan = self._plan(locals())
        array = make_array(self._place(self._join(name)), plan)
        self._remember(array.path, plan.metadata)
        return self._linked(array)

    create = create_array

    def array(self, name: str, data: Any = None, **kwargs: Any) -> Array:
        """Create an array of data below; the name that version 2 has for `create_array`.

        Parameters
        ----------
        name : str
            Path of the array.
        data : array_like, optional
            What is stored.
        **kwargs : Any
            As for `create_array`.
        """
        return self.create_array(name, data=data, **kwargs)

    def require_array(
        self,
        name: str,
        *,
        shape: Any,
        config: ArrayConfig | Mapping[str, Any] | None = None,
        dtype: Any = None,
        exact: bool = False,
        **kwargs: Any,
    ) -> Array:
        """Return the array of a name, made if it is missing.

        Parameters
        ----------
        name : str
        shape : int or tuple of int
            Has to be that of an array that is there.
        config : ArrayConfig or mapping, optional
            How the array behaves, whether it is there or made.
        dtype : dtype-like, optional
            The data type of an array that is there has to be castable to it; with ``exact``, the same.
        exact : bool, default False
        **kwargs
            As `create_array` takes them.

        Raises
        ------
        TypeError
            If there is a group, or an array that does not fit.
        """
        found: Any = self.get(name)
        if found is None:
            try:
                return self.create_array(name, shape=shape, dtype=dtype, config=config, **kwargs)
            except CONTAINS:
                if (found := self.get(name)) is None:
                    raise
        check_required(found, shape, dtype, exact)
        array: Array = found if config is None else found.with_config(config)
        return array

    def create_dataset(self, name: str, **kwargs: Any) -> Array:
        """Create an array below; the name that h5py has for `create_array`.

        Parameters
        ----------
        name : str
            Path of the array.
        **kwargs : Any
            As for `create_array`.
        """
        return self.create_array(name, **kwargs)

    def require_dataset(self, name: str, shape: Any, dtype: Any = None, exact: bool = False, **kwargs: Any) -> Array:
        """Return an array, made if it is missing; the name that h5py has for `require_array`.

        Parameters
        ----------
        name : str
            Path of the array.
        shape : int or tuple of int
            In elements.
        dtype : dtype_like, optional
        exact : bool, default False
            Whether the data type has to be the same, rather than one that can be cast to.
        **kwargs : Any
            As for `create_array`, where the array is not there.
        """
        return self.require_array(name, shape=shape, dtype=dtype, exact=exact, **kwargs)

    def empty(self, name: str, *, shape: Any, **kwargs: Any) -> Array:
        """Create an array whose contents are not said.

        Parameters
        ----------
        name : str
            Path of the array.
        shape : int or tuple of int
            In elements.
        **kwargs : Any
            As for `create`.
        """
        return self.create_array(name, shape=shape, **kwargs)

    def zeros(self, name: str, *, shape: Any, **kwargs: Any) -> Array:
        """Create an array of zeros.

        Parameters
        ----------
        name : str
            Path of the array.
        shape : int or tuple of int
            In elements.
        **kwargs : Any
            As for `create`.
        """
        return self.create_array(name, shape=shape, fill_value=0, **kwargs)

    def ones(self, name: str, *, shape: Any, **kwargs: Any) -> Array:
        """Create an array of ones.

        Parameters
        ----------
        name : str
            Path of the array.
        shape : int or tuple of int
            In elements.
        **kwargs : Any
            As for `create`.
        """
        return self.create_array(name, shape=shape, fill_value=1, **kwargs)

    def full(self, name: str, fill_value: Any, *, shape: Any, **kwargs: Any) -> Array:
        """Create an array of a value.

        Parameters
        ----------
        name : str
            Path of the array.
        fill_value : scalar
            What is read where nothing is stored.
        shape : int or tuple of int
            In elements.
        **kwargs : Any
            As for `create`.
        """
        return self.create_array(name, shape=shape, fill_value=fill_value, **kwargs)

    def _like(self, name: str, data: Any, kwargs: Mapping[str, Any], fill_value: Any) -> Array:
        given = {"fill_value": fill_value, "zarr_format": self.metadata.zarr_format} | dict(kwargs)
        return self.create_array(name, **like(data, given))

    def _copy_of(self, name: str, source: Array, given: Mapping[str, Any]) -> Array:
        """Create an empty array like another one, in place of what is there."""
        return self._like(name, source, {"overwrite": True} | dict(given), source.fill_value)

    def empty_like(self, name: str, data: Any, **kwargs: Any) -> Array:
        """Create an array like another one, whose contents are not said.

        Parameters
        ----------
        name : str
            Path of the array.
        data : Array or array_like
            The array that it is to be like.
        **kwargs : Any
            As for `create`.
        """
        return self._like(name, data, kwargs, getattr(data, "fill_value", DEFAULT))

    def zeros_like(self, name: str, data: Any, **kwargs: Any) -> Array:
        """Create an array of zeros like another one.

        Parameters
        ----------
        name : str
            Path of the array.
        data : Array or array_like
            The array that it is to be like.
        **kwargs : Any
            As for `create`.
        """
        return self._like(name, data, kwargs, 0)

    def ones_like(self, name: str, data: Any, **kwargs: Any) -> Array:
        """Create an array of ones like another one.

        Parameters
        ----------
        name : str
            Path of the array.
        data : Array or array_like
            The array that it is to be like.
        **kwargs : Any
            As for `create`.
        """
        return self._like(name, data, kwargs, 1)

    def full_like(self, name: str, data: Any, fill_value: Any = DEFAULT, **kwargs: Any) -> Array:
        """Create an array of a value like another one, by default of its fill value.

        Parameters
        ----------
        name : str
            Path of the array.
        data : Array or array_like
            The array that it is to be like.
        fill_value : scalar, optional
            By default that of the other array.
        **kwargs : Any
            As for `create`.
        """
        value = getattr(data, "fill_value", DEFAULT) if fill_value is DEFAULT else fill_value
        return self._like(name, data, kwargs, value)

    # Attributes

    async def update_attributes_async(self, new_attributes: Mapping[str, Any]) -> Self:
        """Replace all attributes, as zarr-python's method does; `update_attributes` keeps those that are not named.

        Parameters
        ----------
        new_attributes : mapping
            By name.

        Raises
        ------
        TypeError
            If a value has no JSON form; the message names the attribute.
        """
        return await self._change_attributes_async(lambda _: new_attributes)
