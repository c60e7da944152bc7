"""What stands behind a name: codecs, pipelines, buffers and chunk key encodings, those of other packages included.

A document names a codec, and never a class. Which class that is comes from `register_codec`, from the entry points of
installed packages (group ``zarr.codecs``, or ``zarr.codecs.NAME`` for several classes of one name), and, where a name
has more than one class, from the setting ``codecs.NAME``.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zarrust.config import DEFAULTS, config
from zarrust.errors import BadConfigError, UnknownCodecError, ZarrRuntimeWarning, ZarrUserWarning

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

    from zarrust.abc.codec import CodecPipeline
    from zarrust.abc.numcodec import Numcodec
    from zarrust.buffer.cpu import Buffer, NDBuffer

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
    """Classes by their qualified names, and entry points whose classes are not loaded yet.

    Attributes
    ----------
    lazy_load_list : list of EntryPoint
        What `lazy_load` loads.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lazy_load_list: list[EntryPoint] = []

    def lazy_load(self, use_entrypoint_name: bool = False) -> None:
        """Load the classes of the entry points; one that does not load warns and is left out.

        Parameters
        ----------
        use_entrypoint_name : bool, default False
            Whether the entry point's name stands for the class, instead of the qualified one.
        """
        waiting, self.lazy_load_list = self.lazy_load_list, []
        for entry in waiting:
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
        """Add a class under its qualified name, or another one."""
        self[fully_qualified_name(cls) if qualname is None else qualname] = cls


_codec_registries: defaultdict[str, Registry[Any]] = defaultdict(Registry)
_pipeline_registry: Registry[CodecPipeline] = Registry()
_buffer_registry: Registry[Buffer] = Registry()
_ndbuffer_registry: Registry[NDBuffer] = Registry()
_chunk_key_encoding_registry: Registry[Any] = Registry()
_collected = False


def fully_qualified_name(cls: type) -> str:
    """Return module and name of a class, as settings have them."""
    return f"{cls.__module__}.{cls.__qualname__}"


def _collect_entrypoints() -> list[Registry[Any]]:
    """Note the entry points of installed packages, without loading any; return the registries."""
    global _collected
    from importlib.metadata import entry_points

    _collected = True
    found = entry_points()
    for name, registry in (
        ("buffer", _buffer_registry),
        ("ndbuffer", _ndbuffer_registry),
        ("chunk_key_encoding", _chunk_key_encoding_registry),
        ("codec_pipeline", _pipeline_registry),
    ):
        registry.lazy_load_list.extend(found.select(group=f"zarr.{name}"))
        registry.lazy_load_list.extend(found.select(group="zarr", name=name))
    for entry in found.select(group="zarr.codecs"):
        _codec_registries[entry.name].lazy_load_list.append(entry)
    for group in found.groups:
        if group.startswith("zarr.codecs."):
            _codec_registries[group.removeprefix("zarr.codecs.")].lazy_load_list.extend(found.select(group=group))
    return [
        *_codec_registries.values(),
        _pipeline_registry,
        _buffer_registry,
        _ndbuffer_registry,
        _chunk_key_encoding_registry,
    ]


def _entry_points() -> None:
    """Look for entry points when something is first asked for that is not built in: looking takes a while."""
    if not _collected:
        _collect_entrypoints()


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
    _codec_registries[key].register(codec_cls, qualname=qualname)


def register_pipeline(pipe_cls: type[CodecPipeline]) -> None:
    """Add a pipeline class."""
    _pipeline_registry.register(pipe_cls)


def register_ndbuffer(cls: type[NDBuffer], qualname: str | None = None) -> None:
    """Add a class of array buffers."""
    _ndbuffer_registry.register(cls, qualname)


def register_buffer(cls: type[Buffer], qualname: str | None = None) -> None:
    """Add a class of byte buffers."""
    _buffer_registry.register(cls, qualname)


def register_chunk_key_encoding(key: str, cls: type) -> None:
    """Add a class of chunk key encodings, under its name in documents."""
    _chunk_key_encoding_registry.register(cls, key)


def _ours(path: Any) -> Any:
    """Return a class path of zarr-python as the one of the same class here."""
    return f"zarrust.{path.removeprefix('zarr.')}" if isinstance(path, str) and path.startswith("zarr.") else path


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
    if key not in _codec_registries or setting != DEFAULTS.get(f"codecs.{key}", setting):
        _entry_points()
    classes = _codec_registries[key] if key in _codec_registries else Registry[Any]()
    # An implementation of another package is loaded where it is meant, or is the only one.
    if not classes or (setting is not None and setting not in classes and _ours(setting) not in classes):
        classes.lazy_load()
    if not classes:
        raise UnknownCodecError(_unknown(key))
    if setting is None:
        if len(classes) > 1:
            warnings.warn(
                f"Codec '{key}' not configured in config. Selecting any implementation.", ZarrUserWarning, stacklevel=2
            )
        return [*classes.values()][-1]
    found = classes.get(setting) or classes.get(_ours(setting))
    if found is None:
        raise BadConfigError(
            f"Codec {key!r} is configured to use the implementation {setting!r}, which is not registered. "
            f"Registered implementations of this codec: {sorted(classes)}."
        )
    return found


def _unknown(name: str) -> str:
    return (
        f"An implementation for codec {name!r} is not available. Register one with zarrust.registry.register_codec, or "
        f'install a Python package that has it as an entry point of the group "zarr.codecs".'
    )


def _configured(registry: Registry[T], setting: str, what: str, reload_config: bool) -> type[T]:
    if reload_config:
        config.refresh()
    path = config.get(setting)
    if path not in registry and _ours(path) not in registry:
        _entry_points()
        registry.lazy_load()
    found = registry.get(path) or registry.get(_ours(path))
    if found is None:
        raise BadConfigError(f"{what} class '{path}' not found in registered classes: {list(registry)}.")
    return found


def get_pipeline_class(reload_config: bool = False) -> type[CodecPipeline]:
    """Return the pipeline class that the setting ``codec_pipeline.path`` names.

    Raises
    ------
    BadConfigError
        If it is not registered.
    """
    from zarrust.codecs.pipeline import EnginePipeline

    _pipeline_registry.setdefault(fully_qualified_name(EnginePipeline), EnginePipeline)
    return _configured(_pipeline_registry, "codec_pipeline.path", "Pipeline", reload_config)


def get_buffer_class(reload_config: bool = False) -> type[Buffer]:
    """Return the class of byte buffers that the setting ``buffer`` names.

    Raises
    ------
    BadConfigError
        If it is not registered.
    """
    from zarrust.buffer import cpu

    _buffer_registry.setdefault("zarrust.buffer.cpu.Buffer", cpu.Buffer)
    return _configured(_buffer_registry, "buffer", "Buffer", reload_config)


def get_ndbuffer_class(reload_config: bool = False) -> type[NDBuffer]:
    """Return the class of array buffers that the setting ``ndbuffer`` names.

    Raises
    ------
    BadConfigError
        If it is not registered.
    """
    from zarrust.buffer import cpu

    _ndbuffer_registry.setdefault("zarrust.buffer.cpu.NDBuffer", cpu.NDBuffer)
    return _configured(_ndbuffer_registry, "ndbuffer", "NDBuffer", reload_config)


def get_chunk_key_encoding_class(key: str) -> type[Any]:
    """Return the class of the chunk key encodings of a name.

    Raises
    ------
    KeyError
        If there is none.
    """
    import zarrust.metadata.chunk_keys  # noqa: F401  # registers the two of the specification

    if key not in _chunk_key_encoding_registry:
        _entry_points()
        _chunk_key_encoding_registry.lazy_load(use_entrypoint_name=True)
    if key not in _chunk_key_encoding_registry:
        raise KeyError(
            f"Chunk key encoding '{key}' not found in registered chunk key encodings: "
            f"{list(_chunk_key_encoding_registry)}."
        )
    return _chunk_key_encoding_registry[key]


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
        raise UnknownCodecError(f"codec {name!r} is one of the package numcodecs, which is not installed") from None
    if isinstance(name, str) and name not in codec_registry and name not in entries:
        raise UnknownCodecError(
            f"An implementation for codec {name!r} is not available. Install a Python package that registers it with "
            f"numcodecs, or register one with numcodecs.registry.register_codec."
        )
    found: Numcodec = get_codec(data)
    return found
