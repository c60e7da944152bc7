"""Other names of `zarrust.buffer.gpu`."""

from zarrust.buffer.gpu import Buffer, NDBuffer, buffer_prototype

__all__ = ["Buffer", "NDBuffer", "buffer_prototype"]
