"""What codecs are: classes to subclass, with the methods that zarr-python calls.

A codec that is written in Python is called by the engine, from its worker threads: by ``_decode_sync`` and
``_encode_sync`` where it has them, by ``decode`` and ``encode`` (on the package's event loop) otherwise. Codecs of
this package have the same methods and are run by the engine itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    Protocol,
    Self,
    TypeAlias,
    TypedDict,
    TypeGuard,
    TypeVar,
    runtime_checkable,
)

from zarrust.abc.buffer import Buffer, NDBuffer
from zarrust.abc.metadata import Metadata

if TYPE_CHECKING:
    from zarrust.array_spec import ArraySpec

__all__ = [
    "ArrayArrayCodec",
    "ArrayBytesCodec",
    "ArrayBytesCodecPartialDecodeMixin",
    "ArrayBytesCodecPartialEncodeMixin",
    "BaseCodec",
    "BytesBytesCodec",
    "CodecInput",
    "CodecOutput",
    "CodecPipeline",
    "GetResult",
    "SupportsSyncCodec",
]

CodecInput: TypeAlias = NDBuffer | Buffer
"""What a codec decodes to."""

CodecOutput: TypeAlias = NDBuffer | Buffer
"""What a codec encodes to."""

CodecJSON: TypeAlias = str | Mapping[str, object]
"""A codec in a document of either format."""

CI = TypeVar("CI", bound=CodecInput)
CO = TypeVar("CO", bound=CodecOutput)


class GetResult(TypedDict):
    """Whether a chunk was there."""

    status: Literal["present", "missing"]


def _check_codecjson_v2(data: object) -> TypeGuard[Mapping[str, object]]:
    """Return whether data is a codec of format 2: an object with an ``id``."""
    return isinstance(data, Mapping) and isinstance(data.get("id"), str)


@runtime_checkable
class SupportsSyncCodec(Protocol[CI, CO]):
    """A codec that also works without an event loop."""

    def _decode_sync(self, chunk_data: CO, chunk_spec: ArraySpec) -> CI: ...

    def _encode_sync(self, chunk_data: CI, chunk_spec: ArraySpec) -> CO | None: ...


class BaseCodec(Metadata, Generic[CI, CO]):
    """What all codecs have; subclass one of the three kinds below, not this.

    Attributes
    ----------
    is_fixed_size : bool
        Whether the encoded size depends on nothing but the decoded one. Only such codecs may encode a shard's index.
    """

    is_fixed_size: bool = False

    @abstractmethod
    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Return how many bytes a chunk encodes to.

        Parameters
        ----------
        input_byte_length : int
            Of the chunk, in bytes.
        chunk_spec : ArraySpec
            What the chunk is.

        Raises
        ------
        NotImplementedError
            If that depends on what is in the chunk.
        """
        raise NotImplementedError

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """Return the chunk as the next codec sees it, with what this one changes of shape, data type and fill value.

        Parameters
        ----------
        chunk_spec : ArraySpec
            The chunk as this codec sees it.
        """
        return chunk_spec

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec with what it left open decided.

        Parameters
        ----------
        array_spec : ArraySpec
            The chunks that the codec will see.
        """
        return self

    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse an array that the codec is not for.

        Parameters
        ----------
        shape : tuple of int
            Of the array, in elements.
        dtype : ZDType
            Of the array.
        chunk_grid : RegularChunkGrid
            Of the array.

        Raises
        ------
        ValueError
            If the codec cannot encode its chunks.
        """

    async def _decode_single(self, chunk_data: CO, chunk_spec: ArraySpec) -> CI:
        raise NotImplementedError(f"{type(self).__name__} does not decode")

    async def decode(self, chunks_and_specs: Iterable[tuple[CO | None, ArraySpec]]) -> Iterable[CI | None]:
        """Return the decoded form of each chunk; of one that is None, None.

        Parameters
        ----------
        chunks_and_specs : iterable of (buffer or None, ArraySpec)
            Encoded chunks, and what each of them is when it is decoded.
        """
        return await _each(self._decode_single, chunks_and_specs)

    async def _encode_single(self, chunk_data: CI, chunk_spec: ArraySpec) -> CO | None:
        raise NotImplementedError(f"{type(self).__name__} does not encode")

    async def encode(self, chunks_and_specs: Iterable[tuple[CI | None, ArraySpec]]) -> Iterable[CO | None]:
        """Return the encoded form of each chunk; of one that is None, None.

        Parameters
        ----------
        chunks_and_specs : iterable of (buffer or None, ArraySpec)
            Chunks, and what each of them is.
        """
        return await _each(self._encode_single, chunks_and_specs)


class ArrayArrayCodec(BaseCodec[NDBuffer, NDBuffer]):
    """A codec from arrays to arrays, such as a transposition."""


class ArrayBytesCodec(BaseCodec[NDBuffer, Buffer]):
    """A codec from arrays to bytes; each list of codecs has one."""


class BytesBytesCodec(BaseCodec[Buffer, Buffer]):
    """A codec from bytes to bytes, such as a compressor."""


Codec: TypeAlias = ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec
"""A codec of any kind."""


async def _each(work: Callable[[Any, ArraySpec], Awaitable[Any]], batch: Iterable[tuple[Any, ArraySpec]]) -> list[Any]:
    """Return what ``work`` makes of each chunk, side by side where it waits."""
    import asyncio

    async def nothing() -> None:
        return None

    return await asyncio.gather(*(nothing() if chunk is None else work(chunk, spec) for chunk, spec in batch))


class ArrayBytesCodecPartialDecodeMixin:
    """A codec from arrays to bytes that can decode a part of a chunk without the rest."""

    async def _decode_partial_single(self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec) -> NDBuffer | None:
        raise NotImplementedError(f"{type(self).__name__} does not decode parts")

    async def decode_partial(self, batch_info: Iterable[tuple[Any, Any, ArraySpec]]) -> Iterable[NDBuffer | None]:
        """Return the selected part of each chunk, of those bytes that it needs.

        Parameters
        ----------
        batch_info : iterable of (ByteGetter, selection, ArraySpec)
            Where the chunk's bytes are, which elements are wanted, and what the whole chunk is.
        """
        import asyncio

        return await asyncio.gather(*(self._decode_partial_single(*info) for info in batch_info))


class ArrayBytesCodecPartialEncodeMixin:
    """A codec from arrays to bytes that can write a part of a chunk."""

    async def _encode_partial_single(
        self, byte_setter: Any, chunk_array: NDBuffer, selection: Any, chunk_spec: ArraySpec
    ) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not encode parts")

    async def encode_partial(self, batch_info: Iterable[tuple[Any, NDBuffer, Any, ArraySpec]]) -> None:
        """Write the selected part of each chunk, beside what is stored of it.

        Parameters
        ----------
        batch_info : iterable of (ByteSetter, NDBuffer, selection, ArraySpec)
            Where the chunk's bytes are, the elements, where they go, and what the whole chunk is.
        """
        import asyncio

        await asyncio.gather(*(self._encode_partial_single(*info) for info in batch_info))


class CodecPipeline:
    """A list of codecs as one: what reads and writes chunks.

    The arrays of this package do not use one, their engine does the same; the class is here for packages that bring or
    call a pipeline.
    """

    @abstractmethod
    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the pipeline with what its codecs left open decided.

        Parameters
        ----------
        array_spec : ArraySpec
            The chunks that it will see.
        """

    @classmethod
    @abstractmethod
    def from_codecs(cls, codecs: Iterable[BaseCodec[Any, Any]]) -> Self:
        """Return a pipeline of codecs.

        Parameters
        ----------
        codecs : iterable of Codec
            From an array to bytes.
        """

    @classmethod
    def from_array_metadata_and_store(cls, array_metadata: Any, store: Any) -> Self:
        """Return a pipeline for an array of a store.

        Parameters
        ----------
        array_metadata : ArrayMetadata
            Of the array.
        store : Store
            Where it is.

        Raises
        ------
        NotImplementedError
            If the class is only made of codecs.
        """
        raise NotImplementedError(f"{cls.__name__} is made by from_codecs")

    @property
    @abstractmethod
    def supports_partial_decode(self) -> bool:
        """Whether a part of a chunk can be read without the rest."""

    @property
    @abstractmethod
    def supports_partial_encode(self) -> bool:
        """Whether a part of a chunk can be written without the rest."""

    @abstractmethod
    def validate(self, *, shape: tuple[int, ...], dtype: Any, chunk_grid: Any) -> None:
        """Refuse an array that one of the codecs is not for.

        Parameters
        ----------
        shape : tuple of int
            Of the array, in elements.
        dtype : ZDType
            Of the array.
        chunk_grid : RegularChunkGrid
            Of the array.
        """

    @abstractmethod
    def compute_encoded_size(self, byte_length: int, array_spec: ArraySpec) -> int:
        """Return how many bytes a chunk encodes to.

        Parameters
        ----------
        byte_length : int
            Of the chunk, in bytes.
        array_spec : ArraySpec
            What the chunk is.
        """

    @abstractmethod
    async def decode(
        self, chunk_bytes_and_specs: Iterable[tuple[Buffer | None, ArraySpec]]
    ) -> Iterable[NDBuffer | None]:
        """Return the decoded form of each chunk.

        Parameters
        ----------
        chunk_bytes_and_specs : iterable of (Buffer or None, ArraySpec)
            Encoded chunks, and what each of them is when it is decoded.
        """

    @abstractmethod
    async def encode(
        self, chunk_arrays_and_specs: Iterable[tuple[NDBuffer | None, ArraySpec]]
    ) -> Iterable[Buffer | None]:
        """Return the encoded form of each chunk.

        Parameters
        ----------
        chunk_arrays_and_specs : iterable of (NDBuffer or None, ArraySpec)
            Chunks, and what each of them is.
        """

    @abstractmethod
    async def read(
        self,
        batch_info: Iterable[tuple[Any, ArraySpec, Any, Any, bool]],
        out: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> tuple[GetResult, ...]:
        """Read parts of chunks into ``out``.

        Parameters
        ----------
        batch_info : iterable of (ByteGetter, ArraySpec, selection, selection, bool)
            Where the chunk's bytes are, what the chunk is, which part of it is wanted, where it goes in ``out``, and
            whether that is all of the chunk.
        out : NDBuffer
            What is filled.
        drop_axes : tuple of int
            Axes of the chunks that ``out`` does not have.
        """

    @abstractmethod
    async def write(
        self,
        batch_info: Iterable[tuple[Any, ArraySpec, Any, Any, bool]],
        value: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> None:
        """Write parts of chunks from ``value``.

        Parameters
        ----------
        batch_info : iterable of (ByteSetter, ArraySpec, selection, selection, bool)
            Where the chunk's bytes go, what the chunk is, which part of it is written, where that is in ``value``, and
            whether it is all of the chunk.
        value : NDBuffer
            The elements.
        drop_axes : tuple of int
            Axes of the chunks that ``value`` does not have.
        """
