"""Buffer classes that tests can tell from the package's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from zarrust.buffer import cpu
from zarrust.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarrust.abc.store import ByteRequest
    from zarrust.buffer.cpu import Buffer, BufferPrototype

__all__ = ["NDBufferUsingTestNDArrayLike", "StoreExpectingTestBuffer", "TestBuffer", "TestNDArrayLike"]


class TestNDArrayLike(np.ndarray[Any, Any]):
    """An array that is not numpy's."""

    __test__ = False


class TestBuffer(cpu.Buffer):
    """A buffer that is not the package's."""

    __test__ = False


class NDBufferUsingTestNDArrayLike(cpu.NDBuffer):
    """A buffer of arrays of `TestNDArrayLike`."""

    @classmethod
    def create(
        cls, *, shape: Iterable[int], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C", fill_value: Any = None
    ) -> Self:
        """Return a new buffer, of the fill value if there is one."""
        array: Any = TestNDArrayLike(shape=tuple(shape), dtype=dtype, order=order)
        if fill_value is not None:
            array.fill(fill_value)
        return cls(array)

    @classmethod
    def empty(cls, shape: Iterable[int], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        """Return a new buffer whose contents are arbitrary."""
        return cls.create(shape=shape, dtype=dtype, order=order)


class StoreExpectingTestBuffer(MemoryStore):
    """A store that fails when it is given, or asked for, another class of buffer than `TestBuffer` for a chunk."""

    async def set(self, key: str, value: Buffer, byte_range: tuple[int, int] | None = None) -> None:
        """Set the value of a key."""
        self._expect(key, type(value))
        await super().set(key, value, byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Do the same as `set`, without a loop."""
        self._expect(key, type(value))
        super().set_sync(key, value)

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it."""
        if prototype is not None:
            self._expect(key, prototype.buffer)
        return await super().get(key, prototype, byte_range)

    def get_sync(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the same as `get`, without a loop."""
        if prototype is not None:
            self._expect(key, prototype.buffer)
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    @staticmethod
    def _expect(key: str, found: type) -> None:
        # Metadata may come in any.
        if "json" not in key:
            assert issubclass(found, TestBuffer), f"{key}: expected TestBuffer, found {found.__name__}"
