"""Another name of `zarrust.metadata.ArrayV2Metadata`."""

from zarrust.metadata.v2 import ArrayV2Metadata

__all__ = ["ArrayV2Metadata"]
