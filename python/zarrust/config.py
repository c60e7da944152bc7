"""Settings: dotted keys, from the defaults, the environment and ``config.set``.

The environment says ``ZARR_ARRAY__ORDER=F`` or ``ZARRUST_ARRAY__ORDER=F`` for ``array.order``; two underscores are a
dot, values are Python literals where they parse as such. ``ZARRUST_`` wins over ``ZARR_``.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Config", "config"]

DEFAULTS: dict[str, Any] = {
    "default_zarr_format": 3,
    "array.order": "C",
    "array.write_empty_chunks": False,
    "array.target_shard_size_bytes": None,
    "async.concurrency": 10,
    "async.timeout": None,
    "threading.max_workers": None,
    "json_indent": 2,
}


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for prefix in ("ZARR_", "ZARRUST_"):
        for name, text in environ.items():
            if name.startswith(prefix):
                values[name.removeprefix(prefix).lower().replace("__", ".")] = _literal(text)
    return values


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        key = prefix + name
        if isinstance(value, Mapping):
            flat |= _flatten(value, key + ".")
        else:
            flat[key] = value
    return flat


class _Setting:
    """What ``config.set`` returns: used in ``with``, it puts the former values back at the end."""

    def __init__(self, owner: Config, former: dict[str, Any]) -> None:
        self._owner = owner
        self._former = former

    def __enter__(self) -> Config:
        return self._owner

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._owner._restore(self._former)


class Config:
    """The settings of the process.

    Examples
    --------
    >>> from zarrust import config
    >>> config.get("array.order")
    'C'
    >>> with config.set({"array.order": "F"}):
    ...     config.get("array.order")
    'F'
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self.reset()

    @property
    def defaults(self) -> list[dict[str, Any]]:
        """The built-in values, as nested dictionaries."""
        return [_nest(DEFAULTS)]

    def get(self, key: str, default: Any = ...) -> Any:
        """Return the value of a dotted key, or a dictionary for a key that has parts.

        Raises
        ------
        KeyError
            If the key is unknown and no default is given.
        """
        if key in self._values:
            return self._values[key]
        parts = {
            name.removeprefix(key + "."): value for name, value in self._values.items() if name.startswith(key + ".")
        }
        if parts:
            return _nest(parts)
        if default is ...:
            raise KeyError(key)
        return default

    def set(self, values: Mapping[str, Any] | None = None, **kwargs: Any) -> _Setting:
        """Set values, for good or, in ``with``, for a block.

        Parameters
        ----------
        values : mapping, optional
            Dotted keys, or nested mappings.
        **kwargs
            The same, with ``__`` for the dot.
        """
        new = _flatten(values or {}) | {name.replace("__", "."): value for name, value in kwargs.items()}
        former = {key: self._values.get(key, ...) for key in new}
        self._values.update(new)
        self._apply()
        return _Setting(self, former)

    def reset(self) -> None:
        """Go back to the defaults and the environment."""
        self._values = DEFAULTS | _from_environment(os.environ)
        self._apply()

    def _restore(self, former: dict[str, Any]) -> None:
        for key, value in former.items():
            if value is ...:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        self._apply()

    def _apply(self) -> None:
        """Tell the engine of its limits, if they were changed; untouched, its own defaults stand."""
        limits = {
            name: self._values[key]
            for name, key in (("threads", "threading.max_workers"), ("requests", "async.concurrency"))
            if self._values[key] != DEFAULTS[key]
        }
        told = getattr(self, "_told", {})
        if limits != told:
            from zarrust import _core

            _core.configure(**dict.fromkeys(told) | limits)
            self._told = limits

    def to_dict(self) -> dict[str, Any]:
        """Return all settings as nested dictionaries."""
        return _nest(self._values)


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        *parents, last = key.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return nested


config = Config()
"""The settings of the process, see `Config`."""
