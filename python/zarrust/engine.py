"""From metadata to the engine's handle of an array."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust import _core
from zarrust.dtypes import swap_runs
from zarrust.dtypes.data_type import NATIVE
from zarrust.elements import cast

if TYPE_CHECKING:
    from zarrust.abc.buffer import BufferPrototype
    from zarrust.abc.store import Store
    from zarrust.metadata import ArrayMetadata

__all__ = ["fill_scalar", "open_handle"]


def fill_scalar(metadata: ArrayMetadata) -> Any:
    """Return what is read where nothing is stored: the fill value or, where format 2 leaves it open, zero."""
    return metadata.data_type.default_scalar() if metadata.fill_value is None else metadata.fill_value


def open_handle(
    store: Store,
    path: str,
    metadata: ArrayMetadata,
    *,
    write_empty_chunks: bool,
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
    prototype : BufferPrototype, optional
        The class that a store written in Python is handed chunks in.

    Raises
    ------
    UnknownCodecError
        If a codec is not known to the engine; the message names it.
    """
    memory = metadata.memory_type
    dtype = memory.to_native_dtype()
    encoding = metadata.chunk_key_encoding
    spec = {
        "path": path,
        "shape": metadata.shape,
        "chunk_shape": metadata.chunk_sizes,
        "chunk_key": {"name": encoding.name, "separator": encoding.separator},
        "element": _element(dtype, metadata.zarr_format),
        "codecs": metadata.engine_codecs(),
        "write_empty_chunks": write_empty_chunks,
    }
    scalar = fill_scalar(metadata)
    if dtype.kind in "mM":
        fill = cast(scalar, dtype)
    else:
        # Assigned rather than cast: a NaN keeps its payload.
        fill = np.empty((), dtype=dtype)
        fill[()] = scalar
    handle = store._handle if prototype is None else store._handle_for(prototype)
    return _core.Array(handle, json.dumps(spec), fill.tobytes())


def _element(dtype: np.dtype[Any], zarr_format: int) -> dict[str, Any]:
    """Return an element's layout: one unit that swaps, or the places of several."""
    if dtype.names is None:
        runs = swap_runs(dtype)
        order = ("big" if dtype.str[0] == ">" else NATIVE) if runs else None
        return {"size": dtype.itemsize, "swap": runs[0][1] if runs else 1, "order": order}
    # Format 2 keeps records in memory as they are stored, each field in its own byte order.
    runs = swap_runs(dtype) if zarr_format == 3 else []
    return {"size": dtype.itemsize, "swap": 1, "order": NATIVE if runs else None, "runs": runs}
