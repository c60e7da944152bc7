"""Other names of `zarrust.metadata`."""

from zarrust.metadata import ArrayMetadata, ArrayV2Metadata, ArrayV3Metadata

__all__ = ["ArrayMetadata", "ArrayV2Metadata", "ArrayV3Metadata"]
