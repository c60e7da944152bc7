"""What code may ask of a store, or of a place in one, without knowing its class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from zarrust.abc.byte_ranges import ByteRequest
    from zarrust.buffer.cpu import Buffer, BufferPrototype

__all__ = [
    "ByteGetter",
    "ByteSetter",
    "SupportsDeleteSync",
    "SupportsGetSync",
    "SupportsSetSync",
    "SupportsSyncStore",
    "SyncByteGetter",
    "SyncByteSetter",
    "set_or_delete",
]


@runtime_checkable
class ByteGetter(Protocol):
    """A place whose value can be read."""

    async def get(self, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Return the value, or a part of it; None if there is none.

        Parameters
        ----------
        prototype : BufferPrototype, optional
            Classes of buffers.
        byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
            Which part of the value, in bytes; all by default.
        """


@runtime_checkable
class ByteSetter(Protocol):
    """A place whose value can be read, set and removed."""

    async def get(self, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Return the value, or a part of it; None if there is none.

        Parameters
        ----------
        prototype : BufferPrototype, optional
            Classes of buffers.
        byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
            Which part of the value, in bytes; all by default.
        """

    async def set(self, value: Buffer) -> None:
        """Set the value.

        Parameters
        ----------
        value : Buffer
            The bytes.
        """

    async def delete(self) -> None:
        """Remove the value."""

    async def set_if_not_exists(self, default: Buffer) -> None:
        """Set the value if there is none.

        Parameters
        ----------
        default : Buffer
            The bytes.
        """


@runtime_checkable
class SyncByteGetter(Protocol):
    """A place whose value can be read without a loop."""

    def get_sync(
        self, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value, or a part of it; None if there is none.

        Parameters
        ----------
        prototype : BufferPrototype, optional
            Classes of buffers.
        byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
            Which part of the value, in bytes; all by default.
        """


@runtime_checkable
class SyncByteSetter(SyncByteGetter, Protocol):
    """A place whose value can be read, set and removed without a loop."""

    def set_sync(self, value: Buffer) -> None:
        """Set the value.

        Parameters
        ----------
        value : Buffer
            The bytes.
        """

    def delete_sync(self) -> None:
        """Remove the value."""


@runtime_checkable
class SupportsGetSync(Protocol):
    """A store that can be read without a loop."""

    def get_sync(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the value of a key, or a part of it; None if there is none.

        Parameters
        ----------
        key : str
            Name of the value.
        prototype : BufferPrototype, optional
            Classes of buffers.
        byte_range : RangeByteRequest, OffsetByteRequest or SuffixByteRequest, optional
            Which part of the value, in bytes; all by default.
        """


@runtime_checkable
class SupportsSetSync(Protocol):
    """A store that can be written to without a loop."""

    def set_sync(self, key: str, value: Buffer) -> None:
        """Set the value of a key.

        Parameters
        ----------
        key : str
            Name of the value.
        value : Buffer
            The bytes.
        """


@runtime_checkable
class SupportsDeleteSync(Protocol):
    """A store that can delete without a loop."""

    def delete_sync(self, key: str) -> None:
        """Remove a key.

        Parameters
        ----------
        key : str
            Name of the value.
        """


@runtime_checkable
class SupportsSyncStore(SupportsGetSync, SupportsSetSync, SupportsDeleteSync, Protocol):
    """A store that can be used without a loop."""


def _store_supports_sync_io(store: object) -> bool:
    """Return whether a store can be used without a loop now; one with ``_supports_sync_io`` False says it cannot.

    Parameters
    ----------
    store : Store
    """
    return isinstance(store, SupportsSyncStore) and bool(getattr(store, "_supports_sync_io", True))


async def set_or_delete(byte_setter: ByteSetter, value: Buffer | None) -> None:
    """Set the value of a place, or remove it.

    Parameters
    ----------
    byte_setter : ByteSetter
    value : Buffer or None
        None removes.
    """
    if value is None:
        await byte_setter.delete()
    else:
        await byte_setter.set(value)
