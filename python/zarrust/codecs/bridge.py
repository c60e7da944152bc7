"""Codecs written in Python, as the engine calls them: bytes in and bytes out, from worker threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust import loop
from zarrust.codecs.codec import kind_of

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["CodecBridge", "NumcodecsBridge", "decode_numcodecs"]


def _definer(cls: type, names: tuple[str, ...]) -> int:
    """Return the place, in the order in which methods are looked up, of the first class that has one of these."""
    places = (place for place, base in enumerate(cls.__mro__) if any(name in vars(base) for name in names))
    return next(places, len(cls.__mro__))


def _blocking(codec: Any, direction: str) -> Any:
    """Return the codec's blocking method of a direction, None without one that means the same.

    A subclass that overrides only the coroutine means the coroutine: an inherited blocking form would pass it by.
    """
    sync = f"_{direction}_sync"
    if not getattr(codec, "_sync_capable", True) or not hasattr(codec, sync):
        return None
    before = _definer(type(codec), (sync,)) <= _definer(type(codec), (direction, f"_{direction}_single"))
    return getattr(codec, sync) if before else None


class CodecBridge:
    """The engine's view of a user's codec.

    Parameters
    ----------
    codec : Codec
        Of any kind; its ``_decode_sync`` and ``_encode_sync`` are called if it has them, its coroutines run on the
        package's loop otherwise.
    spec : ArraySpec
        The chunk before it is encoded.
    after : ArraySpec
        The encoded chunk, of a codec from arrays to arrays.
    """

    def __init__(self, codec: Any, spec: ArraySpec, after: ArraySpec) -> None:
        self._codec = codec
        self._spec = spec
        kind = kind_of(codec)
        self._decoded = None if kind == "bytes-to-bytes" else spec
        self._encoded = after if kind == "array-to-array" else None
        self._encode = _blocking(codec, "encode")
        self._decode = _blocking(codec, "decode")

    def encode(self, data: bytes) -> bytes | None:
        """Return the encoded bytes of a chunk, None if it is not to be stored."""
        chunk = self._wrap(data, self._decoded)
        if self._encode is not None:
            made = self._encode(chunk, self._spec)
        else:
            made = loop.run(_first(self._codec.encode, chunk, self._spec))
        return None if made is None else self._unwrap(made, self._encoded, "encoded")

    def decode(self, data: bytes) -> bytes:
        """Return the decoded bytes of a chunk."""
        chunk = self._wrap(data, self._encoded)
        if self._decode is not None:
            made = self._decode(chunk, self._spec)
        else:
            made = loop.run(_first(self._codec.decode, chunk, self._spec))
        return self._unwrap(made, self._decoded, "decoded")

    def _wrap(self, data: bytes, spec: ArraySpec | None) -> Any:
        prototype = self._spec.prototype
        if spec is None:
            return prototype.buffer.from_bytes(data)
        # A copy: codecs may compute in place, and the engine's bytes are constant.
        array = np.frombuffer(data, spec.dtype.to_native_dtype()).reshape(spec.shape).copy()
        return prototype.nd_buffer.from_ndarray_like(array)

    def _unwrap(self, made: Any, spec: ArraySpec | None, what: str) -> bytes:
        if made is None:
            raise ValueError(f"{type(self._codec).__name__} {what} a chunk to None, expected a buffer")
        if spec is None:
            return made if isinstance(made, bytes) else bytes(made.to_bytes())
        dtype = spec.dtype.to_native_dtype()
        array = np.asarray(made.as_numpy_array())
        if array.dtype != dtype and array.dtype.newbyteorder("=") == dtype.newbyteorder("="):
            array = array.astype(dtype)
        if array.dtype.itemsize != dtype.itemsize or array.size != np.prod(spec.shape, dtype=np.int64):
            raise ValueError(
                f"{type(self._codec).__name__} {what} a chunk to shape {array.shape} of {array.dtype}, "
                f"expected {spec.shape} of {dtype}"
            )
        return array.tobytes()


async def _first(method: Any, chunk: Any, spec: ArraySpec) -> Any:
    return next(iter(await method([(chunk, spec)])))


class NumcodecsBridge:
    """The engine's view of numcodecs objects in a row, as format 2 has them.

    Parameters
    ----------
    codecs : sequence of Numcodec
        In the order of encoding.
    dtype : numpy.dtype
        Of the array.
    shape : tuple of int
        Of a chunk.
    order : {"C", "F"}
        Of the elements in a chunk; the engine has them in this order.
    """

    def __init__(self, codecs: Any, dtype: np.dtype[Any], shape: tuple[int, ...], order: str) -> None:
        self._codecs = tuple(codecs)
        self._dtype = dtype
        self._shape = shape
        self._order = order

    def encode(self, data: bytes) -> bytes:
        """Return the encoded bytes of a chunk."""
        flat = np.frombuffer(data, self._dtype).copy()
        chunk: Any = flat.reshape(self._shape, order="F" if self._order == "F" else "C")
        for codec in self._codecs:
            chunk = codec.encode(chunk)
        return _bytes(chunk)

    def decode(self, data: bytes) -> bytes:
        """Return the decoded bytes of a chunk."""
        check_pickle(self._codecs)
        chunk: Any = data
        for codec in reversed(self._codecs):
            chunk = decode_numcodecs(codec, chunk)
        return _bytes(chunk)


def decode_numcodecs(codec: Any, data: Any) -> Any:
    """Return what a numcodecs object decodes.

    Notes
    -----
    LZMA's containers carry their filters; numcodecs gives Python's ``lzma`` those of the codec as well, which it
    refuses for anything but a raw stream.
    """
    if getattr(codec, "codec_id", None) == "lzma" and codec.filters:
        import lzma

        if codec.format != lzma.FORMAT_RAW:
            return lzma.decompress(data, format=codec.format)
    return codec.decode(data)


def _bytes(made: Any) -> bytes:
    """Return what a numcodecs object gave as bytes: an array in the order of its memory."""
    if isinstance(made, bytes):
        return made
    array = np.asarray(made)
    if array.dtype == object:
        raise RuntimeError("cannot write object array without object codec")
    return array.tobytes(order="A")


def check_pickle(codecs: tuple[Any, ...]) -> None:
    """Refuse to decode with the pickle codec, unless the setting allows it.

    Raises
    ------
    PickleCodecDisabledError
        If the setting is not exactly True.
    """
    from zarrust.config import config
    from zarrust.errors import PickleCodecDisabledError

    pickled = any(getattr(codec, "codec_id", None) == "pickle" for codec in codecs)
    if pickled and config.get("array.allow_unsafe_pickle_decode") is not True:
        raise PickleCodecDisabledError(
            "the codec 'pickle' can run any code when it decodes, so it does not decode data of unknown origin. If you "
            "trust the data, set array.allow_unsafe_pickle_decode to True in zarrust.config or in the environment "
            "(ZARR_ARRAY__ALLOW_UNSAFE_PICKLE_DECODE=True); newer versions of numcodecs want "
            "NUMCODECS_ALLOW_UNSAFE_PICKLE_DECODE=1 as well"
        )
