"""Documents of format 2: ``.zarray`` and ``.zattrs``. Source: Zarr v2 specification, section "Metadata"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from zarrust.codecs.numcodec import Numcodec
from zarrust.dtypes import ZDType, data_type_from_document, item_size, unpack_dtype_json
from zarrust.dtypes.spec import OBJECT_CODEC_IDS
from zarrust.errors import BaseZarrError, MetadataValidationError
from zarrust.metadata.chunk_keys import ChunkKeyEncoding, Separator, V2ChunkKeyEncoding
from zarrust.metadata.fields import attributes, fill_to_json, integers, need, one_of, product

__all__ = ["ArrayV2Metadata"]

_FIELDS = frozenset(
    [
        "zarr_format",
        "shape",
        "chunks",
        "dtype",
        "compressor",
        "fill_value",
        "order",
        "filters",
        "dimension_separator",
        "attributes",
    ]
)


@dataclass(frozen=True)
class ArrayV2Metadata:
    """Metadata of an array of format 2.

    Parameters
    ----------
    shape : tuple of int
        Elements along each axis.
    chunks : tuple of int
        Shape of a chunk, in elements.
    dtype : ZDType
        With the byte order of the store, which is also that in memory.
    fill_value : scalar or None
        A numpy scalar of the data type; None leaves it open, zeros are read.
    order : {"C", "F"}
        Order of the elements in a chunk.
    filters : tuple of Numcodec, optional
    dimension_separator : {".", "/"}
    compressor : Numcodec, optional
    attributes : dict
    extra_fields : dict
        Fields that the specification does not name; they are kept when the document is rewritten.
    """

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: ZDType
    fill_value: Any
    order: Literal["C", "F"] = "C"
    filters: tuple[Numcodec, ...] | None = None
    dimension_separator: Separator = "."
    compressor: Numcodec | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    zarr_format: Literal[2] = 2
    extra_fields: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(self.chunks) != len(self.shape):
            raise MetadataValidationError(
                f"chunks: `chunks` and `shape` need to have the same number of dimensions, "
                f"found {self.chunks} and {self.shape}"
            )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], key: str = ".zarray") -> ArrayV2Metadata:
        """Return the metadata of a ``.zarray`` document, with the attributes of ``.zattrs`` put in as ``attributes``.

        Raises
        ------
        MetadataValidationError
            If it breaks the specification; the message names key and field.
        """
        one_of(data, "zarr_format", (2,), key)
        # Writers before 2.3 leave the separator out.
        separator = one_of({"dimension_separator": "."} | dict(data), "dimension_separator", (".", "/"), key)
        filters = need(data, "filters", key)
        if filters is not None and not isinstance(filters, (list, tuple)):
            raise MetadataValidationError(f"{key}: filters: expected a list or null, found {filters!r:.200}")
        compressor = need(data, "compressor", key)
        chunks = integers(need(data, "chunks", key), "chunks", key, least=1)
        product(chunks, "chunks", key)
        fill = need(data, "fill_value", key)
        try:
            dtype = data_type_from_document(need(data, "dtype", key), 2, object_codec_id(filters))
            return cls(
                shape=integers(need(data, "shape", key), "shape", key),
                chunks=chunks,
                dtype=dtype,
                fill_value=None if fill is None else dtype.from_json_scalar(fill, zarr_format=2),
                order=one_of(data, "order", ("C", "F"), key),
                filters=tuple(_codec(entry, f"filters[{i}]") for i, entry in enumerate(filters)) if filters else None,
                dimension_separator=separator,
                compressor=None if compressor is None else _codec(compressor, "compressor"),
                attributes=attributes(data, key),
                extra_fields={name: value for name, value in data.items() if name not in _FIELDS},
            )
        except BaseZarrError as error:
            text = str(error)
            raise (error if text.startswith(f"{key}: ") else type(error)(f"{key}: {text}")) from None
        except RecursionError:
            raise MetadataValidationError(f"{key}: dtype: nested too deep") from None
        except (TypeError, ValueError) as error:
            raise MetadataValidationError(f"{key}: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """Return the ``.zarray`` document and, as ``attributes``, that of ``.zattrs``."""
        fill = self.fill_value
        return {
            "shape": list(self.shape),
            "chunks": list(self.chunks),
            "dtype": unpack_dtype_json(self.dtype.to_json(2)),
            "fill_value": None if fill is None else fill_to_json(self.dtype, fill, 2),
            "order": self.order,
            "filters": [codec.to_document() for codec in self.filters] if self.filters else None,
            "dimension_separator": self.dimension_separator,
            "compressor": None if self.compressor is None else self.compressor.to_document(),
            "attributes": dict(self.attributes),
            "zarr_format": 2,
            **self.extra_fields,
        }

    def documents(self) -> dict[str, dict[str, Any]]:
        """Return every document of the node, by its key below the node's path."""
        zarray = self.to_dict()
        zattrs = zarray.pop("attributes")
        return {".zarray": zarray, ".zattrs": zattrs}

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def memory_type(self) -> ZDType:
        """The data type in memory."""
        return self.dtype

    @property
    def data_type(self) -> ZDType:
        """The data type, under its name in format 3."""
        return self.dtype

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """Shape of what one stored object holds, in elements."""
        return self.chunks

    @property
    def chunk_sizes(self) -> tuple[int, ...]:
        """The length of all chunks along each axis, in elements."""
        return self.chunks

    def resized(self, shape: tuple[int, ...]) -> ArrayV2Metadata:
        """Return the metadata of the array at another shape."""
        return replace(self, shape=shape)

    @property
    def inner_shape(self) -> None:
        """None: format 2 has no shards."""
        return None

    @property
    def shards(self) -> None:
        """None: format 2 has no shards."""
        return None

    @property
    def chunk_key_encoding(self) -> ChunkKeyEncoding:
        """How chunk coordinates become keys."""
        return V2ChunkKeyEncoding(separator=self.dimension_separator)

    def engine_codecs(self) -> list[dict[str, Any]]:
        """Return filters, order, elements and compressor as the engine's list of format 3 codecs."""
        size = item_size(self.dtype)
        chain = [codec.to_v3(size) for codec in self.filters or ()]
        if self.order == "F" and len(self.shape) > 1:
            chain.append({"name": "transpose", "configuration": {"order": list(range(len(self.shape)))[::-1]}})
        byte_order = getattr(self.dtype, "endianness", None) if size > 1 else None
        chain.append({"name": "bytes", "configuration": {} if byte_order is None else {"endian": byte_order}})
        if self.compressor is not None:
            chain.append(self.compressor.to_v3(size))
        return chain


def object_codec_id(filters: object) -> str | None:
    """Return the id of the filter that encodes objects, None where there is none; it is the first one."""
    for entry in filters if isinstance(filters, (list, tuple)) else ():
        if isinstance(entry, Mapping) and entry.get("id") in OBJECT_CODEC_IDS:
            return str(entry["id"])
    return None


def _codec(value: object, name: str) -> Numcodec:
    if not isinstance(value, Mapping):
        raise MetadataValidationError(f"{name}: expected an object or null, found {value!r:.200}")
    return Numcodec.parse(value, name)
