"""Lists of codecs: each sees the chunk that those before it make; the engine gets what it runs and what it calls."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from zarrust.codecs.bridge import CodecBridge
from zarrust.codecs.codec import Codec, EngineCodec, OpaqueCodec, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarrust.array_spec import ArraySpec

__all__ = ["check_chain", "engine_chain", "evolve_chain"]

_WORK = ("decode", "encode", "_decode_single", "_encode_single", "_decode_sync", "_encode_sync")


@lru_cache(maxsize=256)
def runs_in_engine(cls: type) -> bool:
    """Return whether a class leaves the bytes to the engine: its own methods, if it has any, are for other things."""
    if not issubclass(cls, EngineCodec):
        return False
    definers = (next((base for base in cls.__mro__ if name in vars(base)), EngineCodec) for name in _WORK)
    return all(definer.__module__.split(".")[0] == __name__.split(".")[0] for definer in definers)


def evolve_chain(codecs: Iterable[Codec], spec: ArraySpec) -> tuple[Codec, ...]:
    """Return codecs with everything decided that they left open, for chunks like ``spec``."""
    evolved = []
    for codec in codecs:
        evolved.append(codec.evolve_from_array_spec(spec))
        spec = evolved[-1].resolve_metadata(spec)
    return tuple(evolved)


def check_chain(codecs: Iterable[Codec], spec: ArraySpec, shape: tuple[int, ...], chunk_grid: Any) -> None:
    """Refuse codecs that do not fit the array, or each other.

    Parameters
    ----------
    codecs : iterable of Codec
    spec : ArraySpec
        A stored chunk.
    shape : tuple of int
        Of the array, in elements.
    chunk_grid : RegularChunkGrid
        Of the array.

    Raises
    ------
    ValueError
        If one does not fit; the message starts with its place.
    """
    for index, codec in enumerate(codecs):
        try:
            evolved = codec.evolve_from_array_spec(spec)
            evolved.validate(shape=shape, dtype=spec.dtype, chunk_grid=chunk_grid)
            after = evolved.resolve_metadata(spec)
        except ValueError as error:
            raise ValueError(f"codecs[{index}]: {error}") from error
        if after.shape != spec.shape:
            # What is after a codec that changes shapes sees chunks of another array, of which one chunk is known.
            shape, chunk_grid = after.shape, replace(chunk_grid, chunk_shape=after.shape)
        spec = after


def engine_chain(codecs: Iterable[Codec], spec: ArraySpec, plugs: list[Any]) -> list[Any]:
    """Return a list of codecs as the engine takes it.

    Parameters
    ----------
    codecs : iterable of Codec
    spec : ArraySpec
        The chunk that the first of them sees.
    plugs : list
        Bridges of the codecs that are written in Python are appended; the list has them by their number.
    """
    chain: list[Any] = []
    for codec in codecs:
        evolved = codec.evolve_from_array_spec(spec)
        after = evolved.resolve_metadata(spec)
        document: Any = None
        if isinstance(evolved, OpaqueCodec):
            document = evolved.to_dict()
        elif runs_in_engine(cast("Any", type(evolved))):
            document = cast("EngineCodec", evolved).engine_document(spec, plugs)
        if document is None:
            document = plugged(evolved, spec, after, plugs)
        chain.extend(document if isinstance(document, list) else (document,))
        spec = after
    return chain


def plugged(codec: Codec, spec: ArraySpec, after: ArraySpec, plugs: list[Any]) -> dict[str, Any]:
    """Return the entry for a codec that the engine calls, and append its bridge."""
    import numpy as np

    from zarrust.engine import element_of

    kind: Any = {"array-to-bytes": "array-bytes", "bytes-to-bytes": "bytes-bytes"}.get(kind_of(codec) or "")
    if kind is None:
        dtype = after.dtype.to_native_dtype()
        fill = np.zeros((), dtype=dtype)
        # A codec that says nothing of the fill value may leave one that its data type does not have.
        with suppress(TypeError, ValueError, OverflowError):
            fill[()] = after.fill_value
        kind = {
            "array-array": {
                "encoded": {"shape": list(after.shape), "element": element_of(dtype)},
                "fill": list(fill.tobytes()),
            }
        }
    plugs.append(CodecBridge(codec, spec, after))
    return {"plug": len(plugs) - 1, "kind": kind}
