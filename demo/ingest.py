"""The main job: real volumes and a 1 GiB field go into a sharded, compressed hierarchy and come back bit for bit.

Run by ``make demo``. Everything is written below ``demo-data/`` in the project folder. The volumes are the NIfTI files
that
travel inside nibabel's wheel; the field is generated slab by slab, so that no more than one slab of it is ever in
memory.
"""

import argparse
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from PIL import Image
from tqdm import tqdm

import zarrust as zarr

MIB = 1 << 20
FIELD_SHAPE = (512, 1024, 512)  # 1 GiB of float32
FIELD_CHUNKS = (64, 64, 64)  # 1 MiB
FIELD_SHARDS = (64, 512, 512)  # 64 MiB
SLAB = FIELD_SHARDS[0]
RESOLUTION = np.float32(1 / 64)  # of the imagined sensor: a field of real measurements has no more digits than this


class Clock:
    """Seconds and bytes of one kind of work, summed over its calls."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.bytes = 0

    def run(self, size: int, work: Callable[[], Any]) -> Any:
        """Do the work and count it as ``size`` bytes."""
        start = time.perf_counter()
        result = work()
        self.seconds += time.perf_counter() - start
        self.bytes += size
        return result

    def __str__(self) -> str:
        return f"{self.bytes / MIB:,.0f} MiB in {self.seconds:.2f} s, {self.bytes / MIB / self.seconds:,.0f} MiB/s"


def volumes() -> Iterator[tuple[str, Any]]:
    """NIfTI images of nibabel's wheel, by name, that hold voxels."""
    for file in sorted((Path(nibabel.__file__).parent / "tests" / "data").glob("*.nii*")):
        image = nibabel.load(file)
        if isinstance(image, nibabel.Nifti1Image):  # not the surface data that share the suffix
            yield file.name.split(".")[0], image


def voxels(image: Any) -> np.ndarray:
    """Voxels as they are stored, before scaling, in native byte order."""
    stored = np.asarray(image.dataobj.get_unscaled())
    return stored.astype(stored.dtype.newbyteorder("="))


def field_slab(start: int) -> np.ndarray:
    """Planes ``start`` to ``start + SLAB`` of the field: slow waves and noise, on the sensor's grid."""
    z, y, x = (np.linspace(0, 2 * np.pi, length, dtype="f4") for length in FIELD_SHAPE)
    z = z[start : start + SLAB, None, None]
    slab = np.random.default_rng([2026, start]).standard_normal((SLAB, *FIELD_SHAPE[1:]), dtype="f4")
    slab *= np.float32(0.05)
    slab += 8 * np.sin(2 * z) + 5 * np.cos(3 * y)[None, :, None] + 15
    slab += 3 * np.sin(z + x[None, None, :])
    slab /= RESOLUTION
    np.rint(slab, out=slab)
    slab *= RESOLUTION
    return slab


def write(path: Path, codec: Any, clock: Clock, bar: tqdm) -> None:
    """Create the hierarchy and fill it."""
    root = zarr.open_group(path, mode="w", attributes={"title": "zarrust demo", "license": "see nibabel's data files"})
    mri = root.create_group("mri", attributes={"source": f"nibabel {nibabel.__version__}, tests/data"})
    for name, image in volumes():
        data = voxels(image)
        chunks = (32, 32, 8, 1)[: data.ndim]
        shards = (64, 64, 32, 2)[: data.ndim]
        array = mri.create_array(
            name=name,
            shape=data.shape,
            dtype=data.dtype,
            chunks=chunks,
            shards=shards,
            compressors=codec,
            dimension_names=("x", "y", "z", "t")[: data.ndim],
            attributes={"affine": image.affine.tolist(), "zooms": [float(zoom) for zoom in image.header.get_zooms()]},
        )
        clock.run(data.nbytes, lambda array=array, data=data: array.__setitem__(..., data))
        bar.update(data.nbytes)
    field = root.create_group("field", attributes={"source": "generated"})
    temperature = field.create_array(
        name="temperature",
        shape=FIELD_SHAPE,
        dtype="f4",
        chunks=FIELD_CHUNKS,
        shards=FIELD_SHARDS,
        compressors=codec,
        dimension_names=("z", "y", "x"),
        attributes={"units": "degC", "resolution": float(RESOLUTION)},
    )
    for start in range(0, FIELD_SHAPE[0], SLAB):
        slab = field_slab(start)
        part = slice(start, start + SLAB)
        clock.run(slab.nbytes, lambda part=part, slab=slab: temperature.__setitem__(part, slab))
        bar.update(slab.nbytes)


def verify(root: Any, clock: Clock, bar: tqdm) -> int:
    """Read everything back, compare with the sources, and return the number of values compared."""
    compared = 0

    def same(name: str, part: Any, expected: np.ndarray) -> None:
        nonlocal compared
        found = clock.run(expected.nbytes, lambda: root[name][part])
        bits = f"u{expected.itemsize}"  # NaN is to come back as the same NaN
        if found.dtype != expected.dtype or not np.array_equal(found.view(bits), expected.view(bits)):
            raise SystemExit(f"{name}[{part}] came back different from what went in")
        compared += expected.size
        bar.update(expected.nbytes)

    for name, image in volumes():
        same(f"mri/{name}", ..., voxels(image))
    for start in range(0, FIELD_SHAPE[0], SLAB):
        same("field/temperature", slice(start, start + SLAB), field_slab(start))
    return compared


def read_regions(root: Any) -> None:
    """Time a few reads that a user would ask for."""
    field, series = root["field/temperature"], root["mri/example4d"]
    regions = [
        ("one voxel over time", series, (64, 48, 12)),
        ("one volume of the series", series, (..., 1)),
        ("one plane", field, 300),
        ("one column", field, (slice(None), 512, 256)),
        ("every 16th value each way", field, (slice(None, None, 16),) * 3),
        ("a box across 8 chunks", field, (slice(120, 136), slice(500, 530), slice(60, 70))),
    ]
    for what, array, part in regions:
        start = time.perf_counter()
        found = array[part]
        elapsed = (time.perf_counter() - start) * 1e3
        print(f"  {what:<26} {found.shape!s:<16} {elapsed:8.2f} ms")


def picture(root: Any, path: Path) -> None:
    """Save an axial slice of the scan beside a plane of the field, both read back from the store."""
    scan = np.asarray(root["mri/example4d"][:, :, 12, 0], dtype="f4")
    scan = np.kron(np.rot90(scan), np.ones((4, 4), dtype="f4"))
    plane = root["field/temperature"][256, ::2, ::1][: scan.shape[0]]
    panels = []
    for values in (scan, plane):
        low, high = np.percentile(values, (1, 99))
        panels.append((np.clip((values - low) / max(high - low, 1e-9), 0, 1) * 255).astype("u1"))
    height = min(panel.shape[0] for panel in panels)
    Image.fromarray(np.hstack([panel[:height] for panel in panels])).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=Path(__file__).parent.parent / "demo-data")
    parser.add_argument("--level", type=int, default=3, help="zstd level")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    path = options.into / "volumes.zarr"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nibabel's own, about odd headers
        total = sum(voxels(image).nbytes for _, image in volumes()) + 4 * int(np.prod(FIELD_SHAPE))
    bar_options = {"total": total, "unit": "B", "unit_scale": True, "unit_divisor": 1024, "file": sys.stdout}

    print(f"zarrust {zarr.__version__}: {total / MIB:,.0f} MiB into {path.name}")
    writing, reading = Clock(), Clock()
    with tqdm(desc="write ", **bar_options) as bar:
        write(path, zarr.codecs.ZstdCodec(level=options.level), writing, bar)
    zarr.consolidate_metadata(path)

    root = zarr.open_group(path, mode="r")
    with tqdm(desc="verify", **bar_options) as bar:
        compared = verify(root, reading, bar)

    print(root.tree())
    stored = sum(array.nbytes_stored() for group in ("mri", "field") for _, array in root[group].arrays())
    print(f"verified {compared:,} values: every one as it went in")
    print(f"stored   {stored / MIB:,.1f} MiB of {total / MIB:,.1f} MiB, ratio {total / stored:.2f}")
    print(f"write    {writing}")
    print(f"read     {reading}")
    print("regions")
    read_regions(root)
    picture(root, options.into / "slice.png")
    print(f"picture  {options.into.name}/slice.png")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (MIB if sys.platform == "darwin" else 1024)
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
