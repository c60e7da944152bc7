"""The data types of numpy, family by family; all of them are in `zarrust.dtype`."""

from zarrust.on_demand import submodules

__getattr__ = submodules(__name__)
