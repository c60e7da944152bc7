"""GDAL by rasterio and netCDF-C by netCDF4: format 2, in the longer run."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from interop.cases import CHUNKS, SHAPE, Case, values
from interop.implementation import WRONG, Implementation, Limit, any_of, chained, each

_UNKNOWN_TO_GDAL = ["bz2", "lz4", "crc32", "adler32", "fletcher32", "shuffle", "packbits", "fixedscaleoffset"]


def _is_large(case: Case) -> bool:
    return case.kind in "iu" and case.native.itemsize == 8 and case.fill == "extreme"


def _gdal_version() -> str:
    import rasterio

    return f"{rasterio.__gdal_version__} of rasterio {version('rasterio')}"


def _gdal_reads(case: Case, path: Path) -> Any:
    import rasterio

    with rasterio.open(f'ZARR:"{path}"') as found:
        band = found.read(1)
    # It has no number of one sign and one byte, of two bytes, or of one bit.
    return band.astype(case.native.newbyteorder("<"), copy=False)


_GDAL_OPTIONS = {
    "none": {"COMPRESS": "NONE"},
    "zlib": {"COMPRESS": "ZLIB"},
    "gzip": {"COMPRESS": "GZIP"},
    "zstd": {"COMPRESS": "ZSTD"},
    "lzma": {"COMPRESS": "LZMA"},
    "blosc-lz4": {"COMPRESS": "BLOSC", "BLOSC_CNAME": "lz4"},
    "blosc-zstd": {"COMPRESS": "BLOSC", "BLOSC_CNAME": "zstd", "BLOSC_SHUFFLE": "BIT"},
    "blosc-zlib": {"COMPRESS": "BLOSC", "BLOSC_CNAME": "zlib", "BLOSC_SHUFFLE": "NONE"},
}


def _gdal_writes(case: Case, path: Path) -> None:
    import rasterio

    if case.zarr_format == 3 or case.is_big or case.chain not in _GDAL_OPTIONS or case.kind not in "iufc":
        raise NotImplementedError("no option of its driver makes such an array")
    path.parent.mkdir(parents=True)
    whole = path.parent / "made.zarr"
    options = {
        **_GDAL_OPTIONS[case.chain],
        "FORMAT": "ZARR_V2",
        "BLOCKSIZE": ",".join(map(str, CHUNKS)),
        "CHUNK_MEMORY_LAYOUT": case.order,
        "DIM_SEPARATOR": case.keys[1],
    }
    rows, columns = SHAPE
    with rasterio.open(
        whole, "w", driver="Zarr", width=columns, height=rows, count=1, dtype=case.native, **options
    ) as made:
        made.write(values(case), 1)
    (whole / "made").rename(path)


GDAL = Implementation(
    "gdal",
    _gdal_version,
    each(_gdal_reads),
    each(_gdal_writes),
    cannot_read=(
        Limit("format 3", "RasterioIOError", lambda case: case.zarr_format == 3),
        Limit("codec", "(Decompressor|Filter) [a-z0-9]+ not handled", chained(*_UNKNOWN_TO_GDAL)),
        Limit("data type", "unsupported format for dtype|Only arrays with numeric data types", any_of("OmMVSU")),
        Limit("delta of single bytes", "Read failed", lambda case: case.chain == "delta" and case.native.itemsize == 1),
        Limit("complex fill value", "Invalid fill_value", any_of("c")),
        Limit("integers over 2**53 as fill value, misread", WRONG, _is_large),
    ),
    cannot_write=(
        Limit("no option for such an array", "no option of its driver"),
        Limit("float16", "invalid dtype", any_of(dtypes=["<f2", ">f2"])),
    ),
)


_UNKNOWN_TO_NETCDF = ["gzip", "lz4", "lzma", "crc32", "adler32", "delta", "packbits", "fixedscaleoffset"]


def _netcdf_version() -> str:
    import netCDF4

    return f"{netCDF4.__netcdf4libversion__} of netCDF4 {netCDF4.__version__}"


def _netcdf_reads(case: Case, path: Path) -> Any:
    import netCDF4

    (path.parent / ".zgroup").write_text('{"zarr_format": 2}')
    with netCDF4.Dataset(f"file://{path.parent}#mode=zarr,file") as found:
        variable = found[path.name]
        variable.set_auto_maskandscale(False)
        return np.asarray(variable[...])


_NETCDF_OPTIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "zlib": {"compression": "zlib", "shuffle": False},
    # It writes an element size of 0, which means the item's.
    "shuffle": {"compression": "zlib", "shuffle": True},
    "fletcher32": {"fletcher32": True},
    "zstd": {"compression": "zstd"},
    "bz2": {"compression": "bzip2"},
    "blosc-lz4": {"compression": "blosc_lz4"},
    "blosc-zstd": {"compression": "blosc_zstd", "blosc_shuffle": 2},
    "blosc-zlib": {"compression": "blosc_zlib", "blosc_shuffle": 0},
}


def _netcdf_writes(case: Case, path: Path) -> None:
    import netCDF4

    unsaid = case.order == "F" or case.keys != ("v2", ".") or case.chain not in _NETCDF_OPTIONS
    if case.zarr_format == 3 or unsaid or case.kind not in "iuf" or case.dtype[1:] == "f2":
        raise NotImplementedError("no option of its library makes such an array")
    path.parent.mkdir(parents=True)
    with netCDF4.Dataset(f"file://{path.parent}#mode=zarr,file", "w") as made:
        for name, length in zip("yx", SHAPE, strict=True):
            made.createDimension(name, length)
        variable = made.createVariable(
            path.name,
            case.native,
            ("y", "x"),
            chunksizes=CHUNKS,
            endian="big" if case.is_big else "little",
            **_NETCDF_OPTIONS[case.chain],
        )
        variable.set_auto_maskandscale(False)
        variable[...] = values(case)


NETCDF = Implementation(
    "netcdf-c",
    _netcdf_version,
    each(_netcdf_reads),
    each(_netcdf_writes),
    cannot_read=(
        Limit("format 3", "not found in", lambda case: case.zarr_format == 3),
        Limit("data type", "NCZarr error|UnicodeDecodeError", any_of("bcOmMVSU", dtypes=["<f2", ">f2"])),
        Limit("codec", "undefined filter encountered", chained(*_UNKNOWN_TO_NETCDF)),
        Limit("the fill value of a big-endian chunk that is not stored, misread", WRONG, lambda case: case.is_big),
        Limit("order F, misread as C", WRONG, lambda case: case.order == "F"),
    ),
    cannot_write=(
        Limit("no option for such an array", "no option of its library"),
        Limit("what blosc cannot make smaller", "Filter error", chained("blosc-lz4", "blosc-zstd", "blosc-zlib")),
    ),
)
