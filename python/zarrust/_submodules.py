"""Modules that are imported when they are asked for as attributes of their package."""

import importlib
import importlib.util
from collections.abc import Callable
from types import ModuleType


def on_demand(package: str) -> Callable[[str], ModuleType]:
    """A module's ``__getattr__`` that imports the submodules of a package, as `import zarr` has them at once."""

    def find(name: str) -> ModuleType:
        # Python itself asks for dunder names, and a module may be called `_info`.
        if name.startswith("__") or importlib.util.find_spec(f"{package}.{name}") is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return importlib.import_module(f"{package}.{name}")

    return find
