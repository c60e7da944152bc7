"""Buffers: what stores hand out and take in, and what results come back in."""

from zarrust._submodules import on_demand
from zarrust.buffer import cpu
from zarrust.buffer.cpu import Buffer, BufferPrototype, NDBuffer, default_buffer_prototype

__all__ = ["Buffer", "BufferPrototype", "NDBuffer", "cpu", "default_buffer_prototype", "gpu"]

__getattr__ = on_demand(__name__)
