"""Other names of the floating-point types of `zarrust.dtype`."""

from zarrust.dtypes import Float16, Float32, Float64

__all__ = ["Float16", "Float32", "Float64"]
