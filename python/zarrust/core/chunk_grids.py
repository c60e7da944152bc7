"""Other names of the chunk grids."""

from zarrust.metadata.chunk_keys import RegularChunkGrid

__all__ = ["RegularChunkGrid"]
