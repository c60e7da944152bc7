"""Other names of `zarrust.Array`, `zarrust.AsyncArray` and the coroutines that make arrays."""

from zarrust.api.asynchronous import create_array, from_array
from zarrust.array import Array
from zarrust.async_array import AsyncArray
from zarrust.metadata.chunk_keys import parse_chunk_key_encoding as _parse_chunk_key_encoding
from zarrust.metadata.new import DEFAULT as DEFAULT_FILL_VALUE
from zarrust.metadata.new import chunk_encoding_v2 as _parse_chunk_encoding_v2
from zarrust.metadata.new import chunk_encoding_v3 as _parse_chunk_encoding_v3

__all__ = [
    "DEFAULT_FILL_VALUE",
    "Array",
    "AsyncArray",
    "_parse_chunk_encoding_v2",
    "_parse_chunk_encoding_v3",
    "_parse_chunk_key_encoding",
    "create_array",
    "from_array",
]
