"""Other names of the tables of `zarrust.Array.info` and `zarrust.Group.info`."""

from zarrust.info import ArrayInfo, GroupInfo
from zarrust.info import human_size as human_readable_size

__all__ = ["ArrayInfo", "GroupInfo", "human_readable_size"]
