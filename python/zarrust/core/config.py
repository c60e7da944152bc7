"""Other names of `zarrust.config`."""

from zarrust.array_config import parse_order as parse_indexing_order
from zarrust.config import BadConfigError, Config, config

__all__ = ["BadConfigError", "Config", "config", "parse_indexing_order"]
