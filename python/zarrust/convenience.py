"""Where version 2 and zarr-python 3.1 have the functions that open, save and copy; deprecated there, use `zarrust`."""

import warnings

from zarrust.api.synchronous import (
    consolidate_metadata,
    copy,
    copy_all,
    copy_store,
    load,
    open,
    open_consolidated,
    save,
    save_array,
    save_group,
    tree,
)
from zarrust.errors import ZarrDeprecationWarning

__all__ = [
    "consolidate_metadata",
    "copy",
    "copy_all",
    "copy_store",
    "load",
    "open",
    "open_consolidated",
    "save",
    "save_array",
    "save_group",
    "tree",
]

warnings.warn(f"{__name__} is deprecated; its names are in zarrust itself", ZarrDeprecationWarning, stacklevel=2)
