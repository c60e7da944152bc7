"""Where version 2 and zarr-python 3.1 have the functions that make arrays; deprecated there, use `zarrust` itself."""

import warnings

from zarrust.api.synchronous import (
    array,
    create,
    empty,
    empty_like,
    full,
    full_like,
    ones,
    ones_like,
    open_array,
    open_like,
    zeros,
    zeros_like,
)
from zarrust.errors import ZarrDeprecationWarning

__all__ = [
    "array",
    "create",
    "empty",
    "empty_like",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "open_array",
    "open_like",
    "zeros",
    "zeros_like",
]

warnings.warn(f"{__name__} is deprecated; its names are in zarrust itself", ZarrDeprecationWarning, stacklevel=2)
