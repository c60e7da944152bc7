"""What users may subclass."""

from zarrust.on_demand import submodules

__getattr__ = submodules(__name__)
