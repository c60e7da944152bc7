"""Other names of `zarrust.buffer.cpu`."""

from zarrust.buffer.cpu import Buffer, NDBuffer, buffer_prototype, numpy_buffer_prototype

__all__ = ["Buffer", "NDBuffer", "buffer_prototype", "numpy_buffer_prototype"]
