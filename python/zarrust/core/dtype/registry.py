"""Another name of `zarrust.dtypes.registry.DataTypeRegistry`."""

from zarrust.dtypes.registry import DataTypeRegistry

__all__ = ["DataTypeRegistry"]
