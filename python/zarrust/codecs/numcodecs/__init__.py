"""The codecs of numcodecs in format 3, under the names ``numcodecs.ID``.

The options are those of the classes of the same names in the package numcodecs, which is needed only for what the
engine does not run itself. Not part of the specification of format 3: readers in other languages know few of them.

Examples
--------
>>> import numpy as np
>>> import zarrust as zarr
>>> from zarrust.codecs.numcodecs import Delta, LZ4
>>> z = zarr.create_array(
...     {}, shape=(6,), dtype="i4", chunks=(3,), filters=Delta(dtype="i4"), compressors=LZ4(acceleration=2)
... )
>>> z[...] = np.arange(6)
>>> z[...]
array([0, 1, 2, 3, 4, 5], dtype=int32)
"""

from __future__ import annotations

from zarrust.codecs.numcodecs._codecs import (
    BZ2,
    CRC32,
    CRC32C,
    LZ4,
    LZMA,
    ZFPY,
    Adler32,
    AsType,
    BitRound,
    Blosc,
    Delta,
    FixedScaleOffset,
    Fletcher32,
    GZip,
    JenkinsLookup3,
    PackBits,
    PCodec,
    Quantize,
    Shuffle,
    Zlib,
    Zstd,
    _NumcodecsArrayArrayCodec,
    _NumcodecsArrayBytesCodec,
    _NumcodecsBytesBytesCodec,
    _NumcodecsCodec,
)

__all__ = [
    "BZ2",
    "CRC32",
    "CRC32C",
    "LZ4",
    "LZMA",
    "ZFPY",
    "Adler32",
    "AsType",
    "BitRound",
    "Blosc",
    "Delta",
    "FixedScaleOffset",
    "Fletcher32",
    "GZip",
    "JenkinsLookup3",
    "PCodec",
    "PackBits",
    "Quantize",
    "Shuffle",
    "Zlib",
    "Zstd",
    "_NumcodecsArrayArrayCodec",
    "_NumcodecsArrayBytesCodec",
    "_NumcodecsBytesBytesCodec",
    "_NumcodecsCodec",
]
