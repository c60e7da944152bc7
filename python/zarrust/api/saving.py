"""Storing numpy arrays and getting them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from zarrust.api.arguments import (
    named_arrays,
)
from zarrust.api.creation import create
from zarrust.api.loader import LazyLoader
from zarrust.api.opening import open, open_group
from zarrust.group import Group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.storage.path import StoreLike


__all__ = ["load", "save", "save_array", "save_group"]


def save(
    store: StoreLike,
    *args: npt.ArrayLike,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Save one array as an array, several as a group.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    *args : array-like
        One array; or several, named ``arr_0``, ``arr_1`` and so on.
    zarr_format : {2, 3}, optional
    path : str, optional
        In the store.
    storage_options : mapping, optional
        Options of a URL's store.
    **kwargs : array-like
        Arrays by name.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> import zarrust
    >>> store = zarrust.storage.MemoryStore()
    >>> zarrust.save(store, [1, 2])
    >>> zarrust.load(store)
    array([1, 2])
    """
    if len(args) == 1 and not kwargs:
        save_array(store, args[0], zarr_format=zarr_format, path=path, storage_options=storage_options)
    else:
        save_group(store, *args, zarr_format=zarr_format, path=path, storage_options=storage_options, **kwargs)


def save_array(
    store: StoreLike,
    arr: npt.ArrayLike,
    *,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Save an array, in place of what is there.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    arr : array-like
    zarr_format : {2, 3}, optional
    path : str, optional
        In the store.
    storage_options : mapping, optional
    **kwargs
        As `create` takes them.
    """
    given = {"path": path, "zarr_format": zarr_format, "storage_options": storage_options, "overwrite": True} | kwargs
    create(store=store, data=np.asarray(arr), **given)


def save_group(
    store: StoreLike,
    *args: npt.ArrayLike,
    zarr_format: int | None = None,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: npt.ArrayLike,
) -> None:
    """Save several arrays into a new group, which replaces a node that is there, with everything below it.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    *args : array-like
        Named ``arr_0``, ``arr_1`` and so on.
    zarr_format : {2, 3}, optional
    path : str, optional
        In the store.
    storage_options : mapping, optional
    **kwargs : array-like
        Arrays by name.

    Raises
    ------
    ValueError
        If there are none, or one cannot be stored; nothing is replaced then.
    """
    arrays = named_arrays(args, kwargs, zarr_format)
    parent = open_group(store, path, mode="w", zarr_format=zarr_format, storage_options=storage_options)
    for name, value in arrays.items():
        parent[name] = value


def load(store: StoreLike, path: str | None = None, zarr_format: int | None = None) -> Any:
    """Load an array, or the arrays of a group, into memory.

    Parameters
    ----------
    store : Store, StorePath, path, URL or mapping
    path : str, optional
        In the store.
    zarr_format : {2, 3}, optional

    Returns
    -------
    numpy.ndarray, scalar or LazyLoader
        Of a group a mapping, whose arrays are read when they are asked for.

    Raises
    ------
    NodeNotFoundError
        If there is nothing.
    """
    node = open(store, path, mode="r", zarr_format=zarr_format)
    return LazyLoader(node) if isinstance(node, Group) else node[()]
