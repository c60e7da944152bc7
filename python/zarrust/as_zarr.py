"""``import zarrust.as_zarr``: from then on ``import zarr`` means zarrust, in every package of the process.

xarray, dask, anndata and others then run on zarrust unchanged. Say it before anything imports ``zarr``, at the top of
the program; a process that is started anew (``spawn``, a dask worker) has to say it too. The modules are the same
objects under both names, so ``zarr.Array is zarrust.Array``. None is imported before it is asked for.

What zarr-python calls ``zarr`` outside of Python keeps its name: the environment's ``ZARR_*``, the settings' keys, the
logger, and the groups of entry points.

Examples
--------
>>> import zarrust.as_zarr  # doctest: +SKIP
>>> import zarr  # doctest: +SKIP
>>> zarr.Array  # doctest: +SKIP
<class 'zarrust.array.Array'>
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.util import find_spec, spec_from_loader
from types import ModuleType
from typing import TYPE_CHECKING, Any

import zarrust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from importlib.metadata import Distribution

__all__ = ["ZARR_PYTHON_VERSION"]

ZARR_PYTHON_VERSION = "3.4.2"
"""The version of zarr-python whose API this is: what ``zarr.__version__`` says to packages that ask for a minimum."""

_NAME = "zarr"


class _Zarr(ModuleType):
    """The package under its other name: everything is zarrust's but the version."""

    __version__ = ZARR_PYTHON_VERSION

    def __getattr__(self, name: str) -> Any:
        return getattr(zarrust, name)

    def __setattr__(self, name: str, value: object) -> None:
        # A patch of ``zarr.NAME`` has to be seen by those who say ``zarrust.NAME``.
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            setattr(zarrust, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(zarrust, name)

    def __dir__(self) -> Iterable[str]:
        return dir(zarrust)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        # Where `unittest.mock` looks for what it has to put back.
        return vars(zarrust)


class _Finder(MetaPathFinder, Loader):
    """Answers ``import zarr.x`` with the module ``zarrust.x``, and the question for zarr's version with ours."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == _NAME:
            return spec_from_loader(_NAME, self, is_package=True)
        if not fullname.startswith(f"{_NAME}."):
            return None
        real = f"zarrust{fullname.removeprefix(_NAME)}"
        spec = find_spec(real)
        if spec is None:
            return None
        if not _names_a_module(real):
            raise ModuleNotFoundError(f"zarrust, which stands in for zarr, has no module {fullname!r}", name=fullname)
        return spec_from_loader(fullname, self, is_package=spec.submodule_search_locations is not None)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        if spec.name == _NAME:
            module: ModuleType = _Zarr(_NAME, zarrust.__doc__)
            module.__path__ = []
            module.__all__ = zarrust.__all__  # type: ignore[attr-defined]
            return module
        module = importlib.import_module(f"zarrust{spec.name.removeprefix(_NAME)}")
        # The import system is about to put the new name's spec there.
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It ran under its own name already: only its spec is given back.
        if module.__spec__ is not None and module.__spec__.loader_state is not None:
            module.__spec__ = module.__spec__.loader_state

    def find_distributions(self, context: Any = None) -> Iterator[Distribution]:
        """Return the version that ``importlib.metadata.version("zarr")`` tells."""
        if context is not None and context.name == _NAME:
            yield _distribution()


def _names_a_module(real: str) -> bool:
    """Return whether a name is a module's alone: ``zarrust.array`` is a function, with a module behind it."""
    parent, _, name = real.rpartition(".")
    value = getattr(sys.modules.get(parent), name, None)
    return value is None or isinstance(value, ModuleType)


def _distribution() -> Distribution:
    from importlib.metadata import Distribution

    class ZarrDistribution(Distribution):
        def read_text(self, filename: str) -> str | None:
            text = f"Metadata-Version: 2.1\nName: {_NAME}\nVersion: {ZARR_PYTHON_VERSION}\n"
            return text if filename == "METADATA" else None

        def locate_file(self, path: Any) -> Any:
            raise FileNotFoundError(f"zarrust stands in for zarr, which has no file {path}")

    return ZarrDistribution()


def _register() -> None:
    """Put the finder before all others.

    Raises
    ------
    ImportError
        If zarr-python is loaded.
    """
    if any(type(finder).__module__ == __name__ for finder in sys.meta_path):
        return
    loaded = sys.modules.get(_NAME)
    if loaded is not None:
        raise ImportError(
            f"zarr-python {getattr(loaded, '__version__', '')} is loaded already, from "
            f"{getattr(loaded, '__file__', None)}: import zarrust.as_zarr before anything that imports zarr",
            name=_NAME,
        )
    sys.meta_path.insert(0, _Finder())
    # At once: a finder that is put before this one later, as pytest's, would find zarr-python where it is installed.
    importlib.import_module(_NAME)


_register()
