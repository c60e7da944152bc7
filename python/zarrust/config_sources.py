"""Where settings come from besides the program: files of YAML or JSON, and the environment."""

from __future__ import annotations

import ast
import base64
import json
import os
import site
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

__all__ = ["flatten", "from_environment", "from_files", "main_path", "nest", "search_paths"]

_SUFFIXES = (".json", ".yaml", ".yml")


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested mappings as one with dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        key = prefix + name
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, key + ".")
        else:
            flat[key] = value
    return flat


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with dotted keys as nested ones."""
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        *parents, last = key.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return nested


def main_path(environ: Mapping[str, str] = os.environ) -> str:
    """Return the user's own file or folder of settings."""
    return environ.get("ZARR_CONFIG") or os.path.expanduser("~/.config/zarr")


def search_paths(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the files and folders that are read, later ones win: the machine's, the installation's, the user's."""
    places = [environ.get("ZARR_ROOT_CONFIG", "/etc/zarr")]
    places += [os.path.join(prefix, "etc", "zarr") for prefix in (sys.prefix, *site.PREFIXES)]
    places += [os.path.expanduser("~/.config/zarr"), main_path(environ)]
    # Each once, where it comes last.
    return list(dict.fromkeys(reversed(places)))[::-1]


def from_files(places: Iterable[str]) -> dict[str, Any]:
    """Return the settings in files, with dotted keys.

    Parameters
    ----------
    places : iterable of str
        Files, or folders of files that end in .json, .yaml or .yml; what is not there is left out, and so are files of
        YAML where PyYAML is not installed.

    Raises
    ------
    ValueError
        If a file cannot be parsed, or does not hold a mapping.
    """
    values: dict[str, Any] = {}
    for place in places:
        for file in _files(place):
            values |= flatten(_load(file))
    return values


def _files(place: str) -> list[str]:
    if os.path.isdir(place):
        try:
            names = sorted(os.listdir(place))
        except OSError:
            return []
        return [os.path.join(place, name) for name in names if os.path.splitext(name)[1].lower() in _SUFFIXES]
    return [place] if os.path.isfile(place) else []


def _load(file: str) -> Mapping[str, Any]:
    is_json = file.lower().endswith(".json")
    if not is_json and find_spec("yaml") is None:
        return {}
    try:
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
    except OSError:
        return {}
    try:
        if is_json:
            values = json.loads(text)
        else:
            import yaml

            values = yaml.safe_load(text)
    except Exception as error:
        raise ValueError(f"A config file at {file!r} is malformed, original error message:\n\n{error}") from None
    if values is not None and not isinstance(values, Mapping):
        raise ValueError(
            f"A config file at {file!r} is malformed - config files must have a dict as the top level object, got a "
            f"{type(values).__name__} instead"
        )
    return values or {}


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings in environment variables, with dotted keys."""
    values: dict[str, Any] = {}
    inherited = environ.get("ZARR_INTERNAL_INHERIT_CONFIG")
    if inherited is not None:
        values |= flatten(json.loads(base64.urlsafe_b64decode(inherited)))
    for prefix in ("ZARR_", "ZARRUST_"):
        for name, text in environ.items():
            if name.startswith(prefix) and not name.endswith("_CONFIG"):
                value = _literal(text)
                key = name.removeprefix(prefix).lower().replace("__", ".")
                values |= flatten({key: value})
    return values


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
