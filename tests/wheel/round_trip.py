"""A wheel in an environment without Rust writes and reads; zarr-python in another environment reads the same.

``round_trip.py write FOLDER`` runs with the wheel alone, ``round_trip.py read FOLDER`` with zarr-python.
"""

import shutil
import sys
from pathlib import Path

import numpy as np

VALUES = np.random.default_rng(8).integers(0, 1000, (50, 70), dtype="u2")
LAYOUTS = {"chunks": {"chunks": (16, 16)}, "shards": {"chunks": (8, 8), "shards": (32, 32)}}


def write(folder: Path) -> None:
    import zarrust

    for tool in ("cargo", "rustc", "maturin"):
        assert shutil.which(tool) is None, f"{tool} is on PATH"
    site_packages = Path(sys.prefix).resolve()
    assert site_packages in Path(zarrust.__file__).resolve().parents, f"{zarrust.__file__} is not the wheel's"
    root = zarrust.open_group(folder, mode="w", attributes={"by": "the wheel"})
    for name, layout in LAYOUTS.items():
        array = root.create_array(name=name, shape=VALUES.shape, dtype="u2", **layout)
        array[...] = VALUES
        assert np.array_equal(zarrust.open_array(folder, path=name, mode="r")[...], VALUES)
    # The codec that is built from C, by the engine alone: numcodecs is not installed.
    array = root.create_array(
        name="zfp", shape=VALUES.shape, dtype="i4", serializer=zarrust.codecs.ZFPY(mode=3), compressors=None
    )
    array[...] = VALUES
    assert np.array_equal(array[...], VALUES)
    print(f"wheel of zarrust {zarrust.__version__}: 3 arrays written and read, without Rust")


def read(folder: Path) -> None:
    import zarr

    root = zarr.open_group(folder, mode="r")
    assert dict(root.attrs) == {"by": "the wheel"}
    for name in LAYOUTS:
        assert np.array_equal(root[name][...], VALUES), name
    print(f"zarr-python {zarr.__version__}: 2 arrays read with the same values")


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
