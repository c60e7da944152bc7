"""What an array is apart from its data: everything that `Array` and `AsyncArray` answer without a request."""

from __future__ import annotations

import math
from dataclasses import replace
from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from zarrust.abc import buffer as abc
from zarrust.array_config import ArrayConfig, parse_array_config
from zarrust.array_grid import GriddedNode
from zarrust.buffer.cpu import Buffer, NDBuffer
from zarrust.elements import cast, from_objects, new_memory, to_objects
from zarrust.engine import open_handle
from zarrust.metadata import ArrayMetadata, ArrayV2Metadata, ArrayV3Metadata
from zarrust.registry import configured_pipeline, get_ndbuffer_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust import _core
    from zarrust.abc.buffer import BufferPrototype
    from zarrust.abc.codec import CodecPipeline
    from zarrust.dtypes import ZDType
    from zarrust.elements import Fields
    from zarrust.indexing import Selection
    from zarrust.info import ArrayInfo
    from zarrust.metadata import Entry
    from zarrust.piped import PipedArray
    from zarrust.storage.path import StorePath
    from zarrust.synchronizers import ProcessSynchronizer

__all__ = ["ArrayNode", "ArrayState"]


class ArrayState:
    """What an opened array knows; an `Array` and its `async_array` share one.

    Parameters
    ----------
    metadata : ArrayMetadata
    store_path : StorePath
    config : ArrayConfig
    """

    __slots__ = ("_handle", "_pipeline", "config", "entry", "metadata", "pipeline_class", "store_path")

    def __init__(
        self,
        metadata: ArrayMetadata,
        store_path: StorePath,
        config: ArrayConfig,
        pipeline_class: type[CodecPipeline] | None = None,
    ) -> None:
        self.metadata: ArrayMetadata = metadata
        self.store_path: StorePath = store_path
        self.config: ArrayConfig = config
        self.pipeline_class: type[CodecPipeline] | None = pipeline_class or configured_pipeline()
        self._pipeline: tuple[ArrayMetadata, CodecPipeline] | None = None
        self._handle: tuple[ArrayMetadata, _core.Store, _core.Array] | None = None
        self.entry: Entry | None = None

    def become(self, metadata: ArrayMetadata) -> None:
        """Take new metadata, also where a consolidated parent knows it."""
        self.metadata = metadata
        if self.entry is not None:
            self.entry.set(metadata)

    def handle(self, prototype: BufferPrototype | None = None) -> _core.Array:
        """Return the engine's handle, made anew when the metadata has changed, or the store has moved.

        Parameters
        ----------
        prototype : BufferPrototype, optional
            The class that a store written in Python is handed chunks in, where it is not the usual one.
        """
        if prototype is not None and prototype.buffer is not Buffer:
            return self.handle_of(self.metadata, prototype)
        cached, store = self._handle, self.store_path.store._handle
        if cached is None or cached[0] is not self.metadata or cached[1] is not store:
            metadata = self.metadata
            cached = metadata, store, self.handle_of(metadata)
            self._handle = cached
        return cached[2]

    def handle_of(self, metadata: ArrayMetadata, prototype: BufferPrototype | None = None) -> _core.Array:
        """Return a handle for other metadata of the same array."""
        return open_handle(
            self.store_path.store,
            self.store_path.path,
            metadata,
            write_empty_chunks=self.config.write_empty_chunks,
            reading=self.config.reading(),
            write_mode=self.config.write_mode,
            prototype=prototype,
        )

    def elements(self, prototype: BufferPrototype | None = None) -> _core.Array | PipedArray:
        """Return what reads and writes elements: the engine's handle, unless the settings name a pipeline of the user.

        Parameters
        ----------
        prototype : BufferPrototype, optional
            As for `handle`.
        """
        if self.pipeline_class is None:
            return self.handle(prototype)
        if self.config.write_mode != "replace":
            raise ValueError(
                f"write_mode: {self.config.write_mode!r} is the engine's, and the setting 'codec_pipeline.path' has "
                f"{self.pipeline_class.__name__} write the chunks"
            )
        from zarrust.piped import PipedArray

        return PipedArray(self.pipeline(), self.metadata, self.store_path, self.config, prototype)

    def pipeline(self) -> CodecPipeline:
        """Return the codecs as a pipeline, made anew when the metadata has changed."""
        if self._pipeline is None or self._pipeline[0] is not self.metadata:
            from zarrust.codecs.pipeline import EnginePipeline
            from zarrust.piped import make_pipeline

            made = make_pipeline(self.pipeline_class or EnginePipeline, self.metadata, self.store_path)
            self._pipeline = self.metadata, made
        return self._pipeline[1]

    def __getstate__(self) -> tuple[Any, ...]:
        return self.metadata, self.store_path, self.config, self.pipeline_class

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.__init__(*state)  # type: ignore[misc]


class ArrayNode(GriddedNode):
    """An opened array without its data.

    Parameters
    ----------
    metadata : ArrayMetadata, mapping or ArrayNode
        A document's mapping is parsed; another array's state is shared.
    store_path : StorePath
        Where the array is.
    config : ArrayConfig or mapping, optional
        How it behaves.
    """

    _state: ArrayState

    # Annotations say `Array[Any]`, as zarr-python's classes are generic in their metadata.
    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

    def __init__(
        self,
        metadata: ArrayMetadata | Mapping[str, Any] | ArrayNode,
        store_path: StorePath | None = None,
        config: ArrayConfig | Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(metadata, ArrayNode):
            self._state = metadata._state
            return
        if store_path is None:
            raise TypeError("store_path: needed beside the metadata")
        if not isinstance(metadata, (ArrayV2Metadata, ArrayV3Metadata)):
            cls = ArrayV2Metadata if metadata.get("zarr_format") == 2 else ArrayV3Metadata
            metadata = cls.from_dict(metadata)
        order = metadata.order if isinstance(metadata, ArrayV2Metadata) else None
        self._state = ArrayState(metadata, store_path, parse_array_config(config, order=order))

    @classmethod
    def from_dict(cls, store_path: StorePath, data: Mapping[str, Any]) -> Self:
        """Return an array of its document, which is not written.

        Parameters
        ----------
        store_path : StorePath
            Where the node is.
        data : mapping
            The document.
        """
        return cls(data, store_path)

    @property
    def _zdtype(self) -> ZDType:
        return self.metadata.dtype

    def _listed(self) -> _core.Array:
        """Return the engine's handle to ask which chunks are stored.

        Raises
        ------
        ValueError
            If the store cannot list.
        """
        from zarrust.flows.drive import check_listing

        check_listing(self._state.store_path.store)
        return self._state.handle()

    @property
    def metadata(self) -> ArrayMetadata:
        """The array's metadata; frozen, replaced by what changes it."""
        return self._state.metadata

    @property
    def config(self) -> ArrayConfig:
        """How the array behaves."""
        return self._state.config

    @property
    def _synchronizer(self) -> ProcessSynchronizer | None:
        return self.config.synchronizer

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis, in elements."""
        return self.metadata.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.metadata.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.metadata.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of what a read returns."""
        dtype: np.dtype[Any] = self.metadata.dtype.to_native_dtype()
        return dtype

    @property
    def _memory_dtype(self) -> np.dtype[Any]:
        """The numpy dtype of the memory that the engine reads and writes, in the byte order that it takes."""
        dtype: np.dtype[Any] = self.metadata.memory_type.to_native_dtype()
        return dtype

    @property
    def itemsize(self) -> int:
        """Size of one element in memory, in bytes."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Size of all elements in memory, in bytes."""
        return self.size * self.dtype.itemsize

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of a chunk, in elements; of the inner chunks where the array is sharded."""
        return self.metadata.chunks

    @property
    def shards(self) -> tuple[int, ...] | None:
        """Shape of a shard, in elements; None without sharding."""
        return self.metadata.shards

    @property
    def fill_value(self) -> Any:
        """What is read where nothing is stored; None where format 2 leaves it open."""
        return self.metadata.fill_value

    @property
    def order(self) -> Literal["C", "F"]:
        """Memory order of what a read returns."""
        return self.config.order

    @property
    def compressors(self) -> tuple[Any, ...]:
        """The codecs that compress: numcodecs objects in format 2."""
        if isinstance(self.metadata, ArrayV2Metadata):
            codec = self.metadata.compressor
            return () if codec is None else (codec.to_numcodecs(),)
        return self.metadata.split_codecs()[2]

    @property
    def compressor(self) -> Any:
        """The one codec that compresses, as numcodecs has it; None for none.

        Raises
        ------
        TypeError
            If there are several, or numcodecs has none like it.
        """
        from zarrust.codecs.numcodec import Numcodec

        codecs = self.compressors
        if len(codecs) > 1:
            raise TypeError("`compressor` is one codec and this array has several; use `compressors`")
        if not codecs or isinstance(self.metadata, ArrayV2Metadata):
            return codecs[0] if codecs else None
        return Numcodec.parse(codecs[0], "compressor").to_numcodecs()

    @property
    def filters(self) -> tuple[Any, ...]:
        """The codecs from array to array: numcodecs objects in format 2."""
        if isinstance(self.metadata, ArrayV2Metadata):
            return tuple(codec.to_numcodecs() for codec in self.metadata.filters or ())
        return self.metadata.split_codecs()[0]

    @property
    def serializer(self) -> Any:
        """The codec from array to bytes; None in format 2."""
        if isinstance(self.metadata, ArrayV2Metadata):
            return None
        found = self.metadata.split_codecs()[1]
        return found[0] if found else None

    @property
    def info(self) -> ArrayInfo:
        """A table of what the array is; printing it counts what is stored, where the store can list."""
        return self._table()

    def _table(self, stored: int | None = None, initialized: int | None = None) -> ArrayInfo:
        from zarrust.info import ArrayInfo

        return ArrayInfo.of(self, stored, initialized)

    def with_config(self, config: ArrayConfig | Mapping[str, Any]) -> Self:
        """Return the same array with another configuration; what is not given stays.

        Parameters
        ----------
        config : ArrayConfig or mapping
        """
        if not isinstance(config, ArrayConfig):
            config = replace(self.config, **config)
        return type(self)(self.metadata, self.store_path, config)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, type(self))
            and self.store_path == other.store_path
            and self.metadata.to_dict() == other.metadata.to_dict()
        )

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.store_path} shape={self.shape} dtype={self.dtype}>"

    def _repr_html_(self) -> str:
        from zarrust.html import array_html

        return array_html(self)

    # The steps of reading and writing that need no request

    def _prepare_read(
        self,
        selection: Selection,
        out: Any = None,
        prototype: BufferPrototype | None = None,
        fields: Fields | None = None,
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | abc.NDBuffer]:
        """Return the memory that the engine fills and the result, which shares it where it can."""
        dtype = self._memory_dtype
        if dtype.kind in "OT":
            # numpy's strings are filled as they are, anything else as objects.
            direct = dtype.kind == "T" and self.metadata.object_form is None
            objects = np.empty(selection.shape, dtype=dtype if direct else object)
            result = objects if out is None else _out(out)
            if result.shape != selection.shape:
                raise ValueError(f"out: expected shape {selection.shape}, found {result.shape}")
            return selection.expand(objects), result
        if out is None:
            order: Literal["C", "F"] = "C" if selection.points else self.order
            cls = get_ndbuffer_class() if prototype is None else prototype.nd_buffer
            if cls is not NDBuffer and fields is None:
                buffer = cls.empty(selection.shape, self.dtype, order)
                held: Any = buffer.as_ndarray_like()
                shared = isinstance(held, np.ndarray) and held.dtype == dtype
                return selection.expand(np.asarray(held) if shared else np.empty(selection.shape, dtype)), buffer
            memory = new_memory(selection.shape, dtype, order)
            own = fields is not None or dtype == self.dtype
            return selection.expand(memory), memory if own else new_memory(selection.shape, self.dtype, order)
        result = _out(out)
        if result.shape != selection.shape:
            raise ValueError(f"out: expected shape {selection.shape}, found {result.shape}")
        shared = fields is None and result.dtype == dtype
        return selection.expand(result if shared else new_memory(selection.shape, dtype)), result

    def _finish_read(
        self,
        selection: Selection,
        memory: np.ndarray[Any, Any],
        result: np.ndarray[Any, Any] | abc.NDBuffer,
        fields: Fields | None = None,
    ) -> Any:
        """Return the result, filled from memory that it does not share."""
        if self.dtype.kind in "OT" and isinstance(result, np.ndarray):
            found = from_objects(memory.reshape(selection.shape), self.metadata.object_form, self.dtype)
            if np.may_share_memory(memory, result):
                return scalar_or_array(found)
            result[...] = found
            return scalar_or_array(result)
        if isinstance(result, abc.NDBuffer):
            held: Any = result.as_ndarray_like()
            if not (isinstance(held, np.ndarray) and np.may_share_memory(memory, held)):
                result[...] = memory.reshape(selection.shape)
            return held if selection.shape else result.as_scalar()
        shared = memory.base is result or np.may_share_memory(memory, result)
        if fields is not None:
            wanted = fields.of(memory.reshape(selection.shape))
            if shared:
                return scalar_or_array(wanted)
            result[...] = wanted
        elif not shared:
            result[...] = cast(memory.reshape(selection.shape), self.dtype)
        return scalar_or_array(result)

    def _prepare_write(self, selection: Selection, value: Any, fields: Fields | None = None) -> np.ndarray[Any, Any]:
        """Return the value cast and broadcast to the selection, as the engine reads it."""
        self.store._check_writable()
        if isinstance(value, abc.NDBuffer):
            value = value.as_numpy_array()
        elif hasattr(value, "__cuda_array_interface__"):
            from zarrust.buffer import gpu

            value = gpu.NDBuffer(value).as_numpy_array()
        shape = selection.shape
        if self.dtype.kind in "OT":
            form = self.metadata.object_form
            array = cast(value, self.dtype, single=not shape)
            if self.dtype.kind == "T" and array.dtype.kind == "U" and form is None:
                array = array.astype(self.dtype)
            if array.dtype.kind != "T" or form is not None:
                array = to_objects(array, form)
        else:
            dtype = self._memory_dtype
            array = cast(value, dtype) if fields is None else fields.into_records(value, dtype)
        surplus = array.ndim - len(shape)
        if surplus > 0 and array.shape[:surplus] == (1,) * surplus:
            array = array.reshape(array.shape[surplus:])  # as numpy's assignment does
        if selection.points and array.size == math.prod(shape):
            array = array.reshape(shape)  # as zarr-python does: points have no shape of their own
        try:
            whole = np.broadcast_to(array, shape)
        except ValueError:
            raise ValueError(
                f"could not broadcast a value of shape {array.shape} to the selection of shape {shape}"
            ) from None
        return selection.expand(whole)

    def _appendable(self, data: Any, axis: int) -> tuple[np.ndarray[Any, Any], int]:
        """Return data to append, and the axis."""
        self.store._check_writable()
        array = np.asarray(data)
        if not -self.ndim <= axis < self.ndim:
            raise ValueError(f"append: axis {axis} is outside of the {self.ndim} axes of the array")
        axis %= self.ndim
        fits = array.ndim == self.ndim and all(
            place == axis or mine == theirs
            for place, (mine, theirs) in enumerate(zip(self.shape, array.shape, strict=True))
        )
        if not fits:
            raise ValueError(
                f"shape of data to append is not compatible with the array: the data has {array.shape}, the array has "
                f"{self.shape}; all dimensions must match except for the dimension being appended ({axis})"
            )
        return array, axis


def end_of(shape: tuple[int, ...], axis: int, length: int) -> tuple[slice, ...]:
    """Return the selection of the last ``length`` places of an axis."""
    return tuple(slice(size - length if place == axis else 0, size) for place, size in enumerate(shape))


def parse_new_shape(shape: Any, *more: Any) -> tuple[int, ...]:
    """Return the shape given to ``resize``: one tuple, or one integer per axis.

    Raises
    ------
    TypeError
        If an entry is no integer.
    """
    from zarrust.metadata.chunking import parse_shape

    return parse_shape((shape, *more) if more else shape)


def scalar_or_array(result: np.ndarray[Any, Any]) -> Any:
    """Return a result as numpy does: a scalar where no axis is left."""
    return result[()] if result.ndim == 0 else result


def _out(out: Any) -> np.ndarray[Any, Any]:
    """Return the numpy array behind an ``out`` argument."""
    if isinstance(out, abc.NDBuffer):
        out = out.as_ndarray_like()
    if not isinstance(out, np.ndarray) and hasattr(out, "__dlpack__"):
        out = np.from_dlpack(out)
    if not isinstance(out, np.ndarray):
        raise TypeError(
            f"out argument needs to be an NDBuffer, a numpy array or an object with DLPack. Got {type(out)!r}"
        )
    return out
