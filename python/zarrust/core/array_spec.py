"""Another name of `zarrust.array_config.ArrayConfig`."""

from zarrust.array_config import ArrayConfig, parse_array_config

__all__ = ["ArrayConfig", "parse_array_config"]
