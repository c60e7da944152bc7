"""``bitround``: numbers rounded to their first bits. Source: zarr-extensions codec "bitround"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarrust.abc.codec import ArrayArrayCodec
from zarrust.codecs.codec import EngineArrayCodec, check_integer

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["BitRoundCodec"]


@dataclass(frozen=True, kw_only=True)
class BitRoundCodec(EngineArrayCodec, ArrayArrayCodec):
    """Numbers whose last bits are rounded away, so that a compressor after it makes less of them.

    The codec of numcodecs for floating point numbers alone is `zarrust.codecs.BitRound`.

    Parameters
    ----------
    keepbits : int
        How many bits are kept, at least 1: of floating point numbers those of the mantissa, of integers those from the
        first one that is set.

    Examples
    --------
    >>> import numpy as np
    >>> import zarrust as zarr
    >>> z = zarr.create_array(data=np.array([1, 100, 1000]), filters=BitRoundCodec(keepbits=3))
    >>> z[...].tolist()
    [1, 96, 1024]
    """

    codec_name = "bitround"
    is_fixed_size = True

    keepbits: int

    def __post_init__(self) -> None:
        check_integer("bitround", "keepbits", self.keepbits, 1, 2**31 - 1)

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse data types that are no numbers.

        Raises
        ------
        ValueError
            If it is one.
        """
        if dtype.to_native_dtype().kind not in "iufcmM":
            raise ValueError(f"bitround: only numbers have bits to round, found {dtype}")

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Return ``input_byte_length``."""
        return input_byte_length
