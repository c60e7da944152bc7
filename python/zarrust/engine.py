"""From metadata to the engine's handle of an array."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust import _core

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.abc.store import Store
    from zarrust.dtypes import DataType
    from zarrust.metadata import ArrayMetadata

__all__ = ["array_handle", "element_of", "fill_scalar", "open_handle"]


def fill_scalar(metadata: ArrayMetadata) -> Any:
    """Return what is read where nothing is stored: the fill value or, where format 2 leaves it open, zero."""
    return metadata.data_type.default_scalar() if metadata.fill_value is None else metadata.fill_value


_KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}


def element_of(data_type: DataType) -> dict[str, Any]:
    """Return the element of a data type as the engine has it: bytes, what of them swaps, and what they mean."""
    dtype = data_type.to_native_dtype()
    order = getattr(data_type, "endianness", None)
    return {
        "size": dtype.itemsize,
        "swap": data_type.swap_size,
        "order": order,
        "kind": _KINDS.get(dtype.kind, "other"),
    }


def array_handle(
    store: _core.Store,
    *,
    shape: tuple[int, ...],
    chunk_shape: tuple[int, ...],
    dtype: DataType,
    fill: Any,
    codecs: list[Any],
    plugs: list[Any],
    path: str = "",
    chunk_key: Mapping[str, str] = MappingProxyType({"name": "default", "separator": "/"}),
    write_empty_chunks: bool = True,
) -> _core.Array:
    """Return the engine's handle of an array that has no document.

    Parameters
    ----------
    store : Store
        The engine's.
    shape : tuple of int
        In elements.
    chunk_shape : tuple of int
        Of a stored object, in elements.
    dtype : DataType
        In memory.
    fill : scalar
        What is read where nothing is stored.
    codecs : list
        As `zarrust.codecs.chain.engine_chain` makes it.
    plugs : list
        The codecs that it has by number.
    path : str
        Of the node, ``""`` for the root.
    chunk_key : mapping
        Name and separator of the chunk key encoding.
    write_empty_chunks : bool
        Whether a chunk that is all fill value is stored.
    """
    spec = {
        "path": path,
        "shape": shape,
        "chunk_shape": chunk_shape,
        "chunk_key": dict(chunk_key),
        "element": element_of(dtype),
        "codecs": codecs,
        "write_empty_chunks": write_empty_chunks,
    }
    # Assigned rather than cast: a NaN keeps its payload.
    element = np.empty((), dtype=dtype.to_native_dtype())
    element[()] = fill
    return _core.Array(store, json.dumps(spec), element.tobytes(), plugs)


def open_handle(store: Store, path: str, metadata: ArrayMetadata, *, write_empty_chunks: bool) -> _core.Array:
    """Return the engine's handle of an array.

    Parameters
    ----------
    store : Store
    path : str
        Of the node, ``""`` for the root.
    metadata : ArrayMetadata
    write_empty_chunks : bool
        Whether a chunk that is all fill value is stored.

    Raises
    ------
    UnknownCodecError
        If a codec is not known to the engine; the message names it.
    """
    encoding = metadata.chunk_key_encoding
    plugs: list[Any] = []
    return array_handle(
        store._handle,
        shape=metadata.shape,
        chunk_shape=metadata.stored_shape,
        dtype=metadata.memory_type,
        fill=fill_scalar(metadata),
        codecs=metadata.engine_codecs(plugs),
        plugs=plugs,
        path=path,
        chunk_key={"name": encoding.name, "separator": encoding.separator},
        write_empty_chunks=write_empty_chunks,
    )
