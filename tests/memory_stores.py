"""Stores that a user would write: a full one over a dict, and a mutable mapping that is no dict."""

from collections.abc import MutableMapping

from zarrust.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarrust.buffer import Buffer


def cut(value, byte_range):
    """Return the part of a value that a store is asked for."""
    match byte_range:
        case RangeByteRequest(start, end):
            return value[start:end]
        case OffsetByteRequest(offset):
            return value[offset:]
        case SuffixByteRequest(suffix):
            return value[-suffix:]
        case None:
            return value
        case _:
            raise TypeError(f"Unexpected byte_range, got {byte_range!r}.")


class DictStore(Store):
    """A whole store over a dict of bytes: every method of zarr-python's base class that is abstract there."""

    supports_writes = supports_deletes = supports_listing = True

    def __init__(self, values=None, *, read_only=False):
        super().__init__(read_only=read_only)
        self.values = {} if values is None else values

    def __eq__(self, other):
        return isinstance(other, DictStore) and other.values == self.values and other.read_only == self.read_only

    __hash__ = Store.__hash__

    def __str__(self):
        return f"dictstore://{id(self.values)}"

    __repr__ = __str__

    def with_read_only(self, read_only=False):
        return DictStore(self.values, read_only=read_only)

    def __getstate__(self):
        return {"values": self.values, "_read_only": self.read_only}

    async def get(self, key, prototype=None, byte_range=None):
        if not self._is_open:
            await self._open()
        value = self.values.get(key)
        return None if value is None else prototype.buffer.from_bytes(cut(value, byte_range))

    async def get_partial_values(self, prototype, key_ranges):
        return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

    async def exists(self, key):
        return key in self.values

    async def set(self, key, value):
        self._check_writable()
        if not isinstance(value, Buffer):
            raise TypeError(
                f"DictStore.set(): `value` must be a Buffer instance. Got an instance of {type(value)} instead."
            )
        await self._ensure_open()
        self.values[key] = value.to_bytes()

    async def delete(self, key):
        self._check_writable()
        self.values.pop(key, None)

    async def list(self):
        for key in list(self.values):
            yield key

    async def list_prefix(self, prefix):
        for key in list(self.values):
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix):
        start = prefix.rstrip("/") + "/" if prefix else ""
        for name in {key[len(start) :].partition("/")[0] for key in self.values if key.startswith(start)}:
            yield name


class OwnMapping(MutableMapping):
    """A mutable mapping that is not a dict."""

    def __init__(self):
        self.values_of = {}

    def __getitem__(self, key):
        return self.values_of[key]

    def __setitem__(self, key, value):
        self.values_of[key] = value

    def __delitem__(self, key):
        del self.values_of[key]

    def __iter__(self):
        return iter(self.values_of)

    def __len__(self):
        return len(self.values_of)
