"""Buffers: what stores hand out and take in, and what results come back in."""

from zarrust.buffer import cpu
from zarrust.buffer.cpu import Buffer, BufferPrototype, NDBuffer, default_buffer_prototype
from zarrust.on_demand import submodules

__all__ = ["Buffer", "BufferPrototype", "NDBuffer", "cpu", "default_buffer_prototype", "gpu"]

__getattr__ = submodules(__name__)
