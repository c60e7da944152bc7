"""What is measured: one cube, stored in five ways."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

LENGTH = 512
SHAPE = (LENGTH,) * 3  # 256 MiB of uint16


@dataclass(frozen=True)
class Case:
    """One way to store the cube; ``codec`` is the name and the configuration in the array's metadata, None for raw."""

    name: str
    sentence: str
    chunks: int
    shards: int | None = None
    codec: tuple[str, dict[str, Any]] | None = field(default=None)

    @property
    def objects(self) -> int:
        """Number of stored objects."""
        return (LENGTH // (self.shards or self.chunks)) ** 3

    def options(self, zarr: Any) -> dict[str, Any]:
        """Keywords of ``create_array``, for zarr-python or for zarrust."""
        compressors = None
        if self.codec is not None:
            name, configuration = self.codec
            classes = {"zstd": zarr.codecs.ZstdCodec, "blosc": zarr.codecs.BloscCodec}
            compressors = classes[name](**configuration)
        return {
            "shape": SHAPE,
            "dtype": "uint16",
            "chunks": (self.chunks,) * 3,
            "shards": None if self.shards is None else (self.shards,) * 3,
            "compressors": compressors,
            "fill_value": 0,
        }


ZSTD = ("zstd", {"level": 3})
BLOSC = ("blosc", {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 2})

CASES = {
    case.name: case
    for case in (
        Case("raw", "64 uncompressed chunks of 4 MiB", 128),
        Case("zstd", "64 chunks of 4 MiB, zstd level 3", 128, codec=ZSTD),
        Case("blosc", "64 chunks of 4 MiB, blosc lz4 level 5 with byte shuffle", 128, codec=BLOSC),
        Case("sharded", "64 shards of 4 MiB, each of 64 chunks of 64 KiB, zstd level 3", 32, shards=128, codec=ZSTD),
        Case("small", "4,096 uncompressed chunks of 64 KiB", 32),
    )
}


def cube() -> np.ndarray:
    """Slow waves in steps of 32 and a few counts of noise: zstd makes about a third of it."""
    axis = np.linspace(0, 4 * np.pi, LENGTH, dtype="f4")
    values = np.random.default_rng(2026).poisson(0.8, SHAPE).astype("u2")
    for index in range(LENGTH):
        plane = np.sin(axis[index]) + np.cos(axis)[:, None] + np.sin(axis + axis[index] / 3)[None, :]
        values[index] += (2000 + 300 * plane).astype("u2") // 32 * 32
    return values
