"""Documents of format 3: ``zarr.json``.

Source: Zarr v3 core specification, sections "Array metadata", "Group metadata", "Extension points".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from zarrust.array_spec import ArraySpec
from zarrust.codecs import Codec, ShardingCodec, parse_chain
from zarrust.codecs.chain import check_chain, engine_chain
from zarrust.codecs.codec import kind_of
from zarrust.dtypes import ZDType, data_type_from_document, native
from zarrust.errors import BaseZarrError, MetadataValidationError, NodeTypeValidationError
from zarrust.metadata.chunk_keys import (
    ChunkGridMetadata,
    ChunkKeyEncoding,
    RegularChunkGrid,
    parse_chunk_grid,
    parse_chunk_key_encoding,
)
from zarrust.metadata.fields import attributes, fill_to_json, integers, need, one_of, product
from zarrust.metadata.rectilinear import UnevenChunksError
from zarrust.metadata.text import buffers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarrust.abc.buffer import Buffer, BufferPrototype

__all__ = ["ArrayV3Metadata"]

_FIELDS = frozenset(
    [
        "zarr_format",
        "node_type",
        "shape",
        "data_type",
        "chunk_grid",
        "chunk_key_encoding",
        "fill_value",
        "codecs",
        "attributes",
        "dimension_names",
        "storage_transformers",
    ]
)


def extra_fields(data: Mapping[str, Any], known: frozenset[str], key: str) -> dict[str, Any]:
    """Return the fields that the specification does not name and that say they need not be understood.

    Raises
    ------
    MetadataValidationError
        If one must be understood.
    """
    extra = {name: value for name, value in data.items() if name not in known}
    for name, value in extra.items():
        if not (isinstance(value, Mapping) and value.get("must_understand") is False):
            raise MetadataValidationError(
                f"{key}: unknown field {name!r}, which does not say that it may be ignored (must_understand: false)"
            )
    return extra


def check_shadowing(extra: Mapping[str, Any], known: frozenset[str], node_type: str) -> None:
    """Refuse extra fields that have the names of fields which the specification names.

    Raises
    ------
    MetadataValidationError
        If there are any.
    """
    if shadowing := sorted(known & set(extra)):
        raise MetadataValidationError(
            f"Invalid extra fields. The following keys: {shadowing} are invalid because they collide with keys "
            f"reserved for use by the {node_type} metadata document."
        )


@dataclass(frozen=True)
class ArrayV3Metadata:
    """Metadata of an array of format 3.

    Parameters
    ----------
    shape : tuple of int
        Elements along each axis.
    data_type : ZDType
    chunk_grid : RegularChunkGrid or RectilinearChunkGrid
        Of the stored objects: the shards' where the array is sharded.
    chunk_key_encoding : ChunkKeyEncoding
    fill_value : scalar
        A numpy scalar of the data type.
    codecs : tuple of Codec
    attributes : dict
    dimension_names : tuple of (str or None), optional
    extra_fields : dict
        Unknown fields that may be ignored; they are kept when the document is rewritten.
    """

    shape: tuple[int, ...]
    data_type: ZDType
    chunk_grid: ChunkGridMetadata
    chunk_key_encoding: ChunkKeyEncoding
    fill_value: Any
    codecs: tuple[Codec, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    dimension_names: tuple[str | None, ...] | None = None
    zarr_format: Literal[3] = 3
    node_type: Literal["array"] = "array"
    storage_transformers: tuple[Any, ...] = ()
    extra_fields: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # zarr-python takes None for no attributes.
        object.__setattr__(self, "attributes", dict(self.attributes or {}))
        object.__setattr__(self, "storage_transformers", tuple(self.storage_transformers or ()))
        self._parse_documents()
        check_shadowing(self.extra_fields, _FIELDS, "array")
        if self.chunk_grid.ndim != len(self.shape):
            raise MetadataValidationError(
                f"chunk_grid: `chunk_shape` and `shape` need to have the same number of dimensions, "
                f"found {self.chunk_grid.chunk_sizes!r:.200} and {self.shape}"
            )
        self.chunk_grid.check_reaches(self.shape)
        if self.dimension_names is not None and len(self.dimension_names) != len(self.shape):
            raise MetadataValidationError(
                f"dimension_names: `dimension_names` and `shape` need to have the same number of dimensions, "
                f"found {self.dimension_names} and {self.shape}"
            )
        try:
            for shape in self.chunk_grid.samples():
                spec = replace(self._chunk_spec, shape=shape)
                check_chain(self.codecs, spec, self.shape, RegularChunkGrid(shape))
        except ValueError as error:
            raise MetadataValidationError(str(error)) from None

    def _parse_documents(self) -> None:
        """Turn what is given as JSON into objects, as zarr-python does."""
        grid: Any = self.chunk_grid
        if isinstance(grid, Mapping):
            object.__setattr__(self, "chunk_grid", parse_chunk_grid(grid, self.shape, "metadata"))
        encoding: Any = self.chunk_key_encoding
        if not isinstance(encoding, ChunkKeyEncoding):
            object.__setattr__(self, "chunk_key_encoding", parse_chunk_key_encoding(encoding))
        if any(isinstance(codec, (str, Mapping)) for codec in self.codecs):
            object.__setattr__(self, "codecs", parse_chain(self.codecs, "codecs"))

    @property
    def _chunk_spec(self) -> ArraySpec:
        """A stored chunk as the first codec sees it; the greatest, where they differ."""
        return ArraySpec(self.chunk_grid.largest, self.memory_type, self.fill_value)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], key: str = "zarr.json", *, again: bool = False) -> ArrayV3Metadata:
        """Return the metadata of a document.

        Parameters
        ----------
        data : mapping
            The document.
        key : str
            Its store key, for messages.
        again : bool, default False
            Whether the array is open already, so that no setting is asked.

        Raises
        ------
        MetadataValidationError
            If it breaks the specification; the message names key and field.
        """
        one_of(data, "zarr_format", (3,), key)
        if need(data, "node_type", key) != "array":
            raise NodeTypeValidationError("node_type", "array", data["node_type"])
        names = data.get("dimension_names")
        if names is not None and (
            not isinstance(names, (list, tuple)) or not all(name is None or isinstance(name, str) for name in names)
        ):
            raise MetadataValidationError(
                f"{key}: dimension_names: expected a list of strings and nulls, found {names!r:.200}"
            )
        transformers = data.get("storage_transformers") or []
        if not isinstance(transformers, (list, tuple)):
            raise MetadataValidationError(f"{key}: storage_transformers: expected a list, found {transformers!r:.200}")
        if transformers:
            named = [entry.get("name", entry) if isinstance(entry, Mapping) else entry for entry in transformers]
            raise MetadataValidationError(f"{key}: storage_transformers: none are supported, found {named!r:.200}")
        shape = integers(need(data, "shape", key), "shape", key)
        grid = parse_chunk_grid(need(data, "chunk_grid", key), shape, key, again=again)
        product(grid.largest, "chunk_grid.configuration.chunk_shape", key)
        try:
            data_type = data_type_from_document(need(data, "data_type", key), 3)
            return cls(
                shape=shape,
                data_type=data_type,
                chunk_grid=grid,
                chunk_key_encoding=ChunkKeyEncoding.from_dict(need(data, "chunk_key_encoding", key), key),
                fill_value=data_type.from_json_scalar(need(data, "fill_value", key), zarr_format=3),
                codecs=parse_chain(need(data, "codecs", key), "codecs"),
                attributes=attributes(data, key),
                dimension_names=None if names is None else tuple(names),
                extra_fields=extra_fields(data, _FIELDS, key),
            )
        except BaseZarrError as error:
            raise _at(error, key) from None
        except RecursionError:
            raise MetadataValidationError(f"{key}: codecs: nested too deep") from None
        except (TypeError, ValueError) as error:
            raise MetadataValidationError(f"{key}: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """Return the document."""
        return {
            "shape": self.shape,
            "data_type": self.data_type.to_json(3),
            "chunk_grid": self.chunk_grid.to_dict(),
            "chunk_key_encoding": self.chunk_key_encoding.to_dict(),
            "fill_value": fill_to_json(self.data_type, self.fill_value, 3),
            "codecs": tuple(codec.to_dict() for codec in self.codecs),
            "attributes": dict(self.attributes),
            **({} if self.dimension_names is None else {"dimension_names": self.dimension_names}),
            "zarr_format": 3,
            "node_type": "array",
            "storage_transformers": (),
            **self.extra_fields,
        }

    def documents(self) -> dict[str, dict[str, Any]]:
        """Return every document of the node, by its key below the node's path."""
        return {"zarr.json": self.to_dict()}

    def to_buffer_dict(self, prototype: BufferPrototype) -> dict[str, Buffer]:
        """Return every document of the node as a buffer, by its key below the node's path."""
        return buffers(self.documents(), prototype)

    def encode_chunk_key(self, chunk_coords: Sequence[int]) -> str:
        """Return the key of a chunk, below the array's path."""
        return self.chunk_key_encoding.encode_chunk_key(tuple(chunk_coords))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> ZDType:
        """The data type, under its name in format 2."""
        return self.data_type

    @property
    def memory_type(self) -> ZDType:
        """The data type as the engine has it in memory: in this machine's byte order, whatever `data_type` says."""
        return native(self.data_type)

    @property
    def object_form(self) -> None:
        """None: format 3 has no objects but strings and bytes."""
        return None

    @property
    def _sharding(self) -> ShardingCodec | None:
        first = self.codecs[0] if self.codecs else None
        return first if isinstance(first, ShardingCodec) else None

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """Shape of what one stored object holds, in elements; where they differ, the greatest length of each axis."""
        return self.chunk_grid.largest

    @property
    def chunk_sizes(self) -> tuple[int | tuple[int, ...], ...]:
        """For each axis the length of all stored objects, or of each of them, in elements."""
        return self.chunk_grid.chunk_sizes

    def resized(self, shape: tuple[int, ...]) -> ArrayV3Metadata:
        """Return the metadata of the array at another shape."""
        return replace(self, shape=shape, chunk_grid=self.chunk_grid.resized(shape))

    @property
    def inner_shape(self) -> tuple[int, ...] | None:
        """Shape of an inner chunk, in elements; None without sharding."""
        return self._sharding.chunk_shape if self._sharding else None

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of the smallest readable part: the inner chunk's where the array is sharded.

        Raises
        ------
        NotImplementedError
            If chunks have several shapes.
        """
        return self._sharding.chunk_shape if self._sharding else self._one_shape("chunks", "read_chunk_sizes")

    def _one_shape(self, name: str, instead: str) -> tuple[int, ...]:
        if isinstance(self.chunk_grid, RegularChunkGrid):
            return self.chunk_grid.chunk_shape
        raise UnevenChunksError(
            f"The `{name}` attribute is only defined for arrays using regular chunk grids. This array has a "
            f"rectilinear chunk grid. Use `{instead}` for general access."
        )

    @property
    def shards(self) -> tuple[int, ...] | None:
        """Shape of a shard, None without sharding.

        Raises
        ------
        NotImplementedError
            If shards have several shapes.
        """
        return self._one_shape("shards", "write_chunk_sizes") if self._sharding else None

    @property
    def inner_codecs(self) -> tuple[Codec, ...]:
        """The codecs of a chunk: those inside of the shard where the array is sharded."""
        return self._sharding.codecs if self._sharding else self.codecs

    def split_codecs(self) -> tuple[tuple[Codec, ...], tuple[Codec, ...], tuple[Codec, ...]]:
        """Return the codecs of a chunk: those before the one from array to bytes, that one, and those after it."""
        chain = self.inner_codecs
        kinds = [kind_of(codec) for codec in chain]
        place = kinds.index("array-to-bytes") if "array-to-bytes" in kinds else len(chain)
        return chain[:place], chain[place : place + 1], chain[place + 1 :]

    def engine_codecs(self, plugs: list[Any], shape: tuple[int, ...] | None = None) -> list[Any]:
        """Return the codecs in the engine's form, everything decided.

        Parameters
        ----------
        plugs : list
            Bridges of the codecs that are written in Python are appended.
        shape : tuple of int, optional
            Of the stored object, in elements; by default the greatest, where there are several.
        """
        spec = self._chunk_spec
        return engine_chain(self.codecs, spec if shape is None else replace(spec, shape=shape), plugs)


def _at(error: BaseZarrError, key: str) -> BaseZarrError:
    """Return an error whose message starts with the document's key, once."""
    text = str(error)
    return error if text.startswith(f"{key}: ") else type(error)(f"{key}: {text}")
