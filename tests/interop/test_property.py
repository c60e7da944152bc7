"""Arrays, writes and selections of every sort: zarr-python and this package store and read the same.

zarr-python 3.1.6 judges what is stored and what a document means, numpy which elements a selection has. Where
zarr-python is known to be wrong, `KNOWN_WRONG` says how, and numpy alone judges.

``ZARRUST_EXAMPLES=20000 ZARRUST_SEED=7 pytest tests/interop/test_property.py`` is a longer run.
"""

import itertools
import json
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import zarr as zarr_python
from hypothesis import event, given, seed, settings

import zarrust
from interop.cases import KEYS, RECORD, V2_CHAINS, V2_FILTERS, V3_CHAINS, V3_FILTERS, Case, canonical, fill_value

EXAMPLES = int(os.environ.get("ZARRUST_EXAMPLES", "2000"))
SEED = os.environ.get("ZARRUST_SEED")
DTYPES = [
    *("|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8", "<c8", "<c16"),
    *(">u2", ">i4", ">i8", ">f4", ">f8", ">c16"),
    *("|S3", "<U2", "<M8[s]", "<m8[ns]", "string", "|V3", "record"),
]

KNOWN_WRONG: dict[str, Callable[["Example"], bool]] = {
    "raw bytes and records in shards are an unhashable fill value": lambda one: (
        one.shards is not None and one.case.kind == "V"
    ),
    "records of format 3 are named otherwise before zarr-python 3.2": lambda one: (
        one.case.zarr_format == 3 and one.case.dtype == "record"
    ),
    "a complex number with a NaN is any fill value with one, and not stored": lambda one: (
        one.case.kind == "c" and one.case.fill == "extreme" and not one.write_empty_chunks
    ),
    "an orthogonal write of a list into shards does not fit": lambda one: (
        one.shards is not None
        and any(kind == "orthogonal" and any(isinstance(item, np.ndarray) for item in at) for kind, at, _ in one.writes)
    ),
    "a filter of numcodecs and texts take a transposed chunk in the order of memory": lambda one: (
        one.axes is not None and (one.case.chain in V3_FILTERS or one.case.kind == "O")
    ),
}


@dataclass(frozen=True)
class Example:
    """An array, what is written to it, and what is read from it."""

    case: Case
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    shards: tuple[int, ...] | None
    axes: tuple[int, ...] | None
    write_empty_chunks: bool
    writes: tuple[tuple[str, Any, int], ...]
    reads: tuple[tuple[str, Any], ...]

    def options(self) -> dict[str, Any]:
        """Keywords of ``create_array``, for both packages."""
        case, native = self.case, self.case.native
        options: dict[str, Any] = {
            "shape": self.shape,
            "chunks": self.chunks,
            "dtype": native,
            "zarr_format": case.zarr_format,
            "chunk_key_encoding": {"name": case.keys[0], "separator": case.keys[1]},
            "fill_value": fill_value(case),
            "config": {"write_empty_chunks": self.write_empty_chunks},
        }
        if case.kind == "O":
            options["dtype"] = "string" if case.zarr_format == 3 else str
        if case.zarr_format == 2:
            if case.chain in V2_FILTERS:
                return {
                    **options,
                    "order": case.order,
                    "compressors": None,
                    "filters": [V2_FILTERS[case.chain][1](native)],
                }
            filters = "auto" if case.kind == "O" else None
            return {**options, "order": case.order, "compressors": V2_CHAINS[case.chain](native), "filters": filters}
        filters: Any = [] if self.axes is None else [{"name": "transpose", "configuration": {"order": self.axes}}]
        compressors: Any = None
        if case.chain in V3_FILTERS:
            filters.append(V3_FILTERS[case.chain][1](native))
        else:
            compressors = V3_CHAINS[case.chain](1 if case.kind == "O" else native.itemsize) or None
        shards = None if self.shards is None else {"shape": self.shards, "index_location": case.layout}
        return {**options, "filters": filters or None, "compressors": compressors, "shards": shards}


def drawn_elements(case: Case, shape: tuple[int, ...], number: int) -> np.ndarray:
    """Elements of a shape, the same for the same number, the fill value often among them."""
    rng = np.random.default_rng(number)
    native = case.native
    if case.dtype == "string":
        pool = np.array(["", "a", "é😀", "x" * 40, fill_value(case)], object)
    elif case.dtype == "record":
        pool = np.array([(1, 2.5), (-7, np.nan), (2**31 - 1, -0.0), fill_value(case)], RECORD)
    else:
        pool = np.zeros(9, native)
        if case.kind == "U":
            pool[:3] = ["a", "é😀", "zz"]
        elif case.kind == "S":
            pool[:3] = [b"a", b"\xff\xfe", b"abc"]
        elif case.kind == "b":
            pool[:4] = True
        elif case.kind in "fc":
            # Chunks of nothing but complex -0 are to zarr-python those of a fill value of 0, and not stored.
            pool[:7] = [0.5, -1.25, np.nan, np.inf, -np.inf, -0.0 if case.kind == "f" else 7, 3]
        else:
            pool[:7] = rng.integers(0, 256, (7, native.itemsize), dtype="u1").view(native)[:, 0]
        pool[8] = fill_value(case)
    return pool[rng.integers(0, len(pool), shape)]


# Selections. They are drawn number by number: strategies that are made for each example cost more than the arrays.

Draw = Callable[[st.SearchStrategy[Any]], Any]
_flag = st.booleans()
_number = st.integers(0, 999)


def _bound(draw: Draw, low: int, high: int) -> int | None:
    return draw(st.integers(low, high)) if draw(_flag) else None


def _slice(draw: Draw, length: int) -> slice:
    start, stop = _bound(draw, -length - 1, length + 1), _bound(draw, -length - 1, length + 1)
    return slice(start, stop, _bound(draw, 1, 3))


def _integer(draw: Draw, length: int) -> int:
    return draw(st.integers(-length, length - 1))


def _basic(draw: Draw, shape: tuple[int, ...]) -> Any:
    if draw(st.integers(0, 9)) == 0:
        return ...
    count = draw(st.integers(0, len(shape))) if draw(_flag) else len(shape)
    return tuple(_integer(draw, n) if n and draw(_flag) else _slice(draw, n) for n in shape[:count])


def _orthogonal(draw: Draw, shape: tuple[int, ...]) -> Any:
    items: list[Any] = []
    for length in shape:
        kind = draw(st.sampled_from(["slice", "integer", "list", "mask"]))
        if kind == "mask" and length:  # zarr-python has an IndexError for one of an empty axis
            items.append(np.array([draw(_flag) for _ in range(length)], bool))
        elif kind == "slice" or not length:
            items.append(_slice(draw, length))
        elif kind == "integer":
            items.append(_integer(draw, length))
        else:
            # Each element once, since of two writes to one place either may be last.
            places = dict.fromkeys(_integer(draw, length) % length for _ in range(draw(st.integers(1, 5))))
            items.append(np.array([place - length if draw(_flag) else place for place in places]))
    return tuple(items)


def _coordinates(draw: Draw, shape: tuple[int, ...]) -> Any:
    points = [tuple(_integer(draw, n) for n in shape) for _ in range(draw(st.integers(1, 8)))]
    once = {tuple(at % n for at, n in zip(point, shape, strict=True)): point for point in points}
    return tuple(np.array(list(once.values())).T)


def _mask(draw: Draw, shape: tuple[int, ...]) -> Any:
    share = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    return np.random.default_rng(draw(_number)).random(shape) < share


def _blocks(draw: Draw, shape: tuple[int, ...], chunks: tuple[int, ...]) -> Any:
    items: list[Any] = []
    for length, chunk in zip(shape, chunks, strict=True):
        count = -(-length // chunk)
        whole = draw(_flag)
        # From the number of blocks on there is none, and a slice that starts there is an error of both packages.
        between = slice(_bound(draw, 0, count - 1), _bound(draw, 0, count))
        items.append(_integer(draw, count) % count if whole else between)
    return tuple(items)


def selection(draw: Draw, shape: tuple[int, ...], chunks: tuple[int, ...]) -> tuple[str, Any]:
    """A kind of selection, and one of it."""
    kinds = ["basic"]
    if shape:
        kinds += ["orthogonal", "mask"]
        if all(shape):
            kinds += ["coordinate", "block"]
    kind = draw(st.sampled_from(kinds))
    if kind == "block":
        return kind, _blocks(draw, shape, chunks)
    makers = {"basic": _basic, "orthogonal": _orthogonal, "coordinate": _coordinates, "mask": _mask}
    return kind, makers[kind](draw, shape)


def _block_slices(selection: Any, shape: tuple[int, ...], chunks: tuple[int, ...]) -> tuple[slice, ...]:
    found = []
    for item, length, chunk in zip(selection, shape, chunks, strict=True):
        count = -(-length // chunk)
        start, stop, _ = item.indices(count) if isinstance(item, slice) else (item, item + 1, 1)
        found.append(slice(start * chunk, max(start, stop) * chunk))
    return tuple(found)


def _crossed(selection: Any, shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
    """The indices of an orthogonal selection as numpy takes them, and the axes that integers drop."""
    items, dropped = [], []
    for axis, (item, length) in enumerate(zip(selection, shape, strict=True)):
        if isinstance(item, int):
            dropped.append(axis)
            item = [item]
        elif isinstance(item, slice):
            item = range(length)[item]
        elif item.dtype == bool:
            item = np.flatnonzero(item)
        items.append(np.asarray(item, int))
    return np.ix_(*items), tuple(dropped)


def of_numpy(array: np.ndarray, example: Example, kind: str, selection: Any) -> np.ndarray:
    """What numpy reads."""
    if kind == "orthogonal":
        crossed, dropped = _crossed(selection, example.shape)
        return array[crossed].squeeze(dropped)
    if kind == "block":
        selection = _block_slices(selection, example.shape, example.shards or example.chunks)
    return np.asarray(array[selection])


def into_numpy(array: np.ndarray, example: Example, kind: str, selection: Any, elements: np.ndarray) -> None:
    """What numpy writes."""
    if kind == "orthogonal":
        crossed, dropped = _crossed(selection, example.shape)
        array[crossed] = np.expand_dims(elements, dropped)
        return
    if kind == "block":
        selection = _block_slices(selection, example.shape, example.shards or example.chunks)
    array[selection] = elements


READ = {
    "basic": lambda array, at: array[at],
    "orthogonal": lambda array, at: array.oindex[at],
    "coordinate": lambda array, at: array.get_coordinate_selection(at),
    "mask": lambda array, at: array.get_mask_selection(at),
    "block": lambda array, at: array.blocks[at],
}


def store_into(array: Any, kind: str, at: Any, elements: np.ndarray) -> None:
    """What both packages write."""
    if kind == "basic":
        array[at] = elements
    elif kind == "orthogonal":
        array.oindex[at] = elements
    elif kind == "coordinate":
        array.set_coordinate_selection(at, elements)
    elif kind == "mask":
        array.set_mask_selection(at, elements)
    else:
        array.blocks[at] = elements


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """Arrays with writes and reads."""
    zarr_format = draw(st.sampled_from([3, 3, 2]))
    dtype = draw(st.sampled_from(DTYPES))
    chains = [*V3_CHAINS, *V3_FILTERS] if zarr_format == 3 else [*V2_CHAINS, *V2_FILTERS]
    case = Case(
        zarr_format,
        dtype,
        draw(st.sampled_from(chains)),
        fill=draw(st.sampled_from(["zero", "some", "extreme"])),
        order=draw(st.sampled_from("CF")) if zarr_format == 2 else "C",
        keys=draw(st.sampled_from(KEYS[zarr_format])),
    )
    if not case.exists():
        case = Case(zarr_format, dtype, "zstd", fill=case.fill, order=case.order, keys=case.keys)
    ndim = draw(st.sampled_from([1, 2, 2, 3, 0]))
    shape = tuple(draw(st.integers(0 if draw(st.integers(0, 9)) == 9 else 1, 9)) for _ in range(ndim))
    chunks = tuple(draw(st.integers(1, max(1, length + 1))) for length in shape)
    shards, axes = None, None
    packed = case.chain == "numcodecs.packbits"
    if zarr_format == 3 and shape and not packed and draw(_flag):
        shards = tuple(chunk * draw(st.integers(1, 3)) for chunk in chunks)
        case = replace(case, layout=draw(st.sampled_from(["end", "start"])))
    if zarr_format == 3 and ndim > 1 and not packed and draw(_flag):
        axes = draw(st.sampled_from(list(itertools.permutations(range(ndim)))))
    grid = shards or chunks
    writes = [(*selection(draw, shape, grid), draw(_number)) for _ in range(draw(st.integers(1, 3)))]
    reads = [selection(draw, shape, grid) for _ in range(draw(st.integers(1, 3)))]
    return Example(
        case,
        shape,
        chunks,
        shards,
        axes,
        draw(_flag),
        tuple(writes),
        tuple(reads),
    )


def copied(store: dict[str, Any], package: Any) -> dict[str, Any]:
    """The same objects in another package's buffers."""
    make = package.core.buffer.default_buffer_prototype().buffer.from_bytes
    return {key: make(value.to_bytes()) for key, value in store.items()}


def meaning(array: Any) -> str:
    """A document as its reader understands it."""
    return json.dumps(array.metadata.to_dict(), sort_keys=True, default=str)


def bits(found: Any, case: Case) -> bytes:
    """The elements as bytes. A single text or bytes are a Python object, without the padding of a fixed length."""
    return canonical(np.asarray(found, case.native) if case.kind in "SUO" else found)


def check(example: Example) -> None:
    """Write by each package, and read by each what each wrote."""
    wrong = [why for why, applies in KNOWN_WRONG.items() if applies(example)]
    packages = [zarrust] if wrong else [zarrust, zarr_python]
    event(wrong[0] if wrong else "judged by zarr-python")
    model = np.full(example.shape, fill_value(example.case), example.case.native)
    stores: list[dict[str, Any]] = [{} for _ in packages]
    arrays = [package.create_array(store, **example.options()) for package, store in zip(packages, stores, strict=True)]
    for kind, at, number in example.writes:
        elements = drawn_elements(example.case, of_numpy(model, example, kind, at).shape, number)
        into_numpy(model, example, kind, at, elements)
        for array in arrays:
            store_into(array, kind, at, elements)
    for package in packages:
        found = [package.open_array(copied(store, package), mode="r") for store in stores]
        assert len({meaning(array) for array in found}) == 1
        for array in found:
            assert array.shape == example.shape
            assert bits(array[...], example.case) == bits(model, example.case)
            for kind, at in example.reads:
                expected = of_numpy(model, example, kind, at)
                read = READ[kind](array, at)
                assert np.shape(read) == expected.shape, (package.__name__, kind, at)
                assert bits(read, example.case) == bits(expected, example.case), (package.__name__, kind, at)


def _seeded(test: Any) -> Any:
    return test if SEED is None else seed(int(SEED))(test)


@pytest.mark.timeout(60 + EXAMPLES)
@_seeded
@settings(max_examples=EXAMPLES, derandomize=SEED is None, database=None)
@given(examples())
def test_both_packages_store_and_read_the_same(example: Example):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(example)
