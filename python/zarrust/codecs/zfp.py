"""``zfp``: the numbers of a chunk by the library zfp, exact or nearly so. Source: zarr-extensions codec "zfp"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zarrust.abc.codec import ArrayBytesCodec
from zarrust.codecs.codec import EngineArrayCodec, check_choice, check_integer

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = ["ZfpCodec"]

_OPTIONS: dict[str, tuple[str, ...]] = {
    "reversible": (),
    "fixed_accuracy": ("tolerance",),
    "fixed_rate": ("rate",),
    "fixed_precision": ("precision",),
    "expert": ("minbits", "maxbits", "maxprec", "minexp"),
}
_NUMBERS = ("tolerance", "rate")
_MOST_AXES = 4


@dataclass(frozen=True, kw_only=True)
class ZfpCodec(EngineArrayCodec, ArrayBytesCodec):
    """Numbers in blocks of 4 along each of up to four axes, each block compressed by itself.

    Parameters
    ----------
    mode : {"reversible", "fixed_accuracy", "fixed_rate", "fixed_precision", "expert"}
        What is kept: everything, or what the options of the mode say. Integers have no fixed accuracy.
    tolerance : float, optional
        For ``fixed_accuracy``, how far a value may be from what was written.
    rate : float, optional
        For ``fixed_rate``, bits per value.
    precision : int, optional
        For ``fixed_precision``, planes of bits that are kept.
    minbits, maxbits : int, optional
        For ``expert``, fewest and most bits of a block.
    maxprec : int, optional
        For ``expert``, most planes of bits, 1 to 64.
    minexp : int, optional
        For ``expert``, the smallest exponent of a plane of bits that is kept.

    Examples
    --------
    >>> ZfpCodec(mode="fixed_accuracy", tolerance=0.05).to_dict()
    {'name': 'zfp', 'configuration': {'mode': 'fixed_accuracy', 'tolerance': 0.05}}
    """

    codec_name = "zfp"

    mode: Literal["reversible", "fixed_accuracy", "fixed_rate", "fixed_precision", "expert"]
    tolerance: float | None = None
    rate: float | None = None
    precision: int | None = None
    minbits: int | None = None
    maxbits: int | None = None
    maxprec: int | None = None
    minexp: int | None = None

    def __post_init__(self) -> None:
        check_choice("zfp", "mode", self.mode, tuple(_OPTIONS))
        for name, value in super().configuration().items():
            if name == "mode":
                continue
            if name not in _OPTIONS[self.mode]:
                if value is not None:
                    raise ValueError(f"zfp: {name} is no option of mode {self.mode!r}")
            elif name in _NUMBERS:
                if not isinstance(value, (int, float)) or isinstance(value, bool) or not value >= 0:
                    raise ValueError(f"zfp: mode {self.mode!r} has a {name} that is a number from 0, found {value!r}")
            else:
                check_integer("zfp", name, value, -(2**31) if name == "minexp" else 0, 2**31 - 1)

    def configuration(self) -> dict[str, Any]:
        """Return the mode and its options."""
        return {name: getattr(self, name) for name in ("mode", *_OPTIONS[self.mode])}

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse chunks of more than four axes, and data types that zfp has no numbers for.

        Raises
        ------
        ValueError
            If one does not fit.
        """
        found = dtype.to_native_dtype()
        if found.kind not in "iufmM" or found.itemsize > 8:
            raise ValueError(f"zfp: stores integers and floating point numbers of up to 64 bits, found {dtype}")
        if self.mode == "fixed_accuracy" and found.kind != "f":
            raise ValueError(f"zfp: mode 'fixed_accuracy' is one for floating point numbers, found {dtype}")
        if len(chunk_grid.chunk_shape) > _MOST_AXES:
            raise ValueError(f"zfp: a chunk has at most {_MOST_AXES} axes, found {len(chunk_grid.chunk_shape)}")

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk as it is."""
        return chunk_spec
