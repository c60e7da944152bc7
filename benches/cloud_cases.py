"""What is measured on object stores: 256 MiB of samples, each a chunk, stored in several ways."""

from dataclasses import dataclass
from typing import Any

import numpy as np

SIZE = 128 << 20  # elements of uint16: 256 MiB


@dataclass(frozen=True)
class Case:
    """One way to store the samples."""

    name: str
    sentence: str
    samples: int = 1024
    shard: int | None = None
    zstd: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Samples, and elements of each."""
        return self.samples, SIZE // self.samples

    @property
    def chunk(self) -> tuple[int, int]:
        """One sample."""
        return 1, SIZE // self.samples

    def some(self, seed: int) -> np.ndarray:
        """The numbers of 5 % of the samples, ascending."""
        return np.sort(np.random.default_rng(seed).choice(self.samples, self.samples // 20, replace=False))

    def options(self, zarr: Any) -> dict[str, Any]:
        """Keywords of ``create_array``, for zarr-python or for zarrust."""
        return {
            "shape": self.shape,
            "dtype": "uint16",
            "chunks": self.chunk,
            "shards": None if self.shard is None else (self.shard, self.shape[1]),
            "compressors": None if self.zstd is None else zarr.codecs.ZstdCodec(level=self.zstd),
            "fill_value": 0,
        }

    def metadata(self) -> dict[str, Any]:
        """The same as the fields that tensorstore takes."""
        little = {"name": "bytes", "configuration": {"endian": "little"}}
        codecs: list[dict[str, Any]] = [little]
        if self.zstd is not None:
            codecs.append({"name": "zstd", "configuration": {"level": self.zstd}})
        if self.shard is not None:
            index = [little, {"name": "crc32c"}]
            sharding = {"chunk_shape": self.chunk, "codecs": codecs, "index_codecs": index}
            codecs = [{"name": "sharding_indexed", "configuration": sharding}]
        chunk = self.chunk if self.shard is None else (self.shard, self.shape[1])
        return {
            "shape": self.shape,
            "data_type": "uint16",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
            "fill_value": 0,
            "codecs": codecs,
        }


CASES = {
    case.name: case
    for case in (
        Case("raw", "1,024 uncompressed chunks of 256 KiB"),
        Case("zstd", "1,024 chunks of 256 KiB, zstd level 3", zstd=3),
        Case("sharded", "16 shards, each of 64 uncompressed chunks of 256 KiB", shard=64),
        Case("fine", "16 shards, each of 512 uncompressed chunks of 32 KiB", samples=8192, shard=512),
    )
}


def values() -> np.ndarray:
    """Slow waves in steps of 32 and a few counts of noise: zstd makes about a third of it."""
    found = np.random.default_rng(2026).poisson(0.8, SIZE).astype("u2")
    step = 1 << 20
    axis = np.linspace(0, 320 * np.pi, step, dtype="f4")
    for number, start in enumerate(range(0, SIZE, step)):
        found[start : start + step] += (2000 + 300 * np.sin(axis + number)).astype("u2") // 32 * 32
    return found
