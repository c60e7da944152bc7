"""What a package offers, in the form of `zarr_python_3_4_2.json`, and how two offers are compared.

The file was read off zarr-python 3.4.2 by `inspect`: of each public module its public names; of functions and methods
the parameters in order, marked ``p:`` (by position only), ``k:`` (by keyword only), ``*`` and ``**``, with their
defaults (``...`` for one that has no short text); of classes the public members; of exceptions the parents.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import typing
from collections.abc import Iterator
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any

import typing_extensions

FACTS: dict[str, Any] = json.loads((Path(__file__).parent / "zarr_python_3_4_2.json").read_text())
KINDS = {0: "p:", 1: "", 2: "*", 3: "k:", 4: "**"}
READ = ("property", "attribute", "value")
CALLED = ("function", "method", "classmethod", "staticmethod")


def default(value: Any) -> str:
    """Return the text of a default value."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return repr(value)
    if isinstance(value, (tuple, list)) and all(isinstance(entry, (int, str)) or entry is None for entry in value):
        return repr(value)
    if isinstance(value, dict) and not value:
        return "{}"
    return value.__name__ if isinstance(value, type) else "..."


def parameters(function: Any, *, bound: bool) -> list[str]:
    """Return the parameters of a callable as the facts have them, without the object it is bound to."""
    found = [
        KINDS[parameter.kind]
        + name
        + ("" if parameter.default is parameter.empty else "=" + default(parameter.default))
        for name, parameter in inspect.signature(function).parameters.items()
    ]
    return found[1:] if bound else found


def called(function: Any) -> str | None:
    """Return how the result of a call is used: ``"coroutine"``, ``"async iterator"`` or None for as it is."""
    plain = inspect.unwrap(function)
    if inspect.iscoroutinefunction(plain):
        return "coroutine"
    if inspect.isasyncgenfunction(plain):
        return "async iterator"
    result = getattr(plain, "__annotations__", {}).get("return")
    if isinstance(result, str):
        try:
            result = eval(result, plain.__globals__)
        except (NameError, TypeError):
            # An annotation of names that only the type checker imports: they are told apart by themselves.
            return next((way for word, way in ANNOTATED.items() if word in result), None)
    result = typing.get_origin(result) or result
    if hasattr(result, "__aiter__"):
        return "async iterator"
    return "coroutine" if hasattr(result, "__await__") else None


ANNOTATED = {"AsyncIterator": "async iterator", "AsyncGenerator": "async iterator", "Awaitable": "coroutine"}


def split(parameter: str) -> tuple[str, str, str | None]:
    """Return kind, name and default of a parameter."""
    head, equals, value = parameter.partition("=")
    for kind in ("p:", "k:", "**", "*"):
        if head.startswith(kind):
            return kind, head.removeprefix(kind), value if equals else None
    return "", head, value if equals else None


def text_of(value: str | None) -> str:
    """Return a default for a message."""
    return "no default" if value is None else f"the default {value}"


def differing(theirs: list[str] | None, ours: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the names of parameters that differ, each with a sentence."""
    if theirs is None:
        return
    wanted, found = ({split(entry)[1]: split(entry) for entry in side} for side in (theirs, ours))
    places = {name: at for at, name in enumerate(name for name, (kind, *_) in found.items() if kind in ("p:", ""))}
    for at, (name, (kind, _, value)) in enumerate(wanted.items()):
        if name not in found:
            yield name, "is missing"
        elif found[name][0] != kind:
            yield name, f"is {found[name][0] or 'positional'!r}, not {kind or 'positional'!r}"
        elif found[name][2] != value:
            yield name, f"has {text_of(found[name][2])}, not {text_of(value)}"
        elif kind in ("p:", "") and places[name] != at:
            yield name, f"is at place {places[name]}, not {at}"
    for name in found:
        if name not in wanted:
            yield name, "is added"


def documented(thing: Any) -> bool:
    """Return whether a function or class has a docstring of its own, or one that it inherits."""
    text = inspect.getdoc(thing)
    return bool(text and text.strip())


def ours_of(module: str) -> ModuleType | None:
    """Return our module of zarr's name, None if there is none."""
    name = "zarrust" + module.removeprefix("zarr")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise
        return None


def member_of(owner: type, name: str) -> Any:
    """Return a member as its class has it, or None; annotated and dataclass fields count as attributes."""
    try:
        found = inspect.getattr_static(owner, name)
    except AttributeError:
        found = None
    if found is None:  # also the default None of a field
        fields = {field.name for field in dataclasses.fields(owner)} if dataclasses.is_dataclass(owner) else set()
        annotated = any(name in vars(base).get("__annotations__", {}) for base in owner.__mro__)
        return property() if name in fields or annotated else None
    return found


class Comparison:
    """What of our package differs from the facts, less what is allowed to.

    Parameters
    ----------
    allowed : dict
        Reasons by path and parameter; the path may be a pattern, the parameter ``""`` for the thing itself.
    """

    def __init__(self, allowed: dict[tuple[str, str], str]) -> None:
        self.allowed = allowed
        self.used: set[tuple[str, str]] = set()
        self.signatures = 0
        self.same = 0
        self.excused = 0

    def allows(self, path: str, parameter: str) -> bool:
        """Return whether a difference is in the list, and remember that it was used."""
        keys = [key for key in self.allowed if key[1] == parameter and fnmatchcase(path, key[0])]
        self.used.update(keys)
        return bool(keys)

    def call(self, path: str, theirs: dict[str, Any], ours: Any, *, bound: bool) -> Iterator[str]:
        """Yield what differs between two callables."""
        self.signatures += 1
        problems, excused = [], 0
        for name, text in differing(theirs["parameters"], parameters(ours, bound=bound)):
            if self.allows(path, name):
                excused += 1
            else:
                problems.append(f"{path}: parameter {name!r} {text}")
        way = called(ours)
        if theirs["kind"] != "class" and way != theirs.get("called") and not self.allows(path, ""):
            problems.append(f"{path}: gives {way or 'its result'}, not {theirs.get('called') or 'its result'}")
        magic = path.endswith("__")  # means what Python says it means
        if not magic and not documented(ours) and not self.allows(path, ""):
            problems.append(f"{path}: has no docstring")
        self.same += not problems and not excused
        self.excused += not problems and bool(excused)
        yield from problems

    def name(self, module: str, name: str) -> Iterator[str]:
        """Yield what differs of a name of a module."""
        path, theirs, home = f"{module}.{name}", FACTS["modules"][module][name], ours_of(module)
        if theirs["kind"] == "module":
            if ours_of(path) is None:
                yield f"{path}: is missing"
            return
        missing = object()
        ours = missing if home is None else getattr(home, name, missing)
        if ours is missing:
            yield f"{path}: is missing"
            return
        yield from self.thing(path, theirs, ours)

    def thing(self, path: str, theirs: dict[str, Any], ours: Any) -> Iterator[str]:
        """Yield what differs between a name's two things."""
        kind = theirs["kind"]
        if kind == "function":
            yield from self.call(path, theirs, ours, bound=False)
        elif kind == "exception":
            missing = set(theirs["parents"]) - {parent.__name__ for parent in ours.__mro__}
            if missing and not self.allows(path, ""):
                yield f"{path}: does not descend from {', '.join(sorted(missing))}"
        elif kind == "typeddict":
            if not typing_extensions.is_typeddict(ours) or sorted(ours.__annotations__) != theirs["keys"]:
                yield f"{path}: is no TypedDict with the keys {theirs['keys']}"
        elif kind == "enum":
            if missing := set(theirs["members"]) - set(ours.__members__):
                yield f"{path}: lacks {sorted(missing)}"
        elif kind == "class":
            if not isinstance(ours, type):
                yield f"{path}: is no class"
                return
            if issubclass(ours, Enum):  # what it is called with is Python's
                if not self.allows(path, ""):
                    yield f"{path}: is an enumeration"
            elif theirs.get("parameters") is not None:
                yield from self.call(path, theirs, ours, bound=False)
            elif not documented(ours):
                yield f"{path}: has no docstring"
        owner = ours if isinstance(ours, type) else type(ours)
        for name, member in theirs.get("members", {}).items() if kind in ("class", "value") else ():
            yield from self.member(f"{path}.{name}", member, owner, name)

    def member(self, path: str, theirs: dict[str, Any], owner: type, name: str) -> Iterator[str]:
        """Yield what differs of a member of a class."""
        found = member_of(owner, name)
        if found is None:
            if not self.allows(path, ""):
                yield f"{path}: is missing"
            return
        if theirs["kind"] in READ:
            # A class that an attribute holds, as dtype_cls does, is read.
            if isinstance(found, (property, type)) or not callable(found) or self.allows(path, ""):
                return
            yield f"{path}: is called, not read"
            return
        if isinstance(found, property) or not callable(getattr(owner, name, None)):
            if not self.allows(path, ""):
                yield f"{path}: is read, not called"
            return
        bound = not isinstance(found, (classmethod, staticmethod))
        yield from self.call(path, theirs, getattr(owner, name), bound=bound)
