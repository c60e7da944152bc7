"""Every exception and warning of the package.

    ValueError
    ├── BaseZarrError
    │   ├── NodeNotFoundError (FileNotFoundError)
    │   │   ├── ArrayNotFoundError
    │   │   └── GroupNotFoundError
    │   ├── ContainsArrayError
    │   ├── ContainsGroupError
    │   ├── ContainsArrayAndGroupError
    │   ├── MetadataValidationError               "invalid-metadata"
    │   │   └── NodeTypeValidationError
    │   ├── DataTypeValidationError
    │   ├── UnknownCodecError                     "unknown-codec"
    │   ├── PickleCodecDisabledError
    │   ├── ChunkNotFoundError                    "missing-chunk"
    │   └── InvalidKeyError                       "invalid-key"
    ├── CorruptChunkError (OSError)               "corrupt-chunk"
    └── InvalidSelectionError (IndexError)        "invalid-selection"
    IndexError
    ├── ArrayIndexError
    ├── BoundsCheckError
    ├── NegativeStepError
    └── VindexInvalidSelectionError
    OSError
    └── StoreError                                "store"
        └── StorePermissionError (PermissionError)  "permission"
    MemoryError
    └── OutOfMemoryError                          "memory"
    RuntimeError
    ├── CopyError
    ├── OperationCancelledError                   "cancelled"
    └── InternalError                             "internal"

The quoted words are the codes of the Rust core: the binding raises ``BY_CODE[code](message)`` and then sets ``key``
(the store key, or None) and, on ``OSError``s, ``errno``. An exception raised inside a user's store or codec comes out
as it is.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ArrayIndexError",
    "ArrayNotFoundError",
    "BaseZarrError",
    "BoundsCheckError",
    "ChunkNotFoundError",
    "ContainsArrayAndGroupError",
    "ContainsArrayError",
    "ContainsGroupError",
    "CopyError",
    "CorruptChunkError",
    "DataTypeValidationError",
    "GroupNotFoundError",
    "InternalError",
    "InvalidKeyError",
    "InvalidSelectionError",
    "MetadataValidationError",
    "NegativeStepError",
    "NodeNotFoundError",
    "NodeTypeValidationError",
    "OperationCancelledError",
    "OutOfMemoryError",
    "PickleCodecDisabledError",
    "StoreError",
    "StorePermissionError",
    "UnknownCodecError",
    "UnstableSpecificationWarning",
    "VindexInvalidSelectionError",
    "ZarrDeprecationWarning",
    "ZarrFutureWarning",
    "ZarrRuntimeWarning",
    "ZarrUserWarning",
]


class BaseZarrError(ValueError):
    """Parent of the errors about nodes, documents and keys.

    Parameters
    ----------
    *args : object
        Either the finished message, or the values of the class's template ``_msg``.
    """

    _msg: ClassVar[str] = "{}"
    key: str | None = None

    def __init__(self, *args: object) -> None:
        super().__init__(args[0] if len(args) == 1 else self._msg.format(*args))


class NodeNotFoundError(BaseZarrError, FileNotFoundError):
    """There is neither an array nor a group at the path."""

    _msg = "No array or group found in store {!r} at path {!r}"


class ArrayNotFoundError(NodeNotFoundError):
    """There is no array at the path."""

    _msg = "No array found in store {!r} at path {!r}"


class GroupNotFoundError(NodeNotFoundError):
    """There is no group at the path."""

    _msg = "No group found in store {!r} at path {!r}"


class ContainsGroupError(BaseZarrError, FileExistsError):
    """A group is where a new node should go."""

    _msg = "A group exists in store {!r} at path {!r}."


class ContainsArrayError(BaseZarrError, FileExistsError):
    """An array is where a new node should go."""

    _msg = "An array exists in store {!r} at path {!r}."


class ContainsArrayAndGroupError(BaseZarrError):
    """Format 2 documents of an array and of a group are at the same path."""

    _msg = (
        "Array and group metadata documents (.zarray and .zgroup) were both found in store {!r} at path {!r}. "
        "Only one of these files may be present in a given directory / prefix. "
        "Remove the .zarray file, or the .zgroup file, or both."
    )


class MetadataValidationError(BaseZarrError):
    """A metadata document breaks the specification; the message names the field."""

    code: ClassVar[str] = "invalid-metadata"
    _msg = "Invalid value for '{}'. Expected '{}'. Got '{}'."


class NodeTypeValidationError(MetadataValidationError):
    """A document describes another kind of node than asked for."""


class DataTypeValidationError(BaseZarrError):
    """A data type is unknown, or unknown to the format asked for."""


class UnknownCodecError(BaseZarrError):
    """A codec is named that this installation does not know."""

    code: ClassVar[str] = "unknown-codec"


class PickleCodecDisabledError(BaseZarrError):
    """Data is encoded by pickle, which can run anything: reading it needs ``array.allow_unsafe_pickle_decode``."""


class ChunkNotFoundError(BaseZarrError):
    """A chunk is not stored, and the array's configuration (``read_missing_chunks``) says that it has to be."""

    code: ClassVar[str] = "missing-chunk"


class InvalidKeyError(BaseZarrError):
    """A store key is absolute, or has an empty segment, ``..``, a NUL or a backslash."""

    code: ClassVar[str] = "invalid-key"


class CorruptChunkError(ValueError, OSError):
    """Stored bytes cannot be decoded: cut short, checksum wrong, or an index that points outside."""

    code: ClassVar[str] = "corrupt-chunk"
    key: str | None = None


class InvalidSelectionError(IndexError, ValueError):
    """A selection does not fit the array."""

    code: ClassVar[str] = "invalid-selection"
    key: str | None = None


class ArrayIndexError(IndexError):
    """An index does not fit the array."""


class BoundsCheckError(IndexError):
    """An integer index is outside of its axis."""


class NegativeStepError(IndexError):
    """A slice steps backwards."""


class VindexInvalidSelectionError(IndexError):
    """A selection has a form that vectorised indexing does not know."""


class StoreError(OSError):
    """The store failed: disk, network, or the service behind it."""

    code: ClassVar[str] = "store"
    key: str | None = None


class StorePermissionError(StoreError, PermissionError):
    """The store refused for lack of rights."""

    code: ClassVar[str] = "permission"


class OutOfMemoryError(MemoryError):
    """The memory that an operation needs cannot be had."""

    code: ClassVar[str] = "memory"
    key: str | None = None


class CopyError(RuntimeError):
    """A node, or a key, is where a copy should go."""


class OperationCancelledError(RuntimeError):
    """The operation was cancelled before it finished."""

    code: ClassVar[str] = "cancelled"
    key: str | None = None


class InternalError(RuntimeError):
    """A promise inside the engine was broken: a bug of zarrust, please report it."""

    code: ClassVar[str] = "internal"
    key: str | None = None

    def __init__(self, message: str = "") -> None:
        # A bug report without the version is half a report; the import is late because `_core` imports this module.
        from zarrust import _core

        hint = f" (a bug in zarrust {_core.__version__}; please report it)"
        super().__init__(message if message.endswith(hint) else message + hint)


class ZarrFutureWarning(FutureWarning):
    """Behaviour that will change."""


class UnstableSpecificationWarning(ZarrFutureWarning):
    """A feature whose specification is not final."""


class ZarrDeprecationWarning(DeprecationWarning):
    """A name or form that will go."""


class ZarrUserWarning(UserWarning):
    """A choice of the user that is probably not meant."""


class ZarrRuntimeWarning(RuntimeWarning):
    """Something odd met while running."""


BY_CODE: dict[str, type[Exception]] = {
    cls.code: cls
    for cls in (
        MetadataValidationError,
        UnknownCodecError,
        CorruptChunkError,
        ChunkNotFoundError,
        InvalidKeyError,
        InvalidSelectionError,
        StoreError,
        StorePermissionError,
        OutOfMemoryError,
        OperationCancelledError,
        InternalError,
    )
}
"""The exception class of each error code of the Rust core."""
