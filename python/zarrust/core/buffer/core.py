"""Other names of `zarrust.buffer`."""

from zarrust.buffer.cpu import Buffer, BufferPrototype, NDBuffer, default_buffer_prototype

__all__ = ["Buffer", "BufferPrototype", "NDBuffer", "default_buffer_prototype"]
