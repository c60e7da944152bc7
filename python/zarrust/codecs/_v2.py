"""Filters, compressor and order of an array of format 2 as one codec, for pipelines, which know codecs only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarrust.abc.codec import ArrayBytesCodec
from zarrust.codecs.codec import EngineArrayCodec

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec
    from zarrust.codecs.objects import ObjectForm
    from zarrust.metadata import ArrayV2Metadata

__all__ = ["V2Codec"]


@dataclass(frozen=True)
class V2Codec(EngineArrayCodec, ArrayBytesCodec):
    """All codecs of an array of format 2.

    Parameters
    ----------
    filters : tuple of numcodecs codec or Numcodec, optional
    compressor : numcodecs codec or Numcodec, optional
    """

    codec_name = "zarr.v2"

    filters: tuple[Any, ...] | None = None
    compressor: Any = None

    def _metadata(self, spec: ArraySpec) -> ArrayV2Metadata:
        """Return the metadata of an array with one chunk."""
        from zarrust.codecs.numcodec import Numcodec
        from zarrust.metadata import ArrayV2Metadata

        filters = tuple(Numcodec.parse(codec, f"filters[{i}]") for i, codec in enumerate(self.filters or ()))
        return ArrayV2Metadata(
            shape=spec.shape,
            chunks=spec.shape,
            dtype=spec.dtype,
            fill_value=spec.fill_value,
            order="F" if spec.order == "F" else "C",
            filters=filters or None,
            compressor=None if self.compressor is None else Numcodec.parse(self.compressor, "compressor"),
        )

    def engine_document(self, spec: ArraySpec, plugs: list[Any]) -> list[Any]:
        """Return the codecs as the engine has them; see `EngineCodec.engine_document`."""
        return self._metadata(spec).engine_codecs(plugs)

    def _object_form(self, spec: ArraySpec) -> ObjectForm | None:
        """Return how Python objects become bytes."""
        return self._metadata(spec).object_form
