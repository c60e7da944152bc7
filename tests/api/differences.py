"""Where the package differs from zarr-python 3.4.2 on purpose: path (or pattern) and parameter, and the reason.

The parameter is ``""`` where the thing itself differs. An entry that nothing needs any more fails the test.
"""

BY_POSITION = "version 2 and the storage guide of 3.0 give it by position; by keyword it is zarr-python's"
MEMORY = "without a store the node is in memory, as version 2 has it"
NAMED = "a parameter of its own, which zarr-python has among **kwargs"
VERSION_2 = "a keyword of version 2, or of zarr-python before 3.2"
COPYING = "works here; zarr-python takes anything and raises NotImplementedError"
SHARED = "metadata and place are one way to make it, another node whose state is shared the other"
BOTH = "read-only stores open with 'r' where no mode is given, as zarr-python's `open` does"

ROOT = "the root may be left out, as in the storage guide"
BOTH_WAYS = "an object that `for` and `async for` go through"
AT_ONCE = "done at once, and may be awaited"
OWN = "an option of this package"
GUIDE = "a keyword of the storage guide or of version 2"

ALLOWED: dict[tuple[str, str], str] = {
    # Places
    ("zarr*.create_array", "name"): BY_POSITION,
    ("zarr*.create_array", "store"): MEMORY,
    ("zarr*.create_group", "store"): MEMORY,
    ("zarr*.create_group", "path"): BY_POSITION,
    ("zarr*.group", "path"): BY_POSITION,
    ("zarr*.open", "path"): BY_POSITION,
    ("zarr*.open_array", "path"): BY_POSITION,
    ("zarr*.open_group", "path"): BY_POSITION,
    ("zarr*.open_like", "path"): MEMORY,
    ("zarr.api.asynchronous.group", "store"): BY_POSITION,
    ("zarr.api.asynchronous.open", "store"): BY_POSITION,
    ("zarr.api.asynchronous.open_array", "store"): BY_POSITION,
    ("zarr.api.asynchronous.load", "store"): BY_POSITION,
    ("zarr.api.asynchronous.load", "path"): BY_POSITION,
    ("zarr.api.asynchronous.load", "zarr_format"): BY_POSITION,
    ("zarr*.open_group", "mode"): BOTH,
    ("zarr*.open_array", "mode"): NAMED,
    # New arrays
    ("zarr*.create_array", "zarr_format"): "None follows the setting, and a keyword of version 2 selects format 2",
    ("zarr*.create_array", "compressor"): VERSION_2,
    ("zarr*.create_array", "dimension_separator"): VERSION_2,
    ("zarr*.create_array", "write_empty_chunks"): VERSION_2,
    ("zarr*.create", "shape"): "data gives the shape too",
    **{
        ("zarr*.create", name): BY_POSITION
        for name in ("chunks", "dtype", "compressor", "fill_value", "order", "store")
    },
    ("zarr*.create", "zarr_version"): VERSION_2,
    ("zarr*.open_group", "zarr_version"): VERSION_2,
    ("zarr*.group", "zarr_version"): VERSION_2,
    # Copying
    **{
        (f"zarr*.{name}", parameter): COPYING
        for name, parameters in {
            "copy": "source dest name shallow without_attrs log if_exists dry_run create_kws args kwargs",
            "copy_all": "source dest shallow without_attrs log if_exists dry_run create_kws args kwargs",
            "copy_store": "source dest source_path dest_path excludes includes flags if_exists dry_run log args kwargs",
        }.items()
        for parameter in parameters.split()
    },
    # Nodes
    ("zarr.Array", "store_path"): SHARED,
    ("zarr.Array", "config"): SHARED,
    ("zarr.Array.resize", "more"): "version 2 gives one integer per axis",
    ("zarr.AsyncArray", "store_path"): SHARED,
    ("zarr.Group", "store_path"): SHARED,
    ("zarr.AsyncGroup", "store_path"): SHARED,
    **{
        (f"zarr.*Group.{name}", parameter): BY_POSITION
        for name, parameters in {
            "empty": ("name",),
            "zeros": ("name",),
            "ones": ("name",),
            "full": ("name", "fill_value"),
            "empty_like": ("name", "data"),
            "zeros_like": ("name", "data"),
            "ones_like": ("name", "data"),
            "full_like": ("name", "data"),
        }.items()
        for parameter in parameters
    },
    ("zarr.*Group.full_like", "fill_value"): NAMED,
    ("zarr.*Group.array*", "recurse"): "version 2 walks everything below with it",
    ("zarr.*Group.group*", "recurse"): "version 2 walks everything below with it",
    ("zarr.*Group.create*", "version_2"): VERSION_2,
    **{
        (f"zarr.Group.{name}", parameter): NAMED
        for name, parameters in {
            "create_group": ("overwrite", "attributes", "kwargs"),
            "require_group": ("overwrite", "kwargs"),
            "require_array": ("dtype", "exact"),
        }.items()
        for parameter in parameters
    },
    # Codecs
    **{
        (f"zarr.codecs.{name}", ""): "kept for good, so that reading a member does not warn: an enumeration of strings"
        for name in ("BloscCname", "BloscShuffle", "Endian", "ShardingCodecIndexLocation")
    },
    # Stores
    **{
        (f"zarr.{module}.{method}", "prefix"): ROOT
        for module in ("storage.*", "testing.buffer.*", "abc.store.Store", "experimental.cache_store.*")
        for method in ("list_prefix", "list_dir", "is_empty")
    },
    **{
        (f"zarr.{module}.{method}", ""): BOTH_WAYS
        for module in ("storage.*Store", "testing.buffer.*Store*", "abc.store.Store")
        for method in ("list", "list_prefix", "list_dir")
    },
    ("zarr.storage.*Store.clear", ""): AT_ONCE,
    ("zarr.testing.buffer.*Store*.clear", ""): AT_ONCE,
    ("zarr.*Store*.get", "prototype"): "None is the default prototype, for every store",
    ("zarr.storage.*Store.set", "byte_range"): "named by every store, as zarr-python's MemoryStore has it",
    ("zarr*.*Store*", "normalize_keys"): GUIDE,
    ("zarr.storage.LocalStore", "map_size"): GUIDE,
    ("zarr.storage.LocalStore", "dimension_separator"): GUIDE,
    ("zarr.storage.LocalStore", "durable"): OWN,
    ("zarr.storage.LocalStore.open", "kwargs"): OWN,
    ("zarr.storage.ZipStore", "storage_options"): OWN,
    ("zarr.storage.FsspecStore", "storage_options"): GUIDE,
    ("zarr.storage.ObjectStore", "options"): GUIDE,
    ("zarr.storage.ObjectStore", "missing_status"): OWN,
    ("zarr.storage.LoggingStore", "log"): GUIDE,
    ("zarr.storage.LoggingStore.log", "method"): OWN,
}
