"""Strategies of hypothesis for grids whose chunks have lengths of their own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st

import zarrust
from zarrust.metadata.rectilinear import RectilinearChunkGrid
from zarrust.storage import MemoryStore

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

_MOST_CHUNKS = 400  # in all: tests visit each


def chunks_param_from_rectilinear(meta: RectilinearChunkGrid) -> list[int | list[int]]:
    """Return the argument ``chunks`` that makes a grid.

    Parameters
    ----------
    meta : RectilinearChunkGrid

    Examples
    --------
    >>> chunks_param_from_rectilinear(RectilinearChunkGrid((3, (1, 2))))
    [3, [1, 2]]
    """
    return [lengths if isinstance(lengths, int) else [*lengths] for lengths in meta.chunk_shapes]


def _most(shape: tuple[int, ...]) -> int:
    """Return how many chunks an axis may have: at most 20, and not too many in all."""
    return next(most for most in range(20, 0, -1) if most ** len(shape) <= _MOST_CHUNKS)


@st.composite
def rectilinear_dim_edges(draw: DrawFn, *, extent: int, max_chunks: int = 20) -> list[int]:
    """Lengths of the chunks of an axis, which together are as long as it; any for an empty axis.

    Parameters
    ----------
    extent : int
        Length of the axis, in elements.
    max_chunks : int, default 20
    """
    if not extent:
        return draw(st.lists(st.integers(1, 10), min_size=1, max_size=5))
    if draw(st.booleans(), label="equal lengths"):
        length = draw(st.integers(-(-extent // max_chunks), extent))
        rest = extent % length
        return draw(st.permutations([length] * (extent // length) + [rest] * bool(rest)))
    count = draw(st.integers(0, min(extent, max_chunks) - 1))
    cuts = draw(st.lists(st.integers(1, extent - 1), min_size=count, max_size=count)) if extent > 1 else []
    return [after - before for before, after in itertools.pairwise([0, *sorted({*cuts}), extent])]


@st.composite
def rectilinear_chunks(draw: DrawFn, *, shape: tuple[int, ...]) -> list[list[int]]:
    """Arguments ``chunks``: for each axis the lengths of its chunks.

    Parameters
    ----------
    shape : tuple of int
        In elements.
    """
    return [draw(rectilinear_dim_edges(extent=extent, max_chunks=_most(shape))) for extent in shape]


@st.composite
def rectilinear_chunk_grids(draw: DrawFn, *, shape: tuple[int, ...]) -> RectilinearChunkGrid:
    """Grids over an array, some of which reach beyond it.

    Parameters
    ----------
    shape : tuple of int
        In elements.
    """
    axes: list[int | tuple[int, ...]] = []
    for extent, lengths in zip(shape, draw(rectilinear_chunks(shape=shape)), strict=True):
        least = max(1, -(-extent // _most(shape)))
        beyond = draw(st.lists(st.integers(1, 5), max_size=1), label="beyond")
        axes.append(draw(st.integers(least, extent + 3) | st.just((*lengths, *beyond))))
    return RectilinearChunkGrid(tuple(axes))


def _runs(draw: DrawFn, lengths: tuple[int, ...]) -> list[int | list[int]]:
    """Return lengths, some of them as length and count."""
    found: list[int | list[int]] = []
    for length, run in itertools.groupby(lengths):
        left = len([*run])
        while left:
            count = draw(st.integers(1, left), label="run")
            found.append(length if count == 1 and draw(st.booleans(), label="alone") else [length, count])
            left -= count
    return found


@st.composite
def rectilinear_chunk_shape_declarations(
    draw: DrawFn, *, shape: tuple[int, ...]
) -> tuple[list[int | list[int | list[int]]], tuple[int | tuple[int, ...], ...]]:
    """What documents say of a grid (any way to write its runs), and what it means.

    Parameters
    ----------
    shape : tuple of int
        In elements.
    """
    meaning = draw(rectilinear_chunk_grids(shape=shape)).chunk_shapes
    return [axis if isinstance(axis, int) else _runs(draw, axis) for axis in meaning], meaning


def _drawn(name: str) -> SearchStrategy[Any]:
    """Return a strategy of the module that names these ones too, when it is drawn from."""

    def found() -> SearchStrategy[Any]:
        from zarrust.testing import strategies

        strategy: SearchStrategy[Any] = getattr(strategies, name)
        return strategy

    return st.deferred(found)


_SHAPES = npst.array_shapes(max_dims=3, min_side=1, max_side=20)
_STORES, _PATHS, _NAMES, _ATTRS = map(_drawn, ("stores", "_any_path", "array_names", "attrs"))


def _made(draw: DrawFn, data: Any, chunks: list[list[int]], root: Any, **options: Any) -> Any:
    """Return an array with its elements written."""
    from zarrust.testing.strategies import dimension_names

    with zarrust.config.set({"array.rectilinear_chunks": True}):
        z = root.create_array(
            shape=data.shape,
            chunks=chunks,
            dtype=data.dtype,
            fill_value=draw(st.none() | npst.from_dtype(data.dtype), label="fill value"),
            dimension_names=draw(dimension_names(ndim=data.ndim), label="names of axes"),
            **options,
        )
        z[...] = data
    return z


@st.composite
def rectilinear_arrays(
    draw: DrawFn,
    *,
    shapes: SearchStrategy[tuple[int, ...]] = _SHAPES,
) -> Any:
    """Arrays whose chunks have lengths of their own, with their elements written.

    Parameters
    ----------
    shapes : SearchStrategy, optional
    """
    from zarrust.testing.strategies import numpy_arrays

    data = draw(numpy_arrays(shapes=shapes), label="elements")
    chunks = draw(rectilinear_chunks(shape=data.shape), label="chunks")
    return _made(draw, data, chunks, zarrust.group(MemoryStore(), zarr_format=3), name="array")


@st.composite
def complex_rectilinear_arrays(
    draw: DrawFn,
    *,
    stores: SearchStrategy[Any] = _STORES,
    paths: SearchStrategy[str] = _PATHS,
    array_names: SearchStrategy[str] = _NAMES,
    attrs: SearchStrategy[Any] = _ATTRS,
) -> tuple[Any, Any]:
    """Elements, and an array of them in five to ten short chunks along each axis.

    Parameters
    ----------
    stores, paths, array_names, attrs : SearchStrategy, optional
        Where the array is, and its attributes.
    """
    from zarrust.storage.names import normalize_path
    from zarrust.testing.strategies import numpy_arrays

    count = draw(st.integers(5, 10), label="chunks of an axis")
    axis = st.lists(st.integers(1, 5), min_size=count, max_size=count)
    chunks = draw(st.lists(axis, min_size=1, max_size=3), label="chunks")
    data = draw(numpy_arrays(shapes=st.just(tuple(map(sum, chunks)))), label="elements")
    path = normalize_path(f"{draw(paths, label='parent')}/{draw(array_names, label='name')}")
    root = zarrust.open_group(draw(stores, label="store"), mode="w", zarr_format=3)
    return data, _made(draw, data, chunks, root, name=path, attributes=draw(attrs, label="attributes"))
