"""Other names of what codecs are told, and of how arrays behave."""

from zarrust.array_config import ArrayConfig, ArrayConfigParams, parse_array_config
from zarrust.array_spec import ArraySpec

__all__ = ["ArrayConfig", "ArrayConfigParams", "ArraySpec", "parse_array_config"]
