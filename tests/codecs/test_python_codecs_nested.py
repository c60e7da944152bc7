"""A codec written in Python may read and write other arrays, whatever engine threads wait for it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust.abc.codec import BytesBytesCodec
from zarrust.loop import SyncError
from zarrust.registry import register_codec

pytestmark = pytest.mark.timeout(60, method="thread")


class Shifting(BytesBytesCodec):
    """Adds what it finds in another array to each byte."""

    is_fixed_size = True
    offsets: Any
    """The other array."""

    @classmethod
    def from_dict(cls, data: Any) -> Any:
        return cls()

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        return input_byte_length

    def shift(self, chunk: Any, spec: Any, offsets: Any, sign: int) -> Any:
        shifted = chunk.as_numpy_array() + np.uint8(sign * int(offsets.sum() // offsets.size) % 256)
        return spec.prototype.buffer.from_bytes(shifted.astype("u1").tobytes())


@dataclass(frozen=True)
class Blocking(Shifting):
    """By blocking methods."""

    def to_dict(self) -> dict[str, Any]:
        return {"name": "test.nested.blocking"}

    def _encode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self.shift(chunk_data, chunk_spec, type(self).offsets[...], 1)

    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self.shift(chunk_data, chunk_spec, type(self).offsets[...], -1)


@dataclass(frozen=True)
class BlockingLoop(Shifting):
    """By coroutines that block."""

    def to_dict(self) -> dict[str, Any]:
        return {"name": "test.nested.blocking_loop"}

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self.shift(chunk_data, chunk_spec, type(self).offsets[...], 1)

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self.shift(chunk_data, chunk_spec, type(self).offsets[...], -1)


@dataclass(frozen=True)
class Awaiting(Shifting):
    """By coroutines that wait."""

    def to_dict(self) -> dict[str, Any]:
        return {"name": "test.nested.awaiting"}

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self.shift(chunk_data, chunk_spec, await type(self).offsets.async_array.getitem(...), 1)

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return self.shift(chunk_data, chunk_spec, await type(self).offsets.async_array.getitem(...), -1)


KINDS: list[type[Shifting]] = [Blocking, BlockingLoop, Awaiting]
for _kind in KINDS:
    register_codec(_kind().to_dict()["name"], _kind)


@pytest.fixture(params=["local", "network"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Any]:
    """Makes stores of the two ways in which the engine waits."""
    if request.param == "local":
        return lambda name: zarr.storage.LocalStore(tmp_path / name)
    return lambda name: zarr.storage.ObjectStore(zarr.store.MemoryStore())


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """No codec keeps its array."""
    yield
    for kind in KINDS:
        kind.offsets = None


def array(store: Any, codec: Shifting | None, shards: int = 64) -> Any:
    """Shards of 4 chunks."""
    return zarr.create_array(
        store,
        shape=(4 * shards, 512),
        chunks=(1, 512),
        shards=(4, 512),
        dtype="i4",
        filters=None,
        compressors=codec or "auto",
        fill_value=-1,
    )


@pytest.mark.parametrize("limits", [{}, {"async.concurrency": 1, "network.bytes_in_flight": 1}])
@pytest.mark.parametrize("kind", KINDS)
def test_a_codec_reads_another_array(make: Any, kind: type[Shifting], limits: dict[str, int]) -> None:
    """All threads of the engine may be in such a codec at once, and it needs some of them."""
    kind.offsets = array(make("offsets"), None)
    kind.offsets[...] = 3
    shifted = array(make("shifted"), kind())
    values = np.arange(256 * 512, dtype="i4").reshape(256, 512)
    with zarr.config.set(limits):
        shifted[...] = values
        np.testing.assert_array_equal(shifted[...], values)
        np.testing.assert_array_equal(shifted[3:9:2, ::5], values[3:9:2, ::5])


@pytest.mark.parametrize("kind", [Blocking, Awaiting])
def test_codecs_read_arrays_whose_codecs_read_arrays(make: Any, kind: type[Shifting]) -> None:
    """The array that is read inside is encoded by a codec of the other kind."""
    inner = Awaiting if kind is Blocking else Blocking
    inner.offsets = zarr.array(np.full(4, 5), store=make("innermost"))
    kind.offsets = array(make("offsets"), inner(), shards=4)
    kind.offsets[...] = 3
    shifted = array(make("shifted"), kind(), shards=8)
    shifted[...] = 7
    np.testing.assert_array_equal(shifted[...], np.full((32, 512), 7))


def test_a_coroutine_that_blocks_on_coroutines_is_told(make: Any) -> None:
    """It holds up the loop that would have to run them."""
    Awaiting.offsets = zarr.array(np.full(4, 5), store=make("innermost"))
    BlockingLoop.offsets = array(make("offsets"), Awaiting(), shards=4)
    BlockingLoop.offsets[...] = 3
    shifted = array(make("shifted"), BlockingLoop(), shards=8)
    with pytest.raises(SyncError, match="await the asynchronous API instead"):
        shifted[...] = 7
