"""Other names of the structured types of `zarrust.dtype`."""

from zarrust.dtypes.structured import Struct, Structured, StructuredJSON_V2, StructuredJSON_V3

__all__ = ["Struct", "Structured", "StructuredJSON_V2", "StructuredJSON_V3"]
