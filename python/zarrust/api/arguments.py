"""What the functions of both APIs do with their arguments before anything is asked of a store."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from zarrust.array_node import ArrayNode
from zarrust.engine import open_handle
from zarrust.errors import ZarrUserWarning
from zarrust.metadata import ArrayMetadata, GroupMetadata
from zarrust.metadata.new import DEFAULT, choose_format
from zarrust.metadata.text import jsonable_attributes
from zarrust.new_array import ArrayPlan, drop_ignored, like, plan_array
from zarrust.storage.path import StoreLike, StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["array_maker", "group_maker", "place_of", "v2_arguments"]


def place_of(
    store: StoreLike,
    path: Any = None,
    mode: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> tuple[StorePath, str]:
    """Return where a node is, and the mode: "a" where none is given, "r" for a read-only store."""
    place = make_store_path(store, path=path, mode=mode, storage_options=storage_options)
    return place, mode or ("r" if place.read_only else "a")


def v2_arguments(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of ``create`` under the names of ``create_array``."""
    given = drop_ignored(dict(kwargs))
    chunk_shape = given.pop("chunk_shape", None)
    chunks = given.pop("chunks", None)
    if chunk_shape is not None and chunks is not None:
        raise ValueError("Only one of chunk_shape or chunks can be provided.")
    chunks = chunk_shape if chunks is None else chunks
    given["chunks"] = "auto" if chunks is None else chunks
    compressor = given.pop("compressor", "auto")
    if not (isinstance(compressor, str) and compressor == "auto"):
        given["compressor"] = compressor
    if given.get("filters", "auto") is None:
        del given["filters"]
    if given.get("write_empty_chunks") is not None and given.get("config") is not None:
        warnings.warn("write_empty_chunks is given beside config, which wins", ZarrUserWarning, stacklevel=4)
    return given


def new_plan(kwargs: Mapping[str, Any]) -> ArrayPlan:
    """Return the plan of an array of the keyword arguments of ``create``."""
    return plan_array(**v2_arguments(kwargs))


def array_maker(
    kwargs: Mapping[str, Any], keep: list[ArrayPlan], place: StorePath
) -> Callable[[], ArrayMetadata] | None:
    """Return what makes the metadata of an array that is not there yet, None where no shape is given.

    Parameters
    ----------
    kwargs : mapping
        As ``create`` takes them.
    keep : list
        Receives the plan if it is used, for its data.
    place : StorePath
        Where the array goes.
    """
    if kwargs.get("shape") is None and kwargs.get("data") is None:
        return None

    def make() -> ArrayMetadata:
        plan = new_plan(kwargs)
        # What the engine refuses is refused before anything is written, or deleted to make room.
        open_handle(place.store, place.path, plan.metadata, write_empty_chunks=False)
        keep.append(plan)
        return plan.metadata

    return make


def group_maker(attributes: Mapping[str, Any] | None, zarr_format: int | None) -> Callable[[], GroupMetadata]:
    """Return what makes the metadata of a group that is not there yet."""

    def make() -> GroupMetadata:
        return GroupMetadata(attributes=jsonable_attributes(attributes), zarr_format=choose_format(zarr_format))

    return make


def opening_config(kwargs: Mapping[str, Any]) -> dict[str, Any] | Any:
    """Return the configuration among keyword arguments, for an array that is there already."""
    if kwargs.get("config") is not None:
        return kwargs["config"]
    write_empty = kwargs.get("write_empty_chunks")
    return None if write_empty is None else {"write_empty_chunks": write_empty}


def full_arguments(shape: Any, fill_value: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of an array of a value."""
    return {"shape": shape, "fill_value": fill_value} | {k: v for k, v in kwargs.items() if k != "fill_value"}


def filled(kwargs: Mapping[str, Any], fill_value: Any = DEFAULT) -> dict[str, Any]:
    """Return keyword arguments with a fill value where none is given."""
    return {"fill_value": fill_value} | dict(kwargs)


def named_arrays(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arrays that ``save_group`` gets, by name: ``arr_0`` and so on where they have none.

    Raises
    ------
    ValueError
        If there are none.
    """
    arrays = {f"arr_{place}": array for place, array in enumerate(args)} | dict(kwargs)
    if not arrays:
        raise ValueError("at least one array must be provided")
    return arrays


def opening_like(a: Any, path: str | None, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``open_array`` that ``open_like`` has."""
    place = {"path": path} if kwargs.get("store") is not None else {"store": path}
    alike = like(a, {name: value for name, value in kwargs.items() if name != "store"})
    if hasattr(a, "fill_value"):
        alike = {"fill_value": a.fill_value} | alike
    return place | alike | dict(kwargs)


def from_array_arguments(data: Any, **given: Any) -> dict[str, Any]:
    """Return the arguments of the array that ``from_array`` makes: what is given, the rest as ``data`` has it."""
    said = {
        name: value
        for name, value in given.items()
        # shards=None, compressors=None and filters=None have a meaning: none of them.
        if not (isinstance(value, str) and value == "keep")
        and value is not DEFAULT
        and (value is not None or name in ("shards", "compressors", "filters", "fill_value"))
    }
    arguments = like(data, said)
    if isinstance(data, ArrayNode):
        return {"attributes": dict(data.metadata.attributes), "fill_value": data.fill_value} | arguments
    return arguments
