"""Opening Zarr stores with xarray: the backend that ``engine="zarrust"`` names.

Nothing else is needed for reading, and zarr-python need not be installed. Writing (``Dataset.to_zarr``) imports the
module ``zarr``; import `zarrust.as_zarr` before it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from xarray import DataTree, Variable
from xarray.backends import AbstractDataStore, BackendArray, BackendEntrypoint, StoreBackendEntrypoint
from xarray.coding.strings import create_vlen_dtype
from xarray.core import indexing

import zarrust
from zarrust.abc.store import Store
from zarrust.array import Array
from zarrust.errors import GroupNotFoundError
from zarrust.group import Group
from zarrust.metadata import ArrayV3Metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xarray import Dataset

__all__ = ["ZarrustBackendEntrypoint"]

DIMENSIONS = "_ARRAY_DIMENSIONS"
"""Attribute of an array of format 2 with the names of its axes."""

_SUFFIXES = (".zarr", ".zarr.zip", ".zarr3")


class ZarrustBackendEntrypoint(BackendEntrypoint):
    """What xarray asks to open a store: ``xarray.open_dataset(store, engine="zarrust")``.

    Every argument of `zarrust.open_group` that says where data is works as the first argument, and so does a `Group`.

    Examples
    --------
    >>> import xarray, zarrust
    >>> store = zarrust.storage.MemoryStore()
    >>> group = zarrust.open_group(store, mode="w")
    >>> group.create_array("t", data=[3, 4, 5], dimension_names=("x",)).attrs["units"] = "K"
    >>> xarray.open_dataset(store, engine=ZarrustBackendEntrypoint).t.sum().item()
    12
    """

    description = "Open Zarr stores of formats 2 and 3 with zarrust"
    supports_groups = True

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Return whether a name looks like a Zarr store.

        Parameters
        ----------
        filename_or_obj : object
            What was given to xarray.

        Returns
        -------
        bool
        """
        if isinstance(filename_or_obj, Group):
            return True
        return isinstance(filename_or_obj, (str, os.PathLike)) and str(filename_or_obj).rstrip("/").endswith(_SUFFIXES)

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        mask_and_scale: Any = True,
        decode_times: Any = True,
        concat_characters: Any = True,
        decode_coords: Any = True,
        drop_variables: str | Iterable[str] | None = None,
        use_cftime: bool | None = None,
        decode_timedelta: Any = None,
        group: str | None = None,
        consolidated: bool | None = None,
        storage_options: Mapping[str, Any] | None = None,
        zarr_format: Any = None,
        use_zarr_fill_value_as_mask: bool | None = None,
    ) -> Dataset:
        """Return the arrays of one group as a dataset; values are read when they are needed.

        Parameters
        ----------
        filename_or_obj : str, path, Store, StorePath, Group or mapping
            Where the data is.
        mask_and_scale, decode_times, concat_characters, decode_coords, use_cftime, decode_timedelta : optional
            How xarray decodes the conventions for climate and forecast data; see `xarray.open_dataset`.
        drop_variables : str or iterable of str, optional
            Arrays that are left out, whatever is wrong with them.
        group : str, optional
            Path of the group in the store.
        consolidated : bool, optional
            Whether consolidated metadata has to be there (True), or is ignored (False). By default it is used if it is
            there.
        storage_options : mapping, optional
            For the store that a URL names.
        zarr_format : {2, 3}, optional
            By default whatever is found.
        use_zarr_fill_value_as_mask : bool, optional
            Whether the fill value of an array means that a value is missing. By default it does in format 2 only; in
            format 3 the attribute ``_FillValue`` says so.

        Returns
        -------
        xarray.Dataset

        Raises
        ------
        FileNotFoundError
            If there is no group.
        KeyError
            If an array has no names for its axes.
        """
        opened = _open(filename_or_obj, consolidated, storage_options, zarr_format)
        return _dataset(
            _Group(
                _below(opened, group), _names(drop_variables), use_zarr_fill_value_as_mask, opened is filename_or_obj
            ),
            mask_and_scale=mask_and_scale,
            decode_times=decode_times,
            concat_characters=concat_characters,
            decode_coords=decode_coords,
            use_cftime=use_cftime,
            decode_timedelta=decode_timedelta,
        )

    def open_groups_as_dict(
        self,
        filename_or_obj: Any,
        *,
        mask_and_scale: Any = True,
        decode_times: Any = True,
        concat_characters: Any = True,
        decode_coords: Any = True,
        drop_variables: str | Iterable[str] | None = None,
        use_cftime: bool | None = None,
        decode_timedelta: Any = None,
        group: str | None = None,
        consolidated: bool | None = None,
        storage_options: Mapping[str, Any] | None = None,
        zarr_format: Any = None,
        use_zarr_fill_value_as_mask: bool | None = None,
    ) -> dict[str, Dataset]:
        """Return every group at and below one as a dataset, by its path from that one.

        Parameters
        ----------
        filename_or_obj : str, path, Store, StorePath, Group or mapping
            Where the data is.
        mask_and_scale, decode_times, concat_characters, decode_coords, use_cftime, decode_timedelta : optional
            As for `open_dataset`.
        drop_variables, group, consolidated, storage_options, zarr_format, use_zarr_fill_value_as_mask : optional
            As for `open_dataset`.

        Returns
        -------
        dict of str to xarray.Dataset
            ``"/"`` is the group itself.
        """
        opened = _open(filename_or_obj, consolidated, storage_options, zarr_format)
        top = _below(opened, group)
        below = {path: node for path, node in top.members(max_depth=None) if isinstance(node, Group)}
        dropped = _names(drop_variables)
        return {
            f"/{path}": _dataset(
                _Group(node, dropped, use_zarr_fill_value_as_mask, opened is filename_or_obj),
                mask_and_scale=mask_and_scale,
                decode_times=decode_times,
                concat_characters=concat_characters,
                decode_coords=decode_coords,
                use_cftime=use_cftime,
                decode_timedelta=decode_timedelta,
            )
            for path, node in {"": top, **below}.items()
        }

    def open_datatree(
        self,
        filename_or_obj: Any,
        *,
        mask_and_scale: Any = True,
        decode_times: Any = True,
        concat_characters: Any = True,
        decode_coords: Any = True,
        drop_variables: str | Iterable[str] | None = None,
        use_cftime: bool | None = None,
        decode_timedelta: Any = None,
        group: str | None = None,
        consolidated: bool | None = None,
        storage_options: Mapping[str, Any] | None = None,
        zarr_format: Any = None,
        use_zarr_fill_value_as_mask: bool | None = None,
    ) -> DataTree:
        """Return a group and everything below it as a tree.

        Parameters
        ----------
        filename_or_obj : str, path, Store, StorePath, Group or mapping
            Where the data is.
        mask_and_scale, decode_times, concat_characters, decode_coords, use_cftime, decode_timedelta : optional
            As for `open_dataset`.
        drop_variables, group, consolidated, storage_options, zarr_format, use_zarr_fill_value_as_mask : optional
            As for `open_dataset`.

        Returns
        -------
        xarray.DataTree
        """
        datasets = self.open_groups_as_dict(
            filename_or_obj,
            mask_and_scale=mask_and_scale,
            decode_times=decode_times,
            concat_characters=concat_characters,
            decode_coords=decode_coords,
            drop_variables=drop_variables,
            use_cftime=use_cftime,
            decode_timedelta=decode_timedelta,
            group=group,
            consolidated=consolidated,
            storage_options=storage_options,
            zarr_format=zarr_format,
            use_zarr_fill_value_as_mask=use_zarr_fill_value_as_mask,
        )
        tree = DataTree.from_dict(datasets)
        tree.set_close(partial(_close_all, list(datasets.values())))
        return tree


def _close_all(datasets: list[Dataset]) -> None:
    for dataset in datasets:
        dataset.close()


def _open(given: Any, consolidated: bool | None, storage_options: Any, zarr_format: Any) -> Group:
    """Return the group at the root of what was given."""
    if isinstance(given, Group):
        return given
    if isinstance(given, (str, os.PathLike)) and "://" not in os.fspath(given):
        # Absolute: a worker elsewhere on the machine opens it from another folder.
        given = os.path.abspath(os.path.expanduser(given))
    # A store of a user's own need not have a read-only view; nothing is written either way.
    mode = "r+" if isinstance(given, Store) and not given.read_only else "r"
    options = None if storage_options is None else dict(storage_options)
    return zarrust.open_group(
        given, mode=mode, use_consolidated=consolidated, storage_options=options, zarr_format=zarr_format
    )


def _below(root: Group, path: str | None) -> Group:
    """Return a group of a hierarchy; what the root knows of it is not read again.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    path = (path or "").strip("/")
    if not path:
        return root
    try:
        found = root[path]
    except KeyError:
        raise GroupNotFoundError(f"No group found in store {root.store!r} at path {path!r}") from None
    if isinstance(found, Array):
        raise GroupNotFoundError(f"group: {path!r} is an array; name the group that it is in")
    return found


def _names(given: str | Iterable[str] | None) -> frozenset[str]:
    return frozenset([given] if isinstance(given, str) else given or ())


def _dataset(store: _Group, **decoders: Any) -> Dataset:
    try:
        return StoreBackendEntrypoint().open_dataset(store, **decoders)
    except BaseException:
        store.close()
        raise


class _Group(AbstractDataStore):
    """A group as xarray sees it: variables and attributes."""

    def __init__(self, group: Group, dropped: frozenset[str], fill_is_mask: bool | None, borrowed: bool) -> None:
        self._group = group
        self._dropped = dropped
        self._fill_is_mask = fill_is_mask
        self._borrowed = borrowed

    def get_attrs(self) -> dict[str, Any]:
        return {name: value for name, value in self._group.attrs.items() if not name.lower().startswith("_nc")}

    def get_variables(self) -> dict[str, Variable]:
        return {name: self._variable(name, array) for name, array in self._group.arrays() if name not in self._dropped}

    def get_encoding(self) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        """Close the store, unless the caller opened it."""
        if not self._borrowed:
            self._group.store.close()

    def _variable(self, name: str, array: Array) -> Variable:
        attributes = array.attrs.asdict()
        names = _dimension_names(array, attributes)
        if names is None or len(names) != array.ndim:
            raise KeyError(
                f"{name}: this array has {array.ndim} axes and names for {len(names or ())}, and xarray needs them; "
                f"they are `dimension_names` in format 3 and the attribute {DIMENSIONS!r} in format 2. "
                "drop_variables leaves an array out"
            )
        lazy = _LazyArray(array)
        is_new = isinstance(array.metadata, ArrayV3Metadata)
        encoding = _encoding(array, names)
        if lazy.dtype.kind == "T":
            encoding["dtype"] = lazy.dtype
        fill_is_mask = not is_new if self._fill_is_mask is None else self._fill_is_mask
        if fill_is_mask:
            if array.fill_value is not None:
                attributes["_FillValue"] = array.fill_value
        else:
            if is_new:
                encoding["fill_value"] = array.fill_value
            if "_FillValue" in attributes:
                attributes["_FillValue"] = _decode_fill_value(attributes["_FillValue"], array.dtype)
        return Variable(names, indexing.LazilyIndexedArray(lazy), attributes, encoding)


def _encoding(array: Array, names: tuple[str, ...]) -> dict[str, Any]:
    """Return how an array is stored, in forms that any implementation takes when a dataset is written again."""
    stored = _stored_lengths(array)
    inner = array.metadata.inner_shape
    chunks = stored if inner is None else inner
    encoding: dict[str, Any] = {
        "chunks": chunks,
        "preferred_chunks": dict(zip(names, chunks, strict=True)),
        "shards": None if inner is None else stored,
    }
    if isinstance(array.metadata, ArrayV3Metadata):
        filters, serializer, compressors = array.filters, array.serializer, array.compressors
        encoding["compressors"] = tuple(codec.to_dict() for codec in compressors)
        encoding["filters"] = tuple(codec.to_dict() for codec in filters)
        encoding["serializer"] = "auto" if serializer is None else serializer.to_dict()
    else:
        encoding["compressors"], encoding["filters"] = array.compressors, array.filters
    return encoding


def _stored_lengths(array: Array) -> tuple[int | tuple[int, ...], ...]:
    """Return for each axis the length of all stored objects, or of each where they differ, cut at the array's end."""
    sizes = zip(array.metadata.chunk_sizes, array.write_chunk_sizes, strict=True)
    # dask takes no empty tuple for an axis of length 0.
    return tuple(all_ if isinstance(all_, int) else inside or max(all_, default=1) for all_, inside in sizes)


def _dimension_names(array: Array, attributes: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the names of an array's axes, and take what says them in format 2 out of its attributes."""
    if isinstance(array.metadata, ArrayV3Metadata):
        known = array.metadata.dimension_names
        if known is None:
            return None if array.ndim else ()
        return None if None in known else tuple(map(str, known))
    names = attributes.pop(DIMENSIONS, None)
    netcdf = {name: attributes.pop(name) for name in tuple(attributes) if name.lower().startswith("_nc")}
    if names is None:
        names = _netcdf_names(array, netcdf)
    return None if names is None else tuple(map(str, names))


def _netcdf_names(array: Array, attributes: Mapping[str, Any]) -> list[str] | None:
    """Return the names of axes that netCDF wrote: in an attribute, formerly in the array's document."""
    entry = attributes.get("_nczarr_array", attributes.get("_NCZARR_ARRAY"))
    if entry is None:
        text = array.store[f"{array.path}/.zarray".lstrip("/")]
        entry = json.loads(bytes(text)).get("_NCZARR_ARRAY", {})
    paths = entry.get("dimension_references", entry.get("dimrefs"))
    return None if paths is None else [path.rpartition("/")[2] for path in paths]


def _decode_fill_value(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a ``_FillValue`` of format 3: base64 of the bytes of a number, or the number as other writers have it."""
    if dtype.kind == "f" and isinstance(value, str):
        return _float(value)
    if dtype.kind == "c" and isinstance(value, (list, tuple)):
        return complex(*(_float(part) if isinstance(part, str) else part for part in value))
    if dtype.kind == "S" and isinstance(value, str):
        return base64.standard_b64decode(value)
    return value


def _float(text: str) -> float:
    if text in ("NaN", "Infinity", "-Infinity"):
        return float(text)
    number: float = struct.unpack("<d", base64.standard_b64decode(text))[0]
    return number


class _LazyArray(BackendArray):
    """An array that xarray indexes; pickling carries the place of the data, never the data."""

    __slots__ = ("_array", "dtype", "shape")

    def __init__(self, array: Array) -> None:
        self._array = array
        self.shape = array.shape
        # xarray marks objects that are all strings, so that it writes them as such.
        self.dtype = create_vlen_dtype(str) if _holds_strings(array) else array.dtype  # type: ignore[no-untyped-call]

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        method: Callable[[Any], Any] = self._array.__getitem__
        if isinstance(key, indexing.VectorizedIndexer):
            method = self._by_points
        elif isinstance(key, indexing.OuterIndexer):
            method = self._array.oindex.__getitem__
        support = indexing.IndexingSupport.VECTORIZED
        value = indexing.explicit_indexing_adapter(key, self.shape, support, method)
        return np.asarray(value, dtype=self.dtype) if isinstance(value, str) else value

    async def async_getitem(self, key: indexing.ExplicitIndexer) -> Any:
        return await asyncio.to_thread(self.__getitem__, key)

    def _by_points(self, key: tuple[Any, ...]) -> Any:
        """Read points; axes with slices come after those of the points, as xarray has it."""
        slices = [axis for axis, part in enumerate(key) if isinstance(part, slice)]
        parts = [
            np.arange(*part.indices(length)).reshape((-1,) + (1,) * (len(slices) - 1 - slices.index(axis)))
            if isinstance(part, slice)
            else np.asarray(part)[(...,) + (None,) * len(slices)]
            for axis, (part, length) in enumerate(zip(key, self.shape, strict=True))
        ]
        return self._array.vindex[tuple(parts)]


def _holds_strings(array: Array) -> bool:
    """Return whether elements are Python strings of any length."""
    if array.dtype.kind != "O":
        return False
    metadata = array.metadata
    if isinstance(metadata, ArrayV3Metadata):
        return any(codec.to_dict().get("name") == "vlen-utf8" for codec in metadata.codecs)
    return any(codec.codec_id == "vlen-utf8" for codec in metadata.filters or ())
