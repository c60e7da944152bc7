"""Codecs of arrays, run by the engine on one chunk: they are those of an array in memory that has no other chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust import _core
from zarrust.codecs.codec import EngineCodec, kind_of
from zarrust.elements import cast, from_objects, new_memory, to_objects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarrust.abc.buffer import NDBuffer
    from zarrust.array_spec import ArraySpec

__all__ = ["OneChunk", "decode", "encode"]


class OneChunk:
    """An array in memory of a single chunk.

    Parameters
    ----------
    codecs : iterable of Codec
        From an array to bytes, or only to another array.
    spec : ArraySpec
        The chunk.
    keep_empty : bool, default True
        Whether a chunk of nothing but the fill value is encoded.

    Attributes
    ----------
    handle : _core.Array
        The engine's.
    axes : list of (start, count, step)
        The selection of all elements.
    """

    def __init__(self, codecs: Iterable[Any], spec: ArraySpec, *, keep_empty: bool = True) -> None:
        from zarrust.codecs.chain import engine_chain
        from zarrust.dtypes import VariableLengthUTF8
        from zarrust.engine import array_handle

        codecs = tuple(codecs)
        self._spec = self._last = spec
        self._dtype: np.dtype[Any] = spec.dtype.to_native_dtype()
        plugs: list[Any] = []
        chain = engine_chain(codecs, spec, plugs)
        self._to_bytes = any(kind_of(codec) == "array-to-bytes" for codec in codecs)
        if not self._to_bytes:
            chain.append({"name": "bytes", "configuration": {"endian": "memory"}})
            for codec in codecs:
                self._last = codec.resolve_metadata(self._last)
        forms = (codec._object_form(spec) for codec in codecs if isinstance(codec, EngineCodec))
        self._form = next((form for form in forms if form is not None), None)
        fill = spec.dtype.default_scalar() if spec.fill_value is None else spec.fill_value
        self._store = _core.Store.memory()
        self.handle = array_handle(
            self._store,
            shape=spec.shape,
            chunk_shape=spec.shape,
            dtype=self._dtype,
            fill=fill if self._form is None else self._form.dump(fill),
            codecs=chain,
            plugs=plugs,
            write_empty_chunks=keep_empty,
            text=isinstance(spec.dtype, VariableLengthUTF8),
        )
        self._key = self.handle.key([0] * len(spec.shape))
        self.axes = [(0, length, 1) for length in spec.shape]

    def elements(self, chunk: NDBuffer) -> np.ndarray[Any, Any]:
        """Return the elements of a chunk as the engine takes them."""
        array = cast(np.asarray(chunk.as_numpy_array()), self._dtype)
        if self._dtype.kind in "OT":
            array = to_objects(array, self._form)
        return np.broadcast_to(array, self._spec.shape)

    def encoded(self) -> Any:
        """Return what has been stored: a buffer of bytes, or of an array; None for an empty chunk that is not kept."""
        data = self._store.get(self._key)
        if data is None:
            return None
        if self._to_bytes:
            return self._spec.prototype.buffer.from_bytes(data)
        array = np.frombuffer(data, self._last.dtype.to_native_dtype()).reshape(self._last.shape)
        return self._spec.prototype.nd_buffer.from_numpy_array(array)

    def memory(self, chunk: Any) -> np.ndarray[Any, Any]:
        """Store the encoded form of a chunk, and return memory for its elements."""
        if self._to_bytes:
            self._store.set(self._key, chunk.to_bytes())
        else:
            array = np.asarray(chunk.as_numpy_array()).astype(self._last.dtype.to_native_dtype(), copy=False)
            self._store.set(self._key, np.ascontiguousarray(array).tobytes())
        return new_memory(self._spec.shape, np.dtype("O") if self._dtype.kind in "OT" else self._dtype)

    def decoded(self, memory: np.ndarray[Any, Any]) -> NDBuffer:
        """Return the chunk whose elements the engine has put into memory."""
        array = from_objects(memory, self._form, self._dtype) if self._dtype.kind in "OT" else memory
        return self._spec.prototype.nd_buffer.from_numpy_array(array)


def encode(codec: Any, chunk: NDBuffer, spec: ArraySpec) -> Any:
    """Return a chunk's encoded form: a buffer of bytes, or of an array for a codec from arrays to arrays."""
    one = OneChunk((codec,), spec)
    one.handle.write(one.axes, one.elements(chunk))
    return one.encoded()


def decode(codec: Any, chunk: Any, spec: ArraySpec) -> NDBuffer:
    """Return the chunk that an encoded form stands for."""
    one = OneChunk((codec,), spec)
    memory = one.memory(chunk)
    one.handle.read(one.axes, memory)
    return one.decoded(memory)
