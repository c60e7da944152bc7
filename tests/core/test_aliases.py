"""Every name of ``zarrust.core`` with a public twin is that object: classes are one however they are imported."""

from __future__ import annotations

import importlib
import operator
import pkgutil

import pytest

import zarrust.core
from programs import run

TWINS = {
    "core": {"Array": "zarrust", "Buffer": "zarrust.abc.buffer", "NDBuffer": "zarrust.abc.buffer"},
    "core._info": {"ArrayInfo": "zarrust.info", "GroupInfo": "zarrust.info"},
    "core.array": {
        "Array": "zarrust",
        "AsyncArray": "zarrust",
        "create_array": "zarrust.api.asynchronous",
        "from_array": "zarrust.api.asynchronous",
    },
    "core.array_spec": {"ArrayConfig": "zarrust.array_config", "ArraySpec": "zarrust.array_spec"},
    "core.attributes": {"Attributes": "zarrust.attributes"},
    "core.buffer": {
        **dict.fromkeys(("ArrayLike", "Buffer", "BufferPrototype", "NDArrayLike", "NDBuffer"), "zarrust.abc.buffer"),
        "default_buffer_prototype": "zarrust.buffer",
    },
    "core.buffer.core": {"default_buffer_prototype": "zarrust.buffer"},
    "core.buffer.cpu": {"Buffer": "zarrust.buffer.cpu", "NDBuffer": "zarrust.buffer.cpu"},
    "core.config": {"config": "zarrust"},
    "core.dtype": dict.fromkeys(
        (
            *("Bool", "Int8", "UInt64", "Float16", "Complex128", "DateTime64", "TimeDelta64", "Structured"),
            *("VariableLengthUTF8", "RawBytes", "ZDType", "data_type_registry", "parse_dtype"),
        ),
        "zarrust.dtype",
    ),
    "core.dtype.npy.int": dict.fromkeys(("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16"), "zarrust.dtype"),
    "core.dtype.npy.string": dict.fromkeys(("FixedLengthUTF32", "VariableLengthUTF8"), "zarrust.dtype"),
    "core.dtype.npy.time": dict.fromkeys(("DateTime64", "TimeDelta64"), "zarrust.dtype"),
    "core.dtype.wrapper": {"ZDType": "zarrust.dtype"},
    "core.group": {
        "AsyncGroup": "zarrust",
        "Group": "zarrust",
        "GroupMetadata": "zarrust.metadata",
        "ConsolidatedMetadata": "zarrust.metadata",
        "create_hierarchy": "zarrust.api.asynchronous",
    },
    "core.indexing": dict.fromkeys(
        ("AsyncOIndex", "AsyncVIndex", "BlockIndex", "OIndex", "VIndex"), "zarrust.accessors"
    ),
    "core.metadata": dict.fromkeys(("ArrayV2Metadata", "ArrayV3Metadata"), "zarrust.metadata"),
    "core.metadata.v2": {"ArrayV2Metadata": "zarrust.metadata"},
    "core.metadata.v3": {"ArrayV3Metadata": "zarrust.metadata"},
    "core.sync_group": {"create_hierarchy": "zarrust"},
    "storage._common": {"StorePath": "zarrust.storage", "StoreLike": "zarrust.storage"},
    "storage._local": {"LocalStore": "zarrust.storage"},
    "storage._memory": {"MemoryStore": "zarrust.storage"},
}
MODULES = ["zarrust.core", *(entry.name for entry in pkgutil.walk_packages(zarrust.core.__path__, "zarrust.core."))]


@pytest.mark.parametrize(
    ("module", "name", "public"),
    [(module, name, public) for module, names in TWINS.items() for name, public in names.items()],
)
def test_a_twin_is_the_public_object(module, name, public):
    twin = getattr(importlib.import_module(f"zarrust.{module}"), name)
    assert twin is getattr(importlib.import_module(public), name)


@pytest.mark.parametrize("module", MODULES)
def test_every_name_that_a_module_lists_is_there(module):
    loaded = importlib.import_module(module)
    assert loaded.__doc__
    for name in getattr(loaded, "__all__", ()):
        assert hasattr(loaded, name), name


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_names_holds_no_second_class_of_the_same_name(module):
    loaded = importlib.import_module(module)
    own = {name for name, value in vars(loaded).items() if isinstance(value, type) and value.__module__ == module}
    assert own <= {"SyncMixin"}


@pytest.mark.parametrize("module", [*MODULES, "zarrust.abc.numcodec", "zarrust.api.asynchronous", "zarrust.buffer.gpu"])
def test_importing_zarrust_is_enough_for_every_module_as_an_attribute(module):
    package, _, name = module.rpartition(".")
    loaded = importlib.import_module(package)
    vars(loaded).pop(name, None)
    assert operator.attrgetter(module.removeprefix("zarrust."))(zarrust) is importlib.import_module(module)


@pytest.mark.parametrize("name", ["nothing_like_this", "__wrapped__"])
def test_what_is_no_module_is_no_attribute(name):
    assert not hasattr(zarrust.core, name)
    assert not hasattr(zarrust.core.dtype, name)


def test_importing_zarrust_imports_none_of_these_modules():
    run("""
        import sys
        import zarrust
        assert not [name for name in sys.modules if name.startswith("zarrust.core")]
        assert "zarrust.as_zarr" not in sys.modules
    """)


def test_modules_are_found_as_attributes_after_import_of_the_package_alone() -> None:
    program = f"""
        import functools
        import zarrust
        for path in {[*MODULES, "zarrust.abc.codec", "zarrust.abc.numcodec", "zarrust.abc.store"]!r}:
            assert functools.reduce(getattr, path.split(".")[1:], zarrust).__name__ == path, path
        assert not hasattr(zarrust.core, "nothing") and not hasattr(zarrust.core.buffer, "nothing")
    """
    run(program)
