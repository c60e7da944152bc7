"""Copying nodes between groups, and keys between stores, as version 2 had it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zarrust.array import Array
from zarrust.errors import CopyError
from zarrust.group import Group
from zarrust.storage.path import StoreLike, make_store_path, normalize_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from zarrust import _core

__all__ = ["copy", "copy_all", "copy_store"]

_BATCH = 16
"""Values on their way at a time: chunks may be large."""

_CHOICES = ("raise", "replace", "skip", "skip_initialized")

Log = Any
"""A function of a line, the path of a file to write, or an open file."""


@contextmanager
def _lines(log: Log) -> Iterator[Callable[[str], Any]]:
    """Return what takes a line of the log."""
    if log is None:
        yield lambda line: None
    elif callable(log):
        yield log
    elif isinstance(log, str):
        with open(log, "w", encoding="utf-8") as file:
            yield lambda line: file.write(line + "\n")
    elif hasattr(log, "write"):
        yield lambda line: log.write(line + "\n")
    else:
        raise TypeError(f"log must be a callable function, file path or file-like object, found {log!r}")


@dataclass
class _Copy:
    """One copying: what was asked for, and what was done so far."""

    say: Callable[[str], Any]
    if_exists: str
    dry_run: bool
    shallow: bool = False
    without_attrs: bool = False
    create_kws: Mapping[str, Any] | None = None
    copied: int = 0
    skipped: int = 0
    size: int = 0

    def __post_init__(self) -> None:
        if self.if_exists not in _CHOICES:
            raise ValueError(f"if_exists must be one of {_CHOICES!r}, found {self.if_exists!r}")

    def done(self) -> tuple[int, int, int]:
        """Return the counts, and put them into the log."""
        start = "dry run" if self.dry_run else "all done"
        self.say(f"{start}: {self.copied:,} copied, {self.skipped:,} skipped, {self.size:,} bytes copied")
        return self.copied, self.skipped, self.size

    def without_those_there(self, places: Mapping[str, str], target: _core.Store) -> dict[str, str]:
        """Return the keys whose places in a store are free; the others are skipped.

        Raises
        ------
        CopyError
            If that was not asked for.
        """
        free = {}
        for (key, place), size in zip(places.items(), target.sizes([*places.values()]), strict=True):
            if size is None:
                free[key] = place
            elif self.if_exists == "raise":
                raise CopyError(f"key {place!r} exists in destination")
            else:
                self.say(f"skip {key}")
                self.skipped += 1
        return free

    def node(self, source: Any, dest: Group | None, name: str) -> None:
        """Copy a node, and what is below it, into a group; None for a group that a dry run did not make."""
        there = None if dest is None else dest.get(name)
        is_array = hasattr(source, "shape")
        described = f"{source.name} {source.shape} {source.dtype}" if is_array else source.name
        if there is not None and (is_array or isinstance(there, Array)) and not self._makes_room(there, dest, name):
            self.say(f"skip {described}")
            self.skipped += 1
            return
        self.say(f"copy {described}")
        self.copied += 1
        if is_array:
            if not self.dry_run and dest is not None:
                self.size += self._array(source, dest, name)
            return
        made = there if isinstance(there, Group) else None
        if not self.dry_run and dest is not None:
            made = dest.require_group(name, overwrite=isinstance(there, Array))
            if not self.without_attrs and len(source.attrs):
                made.attrs.update(dict(source.attrs))
        for key in sorted(source.keys()):
            child = source[key]
            if not self.shallow or hasattr(child, "shape"):
                self.node(child, made, key)

    def _makes_room(self, there: Array | Group, dest: Group | None, name: str) -> bool:
        """Return whether a node that is there is replaced.

        Raises
        ------
        CopyError
            If that was not asked for.
        """
        if self.if_exists == "raise":
            raise CopyError(f"an object {name!r} already exists in destination {dest.name if dest else ''!r}")
        if self.if_exists == "skip_initialized":
            return not (isinstance(there, Array) and there._nshards_initialized == there._nshards)
        return self.if_exists == "replace"

    def _array(self, source: Any, dest: Group, name: str) -> int:
        """Copy an array and return the bytes that were written."""
        attributes = {} if self.without_attrs else dict(source.attrs)
        given = {"attributes": attributes} | dict(self.create_kws or {})
        if isinstance(source, Array):
            copied = dest._copy_of(name, source, given)
            listed = source.store.supports_listing and source.store._lists_all
            # Otherwise chunks that are not listed may be there: all are asked for.
            if listed and _stored_alike(source, copied):
                return _move_encoded(source, copied)
        else:
            arguments = {"shape": source.shape, "dtype": source.dtype, "chunks": getattr(source, "chunks", None)}
            arguments |= {"fill_value": getattr(source, "fillvalue", 0)} | given
            copied = dest.create_array(name, overwrite=True, **{"chunks": "auto"} | _given(arguments))
        copied._fill_from(source)
        return copied.nbytes


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _stored_alike(source: Array, copied: Array) -> bool:
    """Return whether the chunks of two arrays have the same bytes for the same elements."""
    mine, theirs = (dict(array.metadata.to_dict(), attributes={}) for array in (source, copied))
    return bool(mine == theirs)


def _move_encoded(source: Array, copied: Array) -> int:
    """Copy stored chunks as they are, and return their size."""
    origin, target = source._state.handle(), copied._state.handle()
    places = origin.stored_objects()
    size = 0
    for start in range(0, len(places), _BATCH):
        batch = {origin.key(at): target.key(at) for at in places[start : start + _BATCH]}
        size += _move_values(source.store._handle, copied.store._handle, batch)
    return size


def _move_values(origin: _core.Store, target: _core.Store, places: Mapping[str, str]) -> int:
    """Copy the values of keys to other keys, side by side, and return their size; one that is gone is no error."""
    values = zip(places.values(), origin.get_many([*places]), strict=True)
    found = [(place, value) for place, value in values if value is not None]
    target.set_many(found)
    return sum(len(value) for _, value in found)


def copy(
    source: Any,
    dest: Group,
    name: str | None = None,
    shallow: bool = False,
    without_attrs: bool = False,
    log: Log = None,
    if_exists: Literal["raise", "replace", "skip", "skip_initialized"] = "raise",
    dry_run: bool = False,
    **create_kws: Any,
) -> tuple[int, int, int]:
    """Copy an array or a group, with everything below it, into a group.

    Parameters
    ----------
    source : Array, Group, or h5py's
    dest : Group
    name : str, optional
        Of the copy; by default the source's.
    shallow : bool, default False
        Whether groups below the source are left out.
    without_attrs : bool, default False
        Whether attributes are left out.
    log : callable, str or file, optional
        Where a line for each node goes: a function of the line, the path of a file, or a file.
    if_exists : {"raise", "replace", "skip", "skip_initialized"}
        What to do with an array that is there; the last one skips it if all of its chunks are stored.
    dry_run : bool, default False
        Whether nothing is written.
    **create_kws
        For the copied arrays, as `create_array` takes them.

    Returns
    -------
    n_copied, n_skipped, n_bytes_copied : int
        Nodes, nodes, and bytes: those stored where chunks are copied as they are encoded, which is so where nothing in
        the metadata differs, else those of the elements.

    Raises
    ------
    CopyError
        If there is a node of the name and ``if_exists`` is ``"raise"``.
    TypeError
        If the source is a root group and no name is given.

    Examples
    --------
    >>> import zarrust
    >>> source = zarrust.group()
    >>> z = source.create_array("foo/baz", data=range(100), compressors=None)
    >>> zarrust.copy(source["foo"], zarrust.group(), log=print)
    copy /foo
    copy /foo/baz (100,) int64
    all done: 2 copied, 0 skipped, 800 bytes copied
    (2, 0, 800)
    """
    if not isinstance(dest, Group):
        raise TypeError(f"dest: expected a group, found {type(dest).__name__}")
    name = name or source.name.rpartition("/")[2]
    if not name:
        raise TypeError("source has no name, please provide the `name` parameter to indicate a name to copy to")
    with _lines(log) as say:
        work = _Copy(say, if_exists, dry_run, shallow, without_attrs, create_kws)
        work.node(source, dest, name)
        return work.done()


def copy_all(
    source: Any,
    dest: Group,
    shallow: bool = False,
    without_attrs: bool = False,
    log: Log = None,
    if_exists: Literal["raise", "replace", "skip", "skip_initialized"] = "raise",
    dry_run: bool = False,
    **create_kws: Any,
) -> tuple[int, int, int]:
    """Copy every member of a group into another group; parameters and result are those of `copy`.

    Parameters
    ----------
    source : Group
        Whose members are copied.
    dest : Group
        Where they go.
    shallow : bool, default False
        As for `copy`.
    without_attrs : bool, default False
        As for `copy`.
    log : callable, str or file, optional
        As for `copy`.
    if_exists : {"raise", "replace", "skip", "skip_initialized"}
        As for `copy`.
    dry_run : bool, default False
        As for `copy`.
    **create_kws : Any
        As for `copy`.

    Examples
    --------
    >>> import zarrust
    >>> source, dest = zarrust.group(), zarrust.group()
    >>> _ = source.create_group("foo/bar")
    >>> zarrust.copy_all(source, dest)
    (2, 0, 0)
    >>> "foo/bar" in dest
    True
    """
    with _lines(log) as say:
        work = _Copy(say, if_exists, dry_run, shallow, without_attrs, create_kws)
        for key in sorted(source.keys()):
            child = source[key]
            if not shallow or hasattr(child, "shape"):
                work.node(child, dest, key)
        if not dry_run and not without_attrs and len(source.attrs):
            dest.attrs.update(dict(source.attrs))
        return work.done()


def copy_store(
    source: StoreLike,
    dest: StoreLike,
    source_path: str = "",
    dest_path: str = "",
    excludes: str | Iterable[str] | None = None,
    includes: str | Iterable[str] | None = None,
    flags: int = 0,
    if_exists: Literal["raise", "replace", "skip"] = "raise",
    dry_run: bool = False,
    log: Log = None,
) -> tuple[int, int, int]:
    """Copy keys from store to store, values as they are.

    Parameters
    ----------
    source, dest : Store, StorePath, path, URL or mapping
    source_path, dest_path : str, default ""
        Only keys below, and where they go.
    excludes, includes : str or iterable of str, optional
        Regular expressions, searched for in keys: what matches one is left out, unless it matches one of ``includes``.
    flags : int, default 0
        Of the expressions, see `re`.
    if_exists : {"raise", "replace", "skip"}
        What to do with a key that is there.
    dry_run : bool, default False
        Whether nothing is written.
    log : callable, str or file, optional
        Where a line for each key goes.

    Returns
    -------
    n_copied, n_skipped, n_bytes_copied : int

    Raises
    ------
    CopyError
        If a key is there and ``if_exists`` is ``"raise"``.

    Examples
    --------
    >>> import zarrust
    >>> source, dest = {}, {}
    >>> _ = zarrust.create_group(source)
    >>> zarrust.copy_store(source, dest, log=print)[:2]
    copy zarr.json
    all done: 1 copied, 0 skipped, 66 bytes copied
    (1, 0)
    """
    origin = make_store_path(source, path=source_path)
    target = make_store_path(dest, path=dest_path)
    if not dry_run:
        target.store._check_writable()
    left_out, kept = ([re.compile(text, flags) for text in _listed(texts)] for texts in (excludes, includes))
    with _lines(log) as say:
        work = _Copy(say, if_exists, dry_run)
        places = {
            key: normalize_path(f"{target.path}/{key.removeprefix(origin.path)}")
            for key in sorted(origin.store._handle.list(origin.path))
            if any(text.search(key) for text in kept) or not any(text.search(key) for text in left_out)
        }
        keys = [*places]
        for start in range(0, len(keys), _BATCH):
            batch = {key: places[key] for key in keys[start : start + _BATCH]}
            if if_exists != "replace":
                batch = work.without_those_there(batch, target.store._handle)
            for key, place in batch.items():
                say(f"copy {key}" if place == key else f"copy {key} -> {place}")
            work.copied += len(batch)
            if not dry_run:
                work.size += _move_values(origin.store._handle, target.store._handle, batch)
        return work.done()


def _listed(texts: str | Iterable[str] | None) -> list[str]:
    return [] if texts is None else [texts] if isinstance(texts, str) else list(texts)
