"""Other names of `zarrust.metadata.ArrayV3Metadata` and its parts."""

from zarrust.metadata.chunk_keys import RegularChunkGrid
from zarrust.metadata.chunk_keys import RegularChunkGrid as RegularChunkGridMetadata
from zarrust.metadata.chunking import parse_shape as parse_shapelike
from zarrust.metadata.v3 import ArrayV3Metadata

__all__ = ["ArrayV3Metadata", "RegularChunkGrid", "RegularChunkGridMetadata", "parse_shapelike"]
