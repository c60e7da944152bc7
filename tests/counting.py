"""A store of a user that counts what is asked of it."""

from collections import Counter

from zarrust.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarrust.buffer import Buffer


class CountingStore(Store):
    """Counts how often each key is read; stores on the same ``values`` share their objects."""

    def __init__(self, values=None):
        super().__init__()
        self.values = {} if values is None else values
        self.gets = Counter()

    async def get(self, key, prototype=None, byte_range=None):
        self.gets[key] += 1
        value = self.values.get(key)
        match byte_range:
            case RangeByteRequest(start, end) if value is not None:
                value = value[start:end]
            case OffsetByteRequest(offset) if value is not None:
                value = value[offset:]
            case SuffixByteRequest(suffix) if value is not None:
                value = value[-suffix:]
        return None if value is None else Buffer.from_bytes(value)

    async def set(self, key, value):
        self.values[key] = value.to_bytes()

    async def delete(self, key):
        self.values.pop(key, None)

    async def list(self):
        for key in list(self.values):
            yield key
