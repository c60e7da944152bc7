"""Chunk grids and chunk key encodings.

Source: Zarr v3 core specification, sections "Chunk grids", "Chunk key encoding".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, NotRequired, TypeAlias, TypedDict, overload

from zarrust.errors import MetadataValidationError
from zarrust.metadata.fields import chunk_lengths
from zarrust.metadata.rectilinear import RectilinearChunkGrid

__all__ = [
    "ChunkGridMetadata",
    "ChunkKeyEncoding",
    "DefaultChunkKeyEncoding",
    "RegularChunkGrid",
    "SeparatedChunkKeyEncoding",
    "V2ChunkKeyEncoding",
    "parse_chunk_grid",
]

Separator = Literal["/", "."]


@dataclass(frozen=True)
class RegularChunkGrid:
    """Chunks that all have one shape.

    Parameters
    ----------
    chunk_shape : tuple of int
        Shape of a stored chunk, in elements.
    """

    chunk_shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.chunk_shape)

    @property
    def chunk_sizes(self) -> tuple[int, ...]:
        """The length of all chunks along each axis, in elements."""
        return self.chunk_shape

    @property
    def largest(self) -> tuple[int, ...]:
        """The greatest length of a chunk along each axis, in elements."""
        return self.chunk_shape

    def samples(self) -> list[tuple[int, ...]]:
        """Return shapes of chunks in which every length of every axis is met."""
        return [self.chunk_shape]

    def check_reaches(self, shape: Sequence[int]) -> None:
        """Refuse a shape that the chunks do not reach to the end of: there is none."""

    def resized(self, shape: Sequence[int]) -> RegularChunkGrid:
        """Return the grid of the array at another shape."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata JSON."""
        return {"name": "regular", "configuration": {"chunk_shape": self.chunk_shape}}

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any], shape: Sequence[int], key: str) -> RegularChunkGrid:
        """Return the grid of its configuration in the document of an array of a shape.

        Raises
        ------
        MetadataValidationError
            If a length is not allowed.
        """
        if "chunk_shape" not in configuration:
            raise MetadataValidationError(f"{key}: chunk_grid: required field 'chunk_shape' is missing")
        _refuse_unknown(configuration, {"chunk_shape"}, "chunk_grid.configuration", key)
        return cls(chunk_lengths(configuration["chunk_shape"], shape, "chunk_grid.configuration.chunk_shape", key))


ChunkGridMetadata: TypeAlias = RegularChunkGrid | RectilinearChunkGrid


def parse_chunk_grid(data: object, shape: Sequence[int], key: str, *, again: bool = False) -> ChunkGridMetadata:
    """Return the chunk grid of its metadata JSON.

    Parameters
    ----------
    data : mapping
    shape : sequence of int
        Of the array.
    key : str
        Store key of the document, for messages.
    again : bool, default False
        Whether the array is open already, so that no setting is asked.

    Raises
    ------
    MetadataValidationError
        If it is an unknown grid, or breaks the specification.
    """
    name, configuration = _extension(data, "chunk_grid", key)
    if name == "rectilinear":
        return RectilinearChunkGrid.from_configuration(configuration, key, again=again)
    if name != "regular":
        raise MetadataValidationError(f"{key}: chunk_grid: expected 'regular' or 'rectilinear', found {name!r}")
    return RegularChunkGrid.from_configuration(configuration, shape, key)


@dataclass(frozen=True)
class ChunkKeyEncoding:
    """From chunk coordinates to store key.

    A class of one's own is a frozen dataclass whose fields are the configuration. It has a ``name``, an
    `encode_chunk_key` and, for what lists chunks, a `decode_chunk_key`; `zarrust.registry.register_chunk_key_encoding`
    makes arrays that name it open.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Rows(ChunkKeyEncoding):
    ...     name = "example.rows"
    ...     prefix: str = "row"
    ...
    ...     def encode_chunk_key(self, coordinates):
    ...         return self.prefix + "-".join(map(str, coordinates))
    >>> Rows().encode_chunk_key((1, 0)), Rows().to_dict()
    ('row1-0', {'name': 'example.rows', 'configuration': {'prefix': 'row'}})
    """

    name: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata JSON."""
        return {"name": self.name, "configuration": asdict(self)}

    def encode_chunk_key(self, coordinates: tuple[int, ...]) -> str:
        """Return the key of a chunk, below the array's path.

        Parameters
        ----------
        coordinates : tuple of int
            Of the chunk, or of the shard, in the grid.
        """
        raise NotImplementedError(f"{type(self).__name__}: a chunk key encoding has a method encode_chunk_key")

    def decode_chunk_key(self, chunk_key: str) -> tuple[int, ...]:
        """Return the coordinates of the chunk that a key stands for.

        Parameters
        ----------
        chunk_key : str
            Below the array's path.

        Raises
        ------
        ValueError
            If it is no chunk's.
        """
        raise NotImplementedError(f"{type(self).__name__} has no decode_chunk_key, which listing chunks takes")

    @classmethod
    def from_dict(cls, data: object, key: str = "chunk_key_encoding") -> ChunkKeyEncoding:
        """Return the encoding of its metadata JSON.

        Raises
        ------
        MetadataValidationError
            If it is unknown, or its configuration does not fit.
        """
        if isinstance(data, Mapping) and "separator" in data:
            # zarr-python's short form has the separator beside the name.
            data = {"name": data.get("name"), "configuration": {"separator": data["separator"]}}
        name, configuration = _extension(data, "chunk_key_encoding", key)
        if cls is ChunkKeyEncoding:
            cls = _encoding_class(name, key)
        _refuse_unknown(configuration, {field.name for field in fields(cls)}, "chunk_key_encoding.configuration", key)
        try:
            return cls(**configuration)
        except (TypeError, ValueError) as error:
            raise MetadataValidationError(f"{key}: {error}") from None


def _encoding_class(name: str, key: str) -> type[ChunkKeyEncoding]:
    """Return the class of the encodings of a name; what others register is looked up only where a name is not ours."""
    own = _ENCODINGS.get(name)
    if own is not None:
        return own
    from zarrust.registry import get_chunk_key_encoding_class

    try:
        return get_chunk_key_encoding_class(name)
    except KeyError as error:
        raise MetadataValidationError(
            f"{key}: chunk_key_encoding: Unknown chunk key encoding: {error.args[0]!r}"
        ) from None


@dataclass(frozen=True)
class SeparatedChunkKeyEncoding(ChunkKeyEncoding):
    """Coordinates with a separator between them, which the engine spells by itself.

    Parameters
    ----------
    separator : {"/", "."}
        Between the coordinates.
    """

    separator: Separator

    def __post_init__(self) -> None:
        if self.separator not in ("/", "."):
            raise ValueError(f"chunk_key_encoding: separator is '/' or '.', found {self.separator!r}")


@dataclass(frozen=True)
class DefaultChunkKeyEncoding(SeparatedChunkKeyEncoding):
    """``c/1/0``.

    Examples
    --------
    >>> DefaultChunkKeyEncoding().encode_chunk_key((1, 0))
    'c/1/0'
    """

    name = "default"

    separator: Separator = "/"

    def encode_chunk_key(self, coordinates: tuple[int, ...]) -> str:
        """Return the key of a chunk, below the array's path."""
        return self.separator.join(["c", *map(str, coordinates)])

    def decode_chunk_key(self, chunk_key: str) -> tuple[int, ...]:
        """Return the coordinates of a key.

        Raises
        ------
        ValueError
            If it is no chunk's.
        """
        front, *rest = chunk_key.split(self.separator)
        if front != "c":
            raise ValueError(f"Invalid chunk key for default encoding: {chunk_key!r}")
        return _numbers(rest, chunk_key)


@dataclass(frozen=True)
class V2ChunkKeyEncoding(SeparatedChunkKeyEncoding):
    """``1.0``, as format 2 has it.

    Examples
    --------
    >>> V2ChunkKeyEncoding().encode_chunk_key((1, 0))
    '1.0'
    """

    name = "v2"

    separator: Separator = "."

    def encode_chunk_key(self, coordinates: tuple[int, ...]) -> str:
        """Return the key of a chunk, below the array's path."""
        return self.separator.join(map(str, coordinates)) or "0"

    def decode_chunk_key(self, chunk_key: str) -> tuple[int, ...]:
        """Return the coordinates of a key; ``0``, which is also that of an array without axes, becomes ``(0,)``.

        Raises
        ------
        ValueError
            If it is no chunk's.
        """
        return _numbers(chunk_key.split(self.separator), chunk_key)


def _numbers(parts: list[str], chunk_key: str) -> tuple[int, ...]:
    if not all(part.isascii() and part.isdecimal() and str(int(part)) == part for part in parts):
        raise ValueError(f"Invalid chunk key: {chunk_key!r}")
    return tuple(map(int, parts))


class ChunkKeyEncodingParams(TypedDict):
    """The short form of a chunk key encoding: name and separator side by side."""

    name: Literal["v2", "default"]
    separator: NotRequired[Separator]


ChunkKeyEncodingLike: TypeAlias = Mapping[str, object] | ChunkKeyEncodingParams | ChunkKeyEncoding | str
"""What may be given for a chunk key encoding."""

_ENCODINGS: dict[str, type[SeparatedChunkKeyEncoding]] = {"default": DefaultChunkKeyEncoding, "v2": V2ChunkKeyEncoding}


@overload
def parse_chunk_key_encoding(value: Any, zarr_format: Literal[2]) -> V2ChunkKeyEncoding: ...
@overload
def parse_chunk_key_encoding(value: Any, zarr_format: Literal[2, 3] = 3) -> ChunkKeyEncoding: ...
def parse_chunk_key_encoding(value: Any, zarr_format: Literal[2, 3] = 3) -> ChunkKeyEncoding:
    """Return the encoding of what a user may give: an object, its JSON, a name, or a pair of name and separator.

    Parameters
    ----------
    value : object
        None is the format's own.
    zarr_format : {2, 3}

    Raises
    ------
    ValueError
        If it is none, or not the one that format 2 has.
    """
    encoding = _parsed(_OWN[zarr_format] if value is None else value)
    if zarr_format == 2 and not isinstance(encoding, V2ChunkKeyEncoding):
        raise ValueError(
            f"chunk_key_encoding: Invalid chunk key encoding. For Zarr format 2 arrays, the `name` field of the chunk "
            f"key encoding must be 'v2'. Got {encoding.name!r}."
        )
    return encoding


_OWN = {2: V2ChunkKeyEncoding(), 3: DefaultChunkKeyEncoding()}


def _parsed(value: Any) -> ChunkKeyEncoding:
    if isinstance(value, ChunkKeyEncoding):
        return value
    if isinstance(value, Mapping):
        return ChunkKeyEncoding.from_dict(value)
    if isinstance(value, str):
        return ChunkKeyEncoding.from_dict({"name": value})
    if isinstance(value, Iterable):
        name, separator = value
        return ChunkKeyEncoding.from_dict({"name": name, "configuration": {"separator": separator}})
    raise ValueError(f"chunk_key_encoding: expected a name, a mapping or an object, found {value!r}")


def _extension(data: object, field: str, key: str) -> tuple[str, Mapping[str, Any]]:
    """Return name and configuration of an extension point; a bare name is the short form."""
    if isinstance(data, str):
        return data, {}
    if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
        raise MetadataValidationError(f'{key}: {field}: expected an object with "name", found {data!r:.200}')
    _refuse_unknown(data, {"name", "configuration", "must_understand"}, field, key)
    configuration = data.get("configuration", {})
    if not isinstance(configuration, Mapping):
        raise MetadataValidationError(f"{key}: {field}.configuration: expected an object, found {configuration!r:.200}")
    return data["name"], configuration


def _refuse_unknown(data: Mapping[str, Any], known: set[str], field: str, key: str) -> None:
    if unknown := sorted(set(data) - known):
        raise MetadataValidationError(f"{key}: {field}: unknown fields {', '.join(map(repr, unknown))}")
