"""Everything public: modules, and the functions, classes, methods and properties that they offer."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import zarrust

MODULES = (
    "zarrust",
    "zarrust.abc",
    "zarrust.api",
    "zarrust.buffer",
    "zarrust.codecs",
    "zarrust.dtype",
    "zarrust.errors",
    "zarrust.experimental",
    "zarrust.metadata.migrate_v3",
    "zarrust.registry",
    "zarrust.storage",
    "zarrust.types",
    "zarrust.xarray",
)
"""Public modules; those below them are public too where they are packages of `abc`, `api`, `buffer`."""

_WITH_CHILDREN = ("zarrust.abc", "zarrust.api", "zarrust.buffer", "zarrust.experimental")
_PRIVATE_CHILDREN = {"zarrust.api.synchronous", "zarrust.api.asynchronous"}


def modules() -> list[ModuleType]:
    """Return the public modules that there are."""
    found = []
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        found.append(module)
        if name in _WITH_CHILDREN:
            children = [f"{name}.{child.name}" for child in pkgutil.iter_modules(module.__path__)]
            if name == "zarrust.api":
                children = sorted(_PRIVATE_CHILDREN)
            found += [importlib.import_module(child) for child in children]
    return found


@dataclass(frozen=True)
class Member:
    """A function, method, property or class, where it is found, and the object behind it."""

    name: str
    value: Any
    kind: str


def public() -> Iterator[Member]:
    """Yield every public object of the package once, under the first name that it is found by."""
    seen: set[int] = set()
    for module in modules():
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if not getattr(value, "__module__", "").startswith("zarrust") or id(value) in seen:
                continue
            seen.add(id(value))
            if inspect.isclass(value):
                yield Member(f"{module.__name__}.{name}", value, "class")
                for owner in value.__mro__:
                    if owner.__module__.startswith("zarrust"):
                        yield from _members(owner, seen)
            elif inspect.isroutine(value):
                yield Member(f"{module.__name__}.{name}", value, "function")


def _members(owner: type, seen: set[int]) -> Iterator[Member]:
    for name, value in vars(owner).items():
        if name.startswith("_") or id(value) in seen:
            continue
        seen.add(id(value))
        qualified = f"{owner.__module__}.{owner.__qualname__}.{name}"
        if isinstance(value, property):
            yield Member(qualified, value.fget, "property")
        elif isinstance(value, (staticmethod, classmethod)):
            yield Member(qualified, value.__func__, "method")
        elif inspect.isfunction(value):
            yield Member(qualified, value, "method")


assert zarrust
