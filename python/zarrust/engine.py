"""From metadata to the engine's handle of an array."""

from __future__ import annotations

import json
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust import _core
from zarrust.dtypes import VariableLengthUTF8, swap_runs
from zarrust.dtypes.data_type import NATIVE
from zarrust.elements import cast
from zarrust.metadata.chunk_keys import SeparatedChunkKeyEncoding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarrust.abc.buffer import BufferPrototype
    from zarrust.abc.store import Store
    from zarrust.array_config import WriteMode
    from zarrust.metadata import ArrayMetadata, ArrayV3Metadata
    from zarrust.metadata.chunk_keys import ChunkKeyEncoding

__all__ = ["array_handle", "element_of", "fill_scalar", "open_handle"]


def fill_scalar(metadata: ArrayMetadata) -> Any:
    """Return what is read where nothing is stored: the fill value or, where format 2 leaves it open, zero."""
    return metadata.data_type.default_scalar() if metadata.fill_value is None else metadata.fill_value


_KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}


def element_of(dtype: np.dtype[Any], zarr_format: int = 3, *, text: bool = False) -> dict[str, Any]:
    """Return the element of a numpy dtype as the engine has it: bytes, which of them swap, and what they mean.

    Parameters
    ----------
    dtype : numpy.dtype
    zarr_format : {2, 3}
        Whose records these are.
    text : bool
        Whether Python objects are strings rather than bytes.
    """
    if dtype.kind in "OT":
        # Slots of the engine, whose bytes lie elsewhere.
        return {"size": 16, "swap": 1, "kind": "text" if dtype.kind == "T" or text else "binary"}
    if dtype.names is None:
        runs = swap_runs(dtype)
        order = ("big" if dtype.str[0] == ">" else NATIVE) if runs else None
        kind = _KINDS.get(dtype.kind, "other")
        return {"size": dtype.itemsize, "swap": runs[0][1] if runs else 1, "order": order, "kind": kind}
    # Format 2 keeps records in memory as they are stored, each field in its own byte order.
    runs = swap_runs(dtype) if zarr_format == 3 else []
    return {"size": dtype.itemsize, "swap": 1, "order": NATIVE if runs else None, "runs": runs}


def array_handle(
    store: _core.Store,
    *,
    shape: tuple[int, ...],
    chunk_shape: tuple[int | tuple[int, ...], ...],
    dtype: np.dtype[Any],
    fill: Any,
    codecs: list[Any],
    plugs: list[Any],
    codecs_of: Callable[[tuple[int, ...]], tuple[str, list[Any]]] | None = None,
    path: str = "",
    chunk_key: Mapping[str, str] = MappingProxyType({"name": "default", "separator": "/"}),
    write_empty_chunks: bool = True,
    reading: Mapping[str, Any] = MappingProxyType({}),
    write_mode: WriteMode = "replace",
    zarr_format: int = 3,
    text: bool = False,
    spelling: ChunkKeyEncoding | None = None,
) -> _core.Array:
    """Return the engine's handle of an array that needs no document.

    Parameters
    ----------
    store : Store
        The engine's.
    shape : tuple of int
        In elements.
    chunk_shape : tuple of int
        Of a stored object, in elements; for an axis where they differ the length of each.
    dtype : numpy.dtype
        In memory.
    fill : scalar
        What is read where nothing is stored.
    codecs : list
        As `zarrust.codecs.chain.engine_chain` makes it.
    plugs : list
        The codecs that it has by number.
    codecs_of : callable, optional
        Where chunks have several shapes and some codecs are written in Python: makes the list, as JSON, and what it has
        by number, for chunks of a shape.
    path : str
        Of the node, ``""`` for the root.
    chunk_key : mapping
        Name and separator of the chunk key encoding.
    write_empty_chunks : bool
        Whether a chunk that is all fill value is stored.
    reading : mapping
        As `ArrayConfig.reading` makes it.
    write_mode : {"replace", "compare_and_swap"}
        As `ArrayConfig` has it.
    zarr_format : {2, 3}
        Whose records these are.
    text : bool
        Whether Python objects are strings rather than bytes.
    spelling : ChunkKeyEncoding, optional
        A chunk key encoding that is not the engine's, in place of ``chunk_key``.
    """
    spec = {
        "path": path,
        "shape": shape,
        "chunk_shape": chunk_shape,
        "chunk_key": dict(chunk_key),
        "element": element_of(dtype, zarr_format, text=text),
        "codecs": codecs,
        "write_empty_chunks": write_empty_chunks,
        "reading": dict(reading),
        "write_mode": write_mode,
    }
    return _core.Array(store, json.dumps(spec), _fill_bytes(fill, dtype), plugs, spelling, codecs_of)


def _fill_bytes(fill: Any, dtype: np.dtype[Any]) -> bytes:
    """Return a fill value as the engine has it: an element in memory, or the bytes of one without a fixed size."""
    if dtype.kind in "OT":
        return fill if isinstance(fill, bytes) else str(fill).encode()
    if dtype.kind in "mM":
        return cast(fill, dtype).tobytes()
    # Assigned rather than cast: a NaN keeps its payload.
    element = np.empty((), dtype=dtype)
    element[()] = fill
    return element.tobytes()


def _chunk_keys(encoding: ChunkKeyEncoding) -> dict[str, Any]:
    """Return the arguments that say how chunks are spelled."""
    if isinstance(encoding, SeparatedChunkKeyEncoding):
        return {"chunk_key": {"name": encoding.name, "separator": encoding.separator}}
    return {"spelling": encoding}


def open_handle(
    store: Store,
    path: str,
    metadata: ArrayMetadata,
    *,
    write_empty_chunks: bool,
    reading: Mapping[str, Any] = MappingProxyType({}),
    write_mode: WriteMode = "replace",
    prototype: BufferPrototype | None = None,
) -> _core.Array:
    """Return the engine's handle of an array.

    Parameters
    ----------
    store : Store
    path : str
        Of the node, ``""`` for the root.
    metadata : ArrayMetadata
    write_empty_chunks : bool
        Whether a chunk that is all fill value is stored.
    reading : mapping
        As `ArrayConfig.reading` makes it.
    write_mode : {"replace", "compare_and_swap"}
        As `ArrayConfig` has it.
    prototype : BufferPrototype, optional
        The class that a store written in Python is handed chunks in.

    Raises
    ------
    UnknownCodecError
        If a codec is not known to the engine; the message names it.
    """
    plugs: list[Any] = []
    codecs_of = None
    if metadata.zarr_format == 3 and any(not isinstance(lengths, int) for lengths in metadata.chunk_sizes):
        first = tuple(lengths if isinstance(lengths, int) else lengths[0] for lengths in metadata.chunk_sizes)
        codecs = metadata.engine_codecs(plugs, first)
        # The engine's own codecs see to the shapes themselves.
        codecs_of = partial(_codecs_of, metadata) if plugs else None
    else:
        codecs = metadata.engine_codecs(plugs)
    return array_handle(
        store._handle if prototype is None else store._handle_for(prototype),
        shape=metadata.shape,
        chunk_shape=metadata.chunk_sizes,
        dtype=metadata.memory_type.to_native_dtype(),
        fill=fill_scalar(metadata)
        if metadata.object_form is None
        else metadata.object_form.dump(fill_scalar(metadata)),
        codecs=codecs,
        plugs=plugs,
        codecs_of=codecs_of,
        path=path,
        **_chunk_keys(metadata.chunk_key_encoding),
        write_empty_chunks=write_empty_chunks,
        reading=reading,
        write_mode=write_mode,
        zarr_format=metadata.zarr_format,
        text=isinstance(metadata.data_type, VariableLengthUTF8),
    )


def _codecs_of(metadata: ArrayV3Metadata, shape: tuple[int, ...]) -> tuple[str, list[Any]]:
    """Return the codecs of chunks of one of several shapes, as JSON, and those that the list has by number."""
    plugs: list[Any] = []
    return json.dumps(metadata.engine_codecs(plugs, shape)), plugs
