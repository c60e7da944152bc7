"""Changing the shape of an array."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from zarrust.engine import fill_scalar, open_handle
from zarrust.flows.drive import DeleteMany, Flow, StoredObjects, WriteRegion
from zarrust.flows.nodes import change_node, read_node

if TYPE_CHECKING:
    from zarrust.abc.store import Store
    from zarrust.array_config import WriteMode
    from zarrust.chunk_grid import ChunkGrid
    from zarrust.metadata import ArrayMetadata, NodeMetadata

__all__ = ["change_shape", "grow", "grown", "resize"]


def _cut_regions(old: ChunkGrid, new: tuple[int, ...]) -> list[list[tuple[int, int, int]]]:
    """Return the parts of kept chunks that are outside of the new shape, as regions of the old one.

    Examples
    --------
    >>> from zarrust.chunk_grid import ChunkGrid
    >>> _cut_regions(ChunkGrid.from_sizes((6, 4), (2, 2)), (3, 4))
    [[(3, 1, 1), (0, 4, 1)]]
    """
    kept = [
        min(axis.extent, axis.chunk_offset(axis.resize(length).nchunks))
        for axis, length in zip(old.dimensions, new, strict=True)
    ]
    regions = []
    for axis, (start, end) in enumerate(zip(new, kept, strict=True)):
        if start < end:
            region = [(0, length, 1) for length in kept]
            region[axis] = (start, end - start, 1)
            regions.append(region)
    return [region for region in regions if all(count for _, count, _ in region)]


def change_shape(path: str, new: ArrayMetadata) -> Flow[ArrayMetadata]:
    """Write an array's document with a new shape, and return it.

    Other handles, and processes, may have changed attributes since ``new`` was made: they stay.
    """

    def changed(stored: NodeMetadata | None) -> NodeMetadata:
        return replace(new, attributes=stored.attributes) if stored is not None and type(stored) is type(new) else new

    return cast("ArrayMetadata", (yield from change_node(path, new.zarr_format, changed)))


def _longer(stored: NodeMetadata | None, known: ArrayMetadata, axis: int, length: int) -> ArrayMetadata:
    """Return the metadata of an array that is ``length`` longer along an axis than the one that is stored."""
    now = stored if stored is not None and type(stored) is type(known) else known
    shape = list(known.shape)
    shape[axis] = now.shape[axis]
    if tuple(shape) != now.shape:
        raise ValueError(
            f"append: the array was resized from shape {known.shape} to {now.shape} by somebody else; open it again"
        )
    shape[axis] += length
    return now.resized(tuple(shape))


def grown(path: str, metadata: ArrayMetadata, axis: int, length: int) -> Flow[ArrayMetadata]:
    """Return what a longer array's metadata would be; others may have made it longer since ``metadata`` was read."""
    return _longer((yield from read_node(path, metadata.zarr_format, False, again=True)), metadata, axis, length)


def grow(path: str, metadata: ArrayMetadata, axis: int, length: int) -> Flow[ArrayMetadata]:
    """Make an array longer and return its metadata: what is new of it nobody else gets."""
    longer = change_node(path, metadata.zarr_format, lambda stored: _longer(stored, metadata, axis, length))
    return cast("ArrayMetadata", (yield from longer))


def resize(
    store: Store,
    path: str,
    metadata: ArrayMetadata,
    shape: tuple[int, ...],
    *,
    clean: bool = True,
    write_mode: WriteMode = "replace",
) -> Flow[ArrayMetadata]:
    """Change the shape and return the new metadata.

    What is cut off reads as the fill value should the array grow again: chunks outside are deleted, those on the new
    edge are overwritten beyond it. This goes before the document, so that a resize cut off in the middle can be done
    again.

    Parameters
    ----------
    store : Store
    path : str
    metadata : ArrayMetadata
    shape : tuple of int
    clean : bool
        Whether the cut off part is removed.
    write_mode : {"replace", "compare_and_swap"}
        How chunks on the new edge are written.

    Raises
    ------
    ValueError
        If the number of axes differs.
    """
    if len(shape) != metadata.ndim:
        raise ValueError(f"resize: the array has {metadata.ndim} axes, found a shape of {len(shape)}: {shape}")
    new: ArrayMetadata = metadata.resized(shape)
    if clean and any(after < before for before, after in zip(metadata.shape, shape, strict=True)):
        from zarrust.chunk_grid import ChunkGrid

        # Without empty chunks: a chunk that is missing, or all fill value afterwards, is not stored.
        handle = open_handle(store, path, metadata, write_empty_chunks=False, write_mode=write_mode)
        before = ChunkGrid.from_metadata(metadata)
        grid = ChunkGrid.from_metadata(new).grid_shape
        stored = yield StoredObjects(handle)
        doomed = [place for place in stored if any(at >= count for at, count in zip(place, grid, strict=True))]
        if len(doomed) < len(stored):
            fill = np.asarray(fill_scalar(metadata), dtype=metadata.memory_type.to_native_dtype())
            for region in _cut_regions(before, shape):
                yield WriteRegion(handle, region, np.broadcast_to(fill, [count for _, count, _ in region]))
        if doomed:
            yield DeleteMany([handle.key(place) for place in doomed])
    return (yield from change_shape(path, new))
