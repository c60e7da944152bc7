"""Other names of the complex types of `zarrust.dtype`."""

from zarrust.dtypes import Complex64, Complex128

__all__ = ["Complex64", "Complex128"]
