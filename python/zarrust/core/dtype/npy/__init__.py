"""The data types of numpy, family by family; all of them are in `zarrust.dtype`."""

from zarrust._submodules import on_demand

__getattr__ = on_demand(__name__)
