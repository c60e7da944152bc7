"""Other names of the accessors of `zarrust.Array`."""

from zarrust.accessors import AsyncOIndex, AsyncVIndex, BlockIndex, OIndex, VIndex

__all__ = ["AsyncOIndex", "AsyncVIndex", "BlockIndex", "OIndex", "VIndex"]
