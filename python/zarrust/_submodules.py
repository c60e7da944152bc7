"""What is imported when it is asked for as an attribute of its package."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from typing import Any


def on_demand(package: str, places: Mapping[str, str] | None = None) -> Callable[[str], Any]:
    """A package's ``__getattr__`` that imports its rare names, and its submodules, as `import zarr` has them at once.

    Parameters
    ----------
    package : str
        Name of the package.
    places : mapping, optional
        Names of functions and classes, each with the submodule that has it.
    """
    rare = places or {}

    def find(name: str) -> Any:
        if name in rare:
            value = getattr(importlib.import_module(f"{package}.{rare[name]}"), name)
            setattr(sys.modules[package], name, value)
            return value
        # Python itself asks for dunder names, and a module may be called `_info`.
        if name.startswith("__") or importlib.util.find_spec(f"{package}.{name}") is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return importlib.import_module(f"{package}.{name}")

    return find
