"""Data types that the tests go through, one of every kind and a few that are easy to get wrong."""

import numpy as np

NUMPY_DTYPES = [
    "?",
    *(f"{order}{kind}{size}" for order in "<>" for kind in "iu" for size in (2, 4, 8)),
    *("i1", "u1"),
    *(f"{order}{code}" for order in "<>" for code in ("f2", "f4", "f8", "c8", "c16")),
    *("<U3", ">U3", "S1", "S7", "V5"),
    *(f"<M8[{unit}]" for unit in ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as")),
    *("<M8[10s]", ">M8[25us]", "<m8[D]", ">m8[3ns]"),
    [("a", "<i4"), ("b", "<f8")],
    [("a", ">i4"), ("b", "S3"), ("c", [("d", "<c8"), ("e", ">U2"), ("f", "<M8[s]")])],
]
"""As numpy takes them; both byte orders."""


def elements(dtype: np.dtype, count: int, seed: int = 0) -> np.ndarray:
    """Return elements whose bytes are random as far as the type allows."""
    generator = np.random.default_rng(seed)
    if dtype.names is not None:
        out = np.empty(count, dtype)
        for number, name in enumerate(dtype.names):
            out[name] = elements(dtype[name], count, seed + number + 1)
        return out
    if dtype.kind == "b":
        return generator.integers(0, 2, count).astype(dtype)
    if dtype.kind == "U":
        texts = ["".join(chr(n) for n in generator.integers(33, 0xD000, dtype.itemsize // 4)) for _ in range(count)]
        return np.array(texts, dtype=dtype)
    if dtype.kind in "mM":
        return generator.integers(-(2**40), 2**40, count).astype(dtype.byteorder + "i8").view(dtype)
    return np.frombuffer(generator.bytes(count * dtype.itemsize), dtype=dtype)
