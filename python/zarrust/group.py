"""`Group`: arrays and groups by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from zarrust.array import Array
from zarrust.async_group import AsyncGroup
from zarrust.attributes import Attributes
from zarrust.flows.attributes import updated
from zarrust.flows.drive import run
from zarrust.flows.hierarchy import consolidated_members, members
from zarrust.flows.nodes import create_node, open_group, read_node, remove_node, write_node
from zarrust.group_node import GroupNode, check_required, count
from zarrust.info import GroupInfo
from zarrust.metadata import GroupMetadata, NodeMetadata
from zarrust.metadata.new import DEFAULT
from zarrust.metadata.text import jsonable_attributes
from zarrust.new_array import ArrayPlan, like
from zarrust.storage.path import StoreLike, StorePath, make_store_path
from zarrust.tree import Tree, draw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

__all__ = ["Group", "make_array"]


def make_array(place: StorePath, plan: ArrayPlan) -> Array:
    """Write a planned array, and its data, and return it."""
    array = Array(plan.metadata, place, plan.config)
    array._state.handle()  # what the engine refuses is refused before anything is written
    run(create_node(place.path, plan.metadata, overwrite=plan.overwrite, store=place.store), place.store)
    if plan.data is not None:
        array[...] = plan.data
    return array


class Group(GroupNode):
    """A group in a store. Made by `zarrust.create_group`, `zarrust.open_group` and their kin.

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

    @classmethod
    def open(cls, store: StoreLike, zarr_format: int | None = None) -> Self:
        """Open a group.

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

        Raises
        ------
        ContainsGroupError, ContainsArrayError
            If there is a node and ``overwrite`` is False.
        """
        place = make_store_path(store)
        metadata = GroupMetadata(attributes=jsonable_attributes(attributes), zarr_format=2 if zarr_format == 2 else 3)
        run(create_node(place.path, metadata, overwrite=overwrite, store=place.store), place.store)
        return cls(metadata, place)

    @property
    def attrs(self) -> Attributes:
        """The user's attributes, as a mapping that writes through."""
        return Attributes(self)

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

    def __getitem__(self, name: str) -> Array | Group:
        path = self._join(name)
        if path == self.path:
            return self
        complete, node = self._known(name)
        if not complete:
            node = run(read_node(path, self.metadata.zarr_format), self.store)
        if node is None:
            raise KeyError(name)
        return self._open(path, node)

    def get(self, path: str, default: Any = None) -> Any:
        """Return the member of a path, or the default."""
        try:
            return self[path]
        except KeyError:
            return default

    def __contains__(self, member: object) -> bool:
        return isinstance(member, str) and self.get(member) is not None

    def __setitem__(self, name: str, value: Any) -> None:
        self.create_array(name, **self._like_data(value), overwrite=True)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        run(remove_node(self._join(name), self.metadata.zarr_format), self.store)
        self._remember(self._join(name), None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members(0))

    def __len__(self) -> int:
        return self.nmembers()

    def __bool__(self) -> bool:
        """A group is true, also an empty one."""
        return True

    def _members(self, max_depth: int | None) -> dict[str, NodeMetadata]:
        known = consolidated_members(self.metadata, max_depth)
        return known if known is not None else run(members(self.path, self.metadata, max_depth), self.store)

    def members(
        self, max_depth: int | None = 0, *, use_consolidated_for_children: bool = True
    ) -> tuple[tuple[str, Array | Group], ...]:
        """Return the nodes below, with their paths from here.

        Parameters
        ----------
        max_depth : int or None, default 0
            0 is the direct members; None is everything.
        use_consolidated_for_children : bool
            Accepted for zarr-python; what this group knows of its children is always used.
        """
        return tuple((name, self._open(self._join(name), node)) for name, node in self._members(max_depth).items())

    def nmembers(self, max_depth: int | None = 0) -> int:
        """Return the number of nodes below, down to a depth."""
        return len(self._members(max_depth))

    def keys(self) -> Iterator[str]:
        """Iterate over the names of the members."""
        return iter(self)

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Iterate over the arrays among the members, with their names."""
        return ((name, node) for name, node in self.members() if isinstance(node, Array))

    def array_keys(self) -> Iterator[str]:
        """Iterate over the names of the arrays."""
        return (name for name, _ in self.arrays())

    def array_values(self) -> Iterator[Array]:
        """Iterate over the arrays."""
        return (node for _, node in self.arrays())

    def groups(self) -> Iterator[tuple[str, Group]]:
        """Iterate over the groups among the members, with their names."""
        return ((name, node) for name, node in self.members() if isinstance(node, Group))

    def group_keys(self) -> Iterator[str]:
        """Iterate over the names of the groups."""
        return (name for name, _ in self.groups())

    def group_values(self) -> Iterator[Group]:
        """Iterate over the groups."""
        return (node for _, node in self.groups())

    def tree(
        self, expand: bool | None = None, level: int | None = None, *, max_nodes: int = 500, plain: bool = True
    ) -> Tree:
        """Return what is below as a tree of text.

        Parameters
        ----------
        expand, plain : bool, optional
            Accepted for zarr-python; the text is plain and complete.
        level : int, optional
            How many levels are drawn; all by default.
        max_nodes : int, default 500
            How many nodes are drawn.
        """
        return draw(self.name, self._members(None if level is None else level - 1), max_nodes=max_nodes)

    def info_complete(self) -> GroupInfo:
        """Return `info` with the numbers of members at any depth; this lists the store."""
        return GroupInfo.of(self, count(self._members(None)))

    # Making members

    def create_group(self, name: str, *, overwrite: bool = False, attributes: Mapping[str, Any] | None = None) -> Group:
        """Create a group below; groups that are missing on the way are made too.

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

        Raises
        ------
        TypeError
            If there is an array.
        """
        found = None if overwrite else self.get(name)
        if found is None:
            return self.create_group(name, overwrite=overwrite)
        if not isinstance(found, Group):
            raise TypeError(f"Incompatible object ({type(found).__name__}) already exists")
        return found

    def require_groups(self, *names: str) -> tuple[Group, ...]:
        """Return several groups, made if they are missing."""
        return tuple(self.require_group(name) for name in names)

    def create_array(self, name: str, **kwargs: Any) -> Array:
        """Create an array below.

        Parameters
        ----------
        name : str
            Path from here.
        **kwargs
            As `zarrust.create_array` takes them; the format is the group's.

        Raises
        ------
        ContainsArrayError, ContainsGroupError
            If there is a node and ``overwrite`` is False.
        """
        plan = self._plan(kwargs)
        array = make_array(self._place(self._join(name)), plan)
        self._remember(array.path, plan.metadata)
        return self._linked(array)

    create = create_array
    array = create_array

    def require_array(self, name: str, *, shape: Any, dtype: Any = None, exact: bool = False, **kwargs: Any) -> Array:
        """Return the array of a name, made if it is missing.

        Parameters
        ----------
        name : str
        shape : int or tuple of int
            Has to be that of an array that is there.
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
            return self.create_array(name, shape=shape, dtype=dtype, **kwargs)
        check_required(found, shape, dtype, exact)
        array: Array = found
        return array

    def create_dataset(self, name: str, **kwargs: Any) -> Array:
        """Create an array below; the name that h5py has for `create_array`."""
        return self.create_array(name, **kwargs)

    def require_dataset(self, name: str, **kwargs: Any) -> Array:
        """Return an array, made if it is missing; the name that h5py has for `require_array`."""
        return self.require_array(name, **kwargs)

    def empty(self, name: str, *, shape: Any, **kwargs: Any) -> Array:
        """Create an array whose contents are not said."""
        return self.create_array(name, shape=shape, **kwargs)

    def zeros(self, name: str, *, shape: Any, **kwargs: Any) -> Array:
        """Create an array of zeros."""
        return self.create_array(name, shape=shape, fill_value=0, **kwargs)

    def ones(self, name: str, *, shape: Any, **kwargs: Any) -> Array:
        """Create an array of ones."""
        return self.create_array(name, shape=shape, fill_value=1, **kwargs)

    def full(self, name: str, *, shape: Any, fill_value: Any, **kwargs: Any) -> Array:
        """Create an array of a value."""
        return self.create_array(name, shape=shape, fill_value=fill_value, **kwargs)

    def _like(self, name: str, data: Any, kwargs: Mapping[str, Any], fill_value: Any) -> Array:
        given = {"fill_value": fill_value, "zarr_format": self.metadata.zarr_format} | dict(kwargs)
        return self.create_array(name, **like(data, given))

    def empty_like(self, name: str, *, data: Any, **kwargs: Any) -> Array:
        """Create an array like another one, whose contents are not said."""
        return self._like(name, data, kwargs, DEFAULT)

    def zeros_like(self, name: str, *, data: Any, **kwargs: Any) -> Array:
        """Create an array of zeros like another one."""
        return self._like(name, data, kwargs, 0)

    def ones_like(self, name: str, *, data: Any, **kwargs: Any) -> Array:
        """Create an array of ones like another one."""
        return self._like(name, data, kwargs, 1)

    def full_like(self, name: str, *, data: Any, fill_value: Any, **kwargs: Any) -> Array:
        """Create an array of a value like another one."""
        return self._like(name, data, kwargs, fill_value)

    # Attributes

    def update_attributes(self, new_attributes: Mapping[str, Any]) -> Self:
        """Set attributes; those that are not named stay.

        Raises
        ------
        TypeError
            If a value has no JSON form; the message names the attribute.
        """
        return self._replace_attributes({**self.metadata.attributes, **new_attributes})

    async def update_attributes_async(self, new_attributes: Mapping[str, Any]) -> Self:
        """Await `update_attributes`."""
        await AsyncGroup(self).update_attributes(new_attributes)
        return self

    def _replace_attributes(self, attributes: Mapping[str, Any]) -> Self:
        metadata = updated(self.metadata, attributes)
        run(write_node(self.path, metadata), self.store)
        self._state.become(metadata)
        return self
