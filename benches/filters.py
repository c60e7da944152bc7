"""Filters alone beside numcodecs', on the same bytes in the same run: `python benches/filters.py [NAME ...]`.

Ours run in the engine's own benchmark (`rust/core/benches/filters.rs`, which cargo builds) as in an array's write and
read: from the chunk in memory into memory that is there already, as a thread keeps it from chunk to chunk. Theirs are
the codec's `encode` and `decode`, which allocate what they return. Both give the same bytes, which is checked. The two
take turns on one processor, one thread each, and the median of each side's turns counts, in processor time.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numcodecs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
SIZES = {"64 KiB": 1 << 16, "1 MiB": 1 << 20, "4 MiB": 4 << 20}
TURNS = 15
TURN_SECONDS = 0.004


class Swap:
    """What numpy does where the stored byte order is the other one."""

    codec_id = "bytes"

    def encode(self, data: np.ndarray) -> np.ndarray:
        """Return the numbers, their bytes swapped."""
        return data.byteswap()

    decode = encode

    def get_config(self) -> dict[str, str]:
        """Return the configuration of the codec of format 3."""
        return {"id": "bytes", "endian": "big"}


def walk(dtype: str) -> Callable[[int], np.ndarray]:
    """Make numbers that go up and down by small steps."""

    def make(count: int) -> np.ndarray:
        steps = np.random.default_rng(7).integers(-9, 10, count)
        return np.cumsum(steps).astype(dtype)

    return make


def waves(dtype: str) -> Callable[[int], np.ndarray]:
    """Make smooth positive numbers."""
    return lambda count: (np.sin(np.arange(count) / 1000) * 100 + 120).astype(dtype)


def coins(count: int) -> np.ndarray:
    """Make booleans."""
    return np.random.default_rng(7).random(count) < 0.3


CASES: list[tuple[str, Callable[[int], np.ndarray], Any]] = [
    *((f"shuffle {dtype}", walk(dtype), numcodecs.Shuffle(int(dtype[1]))) for dtype in ("i2", "i4", "f8")),
    *((f"delta {dtype}", walk(dtype), numcodecs.Delta("<" + dtype)) for dtype in ("i2", "i4", "i8", "u4", "f4", "f8")),
    ("delta u1", walk("u1"), numcodecs.Delta("|u1")),
    ("delta i4 as i2", walk("i4"), numcodecs.Delta("<i4", astype="<i2")),
    ("delta i8 as i4", walk("i8"), numcodecs.Delta("<i8", astype="<i4")),
    *((f"quantize {dtype}", waves(dtype), numcodecs.Quantize(2, "<" + dtype)) for dtype in ("f4", "f8")),
    ("quantize f8 as f4", waves("f8"), numcodecs.Quantize(2, "<f8", "<f4")),
    ("packbits", coins, numcodecs.PackBits()),
    *(
        (f"fixedscaleoffset {dtype} as {to}", waves(dtype), numcodecs.FixedScaleOffset(10, scale, "<" + dtype, to))
        for dtype, to, scale in (
            ("f8", "<i4", 100),
            ("f8", "<i2", 10),
            ("f8", "|u1", 1),
            ("f4", "<i4", 100),
            ("f4", "<i2", 10),
            ("f4", "|u1", 1),
        )
    ),
    ("fixedscaleoffset i4", walk("i4"), numcodecs.FixedScaleOffset(10, 1, "<i4")),
    *((f"bitround {dtype}", waves(dtype), numcodecs.BitRound(10)) for dtype in ("f4", "f8")),
    ("astype f8 as f4", waves("f8"), numcodecs.AsType("<f4", "<f8")),
    ("astype i4 as i2", walk("i4"), numcodecs.AsType("<i2", "<i4")),
    *((f"byte-swap {dtype}", walk(dtype), Swap()) for dtype in ("i2", "i4", "f8")),
]

KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float"}


class Engine:
    """Our side: the benchmark of the core, asked line by line."""

    def __init__(self) -> None:
        build = ["cargo", "bench", "-q", "-p", "zarrust-core", "--bench", "filters"]
        subprocess.run([*build, "--no-run"], cwd=ROOT, check=True)
        self.program = subprocess.Popen(build, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line: str) -> float:
        """Return the answer to a line, in seconds."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        print(line, file=self.program.stdin, flush=True)
        answer = self.program.stdout.readline()
        if not answer:
            raise SystemExit("the engine's side has ended")
        return int(answer) / 1e9

    def take(self, folder: Path, codec: Any, data: np.ndarray, encoded: np.ndarray, expected: np.ndarray) -> None:
        """Set a case up."""
        configuration = dict(codec.get_config())
        name = configuration.pop("id")
        document: dict[str, Any] = {"name": name if name == "bytes" else "numcodecs." + name}
        document["configuration"] = configuration
        size = data.dtype.itemsize
        order = "little" if size > 1 else None
        document["element"] = {"size": size, "swap": size, "order": order, "kind": KINDS[data.dtype.kind]}
        for part, array in (("decoded", data), ("encoded", encoded), ("expected", expected)):
            path = folder / part
            path.write_bytes(array.tobytes())
            document[part] = str(path)
        self.ask(json.dumps(document))


def repeated(work: Callable[[], object], times: int) -> float:
    """Return the processor time of so many calls, in seconds."""
    start = time.thread_time()
    for _ in range(times):
        work()
    return time.thread_time() - start


def race(engine: Engine, what: str, theirs: Callable[[], object]) -> tuple[float, float]:
    """Return the median turn of each, in seconds for one call."""
    turns: tuple[list[float], list[float]] = ([], [])
    times = [1, 1]
    for turn in range(TURNS + 1):
        took = engine.ask(f"{what} {times[0]}"), repeated(theirs, times[1])
        for side in range(2):
            if turn:
                turns[side].append(took[side] / times[side])
            else:
                times[side] = max(1, int(TURN_SECONDS / max(took[side], 1e-7)))
    return statistics.median(turns[0]), statistics.median(turns[1])


def main(wanted: list[str]) -> None:
    """Print a line for each case, with a ratio for each size and direction."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    engine = Engine()
    least: list[tuple[float, str]] = []
    print(f"{'':30}" + "".join(f"{what + ' ' + size:>22}" for size in SIZES for what in ("encode", "decode")))
    for name, make, codec in CASES:
        if wanted and not any(word in name for word in wanted):
            continue
        print(f"{name:30}", end="", flush=True)
        for size, length in SIZES.items():
            data = make(length // make(1).dtype.itemsize)
            encoded = np.asarray(codec.encode(data))
            expected = np.asarray(codec.decode(encoded))
            with tempfile.TemporaryDirectory() as folder:
                engine.take(Path(folder), codec, data, encoded, expected)
            for what, work in (
                ("encode", lambda codec=codec, data=data: codec.encode(data)),
                ("decode", lambda codec=codec, encoded=encoded: codec.decode(encoded)),
            ):
                ours, theirs = race(engine, what, work)
                ratio = theirs / ours
                print(f"{data.nbytes / 1e6 / ours:11.0f} MB/s {ratio:5.2f}x", end="", flush=True)
                least.append((ratio, f"{name} {what} {size}"))
        print()
    print("\nbelow 2x:", *(f"{ratio:.2f}x {title}" for ratio, title in sorted(least) if ratio < 2), sep="\n  ")


if __name__ == "__main__":
    main(sys.argv[1:])
