"""``bytes``: the elements in C order, in one byte order. Source: Zarr v3 codec "bytes", version 1.0."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self

from zarrust.abc.codec import ArrayBytesCodec
from zarrust.codecs.codec import EngineArrayCodec, check_choice
from zarrust.codecs.names import plain_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.array_spec import ArraySpec

__all__ = ["BytesCodec", "Endian"]


class Endian(StrEnum):
    """The names of the byte orders, each of which is a string too."""

    little = "little"
    big = "big"


@dataclass(frozen=True, kw_only=True)
class BytesCodec(EngineArrayCodec, ArrayBytesCodec):
    """Elements to bytes.

    Parameters
    ----------
    endian : {"little", "big"} or None
        Byte order in the store, by default this machine's; None for elements that have none.

    Examples
    --------
    >>> BytesCodec(endian="big").to_dict()
    {'name': 'bytes', 'configuration': {'endian': 'big'}}
    """

    codec_name = "bytes"
    is_fixed_size = True

    endian: Literal["little", "big"] | None = "little" if sys.byteorder == "little" else "big"

    def __post_init__(self) -> None:
        object.__setattr__(self, "endian", plain_word(self.endian))
        check_choice("bytes", "endian", self.endian, ("little", "big", None))

    def configuration(self) -> dict[str, Any]:
        """Return the byte order, if there is one."""
        return {} if self.endian is None else {"endian": self.endian}

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any], field: str) -> Self:
        """Return the codec of a document; without ``endian`` it has no byte order."""
        return super().from_configuration({"endian": None} | dict(configuration), field)

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec without a byte order for elements that have none."""
        from zarrust.dtypes import item_size, swap_runs

        dtype = array_spec.dtype.to_native_dtype()
        one = item_size(array_spec.dtype) == 1 or (dtype.names is None and not swap_runs(dtype))
        return replace(self, endian=None) if one else self

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Return ``input_byte_length``."""
        return input_byte_length
