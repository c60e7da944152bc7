"""Object codecs of format 2: how the engine's elements of any length become Python objects and chunks of them bytes.

The engine stores strings, bytes and ragged arrays itself. A codec of numcodecs that knows only whole chunks, such as
JSON, is called by it with all elements of a chunk; between the two, each object is a pickle that never leaves the
process.
"""

from __future__ import annotations

import json
import pickle
import struct
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from zarrust import _core
from zarrust.errors import MetadataValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarrust.codecs.numcodec import Numcodec

__all__ = ["ObjectForm", "object_chain"]

_IN_ENGINE = {"vlen-utf8": "vlen-utf8", "vlen-bytes": "vlen-bytes", "vlen-array": "vlen-bytes"}


class ObjectForm:
    """How objects become the bytes that the engine has of each.

    Parameters
    ----------
    dtype : numpy.dtype, optional
        Of the elements of ragged arrays; without it the objects may be any.
    """

    def __init__(self, dtype: np.dtype[Any] | None) -> None:
        self._dtype = dtype

    @classmethod
    def of(cls, filters: Sequence[Numcodec] | None) -> ObjectForm:
        """Return the form that the first filter asks for.

        Raises
        ------
        MetadataValidationError
            If a ragged array names no data type of numbers.
        """
        first = filters[0] if filters else None
        if first is None or first.codec_id != "vlen-array":
            return cls(None)
        try:
            dtype: np.dtype[Any] = np.dtype(first.config.get("dtype"))
        except TypeError:
            dtype = np.dtype("O")
        if dtype.hasobject or not dtype.itemsize:
            found = first.config.get("dtype")
            raise MetadataValidationError(f"filters[0].dtype: expected a type of numbers, found {found!r:.200}")
        return cls(dtype)

    def dump(self, value: Any) -> bytes:
        """Return the bytes of an object."""
        if self._dtype is None:
            return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return b"" if value is None else np.ascontiguousarray(value, dtype=self._dtype).tobytes()

    def load(self, data: bytes) -> Any:
        """Return the object of bytes that `dump`, or the engine, made."""
        if self._dtype is None:
            return pickle.loads(data)
        return np.frombuffer(data, dtype=self._dtype).copy()

    def dump_all(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return an array of the bytes of each object; what is broadcast stays so."""
        result = np.empty(values.shape, dtype=object)
        for index, value in enumerate(values.flat):
            result.flat[index] = self.dump(value)
        return result

    def load_all(self, memory: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return an array of the objects."""
        result = np.empty(memory.shape, dtype=object)
        for index, data in enumerate(memory.flat):
            result[np.unravel_index(index, memory.shape)] = self.load(data)
        return result


class _Metadata(Protocol):
    """What `object_chain` needs of an array's metadata."""

    @property
    def filters(self) -> tuple[Numcodec, ...] | None: ...
    @property
    def compressor(self) -> Numcodec | None: ...
    @property
    def order(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def chunks(self) -> tuple[int, ...]: ...


def object_chain(metadata: _Metadata, plugs: list[Any]) -> list[Any]:
    """Return the engine's list of codecs for objects; the first filter makes bytes of them.

    Parameters
    ----------
    metadata : ArrayV2Metadata
    plugs : list
        Bridges of the codecs that numcodecs runs are appended.

    Raises
    ------
    MetadataValidationError
        If the first filter is none for objects.
    """
    from zarrust.codecs.bridge import NumcodecsBridge
    from zarrust.dtypes.objects import OBJECT_FILTERS
    from zarrust.engine import element_of

    filters = metadata.filters or ()
    if not filters or filters[0].codec_id not in OBJECT_FILTERS:
        raise MetadataValidationError("filters: expected an object codec as the first one for elements of any length")
    first, *rest = filters
    chain: list[Any] = []
    if metadata.order == "F" and len(metadata.shape) > 1:
        chain.append({"name": "transpose", "configuration": {"order": list(range(len(metadata.shape)))[::-1]}})
    chain.append({"name": _IN_ENGINE.get(first.codec_id, "vlen-bytes")})
    if first.codec_id not in _IN_ENGINE:
        plugs.append(_ChunkBridge(first.resolve(), metadata.chunks, metadata.order))
        chain.append({"plug": len(plugs) - 1, "kind": "bytes-bytes"})
    for codec in rest if metadata.compressor is None else [*rest, metadata.compressor]:
        document = codec.to_v3()
        if _core.supports(json.dumps([{"name": "bytes"}, document]), (1,), json.dumps(element_of(np.dtype("u1")))):
            chain.append(document)
        else:
            plugs.append(NumcodecsBridge([codec.resolve()], np.dtype("u1"), (-1,), "C"))
            chain.append({"plug": len(plugs) - 1, "kind": "bytes-bytes"})
    return chain


class _ChunkBridge:
    """The engine's view of an object codec that knows whole chunks: between pickles, each after its length, and bytes.

    Parameters
    ----------
    codec : numcodecs codec
    shape : tuple of int
        Of a chunk.
    order : {"C", "F"}
        Of the elements in a chunk; the engine has them in this order.
    """

    def __init__(self, codec: Any, shape: tuple[int, ...], order: str) -> None:
        self._codec = codec
        self._shape = shape
        self._order: Any = order

    def encode(self, data: bytes) -> bytes:
        """Return the stored bytes of the objects of a chunk."""
        flat = np.empty(int(np.prod(self._shape)), dtype=object)
        at = 4
        for index in range(len(flat)):
            (length,) = struct.unpack_from("<I", data, at)
            flat[index] = pickle.loads(data[at + 4 : at + 4 + length])
            at += 4 + length
        made = self._codec.encode(flat.reshape(self._shape, order=self._order))
        return made if isinstance(made, bytes) else np.ascontiguousarray(made).tobytes()

    def decode(self, data: bytes) -> bytes:
        """Return the objects of a chunk."""
        from zarrust.codecs.bridge import check_pickle

        check_pickle((self._codec,))
        made = np.asarray(self._codec.decode(data), dtype=object)
        flat = made.reshape(-1, order=self._order) if made.shape == self._shape else made.reshape(-1)
        parts = [struct.pack("<I", flat.size)]
        for value in flat:
            dumped = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
            parts += [struct.pack("<I", len(dumped)), dumped]
        return b"".join(parts)
