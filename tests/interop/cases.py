"""The arrays of the matrix: every value of every axis, and every pair of values of two axes, in some array.

An array is a format, a data type, a chain of codecs, a layout of chunks and shards, an order, a fill value and a
spelling of its chunks' keys. Every data type with every chain are too many pairs for each push: those are of the
longer run.
"""

import itertools
import json
import random
import warnings
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np

SHAPE, CHUNKS, SHARDS = (7, 10), (3, 4), (6, 8)
# What is written: the chunks below are nothing but fill value.
WRITTEN = 6

NUMBERS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "c16"]
TYPES = [
    "|b1",
    *(("|" if kind[1:] == "1" else "<") + kind for kind in NUMBERS),
    *(f">{kind}" for kind in NUMBERS if kind[1:] != "1"),
    *("string", "variable_length_bytes", "|S5", "<U4", "<M8[ns]", "<m8[s]", "|V3", "record"),
]
RECORD = np.dtype([("a", "<i4"), ("b", "<f8")])

# By name, what a shard is beside its shape and the chain inside.
LAYOUTS: dict[str, dict[str, Any]] = {
    "chunks": {},
    "index at the end": {"index_location": "end"},
    "index at the start": {"index_location": "start"},
    "index without checksum": {"index_codecs": "bytes"},
    "shards in shards": {"nested": True},
    "gzip around shards": {"around": True},
}
FILLS = ["zero", "some", "extreme", "payload"]
KEYS = {2: [("v2", "."), ("v2", "/")], 3: [("default", "/"), ("default", "."), ("v2", "."), ("v2", "/")]}


def _blosc(cname: str, shuffle: str, clevel: int = 5, blocksize: int = 0) -> Any:
    return lambda size: [
        _named("blosc", cname=cname, clevel=clevel, shuffle=shuffle, typesize=size, blocksize=blocksize)
    ]


def _named(name: str, **configuration: Any) -> dict[str, Any]:
    return {"name": name, "configuration": configuration}


def _of(*codecs: dict[str, Any]) -> Any:
    return lambda _: list(codecs)


_CRC32C: dict[str, Any] = {"name": "crc32c"}
# By the element's size, what comes after the serializer.
V3_CHAINS = {
    "none": _of(),
    "gzip": _of(_named("gzip", level=1)),
    "zstd": _of(_named("zstd", level=1, checksum=False)),
    "zstd with checksum": _of(_named("zstd", level=1, checksum=True)),
    "blosc-lz4": _blosc("lz4", "shuffle"),
    "blosc-lz4hc": _blosc("lz4hc", "shuffle", clevel=9),
    "blosc-zstd": _blosc("zstd", "bitshuffle"),
    "blosc-zlib": _blosc("zlib", "shuffle", clevel=1),
    "blosc-blosclz": _blosc("blosclz", "noshuffle", blocksize=64),
    "crc32c": _of(_CRC32C),
    "zstd+crc32c": _of(_named("zstd", level=1, checksum=False), _CRC32C),
    "numcodecs.zlib": _of(_named("numcodecs.zlib", level=1)),
    "numcodecs.bz2": _of(_named("numcodecs.bz2", level=1)),
    "numcodecs.lz4": _of(_named("numcodecs.lz4", acceleration=1)),
    "numcodecs.lzma": _of(_named("numcodecs.lzma", format=1, check=-1, preset=1, filters=None)),
    "numcodecs.shuffle": lambda size: [_named("numcodecs.shuffle", elementsize=size), _named("gzip", level=1)],
    "numcodecs.crc32": _of(_named("numcodecs.crc32")),
    "numcodecs.adler32": _of(_named("numcodecs.adler32")),
    "numcodecs.fletcher32": _of(_named("numcodecs.fletcher32")),
}
# Before the serializer: the kinds of numpy that they take, and what they are for a data type.
V3_FILTERS = {
    "numcodecs.delta": ("iu", lambda dtype: _named("numcodecs.delta", dtype=dtype.str)),
    "numcodecs.bitround": ("f", lambda dtype: _named("numcodecs.bitround", keepbits=np.finfo(dtype).nmant)),
    "numcodecs.packbits": ("b", lambda dtype: _named("numcodecs.packbits")),
    "numcodecs.fixedscaleoffset": (
        "i",
        lambda dtype: _named("numcodecs.fixedscaleoffset", scale=1, offset=0, dtype=dtype.str, astype=dtype.str),
    ),
}
V2_CHAINS = {
    "none": lambda _: None,
    "zlib": lambda _: numcodecs.Zlib(level=1),
    "gzip": lambda _: numcodecs.GZip(level=1),
    "zstd": lambda _: numcodecs.Zstd(level=1),
    "bz2": lambda _: numcodecs.BZ2(level=1),
    "lz4": lambda _: numcodecs.LZ4(),
    "lzma": lambda _: numcodecs.LZMA(preset=1),
    "blosc-lz4": lambda _: numcodecs.Blosc(cname="lz4", shuffle=numcodecs.Blosc.SHUFFLE),
    "blosc-zstd": lambda _: numcodecs.Blosc(cname="zstd", shuffle=numcodecs.Blosc.BITSHUFFLE),
    "blosc-zlib": lambda _: numcodecs.Blosc(cname="zlib", clevel=1, shuffle=numcodecs.Blosc.NOSHUFFLE),
    "crc32": lambda _: numcodecs.CRC32(),
    "adler32": lambda _: numcodecs.Adler32(),
    "fletcher32": lambda _: numcodecs.Fletcher32(),
}
V2_FILTERS = {
    "delta": ("iu", lambda dtype: numcodecs.Delta(dtype.str)),
    "shuffle": ("biufcMmSUV", lambda dtype: numcodecs.Shuffle(dtype.itemsize)),
    "packbits": ("b", lambda dtype: numcodecs.PackBits()),
    "fixedscaleoffset": ("i", lambda dtype: numcodecs.FixedScaleOffset(scale=1, offset=0, dtype=dtype.str)),
}


@dataclass(frozen=True)
class Case:
    """One array: a value of each axis."""

    zarr_format: int
    dtype: str
    chain: str
    layout: str = "chunks"
    order: str = "C"
    fill: str = "zero"
    keys: tuple[str, str] = ("default", "/")

    def __str__(self) -> str:
        return ", ".join([f"v{self.zarr_format}", *astuple(self)[1:-1], "keys " + "".join(self.keys)])

    @property
    def native(self) -> np.dtype[Any]:
        """What numpy holds the elements in; objects for those of any length."""
        return {"string": np.dtype(object), "variable_length_bytes": np.dtype(object), "record": RECORD}.get(
            self.dtype
        ) or np.dtype(self.dtype)

    @property
    def kind(self) -> str:
        """The kind as numpy names it, ``O`` for any length."""
        return self.native.kind

    @property
    def is_big(self) -> bool:
        """Whether the most significant byte is stored first."""
        return self.dtype[0] == ">"

    def exists(self) -> bool:
        """Whether the formats have such an array."""
        filters = V2_FILTERS if self.zarr_format == 2 else V3_FILTERS
        if self.chain in filters and self.kind not in filters[self.chain][0]:
            return False
        # Format 2 has one NaN.
        if self.fill == "payload" and (self.kind != "f" or self.zarr_format == 2):
            return False
        if self.zarr_format == 2 and (self.layout != "chunks" or self.keys[0] != "v2"):
            return False
        if self.chain.endswith("fixedscaleoffset") and self.native.itemsize > 2:
            return False  # which some compute in float32
        if self.zarr_format == 3 and self.chain in filters and self.is_big:
            return False  # the bytes are big-endian and the filter's are not, which zarr-python mixes up
        # Bits of eight elements have no axis to transpose.
        return not (self.chain == "numcodecs.packbits" and (self.layout != "chunks" or self.order == "F"))

    def options(self, zarr: Any) -> dict[str, Any]:
        """Keywords of ``create_array``, for zarr-python and for zarrust alike."""
        any_length = {"string": zarr.dtype.VariableLengthUTF8, "variable_length_bytes": zarr.dtype.VariableLengthBytes}
        options: dict[str, Any] = {
            "shape": SHAPE,
            "chunks": CHUNKS,
            "dtype": any_length[self.dtype]() if self.kind == "O" else self.native,
            "zarr_format": self.zarr_format,
            "chunk_key_encoding": {"name": self.keys[0], "separator": self.keys[1]},
            "fill_value": fill_value(self),
        }
        if self.zarr_format == 2:
            if self.chain in V2_FILTERS:
                options |= {"compressors": None, "filters": [V2_FILTERS[self.chain][1](self.native)]}
            else:
                options |= {"compressors": V2_CHAINS[self.chain](self.native)}
            # What strings are stored by is a filter in format 2.
            return {"filters": "auto" if self.kind == "O" else None, **options, "order": self.order}
        filters, compressors = self._filters(), self._compressors()
        if self.layout == "chunks":
            return {**options, "filters": filters or None, "compressors": compressors or None}
        if set(LAYOUTS[self.layout]) == {"index_location"}:
            shards = {"shape": SHARDS, **LAYOUTS[self.layout]}
            return {**options, "filters": filters or None, "compressors": compressors or None, "shards": shards}
        around = [_named("gzip", level=1)] if self.layout == "gzip around shards" else None
        serializer = self._shard(CHUNKS, [*filters, self._serializer(), *compressors])
        if self.layout == "shards in shards":
            serializer = self._shard((6, 4), [serializer])
        return {**options, "chunks": SHARDS, "filters": None, "serializer": serializer, "compressors": around}

    def _filters(self) -> list[dict[str, Any]]:
        filters = [_named("transpose", order=[1, 0])] if self.order == "F" else []
        return [*filters, V3_FILTERS[self.chain][1](self.native)] if self.chain in V3_FILTERS else filters

    def _compressors(self) -> list[dict[str, Any]]:
        chain = V3_CHAINS.get(self.chain, _of())
        found: list[dict[str, Any]] = chain(1 if self.kind == "O" else self.native.itemsize)
        return found

    def _serializer(self) -> dict[str, Any]:
        if self.kind == "O":
            return {"name": "vlen-utf8" if self.dtype == "string" else "vlen-bytes"}
        return _named("bytes", endian="big" if self.is_big else "little")

    def _shard(self, shape: tuple[int, ...], codecs: list[dict[str, Any]]) -> dict[str, Any]:
        index: list[dict[str, Any]] = [_named("bytes", endian="little"), _CRC32C]
        return _named(
            "sharding_indexed",
            chunk_shape=list(shape),
            codecs=codecs,
            index_codecs=index[:1] if self.layout == "index without checksum" else index,
            index_location="end",
        )


def fill_value(case: Case) -> Any:
    """The fill value as numpy says it."""
    kind, native = case.kind, case.native
    if case.dtype == "string":
        return {"zero": "", "some": "none", "extreme": 'é\n"\\\u2028'}[case.fill]
    if case.dtype == "variable_length_bytes":
        return {"zero": b"", "some": b"none", "extreme": bytes(range(250, 256))}[case.fill]
    if case.dtype == "record":
        return np.array({"zero": (0, 0.0), "some": (7, -2.5), "extreme": (-(2**31), np.nan)}[case.fill], RECORD)[()]
    if case.fill == "zero":
        return np.zeros((), native)[()]
    if case.fill == "payload":
        bits = {2: 0x7E2A, 4: 0x7FC01234, 8: 0x7FF8000012345678}[native.itemsize]
        return np.array(bits, f"u{native.itemsize}").view(native.newbyteorder("="))[()]
    if kind in "iu":
        return native.type(42 if case.fill == "some" else np.iinfo(native).max)
    some: Any
    some, extreme = {
        "b": (True, True),
        "f": (1.5, np.nan),
        "c": (1.5 - 2j, complex(np.inf, np.nan)),
        "S": (b"ab", bytes(range(251, 256))),
        "U": ("ab", "é\U0001f600"),
        "M": (17, "NaT"),
        "m": (17, "NaT"),
        "V": (b"abc", bytes(range(253, 256))),
    }[kind]
    return np.array(some if case.fill == "some" else extreme, native)[()]


def values(case: Case, seed: int = 0) -> np.ndarray:
    """Values of every sort that the data type has: for floats also NaN with a payload, infinities and -0."""
    native = case.native
    rng = np.random.default_rng([seed, native.itemsize])
    if case.dtype in ("string", "variable_length_bytes"):
        found = np.empty(SHAPE, object)
        for place in np.ndindex(SHAPE):
            length = int(rng.choice([0, 1, 3, 40]))
            text = "".join(rng.choice(list("abé😀 \n"), length))
            found[place] = text if case.dtype == "string" else text.encode()
    elif case.dtype == "record":
        found = np.empty(SHAPE, RECORD)
        found["a"] = rng.integers(-(2**31), 2**31, SHAPE)
        found["b"] = rng.standard_normal(SHAPE)
    elif case.kind == "b":
        found = rng.integers(0, 2, SHAPE).astype(native)
    elif case.kind == "U":
        found = rng.choice(["", "a", "é", "😀abc"], SHAPE).astype(native)
    elif case.kind == "S":
        found = rng.choice([b"", b"a", b"\xff\xfe", b"abcde"], SHAPE).astype(native)
    elif case.kind in "fc":
        found = _floats(native, rng)
    else:
        found = rng.integers(0, 256, (*SHAPE, native.itemsize), dtype="u1").view(native)[..., 0]
    fill = fill_value(case)
    found[WRITTEN:] = fill
    # A whole chunk of it inside what is written, and inside a shard.
    found[:3, 4:8] = fill
    return found


def _floats(native: np.dtype[Any], rng: np.random.Generator) -> np.ndarray:
    part = native.itemsize if native.kind == "f" else native.itemsize // 2
    numbers = rng.standard_normal((*SHAPE, 2)).astype(f"f{part}")
    found = (numbers[..., 0] if native.kind == "f" else numbers[..., 0] + 1j * numbers[..., 1]).astype(native)
    found[0, :4] = [np.nan, np.inf, -np.inf, -0.0]
    payload = np.zeros(1, native.newbyteorder("="))
    payload.view(f"u{part}")[0] = {2: 0x7E2A, 4: 0x7FC01234, 8: 0x7FF8000012345678}[part]
    # byteswap and not a cast: a conversion may change the bits of a NaN
    found[1, :1] = payload if native.isnative else payload.byteswap().view(native)
    return found


def canonical(found: Any) -> bytes:
    """Elements in C order, each little-endian: equal when every bit is. Of any length: each after its length."""
    found = np.asarray(found)
    if found.dtype.kind in "OT":
        raw = [value.encode() if isinstance(value, str) else bytes(value) for value in found.ravel().tolist()]
        return b"".join(len(value).to_bytes(4, "little") + value for value in raw)
    little = np.ascontiguousarray(found)
    if found.dtype.byteorder == ">":
        little = little.byteswap().view(found.dtype.newbyteorder("<"))
    return little.tobytes()


def write(zarr: Any, path: Path, case: Case) -> None:
    """Create the array and write it in steps, of which the later ones change parts of chunks and of shards."""
    array = zarr.create_array(path, **case.options(zarr))
    expected = values(case)
    array[:WRITTEN] = values(case, 1)[:WRITTEN]
    array[1:WRITTEN, :9] = expected[1:WRITTEN, :9]
    array[:1] = expected[:1]
    array[:WRITTEN, -1:] = expected[:WRITTEN, -1:]


@cache
def document(case: Case) -> dict[str, Any]:
    """The array's metadata as this package writes it."""
    import zarrust

    store: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of data types that no specification has yet
        zarrust.create_array(store, **case.options(zarrust))
    found: dict[str, Any] = json.loads(store["zarr.json" if case.zarr_format == 3 else ".zarray"].to_bytes())
    return found


def axes(zarr_format: int) -> list[list[Any]]:
    """The values of each axis, in the order of `Case`."""
    chains = [*V2_CHAINS, *V2_FILTERS] if zarr_format == 2 else [*V3_CHAINS, *V3_FILTERS]
    layouts = ["chunks"] if zarr_format == 2 else [*LAYOUTS]
    return [[zarr_format], TYPES, chains, layouts, ["C", "F"], FILLS, KEYS[zarr_format]]


def _pairs(case: Case) -> set[tuple[Any, ...]]:
    return set(itertools.combinations(enumerate(astuple(case)), 2))


def cases(longer: bool = False) -> list[Case]:
    """The arrays of the matrix, the same at each call.

    They are drawn: for each pair of values that no array has yet, of a few arrays with it that with most such pairs.
    """
    draw = random.Random(0)
    found: list[Case] = []
    for zarr_format in (2, 3):
        every = axes(zarr_format)
        wanted = [
            ((i, a), (j, b))
            for i, j in itertools.combinations(range(len(every)), 2)
            if longer or (i, j) != (1, 2)
            for a, b in itertools.product(every[i], every[j])
        ]
        draw.shuffle(wanted)
        covered: set[tuple[Any, ...]] = set()
        counts = set(wanted)
        for pair in wanted:
            if pair in covered:
                continue
            ((i, a), (j, b)) = pair
            drawn = [[draw.choice(axis) for axis in every] for _ in range(60)]
            for one in drawn:
                one[i], one[j] = a, b
            possible = [case for case in (Case(*one) for one in drawn) if case.exists()]
            if possible:
                best = max(possible, key=lambda case: len((_pairs(case) & counts) - covered))
                found.append(best)
                covered |= _pairs(best)
    return found
