"""The functions of the package, synchronous and asynchronous."""

from zarrust._submodules import on_demand
from zarrust.api import synchronous

__all__ = ["asynchronous", "synchronous"]

__getattr__ = on_demand(__name__)
