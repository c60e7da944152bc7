"""zarr-python, its pipeline of zarrs, and tensorstore: they run in this process."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import tensorstore
import zarr as zarr_python

from interop.cases import V2_FILTERS, V3_FILTERS, WRITTEN, Case, document, write
from interop.implementation import WRONG, Implementation, Limit, any_of, chained, each, laid_out, written

_CHECKSUMS = ["crc32", "adler32", "fletcher32"]
UNKNOWN_TO_ZARRS = [
    *(*_CHECKSUMS, "delta", "packbits", "lz4", "lzma"),
    *(f"numcodecs.{name}" for name in (*_CHECKSUMS, "delta", "packbits", "lz4", "lzma", "bitround")),
]
UNKNOWN_TO_TENSORSTORE = [
    *(*_CHECKSUMS, "lz4", "lzma"),
    *(f"numcodecs.{name}" for name in (*_CHECKSUMS, "zlib", "bz2", "lz4", "lzma", "shuffle")),
    *V3_FILTERS,
]


def _zarr_reads(case: Case, path: Path) -> Any:
    return zarr_python.open_array(path, mode="r", zarr_format=case.zarr_format)[...]


def _zarr_writes(case: Case, path: Path) -> None:
    write(zarr_python, path, case)


def _filters_transposed(case: Case) -> bool:
    return case.zarr_format == 3 and case.order == "F" and case.chain in V3_FILTERS


def _scaled_int8(case: Case) -> bool:
    return case.dtype == "|i1" and case.chain.endswith("fixedscaleoffset")


def _text_transposed(case: Case) -> bool:
    return case.zarr_format == 3 and case.order == "F" and case.kind == "O"


STRUCT = Limit("data type struct", "No Zarr data type found that matches .*struct", any_of(dtypes=["record"]))
RAW_SHARDS = Limit("raw bytes and records in shards", "unhashable type: 'writeable void-scalar'", any_of("V"))
# It loses the payload when it writes, so that its own array says nothing of how one is read.
PAYLOAD = Limit("the payload of a fill value's NaN, lost", "^other elements", lambda case: case.fill == "payload")

ZARR_PYTHON = Implementation(
    "zarr-python",
    lambda: version("zarr"),
    each(_zarr_reads),
    each(_zarr_writes),
    cannot_read=(STRUCT, PAYLOAD, RAW_SHARDS),
    cannot_write=(
        PAYLOAD,
        RAW_SHARDS,
        Limit(
            "a filter of numcodecs after transpose, of which it takes the order in memory", WRONG, _filters_transposed
        ),
        Limit("transposed elements of any length, which it takes in the order in memory", WRONG, _text_transposed),
    ),
)


def _by_zarrs(one: Any) -> Any:
    def call(case: Case, path: Path) -> Any:
        pipeline = {"codec_pipeline.path": "zarrs.ZarrsCodecPipeline", "codec_pipeline.strict": True}
        with zarr_python.config.set(pipeline):
            return one(case, path)

    return call


def _zarrs_version() -> str:
    import zarrs  # noqa: F401 -- an ImportError says that it is not there

    return version("zarrs")


_ZARRS_CANNOT = (
    # Its error has a type and no text.
    Limit("data types of bits, texts, times and records", "UnsupportedMetadataError", any_of("bmMSUV")),
    Limit("codec", "UnsupportedMetadataError", chained(*UNKNOWN_TO_ZARRS)),
    Limit("fixedscaleoffset of int8", "UnsupportedMetadataError", _scaled_int8),
    Limit("data type", "UnsupportedDataTypeError", any_of("OVmM")),
    Limit("big-endian in format 2", "Non-native byte order not supported", lambda case: case.is_big),
    STRUCT,
    PAYLOAD,
)
ZARRS = Implementation(
    "zarrs",
    _zarrs_version,
    each(_by_zarrs(_zarr_reads)),
    each(_by_zarrs(_zarr_writes)),
    cannot_read=(
        *_ZARRS_CANNOT,
        Limit("order F in format 2", "input array must be a C contiguous array", lambda case: case.order == "F"),
        Limit("big-endian complex, misread", WRONG, lambda case: case.is_big and case.kind == "c"),
    ),
    cannot_write=_ZARRS_CANNOT,
)


def _spec(case: Case, path: Path) -> dict[str, Any]:
    return {"driver": "zarr3" if case.zarr_format == 3 else "zarr", "kvstore": {"driver": "file", "path": str(path)}}


def _tensorstore_reads(case: Case, path: Path) -> Any:
    return tensorstore.open(_spec(case, path), open=True).result().read().result()


def _tensorstore_writes(case: Case, path: Path) -> None:
    if case.dtype == "|V3" and case.zarr_format == 3:
        # It would end the process: a failed check of its own.
        raise NotImplementedError("raw bytes abort the process")
    spec = {**_spec(case, path), "metadata": document(case)}
    array = tensorstore.open(spec, create=True).result()
    array[:WRITTEN].write(written(case)).result()


_TENSORSTORE_CANNOT = (
    Limit("data type", "(is not one of the supported data types|Unsupported zarr dtype)", any_of("OUSmM")),
    Limit("codec", '"(numcodecs\\.)?[a-z0-9_]+" is not registered', chained(*UNKNOWN_TO_TENSORSTORE)),
    Limit("filters of format 2", "filters are not supported", chained(*V2_FILTERS)),
    Limit("a codec around shards", "Sharding codec .* is not compatible", laid_out("gzip around shards")),
    Limit("records but by field", 'Must specify a "field"', any_of(dtypes=["record"])),
    Limit("a fill value shorter than its fixed-length bytes", "base64-encoded bytes, but received", any_of("S")),
)
TENSORSTORE = Implementation(
    "tensorstore",
    lambda: version("tensorstore"),
    each(_tensorstore_reads),
    each(_tensorstore_writes),
    cannot_read=(*_TENSORSTORE_CANNOT, Limit("fixed-length bytes but with an axis of bytes", WRONG, any_of("SV"))),
    cannot_write=(
        *_TENSORSTORE_CANNOT,
        Limit("raw bytes in format 3", "raw bytes abort the process"),
        Limit("fixed-length bytes but with an axis of bytes", "Error aligning dimensions", any_of("SV")),
    ),
)
