"""Another name of `zarrust.config`."""

from zarrust.config import Config, config

__all__ = ["Config", "config"]
