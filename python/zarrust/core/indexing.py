"""Other names of the accessors of `zarrust.Array`, and of what goes through grids."""

from zarrust.accessors import AsyncOIndex, AsyncVIndex, BlockIndex, OIndex, VIndex
from zarrust.chunk_grid import iter_grid as _iter_grid
from zarrust.core.common import ceildiv
from zarrust.indexing import is_integer

__all__ = ["AsyncOIndex", "AsyncVIndex", "BlockIndex", "OIndex", "VIndex", "_iter_grid", "ceildiv", "is_integer"]
