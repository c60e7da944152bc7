"""State machines of hypothesis: a store does, step by step, what a simple model of it does."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
from hypothesis import assume, note
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import zarrust
from zarrust import loop
from zarrust.buffer.cpu import Buffer, BufferPrototype, default_buffer_prototype
from zarrust.codecs import BytesCodec
from zarrust.storage import LocalStore, MemoryStore
from zarrust.testing.strategies import arrays, basic_indices, chunk_paths, key_ranges, keys, node_names
from zarrust.testing.strategies import orthogonal_indices as oindices

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterable

    from zarrust.abc.store import Store
    from zarrust.array import Array

__all__ = [
    "SyncStoreWrapper",
    "ZarrHierarchyStateMachine",
    "ZarrStoreStateMachine",
    "split_prefix_name",
    "with_frequency",
]

F = TypeVar("F", bound="Callable[..., Any]")

MAX_BINARY_SIZE = 100


def with_frequency(frequency: float) -> Callable[[F], F]:
    """Let a rule be one of the choices in a part of the steps only.

    Parameters
    ----------
    frequency : float
        That part, from 0 to 1. Which steps these are is fixed, so that hypothesis can go through them again.
    """

    def decorate(function: F) -> F:
        counter = f"_{function.__name__}_turns"

        def now(machine: Any) -> bool:
            turns = getattr(machine, counter, 0) + 1
            setattr(machine, counter, turns)
            return int(turns * frequency) > int((turns - 1) * frequency)

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        decorated: Any = precondition(now)(wrapper)
        result: F = decorated
        return result

    return decorate


def split_prefix_name(path: str) -> tuple[str, str]:
    """Return the path of a node's parent, and its name.

    Parameters
    ----------
    path : str

    Examples
    --------
    >>> split_prefix_name("a/b/c"), split_prefix_name("a")
    (('a/b', 'c'), ('', 'a'))
    """
    prefix, _, name = path.rpartition("/")
    return prefix, name


async def _awaited(value: Any) -> Any:
    return await value


async def _collected(keys: Any) -> list[str]:
    return [key async for key in keys]


class SyncStoreWrapper:
    """A store's coroutines as plain methods.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def read_only(self) -> bool:
        """Whether writing and deleting are refused."""
        return self.store.read_only

    @property
    def supports_listing(self) -> bool:
        """Whether the store can list its keys."""
        return self.store.supports_listing

    @property
    def supports_writes(self) -> bool:
        """Whether the store can be written to."""
        return self.store.supports_writes

    @property
    def supports_deletes(self) -> bool:
        """Whether the store can delete."""
        return self.store.supports_deletes

    def set(self, key: str, data_buffer: Buffer) -> None:
        """Set the value of a key."""
        loop.run(self.store.set(key, data_buffer))

    def get(self, key: str, prototype: BufferPrototype) -> Buffer | None:
        """Return the value of a key; None if there is none."""
        return loop.run(self.store.get(key, prototype))

    def get_partial_values(self, key_ranges: Iterable[Any], prototype: BufferPrototype) -> builtins.list[Buffer | None]:
        """Return parts of values."""
        return loop.run(self.store.get_partial_values(prototype, key_ranges))

    def delete(self, path: str) -> None:
        """Remove a key."""
        loop.run(self.store.delete(path))

    def delete_dir(self, prefix: str) -> None:
        """Remove every key in a folder."""
        loop.run(self.store.delete_dir(prefix))

    def clear(self) -> None:
        """Remove every key."""
        loop.run(_awaited(self.store.clear()))

    def is_empty(self, prefix: str) -> bool:
        """Return whether a folder has no key."""
        return loop.run(self.store.is_empty(prefix))

    def exists(self, key: str) -> bool:
        """Return whether there is a value."""
        return loop.run(self.store.exists(key))

    def getsize_prefix(self, prefix: str) -> int:
        """Return the size of all values in a folder, in bytes."""
        return loop.run(self.store.getsize_prefix(prefix))

    def list(self) -> builtins.list[str]:
        """Return every key."""
        return loop.run(_collected(self.store.list()))

    def list_prefix(self, prefix: str) -> builtins.list[str]:
        """Return the keys that start with a prefix."""
        return loop.run(_collected(self.store.list_prefix(prefix)))

    def list_dir(self, prefix: str) -> builtins.list[str]:
        """Return the names directly in a folder."""
        return loop.run(_collected(self.store.list_dir(prefix)))


def _some(self: Any) -> bool:
    return bool(self.model)


class ZarrStoreStateMachine(RuleBasedStateMachine):
    """A store beside a dict: each step does the same to both, and after each both hold the same.

    Parameters
    ----------
    store : Store
        It is emptied.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.model: dict[str, Buffer] = {}
        self.store = SyncStoreWrapper(store)
        self.prototype = default_buffer_prototype()

    @initialize()
    def init_store(self) -> None:
        """Start with nothing."""
        self.store.clear()

    def _known(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.model)), label="key")

    @rule(key=keys(), data=st.binary(max_size=MAX_BINARY_SIZE))
    def set(self, key: str, data: bytes) -> None:
        """Set a value; no key is a folder of another one."""
        assume(not any(other.startswith(f"{key}/") or key.startswith(f"{other}/") for other in self.model))
        # File systems may take upper and lower case for one.
        assume(not any(other != key and other.lower() == key.lower() for other in self.model))
        value = Buffer.from_bytes(data)
        self.store.set(key, value)
        self.model[key] = value

    @precondition(_some)
    @rule(key=keys(), data=st.data())
    def get(self, key: str, data: st.DataObject) -> None:
        """Read a value that is there."""
        known = self._known(data)
        assert self.store.get(known, self.prototype) == self.model[known]

    @rule(key=keys(), data=st.data())
    def get_invalid_zarr_keys(self, key: str, data: st.DataObject) -> None:
        """Read a value that is not there."""
        assume(key not in self.model)
        assert self.store.get(key, self.prototype) is None

    @precondition(_some)
    @rule(data=st.data())
    def get_partial_values(self, data: st.DataObject) -> None:
        """Read parts of values."""
        asked = data.draw(key_ranges(keys=st.sampled_from(sorted(self.model)), max_size=MAX_BINARY_SIZE))
        found = self.store.get_partial_values(iter(asked), self.prototype)
        expected = [self.store.store.cut(self.model[key].to_bytes(), byte_range) for key, byte_range in asked]
        assert [None if value is None else value.to_bytes() for value in found] == expected

    @precondition(lambda self: self.store.supports_deletes)
    @precondition(_some)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Remove a value."""
        key = self._known(data)
        self.store.delete(key)
        del self.model[key]

    @rule()
    @with_frequency(0.25)
    def clear(self) -> None:
        """Remove everything."""
        self.store.clear()
        self.model.clear()
        assert self.store.list() == []

    @rule()
    def is_empty(self) -> None:
        """Ask whether there is anything."""
        assert self.store.is_empty("") == (not self.model)

    @rule(key=keys())
    def exists(self, key: str) -> None:
        """Ask whether there is a value."""
        assert self.store.exists(key) == (key in self.model)

    @precondition(_some)
    @rule(data=st.data())
    def getsize_prefix(self, data: st.DataObject) -> None:
        """Ask for the size of a folder."""
        folder = self._known(data).partition("/")[0]
        expected = sum(len(value) for key, value in self.model.items() if key.startswith(folder + "/"))
        assert self.store.getsize_prefix(folder) == expected

    @invariant()
    def check_paths_equal(self) -> None:
        """Both have the same keys."""
        assert sorted(self.store.list()) == sorted(self.model)

    @invariant()
    def check_vals_equal(self) -> None:
        """Both have the same values."""
        for key, value in self.model.items():
            assert self.store.get(key, self.prototype) == value

    @invariant()
    def check_num_zarr_keys_equal(self) -> None:
        """No key is listed twice."""
        assert len(self.store.list()) == len(self.model)

    @invariant()
    def check_zarr_keys(self) -> None:
        """What is listed is there."""
        listed = self.store.list()
        assert self.store.is_empty("") == (not listed)
        assert all(self.store.exists(key) for key in listed)


def _has_nodes(self: Any) -> bool:
    return bool(self.all_groups or self.all_arrays)


def _has_groups(self: Any) -> bool:
    return bool(self.all_groups)


def _has_arrays(self: Any) -> bool:
    return bool(self.all_arrays)


def _deletes(self: Any) -> bool:
    return bool(self.store.supports_deletes)


class ZarrHierarchyStateMachine(RuleBasedStateMachine):
    """A hierarchy in a store beside the same one in memory: each step does the same to both.

    Parameters
    ----------
    store : Store
        It is emptied.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.model: Store = MemoryStore()
        self.all_groups: set[str] = set()
        self.all_arrays: set[str] = set()

    def _both(self, method: str, *args: Any) -> list[Any]:
        return [getattr(SyncStoreWrapper(store), method)(*args) for store in (self.model, self.store)]

    def _arrays(self, path: str) -> list[Array]:
        return [zarrust.open_array(store, path=path) for store in (self.model, self.store)]

    @initialize()
    def init_store(self) -> None:
        """Start with a group that has no members."""
        self._both("clear")
        for store in (self.model, self.store):
            zarrust.group(store=store)

    def can_add(self, path: str) -> bool:
        """Return whether there is no node of a path.

        Parameters
        ----------
        path : str
        """
        return path not in self.all_groups and path not in self.all_arrays

    def _new_path(self, name: str, data: st.DataObject) -> str:
        parent = data.draw(st.sampled_from(["", *sorted(self.all_groups)]), label="parent")
        # File systems may take upper and lower case for one.
        path = f"{parent}/{name.lower() if isinstance(self.store, LocalStore) else name}".lstrip("/")
        assume(self.can_add(path))
        return path

    @rule(name=node_names, data=st.data())
    def add_group(self, name: str, data: st.DataObject) -> None:
        """Make a group."""
        path = self._new_path(name, data)
        note(f"group {path!r}")
        for store in (self.model, self.store):
            zarrust.group(store=store, path=path)
        self.all_groups.add(path)

    @rule(data=st.data(), name=node_names)
    def add_array(self, data: st.DataObject, name: str) -> None:
        """Make an array."""
        path = self._new_path(name, data)
        parent, own = split_prefix_name(path)
        drawn = arrays(
            stores=st.just(self.model),
            paths=st.just(parent),
            array_names=st.just(own),
            zarr_formats=st.just(3),
            compressors=st.just(BytesCodec()),
            open_mode="a",
        )
        z = data.draw(drawn, label="array")
        note(f"array {path!r} of {z.shape} in {z.chunks}")
        zarrust.from_array(self.store, data=z, name=path)
        self.all_arrays.add(path)

    @rule()
    @with_frequency(0.25)
    def clear(self) -> None:
        """Remove everything."""
        self._both("clear")
        assert self._both("is_empty", "") == [True, True]
        self.all_groups.clear()
        self.all_arrays.clear()
        for store in (self.model, self.store):
            zarrust.group(store=store)

    def draw_directory(self, data: st.DataObject) -> str:
        """Return the path of a node, or of a folder of chunks.

        Parameters
        ----------
        data : hypothesis.strategies.DataObject
            To draw from.
        """
        node: str = data.draw(st.sampled_from(sorted(self.all_groups | self.all_arrays)), label="node")
        if node in self.all_arrays and data.draw(st.booleans(), label="chunks"):
            z = zarrust.open_array(self.model, path=node)
            return f"{node}/c/{data.draw(chunk_paths(z.ndim, z.cdata_shape))}".rstrip("/")
        return node

    def _has_no_empty_folders(self) -> bool:
        """Return whether a folder goes with its last key: not in file systems."""
        return not isinstance(self.store, LocalStore)

    @precondition(_has_nodes)
    @rule(data=st.data())
    def check_list_dir(self, data: st.DataObject) -> None:
        """List a folder."""
        assume(self._has_no_empty_folders())
        model, store = self._both("list_dir", self.draw_directory(data))
        assert sorted(model) == sorted(store)

    @precondition(_deletes)
    @precondition(_has_arrays)
    @rule(data=st.data())
    def delete_chunk(self, data: st.DataObject) -> None:
        """Remove a chunk."""
        path = self._an_array(data)
        z = zarrust.open_array(self.model, path=path)
        self._both("delete", f"{path}/c/{data.draw(chunk_paths(z.ndim, z.cdata_shape, subset=False))}".rstrip("/"))

    def _an_array(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.all_arrays)), label="array")

    @precondition(_has_arrays)
    @rule(data=st.data())
    def check_array(self, data: st.DataObject) -> None:
        """Read an array."""
        model, store = self._arrays(self._an_array(data))
        np.testing.assert_equal(store[...], model[...])

    @precondition(_has_arrays)
    @rule(data=st.data())
    def overwrite_array_basic_indexing(self, data: st.DataObject) -> None:
        """Write into an array."""
        model, store = self._arrays(self._an_array(data))
        selection = data.draw(basic_indices(shape=model.shape), label="selection")
        elements = data.draw(npst.arrays(shape=np.shape(model[selection]), dtype=model.dtype), label="elements")
        model[selection] = elements
        store[selection] = elements

    @precondition(_has_arrays)
    @rule(data=st.data())
    def overwrite_array_orthogonal_indexing(self, data: st.DataObject) -> None:
        """Write into an array, axis by axis."""
        model, store = self._arrays(self._an_array(data))
        selection, _ = data.draw(oindices(shape=model.shape), label="selection")
        shape = np.shape(model.oindex[selection])
        elements = data.draw(npst.arrays(shape=shape, dtype=model.dtype), label="elements")
        model.oindex[selection] = elements
        store.oindex[selection] = elements

    @precondition(_has_arrays)
    @rule(data=st.data())
    def resize_array(self, data: st.DataObject) -> None:
        """Give an array another shape."""
        model, store = self._arrays(self._an_array(data))
        drawn = data.draw(npst.array_shapes(min_dims=model.ndim, max_dims=model.ndim, min_side=0), label="shape")
        shape = tuple(new if old else 0 for new, old in zip(drawn, model.shape, strict=True))
        model.resize(shape)
        store.resize(shape)

    def _forget(self, path: str) -> None:
        for nodes in (self.all_groups, self.all_arrays):
            nodes -= {node for node in nodes if node == path or node.startswith(path + "/")}

    @precondition(_deletes)
    @precondition(_has_nodes)
    @rule(data=st.data())
    def delete_dir(self, data: st.DataObject) -> None:
        """Remove a folder."""
        path = self.draw_directory(data)
        self._both("delete_dir", path)
        self._forget(path)

    def _delete_node(self, path: str) -> None:
        parent, name = split_prefix_name(path)
        for store in (self.model, self.store):
            group = zarrust.open_group(store, path=parent)
            assert name in group
            del group[name]
        self._forget(path)

    @precondition(_deletes)
    @precondition(_has_arrays)
    @rule(data=st.data())
    def delete_array_using_del(self, data: st.DataObject) -> None:
        """Delete an array."""
        self._delete_node(self._an_array(data))

    @precondition(_deletes)
    @precondition(_has_groups)
    @rule(data=st.data())
    def delete_group_using_del(self, data: st.DataObject) -> None:
        """Delete a group and what is in it."""
        self._delete_node(data.draw(st.sampled_from(sorted(self.all_groups)), label="group"))

    @invariant()
    def check_list_prefix_from_root(self) -> None:
        """Both have the same keys, and the documents of every node."""
        model, store = map(sorted, self._both("list_prefix", ""))
        assert model == store
        assert {f"{path}/zarr.json" for path in self.all_groups | self.all_arrays} <= {*store}
