"""Other names of `zarrust.metadata`."""

from zarrust._submodules import on_demand
from zarrust.metadata import ArrayMetadata, ArrayV2Metadata, ArrayV3Metadata

__all__ = ["ArrayMetadata", "ArrayV2Metadata", "ArrayV3Metadata"]

__getattr__ = on_demand(__name__)
