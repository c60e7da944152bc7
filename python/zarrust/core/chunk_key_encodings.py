"""Other names of the chunk key encodings."""

from zarrust.metadata.chunk_keys import (
    ChunkKeyEncoding,
    ChunkKeyEncodingLike,
    ChunkKeyEncodingParams,
    DefaultChunkKeyEncoding,
    V2ChunkKeyEncoding,
    parse_chunk_key_encoding,
)

__all__ = [
    "ChunkKeyEncoding",
    "ChunkKeyEncodingLike",
    "ChunkKeyEncodingParams",
    "DefaultChunkKeyEncoding",
    "V2ChunkKeyEncoding",
    "parse_chunk_key_encoding",
]
