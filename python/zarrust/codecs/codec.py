"""What every codec is: a name, checked fields, and the JSON of its metadata. Bytes are the engine's matter."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from zarrust.errors import MetadataValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Codec", "Kind", "OpaqueCodec"]

Kind = Literal["array-to-array", "array-to-bytes", "bytes-to-bytes"]


@dataclass(frozen=True)
class Codec:
    """A codec as metadata sees it.

    Attributes
    ----------
    codec_name : str
        Its name in documents of format 3.
    kind : {"array-to-array", "array-to-bytes", "bytes-to-bytes"}
        Where it may stand in the list of codecs.
    """

    codec_name: ClassVar[str]
    kind: ClassVar[Kind]

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any], field: str) -> Self:
        """Return the codec of a document's ``configuration``; ``field`` is its place, for messages.

        Parameters
        ----------
        configuration : mapping
            As in the metadata.
        field : str
            Where it stands, for messages.

        Raises
        ------
        MetadataValidationError
            If a value is not allowed, or there is a key that the codec does not know.
        """
        known = {entry.name for entry in fields(cls)}
        if unknown := sorted(set(configuration) - known):
            raise MetadataValidationError(
                f"{field}: codec {cls.codec_name} does not know {', '.join(map(repr, unknown))}"
            )
        try:
            return cls(**configuration)
        except MetadataValidationError:
            raise
        except (TypeError, ValueError) as error:
            raise MetadataValidationError(f"{field}: {error}") from None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the codec of its metadata JSON.

        Parameters
        ----------
        data : mapping or str
            As in the metadata.
        """
        return cls.from_configuration(data.get("configuration", {}), cls.codec_name)

    def configuration(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata JSON."""
        configuration = self.configuration()
        return {"name": self.codec_name} | ({"configuration": configuration} if configuration else {})

    def evolve(self, item_size: int, ndim: int) -> Codec:
        """Return the codec with what it left open decided for elements of ``item_size`` bytes on ``ndim`` axes.

        Parameters
        ----------
        item_size : int
            Of an element, in bytes.
        ndim : int
            Number of axes.
        """
        return self


@dataclass(frozen=True)
class OpaqueCodec(Codec):
    """A codec that this package has no class for, kept as its document wrote it.

    An array with one opens, so that its metadata can be looked at; its data is the engine's to read or refuse.

    Parameters
    ----------
    name : str
        Name in the document.
    document : dict
        The codec's whole metadata.
    """

    name: str
    document: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata JSON, as it was."""
        return dict(self.document)

    def __hash__(self) -> int:
        return hash(self.name)


def check_integer(codec: str, name: str, value: object, low: int, high: int) -> None:
    """Refuse a field that is not an integer of a range.

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If it is outside of the range.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{codec}: {name} is an integer, found {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{codec}: {name} is from {low} to {high}, found {value}")


def check_choice(codec: str, name: str, value: object, choices: tuple[object, ...]) -> None:
    """Refuse a field that is not one of the choices.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if value not in choices:
        raise ValueError(f"{codec}: {name} is one of {', '.join(map(repr, choices))}, found {value!r}")
