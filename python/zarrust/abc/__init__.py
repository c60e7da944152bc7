"""What users may subclass."""

from zarrust._submodules import on_demand

__getattr__ = on_demand(__name__)
