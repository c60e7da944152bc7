"""``packbits``: of each number a range of its bits, without gaps. Source: zarr-extensions codec "packbits"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zarrust.abc.codec import ArrayBytesCodec
from zarrust.codecs.codec import EngineArrayCodec, check_choice, check_integer

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["PackBitsCodec"]

_WHOLE = {"bfloat16": 16}
_SMALL = re.compile(r"u?int([24])|float([468])_e\d+m\d+\w*")


@dataclass(frozen=True, kw_only=True)
class PackBitsCodec(EngineArrayCodec, ArrayBytesCodec):
    """Numbers that take as many bits as they have: a boolean one, an ``int4`` four.

    The codec of numcodecs with nearly the same name is `zarrust.codecs.PackBits`.

    Parameters
    ----------
    padding_encoding : {"none", "first_byte", "last_byte"}
        Whether a byte says how many bits at the end are unused, and where it is.
    first_bit : int, optional
        The first bit of each number that is stored, from the lowest one, which is 0 and the default. Those below come
        back as zeros.
    last_bit : int, optional
        The last bit of each number that is stored; by default the highest one. Those above come back as the sign of
        signed integers, and as zeros otherwise. Both bits are those of the two parts of a complex number.

    Examples
    --------
    >>> import zarrust as zarr
    >>> z = zarr.create_array({}, shape=(16,), dtype="bool", serializer=PackBitsCodec(), compressors=None)
    >>> z[...] = True
    >>> z.compressors, z.serializer
    ((), PackBitsCodec(padding_encoding='none', first_bit=None, last_bit=None))
    """

    codec_name = "packbits"
    is_fixed_size = True

    padding_encoding: Literal["none", "first_byte", "last_byte"] = "none"
    first_bit: int | None = None
    last_bit: int | None = None

    def __post_init__(self) -> None:
        check_choice("packbits", "padding_encoding", self.padding_encoding, ("none", "first_byte", "last_byte"))
        for name, value in (("first_bit", self.first_bit), ("last_bit", self.last_bit)):
            if value is not None:
                check_integer("packbits", name, value, 0, 63)
        if self.last_bit is not None and self.last_bit < (self.first_bit or 0):
            raise ValueError(f"packbits: last_bit {self.last_bit} is below first_bit {self.first_bit}")

    def configuration(self) -> dict[str, Any]:
        """Return what differs from the defaults."""
        usual = {"padding_encoding": "none"}
        fields = super().configuration().items()
        return {name: value for name, value in fields if value is not None and value != usual.get(name)}

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse data types of no numbers, and bits that they do not have.

        Raises
        ------
        ValueError
            If one does not fit.
        """
        self._width(dtype)

    def engine_document(self, spec: ArraySpec, plugs: list[Any]) -> dict[str, Any]:
        """Return the codec with what the engine does not know of numbers that it sees as bytes."""
        configuration = self.configuration()
        if spec.dtype.to_native_dtype().kind not in "biufc":
            configuration["component"] = {
                "size": spec.dtype.to_native_dtype().itemsize,
                "bits": _bits(spec.dtype),
                "is_signed": str(spec.dtype.to_json(3)).startswith("int"),
            }
        return {"name": self.codec_name, "configuration": configuration}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Return how many bytes a chunk encodes to."""
        parts = 2 if chunk_spec.dtype.to_native_dtype().kind == "c" else 1
        bits = math.prod(chunk_spec.shape) * parts * self._width(chunk_spec.dtype)
        return -(-bits // 8) + (self.padding_encoding != "none")

    def _width(self, dtype: Any) -> int:
        bits = _bits(dtype)
        first, last = self.first_bit or 0, bits - 1 if self.last_bit is None else self.last_bit
        if not first <= last < bits:
            raise ValueError(f"packbits: first_bit {first} to last_bit {last} are not among the {bits} bits of {dtype}")
        return last - first + 1


def _bits(dtype: Any) -> int:
    """Return the bits of a number of a data type, or of each part of a complex one."""
    native = dtype.to_native_dtype()
    if native.kind == "b":
        return 1
    if native.kind in "iufc":
        return int(native.itemsize) * (4 if native.kind == "c" else 8)
    name = dtype.to_json(3)
    match = _SMALL.fullmatch(name) if isinstance(name, str) else None
    bits = int(match[1] or match[2]) if match else _WHOLE.get(name if isinstance(name, str) else "")
    if bits is None:
        raise ValueError(f"packbits: packs booleans and numbers, found {dtype}")
    return bits
