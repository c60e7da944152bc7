"""`GpuMemoryStore`: the memory of a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from zarrust import _core
from zarrust.buffer.cpu import Buffer
from zarrust.storage.bridge import MappingBridge
from zarrust.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from zarrust.abc.store import ByteRequest
    from zarrust.buffer.cpu import BufferPrototype

__all__ = ["GpuMemoryStore"]


def _gpu_buffer() -> Any:
    """Return the class of buffers on a GPU.

    Raises
    ------
    ImportError
        Without CuPy.
    """
    try:
        import cupy  # noqa: F401
    except ImportError as error:
        raise ImportError("GpuMemoryStore keeps its values in the memory of a GPU, which needs CuPy") from error
    from zarrust.buffer import gpu

    return gpu.Buffer


class GpuMemoryStore(MemoryStore):
    """Values in the memory of a GPU, in a dict of ``gpu.Buffer`` objects.

    Parameters
    ----------
    store_dict : MutableMapping, optional
        Where the buffers are kept.
    read_only : bool, default False
        Whether writing and deleting are refused.

    Raises
    ------
    ImportError
        Without CuPy.
    """

    def __init__(self, store_dict: MutableMapping[str, Any] | None = None, *, read_only: bool = False) -> None:
        _gpu_buffer()
        super().__init__({} if store_dict is None else store_dict, read_only=read_only)

    def _make_native(self) -> _core.Store:
        bridge = MappingBridge(self._store_dict, _gpu_buffer().from_bytes)
        return _core.Store.python(bridge, f"gpumemory:{id(self._store_dict):x}", threads=1)

    @classmethod
    def from_dict(cls, store_dict: MutableMapping[str, Buffer]) -> Self:
        """Return a store of copies of a mapping's buffers.

        Parameters
        ----------
        store_dict : MutableMapping
            Buffers of any kind.
        """
        gpu_buffer = _gpu_buffer()
        kept = {
            key: value if isinstance(value, gpu_buffer) else gpu_buffer.from_bytes(value.to_bytes())
            for key, value in store_dict.items()
        }
        return cls(kept)

    def __str__(self) -> str:
        return f"gpumemory://{id(self._store_dict)}"

    def __repr__(self) -> str:
        return f"GpuMemoryStore('{self}')"

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it; None if there is none."""
        return self.get_sync(key, prototype=prototype, byte_range=byte_range)

    def get_sync(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the same as `get`, without a loop."""
        from zarrust.abc.byte_ranges import engine_range

        start, end, suffix = engine_range(byte_range)
        value: Any = self._store_dict.get(key)
        if value is None:
            return None
        if suffix is not None:
            start = max(len(value) - suffix, 0)
        part = value[start:end] if (start, end) != (None, None) else value
        cls: Any = Buffer if prototype is None else prototype.buffer
        found: Buffer = part if isinstance(part, cls) else cls.from_buffer(part)
        return found

    async def set(self, key: str, value: Buffer, byte_range: tuple[int, int] | None = None) -> None:
        """Set the value of a key, or the part of it from one byte to before another."""
        if byte_range is not None:
            self._check_writable()
            self._store_dict[key][slice(*byte_range)] = _gpu_buffer().from_buffer(value)
        else:
            self.set_sync(key, value)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Do the same as `set`, without a loop.

        Raises
        ------
        TypeError
            If the value is no buffer.
        """
        self._check_writable()
        if not hasattr(value, "as_array_like"):
            raise TypeError(
                f"GpuMemoryStore.set(): `value` must be a Buffer instance. Got an instance of {type(value)} instead."
            )
        gpu_buffer = _gpu_buffer()
        on_gpu = isinstance(value, gpu_buffer)
        self._store_dict[key] = value if on_gpu else gpu_buffer.from_bytes(value.as_buffer_like())
