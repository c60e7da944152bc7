"""Other names of the types of text of `zarrust.dtype`."""

from zarrust.dtypes.forms import FixedLengthUTF32JSON_V2, FixedLengthUTF32JSON_V3, VariableLengthUTF8JSON_V2
from zarrust.dtypes.text import HAS_STRING_DTYPE as _NUMPY_SUPPORTS_VLEN_STRING
from zarrust.dtypes.text import (
    FixedLengthUTF32,
    VariableLengthUTF8,
)

__all__ = [
    "_NUMPY_SUPPORTS_VLEN_STRING",
    "FixedLengthUTF32",
    "FixedLengthUTF32JSON_V2",
    "FixedLengthUTF32JSON_V3",
    "VariableLengthUTF8",
    "VariableLengthUTF8JSON_V2",
]
