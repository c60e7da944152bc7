"""What stands behind a name: codecs, pipelines, buffers and chunk key encodings, those of other packages included.

A document names a codec, and never a class. Which class that is comes from `register_codec`, from the entry points of
installed packages (group ``zarr.codecs``, or ``zarr.codecs.NAME`` for several classes of one name), and, where a name
has more than one class, from the setting ``codecs.NAME``.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zarrust.config import DEFAULTS, BadConfigError, config
from zarrust.errors import UnknownCodecError, ZarrRuntimeWarning, ZarrUserWarning

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

    from zarrust.abc.buffer import Buffer, NDBuffer
    from zarrust.abc.codec import CodecPipeline
    from zarrust.abc.numcodec import Numcodec

__all__ = [
    "Registry",
    "get_buffer_class",
    "get_chunk_key_encoding_class",
    "get_codec_class",
    "get_ndbuffer_class",
    "get_pipeline_class",
    "register_buffer",
    "register_chunk_key_encoding",
    "register_codec",
    "register_ndbuffer",
    "register_pipeline",
]

T = TypeVar("T")


class Registry(dict[str, type[T]], Generic[T]):
    """Classes by name. Those of entry points are imported when a name is looked for that is not there.

    Attributes
    ----------
    lazy_load_list : list of EntryPoint
        What `lazy_load` imports.
    """

    def __init__(self) -> None:
        super().__init__()
        # Name of the entry points' group without "zarr."; in the group "zarr" it is the name of one.
        self._group = ""
        self._collected = True
        self.lazy_load_list: list[EntryPoint] = []
        # Where the package's own class is, until it is imported: module and name with a dot between.
        self._own = ""

    @classmethod
    def _of_group(cls, group: str) -> Registry[T]:
        """Return a registry that looks for the entry points of a group when it needs them."""
        registry = cls()
        registry._group, registry._collected = group, False
        return registry

    def load_own(self) -> None:
        """Import and register the class that this package has, unless that was done."""
        if self._own:
            module, _, name = self._own.rpartition(".")
            self.register(getattr(import_module(f"zarrust.{module}"), name), qualname=f"zarr.{module}.{name}")
            # Last, for another thread that asks meanwhile.
            self._own = ""

    def collect(self) -> None:
        """List the entry points of installed packages, without importing them."""
        from importlib.metadata import entry_points

        self._collected = True
        self.lazy_load_list.extend(entry_points(group=f"zarr.{self._group}"))
        self.lazy_load_list.extend(entry_points(group="zarr", name=self._group))

    def lazy_load(self, use_entrypoint_name: bool = False) -> None:
        """Import what the entry points name and register it; one that does not load warns and is left out.

        Parameters
        ----------
        use_entrypoint_name : bool, default False
            Whether the entry point's name is the class's, instead of where the class is.
        """
        if not self._collected:
            self.collect()
        while self.lazy_load_list:
            entry = self.lazy_load_list.pop(0)
            try:
                found = entry.load()
            except Exception as error:
                warnings.warn(
                    f"the entry point {entry.name} = {entry.value} of an installed package does not load and is left "
                    f"out: {type(error).__name__}: {error}",
                    ZarrRuntimeWarning,
                    stacklevel=3,
                )
            else:
                self.register(found, qualname=entry.name if use_entrypoint_name else None)

    def register(self, cls: type[T], qualname: str | None = None) -> None:
        """Register a class.

        Parameters
        ----------
        cls : type
        qualname : str, optional
            Its name here; by default module and class name with a dot between.
        """
        self[qualname or fully_qualified_name(cls)] = cls

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
        path = _setting_name(config.get(setting))
        if path not in self:
            self.lazy_load()
        if path not in self and ".buffer.gpu." in str(path):
            # Imported when it is asked for: most users have no GPU. The module registers its classes.
            import_module("zarrust.buffer.gpu")
        if path not in self:
            raise BadConfigError(f"{setting}: class {path!r} not found among those registered: {sorted(self)}")
        return self[path]


# What zarr-python's own classes are called, of which the engine does the work.
_ENGINE_PIPELINES = (DEFAULTS["codec_pipeline.path"], "zarr.core.codec_pipeline.FusedCodecPipeline")

_codec_registries: defaultdict[str, Registry[Any]] = defaultdict(Registry)
_codecs_collected = False
_pipelines: Registry[CodecPipeline] = Registry._of_group("codec_pipeline")
_buffers: Registry[Buffer] = Registry._of_group("buffer")
_ndbuffers: Registry[NDBuffer] = Registry._of_group("ndbuffer")
_chunk_key_encodings: Registry[Any] = Registry._of_group("chunk_key_encoding")


def fully_qualified_name(cls: type) -> str:
    """Return module and name of a class, as settings have them: classes of this package under zarr-python's names."""
    return str(_setting_name(f"{cls.__module__}.{cls.__qualname__}"))


def _setting_name(path: Any) -> Any:
    """Return where a class is, or may be said to be, as settings have it."""
    return f"zarr.{path.removeprefix('zarrust.')}" if isinstance(path, str) and path.startswith("zarrust.") else path


def _collect_entrypoints() -> list[Registry[Any]]:
    """List the entry points of installed packages anew, without importing them; return the registries."""
    others: list[Registry[Any]] = [_pipelines, _buffers, _ndbuffers, _chunk_key_encodings]
    _collect_codecs()
    for registry in others:
        registry.collect()
    return [*_codec_registries.values(), *others]


def _collect_codecs() -> None:
    global _codecs_collected
    from importlib.metadata import entry_points

    _codecs_collected = True
    found = entry_points()
    for entry in found.select(group="zarr.codecs"):
        _codec_registries[entry.name].lazy_load_list.append(entry)
    for group in found.groups:
        if group.startswith("zarr.codecs."):
            _codec_registries[group.removeprefix("zarr.codecs.")].lazy_load_list.extend(found.select(group=group))


def register_own_codec(key: str, path: str) -> None:
    """Say where the package's own class for the codecs of a name is; it is imported when it is met.

    Parameters
    ----------
    key : str
        The name in documents.
    path : str
        Module in `zarrust.codecs` and class, with a dot between.
    """
    _codec_registries[key]._own = f"codecs.{path}"


def register_codec(key: str, codec_cls: type[Any], *, qualname: str | None = None) -> None:
    """Add a class for the codecs of a name.

    Parameters
    ----------
    key : str
        The name in documents.
    codec_cls : type
        A subclass of `zarrust.abc.codec.ArrayArrayCodec`, ``ArrayBytesCodec`` or ``BytesBytesCodec``.
    qualname : str, optional
        What the setting ``codecs.KEY`` calls it; module and name of the class by default.

    Examples
    --------
    >>> from zarrust.codecs import GzipCodec
    >>> class MyGzip(GzipCodec):
    ...     codec_name = "example.gzip"
    >>> register_codec("example.gzip", MyGzip)
    >>> get_codec_class("example.gzip").__name__
    'MyGzip'
    """
    registry = _codec_registries[key]
    # Where settings choose none, the class that was registered last is meant.
    registry.load_own()
    registry.register(codec_cls, qualname=qualname)


def register_pipeline(pipe_cls: type[CodecPipeline]) -> None:
    """Register a pipeline class, to be named by the setting ``codec_pipeline.path``.

    Parameters
    ----------
    pipe_cls : type
        A `zarrust.abc.codec.CodecPipeline`.
    """
    _pipelines.register(pipe_cls)


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


def register_chunk_key_encoding(key: str, cls: type) -> None:
    """Register a class of chunk key encodings, so that arrays whose document names it open.

    Parameters
    ----------
    key : str
        Its name in documents.
    cls : type
        A `zarrust.metadata.chunk_keys.ChunkKeyEncoding`.
    """
    _chunk_key_encodings.register(cls, key)


def get_codec_class(key: str, reload_config: bool = False) -> type[Any]:
    """Return the class of the codecs of a name.

    Parameters
    ----------
    key : str
        The name in documents.
    reload_config : bool, default False
        Whether settings are read from the environment first.

    Raises
    ------
    UnknownCodecError
        If there is none.
    BadConfigError
        If the setting ``codecs.KEY`` names a class that is not registered for the name.
    """
    if reload_config:
        config.refresh()
    setting = config.get(f"codecs.{key}", None)
    built_in = key in _codec_registries and setting == DEFAULTS.get(f"codecs.{key}", setting)
    if not built_in and not _codecs_collected:
        _collect_codecs()
    classes = _codec_registries[key] if key in _codec_registries else Registry[Any]()
    classes.load_own()
    # An implementation of another package is loaded where it is meant, or is the only one.
    if not classes or (setting is not None and setting not in classes and _setting_name(setting) not in classes):
        classes.lazy_load()
    if not classes:
        raise UnknownCodecError(_unknown(key))
    if setting is None:
        if len(classes) > 1:
            warnings.warn(
                f"Codec '{key}' not configured in config. Selecting any implementation.", ZarrUserWarning, stacklevel=2
            )
        return [*classes.values()][-1]
    found = classes.get(setting) or classes.get(_setting_name(setting))
    if found is None:
        raise BadConfigError(
            f"Codec {key!r} is configured to use the implementation {setting!r}, which is not registered. "
            f"Registered implementations of this codec: {sorted(classes)}."
        )
    return found


def is_codec_name(cls: type[Any], name: object) -> bool:
    """Return whether documents give codecs of a class a name: its own, or an old one.

    Parameters
    ----------
    cls : type
        A class with ``codec_name``.
    name : object
        As in the metadata.
    """
    if name == cls.codec_name:
        return True
    classes = _codec_registries.get(name) if isinstance(name, str) else None
    if classes is None:
        return False
    classes.load_own()
    return any(issubclass(cls, known) for known in classes.values())


def _unknown(name: str) -> str:
    return (
        f"An implementation for codec {name!r} is not available. Register one with zarrust.registry.register_codec, or "
        f'install a Python package that has it as an entry point of the group "zarr.codecs".'
    )


def _configured(registry: Registry[T], setting: str, reload_config: bool) -> type[T]:
    """Return the class that a setting names, after the environment has been read anew where it is asked for."""
    if reload_config:
        config.refresh()
    return registry.named(setting)


def configured_pipeline() -> type[CodecPipeline] | None:
    """Return the pipeline class of the user that the setting ``codec_pipeline.path`` names, None for the engine.

    Raises
    ------
    BadConfigError
        If none of that name is registered.
    """
    if config.get("codec_pipeline.path") in _ENGINE_PIPELINES:
        return None
    from zarrust.codecs.pipeline import EnginePipeline

    found = get_pipeline_class()
    return None if found is EnginePipeline else found


def get_pipeline_class(reload_config: bool = False) -> type[CodecPipeline]:
    """Return the pipeline class that the setting ``codec_pipeline.path`` names.

    Parameters
    ----------
    reload_config : bool, default False
        Whether the settings are read anew first.

    Raises
    ------
    BadConfigError
        If none of that name is registered.
    """
    from zarrust.codecs.pipeline import EnginePipeline

    for name in (*_ENGINE_PIPELINES, fully_qualified_name(EnginePipeline)):
        _pipelines.setdefault(name, EnginePipeline)
    return _configured(_pipelines, "codec_pipeline.path", reload_config)


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
    return _configured(_buffers, "buffer", reload_config)


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
    return _configured(_ndbuffers, "ndbuffer", reload_config)


def get_chunk_key_encoding_class(key: str) -> type[Any]:
    """Return the class of the chunk key encodings of a name.

    Parameters
    ----------
    key : str
        The name in documents.

    Raises
    ------
    KeyError
        If there is none.
    """
    from zarrust.metadata.chunk_keys import DefaultChunkKeyEncoding, V2ChunkKeyEncoding

    built_in = {"default": DefaultChunkKeyEncoding, "v2": V2ChunkKeyEncoding}
    if key not in _chunk_key_encodings and key not in built_in:
        _chunk_key_encodings.lazy_load(use_entrypoint_name=True)
    found = _chunk_key_encodings.get(key) or built_in.get(key)
    if found is None:
        raise KeyError(
            f"Chunk key encoding '{key}' not found in registered chunk key encodings: "
            f"{[*built_in, *_chunk_key_encodings]}."
        )
    return found


_LEFT_OUT: dict[object, str] = {
    "zfpy": ". This build of zarrust is without zfp: its wheels have it, and so has a build of the sources with the "
    'feature "zfp"; numcodecs has it where zfpy 1.0.1 is installed'
}
"""What to do about codecs that the engine has, unless it was built without them."""


def get_numcodec(data: Mapping[str, Any]) -> Numcodec:
    """Return the numcodecs object of a codec's document of format 2.

    Parameters
    ----------
    data : mapping
        ``id`` and the options.

    Raises
    ------
    UnknownCodecError
        If numcodecs does not know the ``id``, or is not installed.

    Examples
    --------
    >>> get_numcodec({"id": "zlib", "level": 1})
    Zlib(level=1)
    """
    name = data.get("id") if hasattr(data, "get") else None
    try:
        from numcodecs.registry import codec_registry, entries, get_codec
    except ImportError:
        raise UnknownCodecError(
            f"codec {name!r} is one of the package numcodecs, which is not installed{_LEFT_OUT.get(name, '')}"
        ) from None
    if isinstance(name, str) and name not in codec_registry and name not in entries:
        raise UnknownCodecError(
            f"An implementation for codec {name!r} is not available. Install a Python package that registers it with "
            f"numcodecs, or register one with numcodecs.registry.register_codec{_LEFT_OUT.get(name, '')}."
        )
    found: Numcodec = get_codec(data)
    return found
