"""Buffers: what stores hand out and take in, and what results come back in."""

from importlib import import_module
from types import ModuleType

from zarrust.buffer import cpu
from zarrust.buffer.cpu import Buffer, BufferPrototype, NDBuffer, default_buffer_prototype

__all__ = ["Buffer", "BufferPrototype", "NDBuffer", "cpu", "default_buffer_prototype", "gpu"]


def __getattr__(name: str) -> ModuleType:
    """Import the buffers of GPUs when they are first asked for."""
    if name == "gpu":
        return import_module("zarrust.buffer.gpu")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
