"""Options of a file system, taken out one by one: what is left at the end is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

__all__ = ["UNTOUCHED", "Options", "UntranslatedError", "place"]

UNTOUCHED = frozenset(
    (
        *("asynchronous", "loop", "skip_instance_cache", "batch_size", "max_concurrency", "cache_options"),
        *("use_listings_cache", "listings_expiry_time", "max_paths", "local_expiry_check"),
        *("default_block_size", "default_fill_cache", "default_cache_type", "block_size", "blocksize", "cache_type"),
        *("fixed_upload_size", "normalize_keys", "key_separator", "fill_cache"),
    )
)
"""Options of open files, listings and fsspec's own machinery."""


class UntranslatedError(Exception):
    """An option that the engine does not know, or a value of it.

    Parameters
    ----------
    protocol : str
    option : str or None
        None where it is something else than an option.
    reason : str
        Without values, which can be secrets.
    """

    def __init__(self, protocol: str, option: str | None, reason: str) -> None:
        self.protocol, self.option = protocol, option
        super().__init__(f"{protocol}://: {reason}" if option is None else f"storage_options: {option}: {reason}")


class Options:
    """The options that nobody has taken yet.

    Parameters
    ----------
    protocol : str
    given : mapping
    label : str, default ""
        Before the names in messages: ``"client_kwargs."``.
    """

    def __init__(self, protocol: str, given: Mapping[str, Any], label: str = "") -> None:
        self.protocol, self.label = protocol, label
        self.left = {name: value for name, value in given.items() if name not in UNTOUCHED}

    def take(self, *names: str) -> Any:
        """Take an option out under any of its names; the first one given counts."""
        found = [value for value in [self.left.pop(name, None) for name in names] if value is not None]
        return found[0] if found else None

    def text(self, *names: str) -> str:
        """Take one out that is a text, empty where it is not given.

        Raises
        ------
        TypeError
            If it is something else.
        """
        value = self.take(*names)
        if value is not None and not isinstance(value, str):
            raise TypeError(f"storage_options: {self.label}{names[0]}: expected str, found {type(value).__name__}")
        return value or ""

    def seconds(self, *names: str) -> dict[str, timedelta]:
        """Take a time out, as clients have it under the last name.

        Raises
        ------
        TypeError
            If it is no number.
        """
        value = self.take(*names)
        if value is None:
            return {}
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"storage_options: {self.label}{names[0]}: expected seconds, found {value!r:.100}")
        return {names[-1]: timedelta(seconds=value)}

    def nested(self, name: str) -> Options:
        """Take options of something below out.

        Raises
        ------
        TypeError
            If they are no mapping.
        """
        value = self.take(name)
        if value is not None and not isinstance(value, Mapping):
            raise TypeError(f"storage_options: {self.label}{name}: expected a mapping, found {type(value).__name__}")
        return Options(self.protocol, value or {}, f"{self.label}{name}.")

    def drop(self, *names: str) -> None:
        """Take options out that have no effect here."""
        self.take(*names)

    def done(self, **neutral: Any) -> None:
        """End: nothing is left but what has a value that changes nothing.

        Raises
        ------
        UntranslatedError
            If there is more.
        """
        for name, value in self.left.items():
            if name not in neutral or (value is not None and value != neutral[name]):
                raise self.refuse(name)

    def refuse(self, name: str, reason: str = "the engine does not know it") -> UntranslatedError:
        """Return the error that says that the engine cannot follow an option."""
        return UntranslatedError(self.protocol, f"{self.label}{name}", reason)


def place(options: Options, path: str) -> tuple[str, str | None]:
    """Return bucket and prefix of a path.

    Raises
    ------
    UntranslatedError
        If there is no bucket.
    """
    bucket, _, prefix = path.strip("/").partition("/")
    if not bucket:
        raise UntranslatedError(options.protocol, None, "the URL has no bucket")
    return bucket, prefix or None
