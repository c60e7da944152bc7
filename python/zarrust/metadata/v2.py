"""Documents of format 2: ``.zarray`` and ``.zattrs``. Source: Zarr v2 specification, section "Metadata"."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from zarrust import _core
from zarrust.codecs.bridge import NumcodecsBridge
from zarrust.codecs.numcodec import Numcodec
from zarrust.codecs.objects import ObjectForm, object_chain
from zarrust.dtypes import ZDType, data_type_from_document, unpack_dtype_json
from zarrust.dtypes.data_type import HasObjectCodec
from zarrust.dtypes.objects import PythonObjects, object_codec_id
from zarrust.engine import element_of
from zarrust.errors import BaseZarrError, MetadataValidationError
from zarrust.metadata.chunk_keys import ChunkKeyEncoding, RegularChunkGrid, Separator, V2ChunkKeyEncoding
from zarrust.metadata.fields import attributes, chunk_lengths, fill_to_json, integers, need, one_of, product
from zarrust.metadata.text import buffers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarrust.abc.buffer import Buffer, BufferPrototype

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
    extra_fields: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        # zarr-python takes None for no attributes.
        object.__setattr__(self, "attributes", dict(self.attributes or {}))
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
        # Some writers leave out what is null.
        filters = data.get("filters")
        if filters is not None and not isinstance(filters, (list, tuple)):
            raise MetadataValidationError(f"{key}: filters: expected a list or null, found {filters!r:.200}")
        compressor = data.get("compressor")
        shape = integers(need(data, "shape", key), "shape", key)
        chunks = chunk_lengths(need(data, "chunks", key), shape, "chunks", key)
        product(chunks, "chunks", key)
        fill = need(data, "fill_value", key)
        try:
            dtype = data_type_from_document(need(data, "dtype", key), 2, object_codec_id(filters))
            return cls(
                shape=shape,
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
            "shape": self.shape,
            "chunks": self.chunks,
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

    def to_buffer_dict(self, prototype: BufferPrototype) -> dict[str, Buffer]:
        """Return every document of the node as a buffer, by its key below the node's path."""
        return buffers(self.documents(), prototype)

    @property
    def chunk_grid(self) -> RegularChunkGrid:
        """The chunks, as format 3 has them."""
        return RegularChunkGrid(self.chunks)

    def encode_chunk_key(self, chunk_coords: Sequence[int]) -> str:
        """Return the key of a chunk, below the array's path."""
        return self.chunk_key_encoding.encode_chunk_key(tuple(chunk_coords))

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

    @property
    def object_form(self) -> ObjectForm | None:
        """How objects become bytes, None for elements that are bytes or strings themselves."""
        if isinstance(self.dtype, PythonObjects):
            return ObjectForm.of(self.filters)
        return None

    def engine_codecs(self, plugs: list[Any]) -> list[Any]:
        """Return filters, order, elements and compressor as the engine's list of codecs.

        Parameters
        ----------
        plugs : list
            Bridges of the codecs that numcodecs runs are appended.

        Notes
        -----
        Format 2 knows no kinds of codecs: each filter gets the memory of what the one before it made. The engine takes
        elements in their stored order and byte order through filters over elements, then through those over bytes.
        """
        if isinstance(self.dtype, HasObjectCodec):
            return object_chain(self, plugs)
        filters = self.filters or ()
        swapped = self.order == "F" and len(self.shape) > 1
        start = [{"name": "transpose", "configuration": {"order": list(range(len(self.shape)))[::-1]}}]
        elements = itertools.takewhile(lambda codec: codec.codec_id in _OVER_ELEMENTS, filters)
        stages = [codec.to_v3() for codec in elements]
        packed = [codec.to_v3() for codec in filters[len(stages) :]]
        compressor = [] if self.compressor is None else [self.compressor.to_v3()]
        packed = [*packed, *compressor]
        # A codec that makes bytes of numbers itself; others would take what it does to swapped ones for their own, and
        # what zfp does to transposed ones.
        first = packed[0]["name"] if packed and self.dtype.to_native_dtype().isnative else None
        makes_bytes = first in _MAKE_BYTES and not (swapped and first == "numcodecs.zfpy")
        chain = [*(start if swapped else []), *stages, *([] if makes_bytes else [_AS_IN_MEMORY]), *packed]
        if not filters and (self.compressor is None or self.compressor.codec_id in _ALWAYS):
            return chain
        element = json.dumps(element_of(self.dtype.to_native_dtype(), 2))
        if _core.supports(json.dumps(chain), self.chunks, element):
            return chain
        # numcodecs runs the filters, of which one hands arrays to the next, and the compressor unless the engine knows
        # it.
        run, last = [*filters], compressor
        if self.compressor is not None and not _core.supports(
            json.dumps([_AS_IN_MEMORY, *compressor]), self.chunks, element
        ):
            run, last = [*run, self.compressor], []
        if not run:
            return chain
        codecs = [codec.resolve() for codec in run]
        plugs.append(NumcodecsBridge(codecs, self.dtype.to_native_dtype(), self.chunks, self.order))
        return [*(start if swapped else []), {"plug": len(plugs) - 1, "kind": "array-bytes"}, *last]


_OVER_ELEMENTS = {"astype", "bitround", "delta", "fixedscaleoffset", "packbits", "quantize"}
_ALWAYS = {"blosc", "gzip", "zlib", "zstd"}
_MAKE_BYTES = {"numcodecs.n5_wrapper", "numcodecs.pcodec", "numcodecs.zfpy"}
_AS_IN_MEMORY = {"name": "bytes", "configuration": {"endian": "memory"}}


def _codec(value: object, name: str) -> Numcodec:
    if not isinstance(value, Mapping):
        raise MetadataValidationError(f"{name}: expected an object or null, found {value!r:.200}")
    return Numcodec.parse(value, name)
