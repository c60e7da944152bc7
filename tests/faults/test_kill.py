"""A process killed in the middle of writing leaves every chunk whole: the old value or the new."""

import asyncio
import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np

import programs
import zarrust as zarr

CYCLES = 50
SHAPE = (512, 256)
LAYOUTS = {
    "raw": {"chunks": (128, 256), "compressors": None},
    "zstd": {"chunks": (128, 256), "compressors": zarr.codecs.ZstdCodec(level=1)},
    "shard": {"chunks": (32, 64), "shards": (256, 256), "compressors": zarr.codecs.ZstdCodec(level=1)},
}
# A line makes a writer, a process that is to be killed. They are forked, so that Python starts once.
WRITERS = """
    import os
    import sys
    import numpy as np
    import zarrust as zarr

    noise = np.random.default_rng(5).integers(0, 1 << 40, (512, 256))
    for _ in sys.stdin:
        writer = os.fork()
        if writer == 0:
            root = zarr.open_group(sys.argv[1], mode="r+")
            arrays = [array for _, array in root.arrays()]
            print(os.getpid(), flush=True)
            for number in range(1, 1_000_000):
                for array in arrays:
                    array[...] = noise + number
        os.waitpid(writer, 0)
        print("over", flush=True)
"""
OWN_KEYS = re.compile(r"(zarr\.json|(raw|zstd|shard)/(zarr\.json|c/\d/0))")


async def keys(store: Any) -> list[str]:
    return [key async for key in store.list()]


def test_fifty_kills_tear_nothing(tmp_path: Path):
    noise = np.random.default_rng(5).integers(0, 1 << 40, SHAPE)
    root = zarr.open_group(tmp_path, mode="w")
    arrays = {}
    for name, layout in LAYOUTS.items():
        arrays[name] = root.create_array(name=name, shape=SHAPE, dtype="i8", **layout)
        arrays[name][...] = noise
    chance = random.Random(3)
    written = 0
    with programs.start(WRITERS, tmp_path, stdin=subprocess.PIPE) as writers:
        assert writers.stdin is not None
        assert writers.stdout is not None
        for _ in range(CYCLES):
            writers.stdin.write("next\n")
            writers.stdin.flush()
            writer = int(writers.stdout.readline())
            time.sleep(chance.uniform(0, 0.1))
            os.kill(writer, signal.SIGKILL)
            assert writers.stdout.readline() == "over\n"
            for name, array in arrays.items():
                rows = (array.shards or array.chunks)[0]
                numbers = array[...] - noise  # a chunk that cannot be decoded raises here
                for start in range(0, SHAPE[0], rows):
                    whole = np.unique(numbers[start : start + rows])
                    assert len(whole) == 1, f"{name}, rows from {start}: parts of the writes {whole[:5]}"
                written += int(numbers[0, 0] > 0)
    assert written > 0, "no cycle lived long enough to write"

    listed = asyncio.run(keys(zarr.storage.LocalStore(tmp_path)))
    assert [key for key in listed if not OWN_KEYS.fullmatch(key)] == []
    assert sorted(name for name, _ in root.members()) == sorted(LAYOUTS)
    assert {name: array.nchunks_initialized for name, array in arrays.items()} == {
        name: array.nchunks for name, array in arrays.items()
    }
