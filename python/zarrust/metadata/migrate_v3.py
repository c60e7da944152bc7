"""From format 2 to format 3: new documents beside the chunks, which stay as they are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

from zarrust.codecs import parse_chain, parse_codec
from zarrust.codecs.codec import OpaqueCodec
from zarrust.errors import MetadataValidationError, UnknownCodecError
from zarrust.flows.drive import DeleteMany, Flow, GetMany, ListKeys, SetIfAbsent, arun, run
from zarrust.flows.hierarchy import members
from zarrust.flows.nodes import encode
from zarrust.flows.paths import join
from zarrust.metadata.consolidated import GroupMetadata, NodeMetadata
from zarrust.metadata.new import DEFAULT, new_array_metadata
from zarrust.metadata.v2 import ArrayV2Metadata
from zarrust.storage.path import StorePath, make_store_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.abc.store import Store
    from zarrust.array import Array
    from zarrust.group import Group

__all__ = ["migrate_to_v3", "migrate_v2_to_v3", "remove_metadata"]

# A child of zarr-python's logger, which programs and the command line set up.
_LOGGER = logging.getLogger("zarr.metadata.migrate_v3")

_DOCUMENTS = {2: (".zarray", ".zattrs", ".zgroup", ".zmetadata"), 3: ("zarr.json",)}
_NODE_DOCUMENTS = {2: (".zarray", ".zgroup"), 3: ("zarr.json",)}
# What numcodecs takes where a document of format 2 leaves it out, of the codecs that format 3 has itself.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "blosc": {"cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0},
    "gzip": {"level": 1},
    "zstd": {"level": 0, "checksum": False},
}
_SHUFFLES = {0: "noshuffle", 1: "shuffle", 2: "bitshuffle"}
_SERIALIZERS = ("vlen-utf8", "vlen-bytes")

BYTES: dict[str, Any] = {"name": "bytes", "configuration": {"endian": "little"}}


def migrate_v2_to_v3(*, input_store: Store, output_store: Store | None = None, dry_run: bool = False) -> None:
    """Write the documents of format 3 for an array or a hierarchy of format 2.

    Chunks are neither changed nor copied: written into the store itself, the new documents describe the chunks that
    are there.

    Parameters
    ----------
    input_store : Store
        With the array or group of format 2 at its root.
    output_store : Store, optional
        Where the documents go; by default ``input_store``.
    dry_run : bool, default False
        Whether what would be written is only logged.

    Raises
    ------
    TypeError
        If it is format 3 already, or a filter or compressor is none in format 3.
    ValueError
        If a codec has no form in format 3, or there is a ``zarr.json`` already.
    NotImplementedError
        If metadata is consolidated.

    Examples
    --------
    >>> import zarrust
    >>> from zarrust.metadata.migrate_v3 import migrate_v2_to_v3
    >>> store = zarrust.storage.MemoryStore()
    >>> z = zarrust.create_array(store, data=[1, 2, 3], zarr_format=2)
    >>> migrate_v2_to_v3(input_store=store)
    >>> zarrust.open_array(store, zarr_format=3)[:]
    array([1, 2, 3])
    """
    from zarrust.api.opening import open as open_node

    node = open_node(input_store, mode="r+")
    place = node.store_path if output_store is None else make_store_path(output_store, mode="w-")
    migrate_to_v3(node, place, dry_run=dry_run)


def migrate_to_v3(zarr_v2: Array | Group, output_path: StorePath, dry_run: bool = False) -> None:
    """Write the documents of format 3 for an array, or a group and everything below it.

    Parameters
    ----------
    zarr_v2 : Array or Group
        Of format 2.
    output_path : StorePath
        Where the documents go.
    dry_run : bool, default False
        Whether what would be written is only logged.

    Raises
    ------
    TypeError, ValueError, NotImplementedError
        As `migrate_v2_to_v3`. Then nothing has been written.
    """
    root: NodeMetadata = zarr_v2.metadata
    if root.zarr_format != 2:
        raise TypeError("Only arrays / groups with zarr v2 metadata can be converted")
    found: dict[str, NodeMetadata] = {"": root}
    if isinstance(root, GroupMetadata):
        below = run(members(zarr_v2.path, root, None), zarr_v2.store)
        # What is below comes first: cut off in the middle, no group of format 3 lacks members.
        found = dict(sorted(below.items(), key=lambda item: -item[0].count("/"))) | found
    new = {join(output_path.path, path): as_v3(node) for path, node in found.items()}
    run(_save(new, output_path, dry_run=dry_run), output_path.store)


def _save(nodes: Mapping[str, NodeMetadata], place: StorePath, *, dry_run: bool) -> Flow[None]:
    documents: dict[str, bytes] = {}
    for path, node in nodes.items():
        documents |= encode(path, node)
    for key, text in zip(documents, (yield GetMany([*documents])), strict=True):
        if text is not None:
            raise ValueError(f"zarr.json already exists at {StorePath(place.store, key)}")
    for key in documents:
        _LOGGER.info("Saving metadata to %s", StorePath(place.store, key))
    if not dry_run:
        for key, text in documents.items():
            yield SetIfAbsent({key: text})


def as_v3(node: NodeMetadata) -> NodeMetadata:
    """Return the metadata in format 3 of a node of format 2.

    Raises
    ------
    TypeError
        If a filter or compressor is none in format 3.
    ValueError
        If a codec has no form in format 3.
    NotImplementedError
        If it is a group with consolidated metadata.
    """
    if isinstance(node, GroupMetadata):
        if node.consolidated_metadata is not None:
            raise NotImplementedError("Migration of consolidated metadata isn't supported.")
        return GroupMetadata(attributes=node.attributes, zarr_format=3)
    if not isinstance(node, ArrayV2Metadata):
        raise TypeError("Only arrays / groups with zarr v2 metadata can be converted")
    return new_array_metadata(
        shape=node.shape,
        dtype=node.dtype,
        chunks=node.chunks,
        codecs=_codecs(node),
        fill_value=DEFAULT if node.fill_value is None else node.fill_value,
        zarr_format=3,
        attributes=node.attributes,
        chunk_key_encoding={"name": "v2", "configuration": {"separator": node.dimension_separator}},
    )


def _codecs(node: ArrayV2Metadata) -> list[Any]:
    """Return the codecs of format 3 that read and write what the filters and the compressor do."""
    chain: list[Any] = []
    if node.order == "F" and len(node.shape) > 1:
        chain.append({"name": "transpose", "configuration": {"order": [*range(len(node.shape))][::-1]}})
    byte_order = {">": "big", "<": "little"}.get(node.dtype.to_native_dtype().str[0])
    serializer: Any = {"name": "bytes", "configuration": {} if byte_order is None else {"endian": byte_order}}
    for entry in node.filters or ():
        if entry.config["id"] in _SERIALIZERS:
            serializer = {"name": entry.config["id"]}
            continue
        codec = _numcodec(entry.config)
        _check_order([codec, BYTES], f"Filter {type(codec)} is not an ArrayArrayCodec")
        chain.append(codec)
    chain.append(serializer)
    if node.compressor is not None:
        config = node.compressor.config
        if config["id"] in _DEFAULTS:
            chain.append(_same_codec(config))
        else:
            codec = _numcodec(config)
            _check_order([BYTES, codec], f"Compressor {type(codec)} is not a BytesBytesCodec")
            chain.append(codec)
    return chain


def _check_order(chain: list[Any], message: str) -> None:
    """Refuse a codec that cannot be where it is in a chain, as filters and compressors of format 2 could."""
    try:
        parse_chain(chain, "codecs")
    except MetadataValidationError as error:
        raise TypeError(message) from error


def _same_codec(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a codec that format 3 has under the same name."""
    known = _DEFAULTS[config["id"]]
    options = known | {name: value for name, value in config.items() if name in known}
    if "shuffle" in options:
        shuffle = _SHUFFLES.get(options.pop("shuffle"))
        # Without one, as for numcodecs' -1, the size of an element decides.
        options |= {} if shuffle is None else {"shuffle": shuffle}
    return {"name": config["id"], "configuration": options}


def _numcodec(config: Mapping[str, Any]) -> Any:
    """Return the codec that numcodecs gives to format 3 under a name of its own."""
    options = {name: value for name, value in config.items() if name != "id"}
    try:
        codec = parse_codec({"name": f"numcodecs.{config['id']}", "configuration": options}, "codecs")
    except UnknownCodecError:
        codec = None
    if codec is None or isinstance(codec, OpaqueCodec):
        raise ValueError(f"Couldn't find corresponding zarr.codecs.numcodecs codec for {config['id']}")
    return codec


async def remove_metadata(store: Store, zarr_format: Literal[2, 3], force: bool = False, dry_run: bool = False) -> None:
    """Delete the documents of one format, of every array and group in a store; chunks stay.

    Parameters
    ----------
    store : Store
    zarr_format : {2, 3}
        The format whose documents go: ``.zarray``, ``.zgroup``, ``.zattrs`` and ``.zmetadata``, or ``zarr.json``.
    force : bool, default False
        Whether they go also where those of the other format are missing.
    dry_run : bool, default False
        Whether what would be deleted is only logged.

    Raises
    ------
    ValueError
        If the store cannot delete; or, without ``force``, a node has no documents of the other format. Then nothing
        has been deleted.
    """
    if not store.supports_deletes:
        raise ValueError("Store must support deletes to remove metadata")
    await arun(_remove(make_store_path(store, mode="r+"), zarr_format, force=force, dry_run=dry_run), store)


def _remove(place: StorePath, zarr_format: Literal[2, 3], *, force: bool, dry_run: bool) -> Flow[None]:
    keys = yield ListKeys(place.path)
    other: Literal[2, 3] = 3 if zarr_format == 2 else 2
    described = {key.rpartition("/")[0] for key in keys if key.rpartition("/")[2] in _NODE_DOCUMENTS[other]}
    doomed = sorted(key for key in keys if key.rpartition("/")[2] in _DOCUMENTS[zarr_format])
    for key in doomed:
        if not force and key.rpartition("/")[0] not in described:
            raise ValueError(
                f"Cannot remove v{zarr_format} metadata at {StorePath(place.store, key)} - no v{other} metadata "
                "exists. To delete anyway, use the 'force' option."
            )
    for key in doomed:
        _LOGGER.info("Deleting metadata at %s", StorePath(place.store, key))
    if doomed and not dry_run:
        yield DeleteMany(doomed)
