"""Every public name says what it is, what its parameters are and what it raises."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

import zarrust
from api.public import Member, public

MEMBERS = list(public())
_CLASSES = [member.value for member in MEMBERS if member.kind == "class"]
_TWINS = {zarrust.AsyncArray: zarrust.Array, zarrust.AsyncGroup: zarrust.Group}
_SECTION = re.compile(r"^(\w+)\n-{3,}\n(.*?)(?=^\w+\n-{3,}\n|\Z)", re.MULTILINE | re.DOTALL)


def sections(value: Any) -> dict[str, str]:
    """Return the sections of a docstring by their titles."""
    return dict(_SECTION.findall(inspect.getdoc(value) or ""))


def described(value: Any) -> set[str]:
    """Return the names of the parameters that a docstring describes."""
    lines = sections(value).get("Parameters", "").splitlines()
    heads = [line.split(":")[0] for line in lines if line and not line[0].isspace()]
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def lacking(value: Any) -> list[str]:
    """Return the parameters that a docstring does not describe."""
    names = [name for name in inspect.signature(value).parameters if name not in ("self", "cls")]
    return [name for name in names if name not in described(value)]


def raises(value: Any) -> bool:
    """Return whether a function itself raises an error with a message."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    return any(isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) for node in ast.walk(tree))


def function(owner: Any, name: str) -> Any:
    """Return the function that a class itself has under a name."""
    value = vars(owner).get(name)
    return getattr(value, "__func__", value)


def models(member: Member) -> Iterator[Any]:
    """Yield what a function does the same as: what it overrides, and what it is the asynchronous form of."""
    name = member.value.__name__
    for cls in _CLASSES:
        if any(function(owner, name) is member.value for owner in cls.__mro__):
            twin = _TWINS.get(cls)
            owners = (*cls.__mro__, *(twin.__mro__ if twin else ()))
            names = (name, f"__{name}__") if twin else (name,)
            yield from (function(owner, known) for owner in owners for known in names)
    if member.value.__module__ == "zarrust.api.asynchronous":
        yield getattr(zarrust, name, None)


CALLABLE = [member for member in MEMBERS if member.kind in ("function", "method")]


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_public_name_has_a_docstring(member: Member):
    assert (inspect.getdoc(member.value) or "").strip()


@pytest.mark.parametrize("member", CALLABLE, ids=lambda member: member.name)
def test_its_parameters_are_described(member: Member):
    others = (other for other in models(member) if inspect.isfunction(other) and other is not member.value)
    missing = lacking(member.value)
    assert not missing or any(not lacking(other) for other in others), missing


@pytest.mark.parametrize("member", CALLABLE, ids=lambda member: member.name)
def test_its_own_errors_are_described(member: Member):
    others = (other for other in models(member) if inspect.isfunction(other))
    assert (
        not raises(member.value)
        or "Raises" in sections(member.value)
        or any("Raises" in sections(other) for other in others)
    )
