"""Another name of `zarrust.dtype.Bool`."""

from zarrust.dtypes import Bool

__all__ = ["Bool"]
