"""Other names of `zarrust.array_config.ArrayConfig`."""

from zarrust.array_config import ArrayConfig, ArrayConfigParams, parse_array_config

__all__ = ["ArrayConfig", "ArrayConfigParams", "parse_array_config"]
