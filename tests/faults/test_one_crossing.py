"""A read crosses into Rust once: what Python does for it does not depend on the number of chunks."""

import json
from functools import cache

import pytest

import programs

# In a process of its own, so that threads which the package starts for itself are counted as well.
PROGRAM = """
    import json, sys, tempfile, threading

    counting, count = False, 0

    def note(frame, event, argument):
        global count
        if counting and event in ("call", "c_call"):
            count += 1

    threading.setprofile(note)
    import numpy as np
    import zarrust as zarr

    def calls(work):
        global counting, count
        work()  # imports and caches of the first time are not what is measured
        count, counting = 0, True
        sys.setprofile(note)
        work()
        sys.setprofile(None)
        counting = False
        return count

    zstd = zarr.codecs.ZstdCodec(level=1)
    layouts = {
        "chunks": {"chunks": (10,)},
        "compressed": {"chunks": (10,), "compressors": zstd},
        "shards": {"chunks": (10,), "shards": (100,)},
        "format 2": {"chunks": (10,), "zarr_format": 2},
    }
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, store in (("memory", zarr.storage.MemoryStore()), ("local", zarr.storage.LocalStore(folder))):
            for layout, options in layouts.items():
                for length in (100, 10_000):
                    array = zarr.create_array(store, name=f"{layout} {length}", shape=(length,), dtype="i4", **options)
                    values = np.arange(length, dtype="i4")
                    for what, work in {
                        "write all": lambda: array.__setitem__(..., values),
                        "read all": lambda: array[...],
                        "read with a step": lambda: array[5:-5:3],
                        "write a part": lambda: array.__setitem__(slice(5, -5), 7),
                        "read a list": lambda: array.oindex[values[::-3]],
                        "read points": lambda: array.vindex[values[::-3]],
                        "read a mask": lambda: array.vindex[values % 2 == 0],
                        "write a list": lambda: array.oindex.__setitem__(values[::-3], 7),
                    }.items():
                        result.setdefault(f"{kind}, {layout}: {what}", []).append(calls(work))
    print(json.dumps(result))
"""

NAMES = [
    f"{kind}, {layout}: {what}"
    for kind in ("memory", "local")
    for layout in ("chunks", "compressed", "shards", "format 2")
    for what in (
        "write all",
        "read all",
        "read with a step",
        "write a part",
        "read a list",
        "read points",
        "read a mask",
        "write a list",
    )
]


@cache
def counts() -> dict[str, list[int]]:
    """Python calls of each piece of work, on 10 chunks and on 1,000."""
    return json.loads(programs.run(PROGRAM))


@pytest.mark.parametrize("name", NAMES)
def test_calls_do_not_grow_with_the_chunks(name: str):
    few, many = counts()[name]
    assert many == few
    assert many < 200
