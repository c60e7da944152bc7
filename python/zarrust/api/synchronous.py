"""The functions of the package. The twins of the same names in `zarrust.api.asynchronous` are to be awaited."""

from zarrust.api.copying import copy, copy_all, copy_store
from zarrust.api.creation import (
    array,
    create,
    create_array,
    empty,
    empty_like,
    from_array,
    full,
    full_like,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from zarrust.api.deleting import delete_node
from zarrust.api.opening import (
    consolidate_metadata,
    create_group,
    create_hierarchy,
    group,
    open,
    open_array,
    open_consolidated,
    open_group,
    open_like,
    tree,
)
from zarrust.api.saving import load, save, save_array, save_group

__all__ = [
    "array",
    "consolidate_metadata",
    "copy",
    "copy_all",
    "copy_store",
    "create",
    "create_array",
    "create_group",
    "create_hierarchy",
    "delete_node",
    "empty",
    "empty_like",
    "from_array",
    "full",
    "full_like",
    "group",
    "load",
    "ones",
    "ones_like",
    "open",
    "open_array",
    "open_consolidated",
    "open_group",
    "open_like",
    "save",
    "save_array",
    "save_group",
    "tree",
    "zeros",
    "zeros_like",
]
