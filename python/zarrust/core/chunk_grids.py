"""Other names of the chunk grids, and of how chunks are chosen."""

from zarrust.metadata.chunk_keys import RegularChunkGrid
from zarrust.metadata.chunking import auto_chunk as _guess_chunks
from zarrust.metadata.chunking import chunk_shape as normalize_chunks
from zarrust.metadata.new import auto_partition as _auto_partition

__all__ = ["RegularChunkGrid", "_auto_partition", "_guess_chunks", "normalize_chunks"]
