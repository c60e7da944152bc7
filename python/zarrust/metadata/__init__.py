"""Documents of both formats and the objects they become."""

from zarrust.metadata.consolidated import ArrayMetadata, ConsolidatedMetadata, Entry, GroupMetadata, NodeMetadata
from zarrust.metadata.v2 import ArrayV2Metadata
from zarrust.metadata.v3 import ArrayV3Metadata

__all__ = [
    "ArrayMetadata",
    "ArrayV2Metadata",
    "ArrayV3Metadata",
    "ConsolidatedMetadata",
    "Entry",
    "GroupMetadata",
    "NodeMetadata",
]
