"""The arrays that are written by one implementation and read by another."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np

SHAPE, CHUNKS, SHARDS = (7, 10), (3, 4), (6, 8)

KINDS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "c16"]
TYPES = ["|b1", *(("|" if kind[1:] == "1" else "<") + kind for kind in KINDS)]
BIG = [f">{kind}" for kind in KINDS if kind[1:] != "1"]


@dataclass(frozen=True)
class Case:
    """One array.

    ``chain`` is a key of V3_CHAINS or V2_COMPRESSORS; ``index`` says where the shard's index is, None without shards.
    """

    zarr_format: int
    dtype: str
    chain: str
    index: str | None = None
    order: str = "C"
    keys: tuple[str, str] = ("default", "/")

    def __str__(self) -> str:
        shard = f"-index at {self.index}" if self.index else ""
        return f"v{self.zarr_format}-{self.dtype}-{self.chain}{shard}-{self.order}-{self.keys[0]}{self.keys[1]}"

    def options(self, zarr: Any) -> dict[str, Any]:
        """Keywords of ``create_array``, for zarr-python and for zarrust alike."""
        options = {
            "shape": SHAPE,
            "chunks": CHUNKS,
            "dtype": self.dtype,
            "zarr_format": self.zarr_format,
            "chunk_key_encoding": {"name": self.keys[0], "separator": self.keys[1]},
            "fill_value": 0,
        }
        if self.zarr_format == 2:
            return {**options, "compressors": V2_COMPRESSORS[self.chain], "order": self.order, "filters": None}
        codecs = zarr.codecs
        filters = [codecs.TransposeCodec(order=(1, 0))] if self.order == "F" else None
        shards = None if self.index is None else {"shape": SHARDS, "index_location": self.index}
        return {**options, "compressors": V3_CHAINS[self.chain](codecs), "filters": filters, "shards": shards}


V3_CHAINS = {
    "bytes": lambda _: None,
    "gzip": lambda codecs: [codecs.GzipCodec(level=1)],
    "zstd": lambda codecs: [codecs.ZstdCodec(level=1)],
    "zstd+checksum": lambda codecs: [codecs.ZstdCodec(level=1, checksum=True)],
    "blosc-lz4": lambda codecs: [codecs.BloscCodec(cname="lz4", shuffle="shuffle", typesize=4)],
    "blosc-zstd-bits": lambda codecs: [codecs.BloscCodec(cname="zstd", shuffle="bitshuffle", typesize=4)],
    "blosc-blosclz": lambda codecs: [codecs.BloscCodec(cname="blosclz", shuffle="noshuffle", typesize=1, blocksize=64)],
    "blosc-lz4hc": lambda codecs: [codecs.BloscCodec(cname="lz4hc", clevel=9, shuffle="shuffle", typesize=2)],
    "blosc-zlib": lambda codecs: [codecs.BloscCodec(cname="zlib", clevel=1, shuffle="shuffle", typesize=8)],
    "crc32c": lambda codecs: [codecs.Crc32cCodec()],
    "zstd+crc32c": lambda codecs: [codecs.ZstdCodec(level=1), codecs.Crc32cCodec()],
}
V2_COMPRESSORS = {
    "none": None,
    "zlib": numcodecs.Zlib(level=1),
    "gzip": numcodecs.GZip(level=1),
    "zstd": numcodecs.Zstd(level=1),
    "blosc": numcodecs.Blosc(cname="lz4", shuffle=numcodecs.Blosc.SHUFFLE),
    "blosc-zstd-bits": numcodecs.Blosc(cname="zstd", shuffle=numcodecs.Blosc.BITSHUFFLE),
}
V2_KEYS = [("v2", "."), ("v2", "/")]
V3_KEYS = [("default", "/"), ("default", "."), *V2_KEYS]

CASES = list(
    dict.fromkeys(
        [
            # Every data type through every layout, every codec through every layout, every key through every order.
            *(Case(3, *one) for one in itertools.product(TYPES, ["bytes", "zstd"], [None, "end", "start"])),
            *(Case(3, dtype, "bytes", index) for dtype, index in itertools.product(BIG, [None, "end"])),
            *(Case(3, "<f4", *one) for one in itertools.product(V3_CHAINS, [None, "end", "start"], "CF")),
            *(Case(3, "<i2", "zstd", *one) for one in itertools.product([None, "end"], "CF", V3_KEYS)),
            *(Case(2, *one, keys=V2_KEYS[0]) for one in itertools.product([*TYPES, *BIG], ["none", "zlib"])),
            *(
                Case(2, "<f4", chain, order=order, keys=keys)
                for chain, order, keys in itertools.product(V2_COMPRESSORS, "CF", V2_KEYS)
            ),
        ]
    )
)


def values(dtype: str, seed: int = 0) -> np.ndarray:
    """Values of every sort that the data type has: for floats also NaN with a payload, infinities and -0."""
    rng = np.random.default_rng([seed, np.dtype(dtype).itemsize])
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.integers(0, 2, SHAPE).astype(kind)
    if kind.kind in "iu":
        return rng.integers(0, 256, (*SHAPE, kind.itemsize), dtype="u1").view(kind)[..., 0]
    native = kind.newbyteorder("=")
    floats = rng.standard_normal((*SHAPE, kind.itemsize)).astype(
        "f2" if native.itemsize == 2 else f"f{native.itemsize}"
    )
    found = floats[..., 0].astype(native) if kind.kind == "f" else (floats[..., 0] + 1j * floats[..., 1]).astype(native)
    found[0, :4] = [np.nan, np.inf, -np.inf, -0.0]
    part = native.itemsize if kind.kind == "f" else native.itemsize // 2
    payload = {2: 0x7E2A, 4: 0x7FC01234, 8: 0x7FF8000012345678}[part]
    found[1, :1].view(f"u{part}")[0] = payload
    return found.astype(kind)


def canonical(found: Any) -> bytes:
    """Elements in C order, each little-endian: equal when every bit is."""
    found = np.asarray(found)
    little = np.ascontiguousarray(found)
    if found.dtype.byteorder == ">":
        # byteswap and not astype: a conversion may change the bits of a NaN
        little = little.byteswap().view(found.dtype.newbyteorder("<"))
    return little.tobytes()


def write(zarr: Any, path: Path, case: Case) -> np.ndarray:
    """Create the array and write it in two steps, of which the second changes parts of chunks and of shards."""
    array = zarr.create_array(path, **case.options(zarr))
    first, expected = values(case.dtype, 1), values(case.dtype)
    array[...] = first
    array[1:, :9] = expected[1:, :9]
    array[0, ...] = expected[0]
    array[:, -1] = expected[:, -1]
    return expected


def tensorstore_spec(path: Path, case: Case) -> dict[str, Any]:
    """How tensorstore opens the array."""
    return {"driver": "zarr3" if case.zarr_format == 3 else "zarr", "kvstore": {"driver": "file", "path": str(path)}}
