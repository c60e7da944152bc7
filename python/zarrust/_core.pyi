"""The Rust engine: handles of stores and of opened arrays.

Every method that can touch a disk or a network releases the GIL and watches for Ctrl-C. The ``_async`` twins return
awaitables bound to the running event loop; they mean the same as the method they are named after.
"""

import builtins
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self, TypeAlias, TypeVar, final

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

_T = TypeVar("_T")

_Axis: TypeAlias = tuple[int, int, int] | npt.NDArray[np.int64]
"""One axis of a selection: start, count, step, in elements, all non-negative, step at least 1; or a contiguous list of
elements, none negative, in any order."""

__all__ = [
    "Array",
    "Pages",
    "Store",
    "__version__",
    "build_profile",
    "codec_names",
    "configure",
    "count_cache_hit",
    "decode_bytes",
    "encode_bytes",
    "error_codes",
    "is_awaited_by_loop",
    "python_codec_calls",
    "serve_coroutines",
    "store",
    "supports",
    "traffic",
]

__version__: str
build_profile: str
store: Any

def error_codes() -> list[str]: ...
def codec_names() -> list[str]: ...
def python_codec_calls() -> int:
    """Return how often a codec written in Python has run in this process."""

def supports(codecs: str, shape: Sequence[int], element: str) -> bool:
    """Return whether the engine can run a JSON list of codecs by itself, for chunks of a shape and an element."""

def encode_bytes(codec: str, element: str, data: Buffer) -> bytes:
    """Return what one codec over bytes, in JSON, makes of data that was elements like ``element``."""

def decode_bytes(codec: str, element: str, data: Buffer) -> bytes:
    """Return the bytes that encode to ``data``."""

def configure(
    *,
    threads: int | None = None,
    requests: int | None = None,
    bytes: int | None = None,
    index_bytes: int | None = None,
) -> None:
    """Set the limits of the process, None for the defaults.

    Codec threads, requests at once, bytes of chunks on their way over networks at once, and bytes of indexes kept.
    """

def serve_coroutines() -> None:
    """Tell the engine that coroutines run on this thread that it waits for."""

def is_awaited_by_loop() -> bool:
    """Return whether this thread works for a call made on such a thread, which waits and can run no coroutine."""

def traffic() -> tuple[int, int, int, int, int]:
    """Requests, retries, bytes received and bytes sent since the process began, and what caches spared."""

def count_cache_hit() -> None:
    """Count a value that a cache written in Python had."""

@final
class Pages:
    """A listing under way: the next names, each time, and None at the end."""

    def next(self) -> list[str] | None: ...
    def next_async(self) -> Awaitable[list[str] | None]: ...

@final
class Store:
    """A store as the engine sees it.

    Keys are checked before anything else: ``..``, absolute, empty segments, NUL and backslash raise ValueError.
    A ``prefix`` is a folder: ``"a"`` means the keys below ``a/``, never those of ``ab/``; ``""`` is the whole store.
    """

    @staticmethod
    def local(root: str, *, durable: bool = False) -> Store: ...
    @staticmethod
    def memory() -> Store: ...
    @staticmethod
    def object(store: Any, *, missing: Sequence[int] = ...) -> Store: ...
    @staticmethod
    def python(bridge: Any, identity: str, *, threads: int | None = None, waits: bool = False) -> Store:
        """A store of the user's, called from ``threads`` at once; if it ``waits``, the settings may say otherwise."""
    @staticmethod
    def split(objects: Store, names: Store) -> Store: ...
    @staticmethod
    def n5(blocks: Store, names: Store) -> Store:
        """Blocks of N5 under the keys of chunks of format 2, and documents and listings of another store."""

    @staticmethod
    def zip(inner: Store, key: str, entries: Sequence[tuple[str, int, int, int, int, int, bool]], end: int) -> Store:
        """Entries of a ZIP archive, for reading: name, header, stored, size, crc, method, encrypted, last one wins."""

    def prefixed(self, folder: str) -> Store: ...
    @property
    def identity(self) -> str: ...
    def get(
        self, key: str, start: int | None = None, end: int | None = None, suffix: int | None = None
    ) -> bytes | None: ...
    def get_many(self, keys: Sequence[str]) -> builtins.list[bytes | None]: ...
    def set(self, key: str, value: Buffer) -> None: ...
    def set_if_absent(self, key: str, value: Buffer) -> bool: ...
    def set_many(self, values: Sequence[tuple[str, Buffer]]) -> None: ...
    def edit(
        self,
        keys: Sequence[str],
        late: int,
        change: Callable[[Sequence[bytes | None]], tuple[Sequence[tuple[str, Buffer]], _T]],
    ) -> _T: ...
    def set_absent(self, values: Sequence[tuple[str, Buffer]]) -> builtins.list[bool]: ...
    def make_many(self, values: Sequence[tuple[str, Buffer]]) -> builtins.list[bool]: ...
    def delete(self, key: str) -> None: ...
    def delete_many(self, keys: Sequence[str]) -> None: ...
    def delete_prefix(self, prefix: str) -> None: ...
    def exists(self, key: str) -> bool: ...
    def size(self, key: str) -> int | None: ...
    def sizes(self, keys: Sequence[str]) -> builtins.list[int | None]: ...
    def total(self, prefix: str) -> int: ...
    def list(self, prefix: str = "") -> builtins.list[str]: ...
    def list_dir(self, prefix: str = "") -> builtins.list[str]: ...
    def list_dirs(self, prefixes: Sequence[str]) -> builtins.list[builtins.list[str]]: ...
    def list_pages(self, prefix: str = "") -> Pages: ...
    def list_dir_pages(self, prefix: str = "") -> Pages: ...
    def get_async(
        self, key: str, start: int | None = None, end: int | None = None, suffix: int | None = None
    ) -> Awaitable[bytes | None]: ...
    def get_many_async(self, keys: Sequence[str]) -> Awaitable[builtins.list[bytes | None]]: ...
    def set_async(self, key: str, value: Buffer) -> Awaitable[None]: ...
    def set_if_absent_async(self, key: str, value: Buffer) -> Awaitable[bool]: ...
    def set_many_async(self, values: Sequence[tuple[str, Buffer]]) -> Awaitable[None]: ...
    def edit_async(
        self,
        keys: Sequence[str],
        late: int,
        change: Callable[[Sequence[bytes | None]], tuple[Sequence[tuple[str, Buffer]], _T]],
    ) -> Awaitable[_T]: ...
    def set_absent_async(self, values: Sequence[tuple[str, Buffer]]) -> Awaitable[builtins.list[bool]]: ...
    def make_many_async(self, values: Sequence[tuple[str, Buffer]]) -> Awaitable[builtins.list[bool]]: ...
    def delete_async(self, key: str) -> Awaitable[None]: ...
    def delete_many_async(self, keys: Sequence[str]) -> Awaitable[None]: ...
    def delete_prefix_async(self, prefix: str) -> Awaitable[None]: ...
    def exists_async(self, key: str) -> Awaitable[bool]: ...
    def size_async(self, key: str) -> Awaitable[int | None]: ...
    def sizes_async(self, keys: Sequence[str]) -> Awaitable[builtins.list[int | None]]: ...
    def total_async(self, prefix: str) -> Awaitable[int]: ...
    def list_async(self, prefix: str = "") -> Awaitable[builtins.list[str]]: ...
    def list_dir_async(self, prefix: str = "") -> Awaitable[builtins.list[str]]: ...
    def list_dirs_async(self, prefixes: Sequence[str]) -> Awaitable[builtins.list[builtins.list[str]]]: ...

@final
class Array:
    """An opened array: everything the engine needs to read and write its chunks.

    Parameters
    ----------
    store : Store
    spec : str
        JSON object. ``path``: node path, "" for the root. ``shape``: elements. ``chunk_shape``: of the stored object,
        so the shard's when the array is sharded. ``chunk_key``: ``{"name": "default" or "v2", "separator": "/" or
        "."}``, by default the first with a slash; ``spelling`` replaces it. ``element``: ``{"size": bytes, "swap":
        bytes, "order": "little", "big" or null, "kind": "bool", "int", "uint", "float", "complex" or "other"}``, as in
        memory. ``codecs``: the list of format 3's codec metadata, with an array-to-bytes codec first or after
        array-to-array ones; format 2 is translated by the caller. A codec of ``plugs`` is ``{"plug": number, "kind":
        "array-bytes", "bytes-bytes" or {"array-array": {"encoded": {"shape", "element"}, "fill": list of bytes}}}``.
        ``write_empty_chunks``: bool. ``reading``: ``{"missing": bool, "coalesce_gap": bytes, "coalesce_most": bytes}``,
        each optional; ``missing``: whether what is not stored reads as the fill value.
    fill : bytes
        The fill value, one element as in memory.
    plugs : list, optional
        Codecs written in Python: objects whose ``encode`` and ``decode`` take and return bytes, called from worker
        threads. Where ``encode`` returns None, the chunk is not stored.
    spelling : object, optional
        A chunk key encoding written in Python: its ``encode_chunk_key`` makes the last part of a key of a tuple, and
        ``decode_chunk_key`` the tuple of that, or raises ValueError where it is none.
    codecs_of : callable, optional
        Where chunks have several shapes and codecs are written in Python: returns the list of codecs, as JSON, and
        ``plugs`` for chunks of a shape.

    Notes
    -----
    ``axes`` select every combination of what they take, and ``out`` or ``value`` has one axis for each. With ``points``
    they are lists of one length, taken together point by point, and ``out`` or ``value`` has one axis. Where a write
    names an element twice, the later value stays. ``parts`` are offset and length, in bytes, of what is written of each
    element; by default all of it.
    """

    def __new__(
        cls,
        store: Store,
        spec: str,
        fill: bytes,
        plugs: Sequence[Any] = ...,
        spelling: Any = ...,
        codecs_of: Callable[[tuple[int, ...]], tuple[str, list[Any]]] | None = ...,
    ) -> Self: ...
    def read(self, axes: Sequence[_Axis], out: npt.NDArray[Any], *, points: bool = False) -> None: ...
    def write(
        self,
        axes: Sequence[_Axis],
        value: npt.NDArray[Any],
        *,
        points: bool = False,
        parts: Sequence[tuple[int, int]] = ...,
    ) -> None: ...
    def read_async(self, axes: Sequence[_Axis], out: npt.NDArray[Any], *, points: bool = False) -> Awaitable[None]: ...
    def write_async(
        self,
        axes: Sequence[_Axis],
        value: npt.NDArray[Any],
        *,
        points: bool = False,
        parts: Sequence[tuple[int, int]] = ...,
    ) -> Awaitable[None]: ...
    def stored_objects(self) -> list[tuple[int, ...]]: ...
    def stored_objects_async(self) -> Awaitable[list[tuple[int, ...]]]: ...
    def key(self, coordinates: Sequence[int]) -> str: ...
