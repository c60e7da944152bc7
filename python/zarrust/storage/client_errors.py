"""Which option of a client of `zarrust.store` is at fault, found when there is a fault: the library does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from zarrust.storage.names import without_secrets

__all__ = ["check_retries", "explain"]

_Options: TypeAlias = dict[str, Any]

_GROUPS = ("config", "client_options", "retry_config")
_RETRIES: dict[str, tuple[str, ...]] = {
    "retry_config": ("max_retries", "retry_timeout", "backoff"),
    "retry_config.backoff": ("init_backoff", "max_backoff", "base"),
}
_PUBLIC = ("allow", "backoff", "bucket", "connect", "http", "max_", "region", "retry", "skip", "timeout", "virtual")
"""What starts the names of options whose values may be shown."""


def check_retries(retry: Any, name: str) -> None:
    """Refuse options of retrying that there are not.

    Parameters
    ----------
    retry : mapping
        Anything else is left to the library.
    name : str
        Of what is to be made.

    Raises
    ------
    ValueError
        If there is one; the message names it.
    """
    for place, known in _RETRIES.items():
        for option in retry if isinstance(retry, Mapping) else ():
            if option not in known:
                raise ValueError(f"{name}: {place}.{option}: no such option; there are {', '.join(known)}")
        retry = retry.get("backoff") if isinstance(retry, Mapping) else None


def _single(options: Mapping[str, Any]) -> Iterator[tuple[str, Any, _Options]]:
    """Give each option alone: its name, its value, and how it is given."""
    for name, value in options.items():
        if name in _GROUPS and isinstance(value, Mapping):
            for inner, part in value.items():
                if inner == "backoff" and isinstance(part, Mapping):
                    for last, number in part.items():
                        yield f"{name}.{inner}.{last}", number, {name: {inner: {last: number}}}
                else:
                    yield f"{name}.{inner}", part, {name: {inner: part}}
        else:
            yield name, value, {name: value}


def explain(
    make: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any], error: Exception, name: str
) -> Exception:
    """Return the error that names the option at fault.

    Parameters
    ----------
    make : callable
        What failed with ``args`` and ``options``.
    args : tuple
    options : mapping
    error : Exception
        How it failed.
    name : str
        Of what was to be made.
    """
    kind = TypeError if isinstance(error, TypeError) else ValueError
    # Behind the first line stands what the library calls its debug source, which can show anything.
    line = str(error).partition("\n")[0].strip()
    text = line.removeprefix("Generic Config error: ")
    needed: _Options = {"account_name": "a"} if name == "AzureStore" else {}
    for place, value, alone in _single(options):
        try:
            make(*args, **needed | alone)
        except Exception as again:
            if type(again) is type(error) and str(again).partition("\n")[0].strip() == line:
                return kind(f"{name}: {place}: {_shown(place, value, text)}")
    return kind(f"{name}: {without_secrets(text)}")


def _shown(place: str, value: Any, text: str) -> str:
    public = place.rpartition(".")[2].removeprefix("aws_").startswith(_PUBLIC)
    if public:
        return text
    hidden = text.replace(str(value), "…") if str(value) else text
    return without_secrets(hidden)
