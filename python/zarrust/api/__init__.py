"""The functions of the package, synchronous and asynchronous."""

from zarrust.api import synchronous
from zarrust.on_demand import submodules

__all__ = ["asynchronous", "synchronous"]

__getattr__ = submodules(__name__)
