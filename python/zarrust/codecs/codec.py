"""What the codecs of this package are: a name, checked fields, JSON of metadata, and bytes that the engine makes."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from zarrust import _core
from zarrust.abc.codec import BaseCodec
from zarrust.errors import MetadataValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.abc.buffer import Buffer, NDBuffer
    from zarrust.array_spec import ArraySpec
    from zarrust.codecs.objects import ObjectForm

__all__ = [
    "Codec",
    "EngineArrayCodec",
    "EngineBytesCodec",
    "EngineCodec",
    "Kind",
    "OpaqueCodec",
    "check_name",
    "kind_of",
]

Kind = Literal["array-to-array", "array-to-bytes", "bytes-to-bytes"]

Codec = BaseCodec[Any, Any]
"""Any codec: of this package, or of a user."""

_KINDS: dict[str, Kind] = {
    "ArrayArrayCodec": "array-to-array",
    "ArrayBytesCodec": "array-to-bytes",
    "BytesBytesCodec": "bytes-to-bytes",
}


def kind_of(codec: object) -> Kind | None:
    """Return where a codec may stand in a list of codecs; None where that is not known.

    It goes by the name of the parent class, so that codecs of packages that are written for zarr-python count as well.
    """
    return next((_KINDS[cls.__name__] for cls in type(codec).__mro__ if cls.__name__ in _KINDS), None)


class EngineCodec:
    """A codec that the engine runs; mixed into one of the three kinds.

    Attributes
    ----------
    codec_name : str
        Its name in documents of format 3.
    """

    codec_name: ClassVar[str]

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
        known = {entry.name for entry in fields(cls) if entry.init}  # type: ignore[arg-type]
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
        data : mapping
            As in the metadata.

        Raises
        ------
        ValueError
            If it is another codec's.
        """
        check_name(cls, data)
        return cls.from_configuration(data.get("configuration") or {}, str(data.get("name", cls.codec_name)))

    def configuration(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.init}  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata JSON."""
        configuration = self.configuration()
        return {"name": self.codec_name} | ({"configuration": configuration} if configuration else {})

    def engine_document(self, spec: ArraySpec, plugs: list[Any]) -> dict[str, Any] | list[Any] | None:
        """Return the codec as the engine has it for chunks like ``spec``, or several; None where it runs in Python.

        Parameters
        ----------
        spec : ArraySpec
            The chunk that the codec sees.
        plugs : list
            Codecs that the engine calls; what is inside of this one and written in Python is appended.
        """
        return self.to_dict()

    def _object_form(self, spec: ArraySpec) -> ObjectForm | None:
        """Return how Python objects become the engine's bytes; None for elements that are bytes or strings."""
        return None

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Return how many bytes a chunk encodes to.

        Parameters
        ----------
        input_byte_length : int
            Of the chunk, in bytes.
        chunk_spec : ArraySpec
            What the chunk is.

        Raises
        ------
        NotImplementedError
            If that depends on what is in the chunk.
        """
        raise NotImplementedError(f"the encoded size of {self.codec_name} depends on what is in the chunk")


class EngineBytesCodec(EngineCodec):
    """A codec from bytes to bytes that the engine runs."""

    def _texts(self, spec: ArraySpec) -> tuple[str, str]:
        from zarrust.engine import element_of

        codec = self.evolve_from_array_spec(spec)  # type: ignore[attr-defined]
        return json.dumps(codec.engine_document(spec, [])), json.dumps(element_of(spec.dtype.to_native_dtype()))

    def _encode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        data = _core.encode_bytes(*self._texts(chunk_spec), chunk_data.to_bytes())
        return chunk_spec.prototype.buffer.from_bytes(data)

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        data = _core.decode_bytes(*self._texts(chunk_spec), chunk_data.to_bytes())
        return chunk_spec.prototype.buffer.from_bytes(data)

    async def _encode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return self._encode_sync(chunk_data, chunk_spec)

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return self._decode_sync(chunk_data, chunk_spec)


class EngineArrayCodec(EngineCodec):
    """A codec of arrays that the engine runs: alone, it is the codec of an array of one chunk in memory."""

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Any:
        from zarrust.codecs.alone import encode

        return encode(self, chunk_data, chunk_spec)

    def _decode_sync(self, chunk_data: Any, chunk_spec: ArraySpec) -> NDBuffer:
        from zarrust.codecs.alone import decode

        return decode(self, chunk_data, chunk_spec)

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Any:
        return self._encode_sync(chunk_data, chunk_spec)

    async def _decode_single(self, chunk_data: Any, chunk_spec: ArraySpec) -> NDBuffer:
        return self._decode_sync(chunk_data, chunk_spec)


@dataclass(frozen=True)
class OpaqueCodec(Codec):
    """A codec that this installation has no class for, kept as its document wrote it.

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

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Refuse: nothing is known of the codec."""
        raise NotImplementedError(f"codec {self.name} is not known")

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


def check_name(cls: type[Any], data: Mapping[str, Any]) -> None:
    """Refuse the metadata JSON of another codec.

    Raises
    ------
    ValueError
        If the name is given and not one of the codec's.
    """
    from zarrust.registry import is_codec_name

    if not is_codec_name(cls, name := data.get("name", cls.codec_name)):
        raise ValueError(f"Expected '{cls.codec_name}'. Got {name} instead.")


def check_choice(codec: str, name: str, value: object, choices: tuple[object, ...]) -> None:
    """Refuse a field that is not one of the choices.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if value not in choices:
        raise ValueError(f"{codec}: {name} is one of {', '.join(map(repr, choices))}, found {value!r}")
