"""One class per codec; what they share is their configuration, which is numcodecs' own.

Source: numcodecs; zarr-python's names for its codecs in format 3.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zarrust import _core
from zarrust.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarrust.abc.metadata import Metadata
from zarrust.codecs.bridge import decode_numcodecs
from zarrust.codecs.codec import EngineCodec, check_name
from zarrust.codecs.numcodec import engine_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.abc.buffer import Buffer, NDBuffer
    from zarrust.abc.numcodec import Numcodec
    from zarrust.array_spec import ArraySpec

_PREFIX = "numcodecs."


@dataclass(frozen=True, init=False, repr=False)
class _NumcodecsCodec(EngineCodec, Metadata):
    """A codec of numcodecs.

    Parameters
    ----------
    **codec_config
        The options of the numcodecs class.
    """

    codec_name: ClassVar[str]
    codec_config: Mapping[str, Any]

    def __init_subclass__(cls, *, codec_name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if codec_name is not None:
            cls.codec_name = _PREFIX + codec_name

    def __init__(self, **codec_config: Any) -> None:
        name = self.codec_name.removeprefix(_PREFIX)
        if codec_config.setdefault("id", name) != name:
            raise ValueError(f"Codec id does not match {name}. Got: {codec_config['id']}.")
        object.__setattr__(self, "codec_config", {"id": name} | codec_config)

    @cached_property
    def _codec(self) -> Numcodec:
        from zarrust.registry import get_numcodec

        return get_numcodec(self.codec_config)

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any], field: str) -> Self:
        """Return the codec of a document's ``configuration``: whatever options numcodecs has."""
        return cls(**configuration)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the codec of its metadata JSON."""
        check_name(cls, data)
        return cls.from_configuration(data.get("configuration") or {}, cls.codec_name)

    def configuration(self) -> dict[str, Any]:
        """Return the options."""
        return {name: value for name, value in self.codec_config.items() if name != "id"}

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata JSON."""
        return {"name": self.codec_name, "configuration": self.configuration()}

    def engine_document(self, spec: ArraySpec, plugs: list[Any]) -> dict[str, Any] | None:
        """Return the codec as the engine has it; None where numcodecs runs it."""
        from zarrust.engine import element_of

        document = engine_document(self.codec_config)
        # The engine alone knows which options it can follow; what it refuses, numcodecs runs or refuses in its own
        # words.
        before = [_AS_IS] if isinstance(self, BytesBytesCodec) else []
        after = [_AS_IS] if isinstance(self, ArrayArrayCodec) else []
        chain = [*before, document, *after]
        known = _core.supports(json.dumps(chain), spec.shape, json.dumps(element_of(spec.dtype.to_native_dtype())))
        return document if known else None

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Refuse: the size depends on what is in the chunk."""
        raise NotImplementedError(f"the encoded size of {self.codec_name} is not known before")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(codec_name={self.codec_name!r}, codec_config={self.configuration()!r})"

    def __hash__(self) -> int:
        return hash((self.codec_name, json.dumps(self.to_dict(), sort_keys=True, default=str)))


_AS_IS = {"name": "bytes", "configuration": {"endian": "memory"}}


class _NumcodecsBytesBytesCodec(_NumcodecsCodec, BytesBytesCodec):
    """A codec of numcodecs from bytes to bytes."""

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return chunk_spec.prototype.buffer.from_bytes(_bytes(decode_numcodecs(self._codec, chunk_data.to_bytes())))

    def _encode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return chunk_spec.prototype.buffer.from_bytes(_bytes(self._codec.encode(chunk_data.to_bytes())))

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return self._decode_sync(chunk_data, chunk_spec)

    async def _encode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return self._encode_sync(chunk_data, chunk_spec)


class _NumcodecsArrayArrayCodec(_NumcodecsCodec, ArrayArrayCodec):
    """A codec of numcodecs from arrays to arrays."""

    def _decode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        decoded = np.asarray(self._codec.decode(np.ascontiguousarray(chunk_data.as_numpy_array())))
        array = decoded.view(chunk_spec.dtype.to_native_dtype()).reshape(chunk_spec.shape)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(array)

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        # numcodecs takes elements in the order of their memory.
        encoded = np.asarray(self._codec.encode(np.ascontiguousarray(chunk_data.as_numpy_array())))
        after = self.resolve_metadata(chunk_spec)
        if encoded.size == math.prod(after.shape):
            encoded = encoded.reshape(after.shape)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(encoded)

    async def _decode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        return self._decode_sync(chunk_data, chunk_spec)

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        return self._encode_sync(chunk_data, chunk_spec)

    def _stored_as(self, spec: ArraySpec, dtype: Any) -> ArraySpec:
        """Return a chunk with elements of another type, its fill value as far as that has it."""
        from zarrust.dtypes import parse_dtype

        if dtype is None:
            return spec
        data_type = parse_dtype(np.dtype(dtype), zarr_format=3)
        try:
            fill = data_type.cast_scalar(spec.fill_value)
        except (TypeError, ValueError, OverflowError):
            fill = data_type.default_scalar()
        return replace(spec, dtype=data_type, fill_value=fill)

    def _with_dtype(self, option: str, spec: ArraySpec) -> Self:
        """Return the codec with an option of a data type that was left open."""
        if self.codec_config.get(option) is not None:
            return self
        return type(self)(**{**self.codec_config, option: str(spec.dtype.to_native_dtype())})


class _NumcodecsArrayBytesCodec(_NumcodecsCodec, ArrayBytesCodec):
    """A codec of numcodecs from arrays to bytes."""

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        decoded = np.asarray(self._codec.decode(chunk_data.to_bytes()))
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(decoded.reshape(chunk_spec.shape))

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        encoded = self._codec.encode(np.ascontiguousarray(chunk_data.as_numpy_array()))
        return chunk_spec.prototype.buffer.from_bytes(_bytes(encoded))

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        return self._decode_sync(chunk_data, chunk_spec)

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        return self._encode_sync(chunk_data, chunk_spec)


def _bytes(made: Any) -> bytes:
    return made if isinstance(made, bytes) else np.asarray(made).tobytes()


class Blosc(_NumcodecsBytesBytesCodec, codec_name="blosc"):
    """The Blosc container: cname, clevel, shuffle, blocksize."""


class LZ4(_NumcodecsBytesBytesCodec, codec_name="lz4"):
    """LZ4 behind the size of its data: acceleration."""


class Zstd(_NumcodecsBytesBytesCodec, codec_name="zstd"):
    """Zstandard: level, checksum."""


class Zlib(_NumcodecsBytesBytesCodec, codec_name="zlib"):
    """Deflate with a zlib header: level."""


class GZip(_NumcodecsBytesBytesCodec, codec_name="gzip"):
    """Deflate with a gzip header: level."""


class BZ2(_NumcodecsBytesBytesCodec, codec_name="bz2"):
    """Bzip2: level."""


class LZMA(_NumcodecsBytesBytesCodec, codec_name="lzma"):
    """LZMA, in the format of xz by default: format, check, preset, filters."""


class Shuffle(_NumcodecsBytesBytesCodec, codec_name="shuffle"):
    """The first bytes of all elements, then the second ones, and so on: elementsize."""

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Shuffle:
        """Return the codec with the array's element size where none is given."""
        if self.codec_config.get("elementsize") is not None:
            return self
        return Shuffle(**{**self.codec_config, "elementsize": array_spec.dtype.to_native_dtype().itemsize})


class Delta(_NumcodecsArrayArrayCodec, codec_name="delta"):
    """Differences of neighbours: dtype, astype."""

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk with elements of ``astype``."""
        return self._stored_as(chunk_spec, self.codec_config.get("astype"))

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Delta:
        """Return the codec with the array's data type where none is given."""
        return self._with_dtype("dtype", array_spec)


class BitRound(_NumcodecsArrayArrayCodec, codec_name="bitround"):
    """The mantissa rounded to its first bits: keepbits."""


class FixedScaleOffset(_NumcodecsArrayArrayCodec, codec_name="fixedscaleoffset"):
    """``(x - offset) * scale``, rounded: offset, scale, dtype, astype."""

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk with elements of ``astype``."""
        return self._stored_as(chunk_spec, self.codec_config.get("astype"))

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> FixedScaleOffset:
        """Return the codec with the array's data type where none is given."""
        return self._with_dtype("dtype", array_spec)


class Quantize(_NumcodecsArrayArrayCodec, codec_name="quantize"):
    """Floating point numbers rounded to decimal digits: digits, dtype, astype."""

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk with elements of ``astype``."""
        return self._stored_as(chunk_spec, self.codec_config.get("astype"))

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Quantize:
        """Return the codec with the array's data type where none is given."""
        return self._with_dtype("dtype", array_spec)


class PackBits(_NumcodecsArrayArrayCodec, codec_name="packbits"):
    """Eight booleans in a byte."""

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the bytes of the packed chunk."""
        from zarrust.dtypes import UInt8

        length = 1 + math.ceil(math.prod(chunk_spec.shape) / 8)
        return replace(chunk_spec, shape=(length,), dtype=UInt8(), fill_value=np.uint8(0))

    def validate(self, *, dtype: Any, **_kwargs: Any) -> None:
        """Refuse other data types than bool.

        Raises
        ------
        ValueError
            If ``dtype`` is another one.
        """
        if dtype.to_native_dtype() != np.dtype("bool"):
            raise ValueError(f"Packbits filter requires bool dtype. Got {dtype}.")


class AsType(_NumcodecsArrayArrayCodec, codec_name="astype"):
    """Elements stored as another type: encode_dtype, decode_dtype."""

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk with elements of ``encode_dtype``."""
        return self._stored_as(chunk_spec, self.codec_config["encode_dtype"])

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> AsType:
        """Return the codec with the array's data type where none is given."""
        return self._with_dtype("decode_dtype", array_spec)


class _NumcodecsChecksumCodec(_NumcodecsBytesBytesCodec):
    """A checksum of four bytes beside the data."""

    is_fixed_size = True

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Return four bytes more than ``input_byte_length``."""
        return input_byte_length + 4


class CRC32(_NumcodecsChecksumCodec, codec_name="crc32"):
    """CRC-32: location ("start" or "end")."""


class CRC32C(_NumcodecsChecksumCodec, codec_name="crc32c"):
    """Castagnoli's CRC-32: location ("start" or "end")."""


class Adler32(_NumcodecsChecksumCodec, codec_name="adler32"):
    """Adler-32: location ("start" or "end")."""


class Fletcher32(_NumcodecsChecksumCodec, codec_name="fletcher32"):
    """Fletcher's checksum, as HDF5 has it."""


class JenkinsLookup3(_NumcodecsChecksumCodec, codec_name="jenkins_lookup3"):
    """Jenkins' lookup3 hash: initval, prefix."""


class PCodec(_NumcodecsArrayBytesCodec, codec_name="pcodec"):
    """Pco: level, mode_spec, delta_spec and more."""


class ZFPY(_NumcodecsArrayBytesCodec, codec_name="zfpy"):
    """ZFP: mode, tolerance, rate, precision."""
