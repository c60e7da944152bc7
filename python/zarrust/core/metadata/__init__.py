"""Other names of `zarrust.metadata`."""

from zarrust.metadata import ArrayMetadata, ArrayV2Metadata, ArrayV3Metadata
from zarrust.on_demand import submodules

__all__ = ["ArrayMetadata", "ArrayV2Metadata", "ArrayV3Metadata"]

__getattr__ = submodules(__name__)
