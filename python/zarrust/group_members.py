"""What is below a `Group`: looking it up, listing it, walking it, drawing it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar, cast

from zarrust.array import Array
from zarrust.flows.drive import run
from zarrust.flows.hierarchy import consolidated_members, members
from zarrust.flows.nodes import read_node
from zarrust.group_node import GroupNode, check_array, check_group, count
from zarrust.tree import Tree, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zarrust.group import Group
    from zarrust.info import GroupInfo
    from zarrust.metadata import NodeMetadata

__all__ = ["GroupMembers"]

T = TypeVar("T")


class GroupMembers(GroupNode):
    """The part of a `Group` that looks at its members."""

    @abstractmethod
    def _open(self, path: str, node: NodeMetadata) -> Array | Group:
        """Return the handle of a node below."""

    def __getitem__(self, path: str) -> Array | Group:
        place = self._join(path)
        if place == self.path:
            return cast("Group", self)
        complete, node = self._known(path)
        if not complete:
            node = run(read_node(place, self.metadata.zarr_format), self.store)
        if node is None:
            raise KeyError(path)
        return self._open(place, node)

    def get(self, path: str, default: Any = None) -> Any:
        """Return the member of a path, or the default.

        Parameters
        ----------
        path : str
            Path of the member.
        default : object, optional
            What is returned if there is none.
        """
        try:
            return self[path]
        except KeyError:
            return default

    def get_array(self, path: str) -> Array:
        """Return the array of a path.

        Parameters
        ----------
        path : str
            Path of the array.

        Raises
        ------
        ArrayNotFoundError
            If there is nothing.
        ContainsGroupError
            If there is a group.
        """
        array: Array = check_array(self.get(path), self.store, self._join(path))
        return array

    def get_group(self, path: str) -> Group:
        """Return the group of a path.

        Parameters
        ----------
        path : str
            Path of the group.

        Raises
        ------
        GroupNotFoundError
            If there is nothing.
        ContainsArrayError
            If there is an array.
        """
        group: Group = check_group(self.get(path), self.store, self._join(path))
        return group

    def __contains__(self, member: object) -> bool:
        return isinstance(member, str) and self.get(member) is not None

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
        """Return the number of nodes below, down to a depth.

        Parameters
        ----------
        max_depth : int or None, default 0
            How many levels of groups below are looked into; None for all.
        """
        return len(self._members(max_depth))

    def keys(self) -> Iterator[str]:
        """Iterate over the names of the members."""
        return iter(self)

    def values(self) -> Iterator[Array | Group]:
        """Iterate over the members."""
        return (node for _, node in self.members())

    def items(self) -> Iterator[tuple[str, Array | Group]]:
        """Iterate over the members with their names."""
        return iter(self.members())

    def arrays(self, recurse: bool = False) -> Iterator[tuple[str, Array]]:
        """Iterate over the arrays among the members, with their names; with ``recurse`` over all below, with paths.

        Parameters
        ----------
        recurse : bool, default False
            Whether members at any depth are meant.
        """
        return ((name, node) for name, node in self.members(None if recurse else 0) if isinstance(node, Array))

    def array_keys(self, recurse: bool = False) -> Iterator[str]:
        """Iterate over the names of the arrays; with ``recurse`` over the paths of all below.

        Parameters
        ----------
        recurse : bool, default False
            Whether members at any depth are meant.
        """
        return (name for name, _ in self.arrays(recurse))

    def array_values(self, recurse: bool = False) -> Iterator[Array]:
        """Iterate over the arrays; with ``recurse`` over all below.

        Parameters
        ----------
        recurse : bool, default False
            Whether members at any depth are meant.
        """
        return (node for _, node in self.arrays(recurse))

    def groups(self, recurse: bool = False) -> Iterator[tuple[str, Group]]:
        """Iterate over the groups among the members, with their names; with ``recurse`` over all below, with paths.

        Parameters
        ----------
        recurse : bool, default False
            Whether members at any depth are meant.
        """
        return ((name, node) for name, node in self.members(None if recurse else 0) if not isinstance(node, Array))

    def group_keys(self, recurse: bool = False) -> Iterator[str]:
        """Iterate over the names of the groups; with ``recurse`` over the paths of all below.

        Parameters
        ----------
        recurse : bool, default False
            Whether members at any depth are meant.
        """
        return (name for name, _ in self.groups(recurse))

    def group_values(self, recurse: bool = False) -> Iterator[Group]:
        """Iterate over the groups; with ``recurse`` over all below.

        Parameters
        ----------
        recurse : bool, default False
            Whether members at any depth are meant.
        """
        return (node for _, node in self.groups(recurse))

    # Walking, as h5py and version 2 have it

    def visit(self, func: Callable[[str], T | None]) -> T | None:
        """Call a function with the path of every node below, until it returns something.

        Parameters
        ----------
        func : callable
            Takes the path from here. Anything but None ends the walk.

        Returns
        -------
        object
            What the function returned last.

        Notes
        -----
        Depth first, by name; a group comes before what is in it. The nodes are those of the beginning of the walk.

        Examples
        --------
        >>> import zarrust
        >>> root = zarrust.group()
        >>> _ = root.require_groups("a/b", "c")
        >>> root.visit(print)
        a
        a/b
        c
        """
        return self.visititems(lambda path, _: func(path))

    visitkeys = visit

    def visitvalues(self, func: Callable[[Array | Group], T | None]) -> T | None:
        """Call a function with every node below, until it returns something; see `visit`.

        Parameters
        ----------
        func : callable
            Called with each member; what is not None ends the walk and is returned.
        """
        return self.visititems(lambda _, node: func(node))

    def visititems(self, func: Callable[[str, Array | Group], T | None]) -> T | None:
        """Call a function with the path and the node of every node below, until it returns something; see `visit`.

        Parameters
        ----------
        func : callable
            Called with the path and the member; what is not None ends the walk and is returned.
        """
        nodes = self._members(None)
        for path in sorted(nodes, key=lambda path: path.split("/")):
            found = func(path, self._open(self._join(path), nodes[path]))
            if found is not None:
                return found
        return None

    def tree(
        self, expand: bool | None = None, level: int | None = None, *, max_nodes: int = 500, plain: bool = False
    ) -> Tree:
        """Return what is below as a tree: text in a terminal, HTML in a notebook.

        Parameters
        ----------
        expand : bool, optional
            Accepted for zarr-python; the tree is complete.
        plain : bool, default False
            Whether names stay unmarked; otherwise they are bold in a terminal.
        level : int, optional
            How many levels are drawn below the direct members; all by default.
        max_nodes : int, default 500
            How many nodes are drawn.
        """
        return draw(self.name, self._members(level), max_nodes=max_nodes, plain=plain)

    def info_complete(self) -> GroupInfo:
        """Return `info` with the numbers of members at any depth; this lists the store."""
        return self._table(count(self._members(None)))
