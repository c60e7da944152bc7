"""Other names of `zarrust.config`."""

from zarrust.array_config import parse_order as parse_indexing_order
from zarrust.config import Config, config

__all__ = ["Config", "config", "parse_indexing_order"]
