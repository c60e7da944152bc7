"""Classes by name: what the settings choose among, registered by hand or by the entry points of installed packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from zarrust.config import BadConfigError, config

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from zarrust.abc.buffer import Buffer, NDBuffer

__all__ = ["Registry", "get_buffer_class", "get_ndbuffer_class", "register_buffer", "register_ndbuffer"]

T = TypeVar("T")


class Registry(dict[str, type[T]], Generic[T]):
    """Classes by name. Those of entry points are imported when a name is looked for that is not there.

    Parameters
    ----------
    group : str
        Name of the entry points' group without ``zarr.``; in the group ``zarr`` it is the name of one.
    """

    def __init__(self, group: str = "") -> None:
        super().__init__()
        self._group = group
        self._collected = not group
        self.lazy_load_list: list[EntryPoint] = []

    def collect(self) -> None:
        """List the entry points of installed packages, without importing them."""
        from importlib.metadata import entry_points

        self._collected = True
        self.lazy_load_list.extend(entry_points(group=f"zarr.{self._group}"))
        self.lazy_load_list.extend(entry_points(group="zarr", name=self._group))

    def lazy_load(self, use_entrypoint_name: bool = False) -> None:
        """Import what the entry points name and register it.

        Parameters
        ----------
        use_entrypoint_name : bool, default False
            Whether the entry point's name is the class's, instead of where the class is.
        """
        if not self._collected:
            self.collect()
        while self.lazy_load_list:
            entry = self.lazy_load_list.pop(0)
            self.register(entry.load(), qualname=entry.name if use_entrypoint_name else None)

    def register(self, cls: type[T], qualname: str | None = None) -> None:
        """Register a class.

        Parameters
        ----------
        cls : type
        qualname : str, optional
            Its name here; by default module and class name with a dot between.
        """
        self[qualname or f"{cls.__module__}.{cls.__qualname__}"] = cls

    def named(self, setting: str) -> type[T]:
        """Return the class that a setting names.

        Parameters
        ----------
        setting : str
            Path of a class, or the name of one that is registered.

        Raises
        ------
        BadConfigError
            If none of that name is registered.
        """
        path = config.get(setting)
        if path not in self:
            self.lazy_load()
        if path not in self:
            raise BadConfigError(f"{setting}: class {path!r} not found among those registered: {sorted(self)}")
        return self[path]


_buffers: Registry[Buffer] = Registry("buffer")
_ndbuffers: Registry[NDBuffer] = Registry("ndbuffer")


def register_buffer(cls: type[Buffer], qualname: str | None = None) -> None:
    """Register a class for runs of bytes, to be named by the setting ``buffer``.

    Parameters
    ----------
    cls : type
        A `zarrust.abc.buffer.Buffer`.
    qualname : str, optional
        Its name; by default module and class name with a dot between.
    """
    _buffers.register(cls, qualname)


def register_ndbuffer(cls: type[NDBuffer], qualname: str | None = None) -> None:
    """Register a class for arrays, to be named by the setting ``ndbuffer``.

    Parameters
    ----------
    cls : type
        A `zarrust.abc.buffer.NDBuffer`.
    qualname : str, optional
        Its name; by default module and class name with a dot between.
    """
    _ndbuffers.register(cls, qualname)


def get_buffer_class(reload_config: bool = False) -> type[Buffer]:
    """Return the class that the setting ``buffer`` names.

    Parameters
    ----------
    reload_config : bool, default False
        Whether the settings are read anew first.

    Raises
    ------
    BadConfigError
        If none of that name is registered.
    """
    if reload_config:
        config.refresh()
    return _buffers.named("buffer")


def get_ndbuffer_class(reload_config: bool = False) -> type[NDBuffer]:
    """Return the class that the setting ``ndbuffer`` names.

    Parameters
    ----------
    reload_config : bool, default False
        Whether the settings are read anew first.

    Raises
    ------
    BadConfigError
        If none of that name is registered.
    """
    if reload_config:
        config.refresh()
    return _ndbuffers.named("ndbuffer")
