"""What a codec of numcodecs, and so of format 2, looks like."""

from __future__ import annotations

from typing import Any, Protocol, Self, TypeGuard

__all__ = ["Numcodec"]


class Numcodec(Protocol):
    """The interface of ``numcodecs.abc.Codec``, without importing numcodecs.

    Attributes
    ----------
    codec_id : str
        Name of the codec in documents of format 2.
    """

    codec_id: str

    def encode(self, buf: Any) -> Any:
        """Return the encoded form of an array or of bytes.

        Parameters
        ----------
        buf : buffer
            What is encoded.
        """
        ...

    def decode(self, buf: Any, out: Any | None = None) -> Any:
        """Return the decoded form of bytes.

        Parameters
        ----------
        buf : buffer
            What is decoded.
        out : buffer, optional
            Where the decoded bytes go; it has their size.
        """
        ...

    def get_config(self) -> Any:
        """Return the document's form: ``id`` and the options."""
        ...

    @classmethod
    def from_config(cls, config: Any) -> Self:
        """Return the codec of its options.

        Parameters
        ----------
        config : mapping
            As in the document, without the ``id``.
        """
        ...


_MEMBERS = ("encode", "decode", "get_config", "from_config")


def _is_numcodec_cls(obj: object) -> TypeGuard[type[Numcodec]]:
    """Return whether a class has the interface."""
    return (
        isinstance(obj, type)
        and isinstance(getattr(obj, "codec_id", None), str)
        and all(callable(getattr(obj, name, None)) for name in _MEMBERS)
    )


def _is_numcodec(obj: object) -> TypeGuard[Numcodec]:
    """Return whether an object has the interface."""
    return _is_numcodec_cls(type(obj))
