"""What the functions of both APIs do with their arguments before anything is asked of a store."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from zarrust.array_config import ArrayConfig
from zarrust.array_node import ArrayNode
from zarrust.engine import open_handle
from zarrust.errors import GroupNotFoundError, ZarrRuntimeWarning, ZarrUserWarning
from zarrust.flows.nodes import check_mode, open_array, open_group, read_node
from zarrust.group_node import GroupNode
from zarrust.metadata import ArrayMetadata, GroupMetadata, NodeMetadata
from zarrust.metadata.new import DEFAULT, choose_format
from zarrust.metadata.text import jsonable_attributes
from zarrust.new_array import ArrayPlan, drop_ignored, like, plan_array
from zarrust.storage.path import StoreLike, StorePath, make_store_path
from zarrust.synchronizers import ProcessSynchronizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarrust.flows.drive import Flow

__all__ = ["array_flow", "group_flow", "new_plan", "node_flow", "place_of", "take_place", "take_synchronizer"]


def place_of(
    store: StoreLike,
    path: Any = None,
    mode: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> tuple[StorePath, str]:
    """Return where a node is, and the mode: "a" where none is given, "r" for a read-only store."""
    place = make_store_path(store, path=path, mode=mode, storage_options=storage_options)
    return place, mode or ("r" if place.read_only else "a")


def take_place(given: dict[str, Any], name: str = "path") -> StorePath:
    """Take the arguments that say where a new node goes out of others, and return the place."""
    place = make_store_path(
        given.pop("store", None), path=given.pop(name, None), storage_options=given.pop("storage_options", None)
    )
    given["separator_of_store"] = place.store._dimension_separator
    return place


def v2_arguments(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of ``create`` under the names of ``create_array``."""
    given = drop_ignored(dict(kwargs))
    given["overwrite"] = overwrites(given.pop("mode", None), given.get("overwrite", False))
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
    refuse_other_format(given)
    return merge_write_empty(given)


def overwrites(mode: str | None, overwrite: bool) -> bool:
    """Return whether a node that is to be created may take another's place.

    Parameters
    ----------
    mode : {"r+", "a", "w", "w-", "x"}, optional
        ``"w"`` takes it, ``"w-"`` and ``"x"`` never do; the others leave it to ``overwrite``.
    overwrite : bool
        What was said beside the mode.

    Raises
    ------
    ValueError
        If the mode is unknown, or one in which nothing is created.
    """
    check_mode(mode)
    if mode == "r":
        raise ValueError("store was opened in read-only mode and does not support writing")
    return mode == "w" or (overwrite and mode not in ("w-", "x"))


_OTHER_FORMAT: dict[Any, dict[str, str]] = {
    2: {
        "chunk_key_encoding": " Use dimension_separator instead.",
        "codecs": " Use filters and compressor instead.",
        "dimension_names": "",
    },
    3: {"dimension_separator": " Use chunk_key_encoding instead."},
}
"""Arguments of ``create`` that belong to the other format, and what to give."""


def refuse_other_format(given: Mapping[str, Any]) -> None:
    """Refuse arguments of ``create`` that the format, where it is given, does not have.

    Raises
    ------
    ValueError
        If one is given.
    """
    zarr_format = given.get("zarr_format")
    for name, hint in _OTHER_FORMAT.get(zarr_format, {}).items():
        if given.get(name) is not None:
            raise ValueError(f"{name} cannot be used for arrays with zarr_format {zarr_format}.{hint}")


def require_consolidated(use_consolidated: object) -> None:
    """Refuse what means that consolidated metadata is not used.

    Raises
    ------
    TypeError
        If it is neither True nor a name.
    """
    if use_consolidated is not True and not isinstance(use_consolidated, str):
        raise TypeError(
            f"'use_consolidated' must be 'True' in 'open_consolidated', found {use_consolidated!r}. Use 'open' with "
            "'use_consolidated=False' to bypass consolidated metadata."
        )


_MISSING = {"fill": True, "raise": False}
"""What ``missing`` means for ``read_missing_chunks``."""


def merge_missing(given: dict[str, Any]) -> dict[str, Any]:
    """Return arguments with ``missing``, if it is given, as part of ``config``.

    Raises
    ------
    ValueError
        If it is neither ``"fill"`` nor ``"raise"``.
    """
    missing = given.pop("missing", None)
    if missing is None:
        return given
    if missing not in _MISSING:
        raise ValueError(f"missing: expected 'fill' or 'raise', found {missing!r}")
    config = given.get("config")
    if isinstance(config, ArrayConfig):
        return given | {"config": replace(config, read_missing_chunks=_MISSING[missing])}
    return given | {"config": dict(config or {}) | {"read_missing_chunks": _MISSING[missing]}}


def merge_write_empty(given: dict[str, Any]) -> dict[str, Any]:
    """Return arguments with ``missing`` and the deprecated ``write_empty_chunks``, if given, as part of ``config``."""
    given = merge_missing(given)
    write_empty = given.pop("write_empty_chunks", None)
    if write_empty is None:
        return given
    warnings.warn(
        "The `write_empty_chunks` keyword argument is deprecated and will be removed in future versions. To control "
        "whether empty chunks are written to storage, give `config={'write_empty_chunks': True}`, or change the "
        "setting 'array.write_empty_chunks'.",
        ZarrRuntimeWarning,
        stacklevel=5,
    )
    config = given.get("config")
    if config is not None:
        warnings.warn(
            "Both write_empty_chunks and config keyword arguments are set. This is redundant: write_empty_chunks is "
            "used instead of the value in config.",
            ZarrUserWarning,
            stacklevel=5,
        )
    if isinstance(config, ArrayConfig):
        return given | {"config": replace(config, write_empty_chunks=write_empty)}
    return given | {"config": dict(config or {}) | {"write_empty_chunks": write_empty}}


def new_plan(kwargs: Mapping[str, Any]) -> ArrayPlan:
    """Return the plan of an array of the keyword arguments of ``create``, in which data give a shape at most."""
    if kwargs.get("dtype") is None and kwargs.get("shape") is not None and kwargs.get("data") is not None:
        kwargs = {**kwargs, "dtype": "float64"}
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
        plan = new_plan({**kwargs, "separator_of_store": place.store._dimension_separator})
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


class Opened(NamedTuple):
    """What opening found or made.

    Parameters
    ----------
    metadata : NodeMetadata
    config : ArrayConfig or mapping, optional
        Of an array.
    data : numpy.ndarray, optional
        What a new array is to hold.
    """

    metadata: NodeMetadata
    config: Any = None
    data: Any = None


def array_flow(place: StorePath, mode: str | None, kwargs: Mapping[str, Any]) -> Flow[Opened]:
    """Open an array, or create it of the arguments of ``create`` where the mode lets it."""
    kept: list[ArrayPlan] = []
    given = merge_write_empty(drop_ignored(dict(kwargs)))
    metadata = yield from open_array(
        place.path,
        mode=mode,
        zarr_format=given.get("zarr_format"),
        make=array_maker(given, kept, place),
        store=place.store,
    )
    return Opened(metadata, kept[0].config, kept[0].data) if kept else Opened(metadata, given.get("config"))


def take_synchronizer(given: dict[str, Any]) -> ProcessSynchronizer | None:
    """Take a group's synchronizer out of the arguments; one that is none stays, and warns."""
    if not isinstance(given["synchronizer"], ProcessSynchronizer):
        return None
    synchronizer: ProcessSynchronizer = given.pop("synchronizer")
    return synchronizer


def group_flow(
    place: StorePath,
    mode: str | None,
    *,
    zarr_format: int | None = None,
    attributes: Mapping[str, Any] | None = None,
    use_consolidated: bool | str | None = None,
    **ignored: Any,
) -> Flow[GroupMetadata]:
    """Open a group, or create it where the mode lets it."""
    given = drop_ignored({"zarr_format": zarr_format} | ignored)
    zarr_format = given["zarr_format"]
    if given.get("config") is not None:
        warnings.warn("synchronizer has no effect on a group: give it to its arrays", ZarrRuntimeWarning, stacklevel=4)
    return (
        yield from open_group(
            place.path,
            mode=mode,
            zarr_format=zarr_format,
            use_consolidated=use_consolidated,
            make=group_maker(attributes, zarr_format),
            store=place.store,
        )
    )


def node_flow(
    place: StorePath, mode: str, zarr_format: int | None, config: Any, kwargs: Mapping[str, Any]
) -> Flow[Opened]:
    """Open whatever there is, or create it where the mode lets it: an array if a shape or data is given.

    Raises
    ------
    TypeError
        If ``config`` is given and it is a group.
    """
    wants_array = kwargs.get("shape") is not None or kwargs.get("data") is not None
    node = None
    if mode not in ("w", "w-", "x"):
        node = yield from read_node(place.path, zarr_format, kwargs.get("use_consolidated"))
        if isinstance(node, ArrayMetadata):
            return Opened(node, merge_write_empty({"config": config} | dict(kwargs))["config"])
    if node is None and wants_array and mode not in ("r", "r+"):
        return (yield from array_flow(place, mode, {"zarr_format": zarr_format, "config": config} | dict(kwargs)))
    if config is not None:
        raise TypeError(f"config is how an array behaves, but {place} is a group, which has no configuration")
    if node is None and mode in ("r", "r+"):
        # zarr-python's class; its message speaks of a group only.
        raise GroupNotFoundError(f"No array or group found in store {place.store!r} at path {place.path!r}")
    if node is not None:
        return Opened(node)
    return Opened((yield from group_flow(place, mode, zarr_format=zarr_format, **kwargs)))


def full_arguments(shape: Any, fill_value: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of an array of a value."""
    return {"shape": shape, "fill_value": fill_value} | {k: v for k, v in kwargs.items() if k != "fill_value"}


def filled(kwargs: Mapping[str, Any], fill_value: Any = DEFAULT) -> dict[str, Any]:
    """Return keyword arguments with a fill value where none is given."""
    return {"fill_value": fill_value} | dict(kwargs)


def named_arrays(args: tuple[Any, ...], kwargs: Mapping[str, Any], zarr_format: int | None) -> dict[str, Any]:
    """Return the arrays that ``save_group`` gets, by name: ``arr_0`` and so on where they have none.

    Raises
    ------
    ValueError
        If there are none, or one cannot be stored in a group of the format.
    TypeError
        If one is a text, as a misspelt keyword would be.
    """
    arrays = {f"arr_{place}": array for place, array in enumerate(args)} | dict(kwargs)
    if not arrays:
        raise ValueError("at least one array must be provided")
    for name, value in arrays.items():
        if isinstance(value, (str, bytes)):
            raise TypeError(
                "All arguments must be numpy or other NDArrayLike arrays (except store, path, storage_options, and "
                f"zarr_format), {name!r} is a {type(value).__name__}"
            )
    format_of_group = choose_format(zarr_format)
    for value in arrays.values():
        plan_array(**GroupNode._like_data(value), format_of_group=format_of_group)
    return arrays


def plan_like(a: Any, kwargs: Mapping[str, Any], zarr_format: int | None) -> tuple[StorePath, ArrayPlan]:
    """Return place and plan of an array like another one."""
    given = merge_write_empty(
        drop_ignored(dict(kwargs) | ({} if zarr_format is None else {"zarr_format": zarr_format}))
    )
    place = take_place(given)
    return place, plan_array(**like(a, given))


def opening_like(a: Any, path: str | None, kwargs: Mapping[str, Any], zarr_format: int | None) -> dict[str, Any]:
    """Return the arguments of ``open_array`` that ``open_like`` has."""
    place = {"path": path} if kwargs.get("store") is not None else {"store": path}
    made_in = choose_format(zarr_format, kwargs.get("compressor", DEFAULT), kwargs.get("filters", "auto"))
    said = {name: value for name, value in kwargs.items() if name != "store"}
    alike = like(a, said | {"zarr_format": made_in})
    if hasattr(a, "fill_value"):
        alike = {"fill_value": a.fill_value} | alike
    # An array that is there is opened whatever its format.
    return place | alike | dict(kwargs) | {"zarr_format": zarr_format}


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
        arguments = {"attributes": dict(data.metadata.attributes), "fill_value": data.fill_value} | arguments
        if data.metadata.zarr_format == arguments["zarr_format"] == 2 and "chunk_key_encoding" not in said:
            arguments["dimension_separator"] = data.metadata.dimension_separator
    return arguments
