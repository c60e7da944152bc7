"""One codec of arrays, run by the engine on one chunk: the codec of an array in memory that has no other chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust import _core
from zarrust.codecs.codec import kind_of

if TYPE_CHECKING:
    from zarrust.abc.buffer import NDBuffer
    from zarrust.array_spec import ArraySpec

__all__ = ["decode", "encode"]


def _array(codec: Any, spec: ArraySpec) -> tuple[_core.Store, _core.Array, str]:
    """Return a store in memory, an array of one chunk in it, and the key of that chunk."""
    from zarrust.codecs.chain import engine_chain
    from zarrust.engine import array_handle

    store = _core.Store.memory()
    plugs: list[Any] = []
    chain = engine_chain((codec,), spec, plugs)
    if kind_of(codec) == "array-to-array":
        chain.append({"name": "bytes", "configuration": {"endian": "memory"}})
    handle = array_handle(
        store,
        shape=spec.shape,
        chunk_shape=spec.shape,
        dtype=spec.dtype.to_native_dtype(),
        fill=spec.fill_value,
        codecs=chain,
        plugs=plugs,
    )
    return store, handle, handle.key([0] * len(spec.shape))


def _whole(spec: ArraySpec) -> list[tuple[int, int, int]]:
    return [(0, length, 1) for length in spec.shape]


def encode(codec: Any, chunk: NDBuffer, spec: ArraySpec) -> Any:
    """Return a chunk's encoded form: a buffer of bytes, or of an array for a codec from arrays to arrays."""
    store, handle, key = _array(codec, spec)
    elements = np.asarray(chunk.as_numpy_array()).astype(spec.dtype.to_native_dtype(), copy=False)
    handle.write(_whole(spec), np.broadcast_to(elements, spec.shape))
    data = store.get(key) or b""
    if kind_of(codec) != "array-to-array":
        return spec.prototype.buffer.from_bytes(data)
    encoded = codec.resolve_metadata(spec)
    array = np.frombuffer(data, encoded.dtype.to_native_dtype()).reshape(encoded.shape)
    return spec.prototype.nd_buffer.from_ndarray_like(array)


def decode(codec: Any, chunk: Any, spec: ArraySpec) -> NDBuffer:
    """Return the chunk that an encoded form stands for."""
    store, handle, key = _array(codec, spec)
    if kind_of(codec) == "array-to-array":
        encoded = codec.resolve_metadata(spec)
        array = np.asarray(chunk.as_numpy_array()).astype(encoded.dtype.to_native_dtype(), copy=False)
        store.set(key, np.ascontiguousarray(array).tobytes())
    else:
        store.set(key, chunk.to_bytes())
    out = np.empty(spec.shape, spec.dtype.to_native_dtype())
    handle.read(_whole(spec), out)
    return spec.prototype.nd_buffer.from_ndarray_like(out)
