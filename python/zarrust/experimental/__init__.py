"""What is new and may still change."""

from zarrust.chunk_grid import ChunkGrid, ChunkSpec

__all__ = ["ChunkGrid", "ChunkSpec"]
