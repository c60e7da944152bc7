"""What arrays of version 2 had beside the selections: length, iteration by rows, checksums."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from zarrust.array_node import ArrayNode
from zarrust.flows.digest import digest
from zarrust.flows.drive import run
from zarrust.indexing import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ArrayRows"]


class ArrayRows(ArrayNode):
    """The part of an `Array` that goes through it from one end to the other."""

    @abstractmethod
    def __getitem__(self, selection: Any) -> Any:
        """Read a selection."""

    @abstractmethod
    def __setitem__(self, selection: Any, value: Any) -> None:
        """Write a selection."""

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __bool__(self) -> bool:
        """An array is true, also an empty one: ``if z`` asks whether there is one."""
        return True

    def __iter__(self) -> Iterator[Any]:
        return self.islice()

    def islice(self, start: int | None = None, end: int | None = None) -> Iterator[Any]:
        """Iterate over the first axis; a row of chunks is read at a time, so each chunk is decoded once.

        Parameters
        ----------
        start, end : int, optional
            Rows, in elements; negative ones count from the end. By default all of them.

        Raises
        ------
        TypeError
            If the array has no axis.

        Examples
        --------
        >>> import zarrust
        >>> [int(row) for row in zarrust.array([1, 2, 3, 4]).islice(1, 3)]
        [2, 3]
        """
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        first, last, _ = slice(start, end).indices(self.shape[0])
        return self._rows(first, last)

    def _rows(self, first: int, last: int) -> Iterator[Any]:
        for block in blocks(self.shape[0], (self.metadata.inner_shape or self.metadata.stored_shape)[0]):
            if block.start < last and block.stop > first:
                yield from self[max(block.start, first) : min(block.stop, last)]

    def _fill_from(self, source: Any) -> None:
        """Copy the elements of an array-like, a row of chunks at a time: it may be larger than memory."""
        if not self.ndim:
            self[...] = source[...]
            return
        for block in blocks(self.shape[0], self.metadata.stored_shape[0]):
            self[block] = source[block]

    def digest(self, hashname: str = "sha1") -> bytes:
        """Return a checksum of what is stored of the array: chunks, as they are encoded, and metadata.

        Parameters
        ----------
        hashname : str, default "sha1"
            As `hashlib.new` takes it.

        Raises
        ------
        ValueError
            If the name is unknown.

        Notes
        -----
        For format 2 the number is zarr-python 2's.
        """
        return run(digest(self._state.handle(), self.path, self.metadata, hashname), self.store)

    def hexdigest(self, hashname: str = "sha1") -> str:
        """Return `digest` as hexadecimal digits.

        Parameters
        ----------
        hashname : str, default "sha1"
            Of hashlib.

        Examples
        --------
        >>> import zarrust
        >>> zarrust.zeros(4).hexdigest() == zarrust.zeros(4).hexdigest()
        True
        """
        return self.digest(hashname).hex()
