"""Indexes of shards are kept: another read in a shard costs one request, and never mixes two versions of it."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from conftest import S3
from proxy import spoiling
from web import Fault, Request, Web, published, serving
from zarrust import config
from zarrust.storage import HttpStore, LocalStore, LRUStoreCache, MemoryStore, ObjectStore

CHUNK = 64
CHUNKS = 16


def shard(version: int, chunks: range = range(CHUNKS)) -> dict[str, bytes]:
    """The objects of an array of one shard whose values, where its chunks are stored, tell the version.

    The chunks' lengths depend on the version: those of one lie at other places than those of another.
    """
    store = MemoryStore()
    length = CHUNKS * CHUNK
    array = zarr.create_array(store, shape=(length,), chunks=(CHUNK,), shards=(length,), dtype="i4", fill_value=-1)
    noise = np.random.default_rng(version).integers(0, 1 << version % 9, length)
    for chunk in chunks:
        part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        array[part] = version * 1000 + noise[part]
    return published({key: store[key] for key in store})


def versions(values: Any) -> set[int]:
    """The versions of which values are."""
    return set((np.asarray(values) // 1000).tolist())


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(Web(shard(1))) as web:
        yield web


def opened(web: Web) -> Any:
    array = zarr.open_array(HttpStore(f"{web.url}/data.zarr"))
    web.requests.clear()
    return array


def kinds(requests: list[Request]) -> list[str]:
    """What each request asked a shard for."""
    return ["index" if "=-" in (request.range or "") else "chunks" for request in requests]


def test_another_read_in_a_shard_costs_one_request(web: Web):
    array = opened(web)
    with zarr.stats() as cost:
        assert array[3] // 1000 == 1
    assert (kinds(web.requests), cost.cache_hits) == (["index", "chunks"], 0)
    with zarr.stats() as cost:
        assert array[200] // 1000 == 1
        assert versions(zarr.open_array(array.store)[400:440]) == {1}
    assert kinds(web.asked("c/0")) == ["index", "chunks", "chunks", "chunks"]
    assert all("if-match" in request.headers for request in web.asked("c/0")[1:])
    assert cost.cache_hits == 2


def test_on_s3_too(s3: S3, s3_server: str):
    with spoiling(s3_server) as proxy:
        proxy.headers = {"last-modified": "Wed, 01 Jan 2020 00:00:00 GMT"}
        store = ObjectStore(zarr.store.S3Store(s3.bucket, **(s3.options() | {"endpoint": proxy.url})))
        array = zarr.create_array(store, shape=(64,), chunks=(4,), shards=(64,), dtype="i4")
        array[...] = np.arange(64)
        proxy.requests.clear()
        assert array[5] == 5
        assert array[50] == 50
        assert kinds(proxy.requests) == ["index", "chunks", "chunks"]
        # Writing knows that the index has changed, and spares the read that would find it out.
        array[6] = 60
        proxy.requests.clear()
        assert array[4:8].tolist() == [4, 5, 60, 7]
        assert kinds(proxy.requests) == ["index", "chunks"]


def test_a_shard_that_was_replaced_is_read_anew(web: Web):
    array = opened(web)
    for version in range(2, 30):
        web.values.update(shard(version))
        web.requests.clear()
        assert versions(array[80:240]) == {version}
        assert kinds(web.requests)[-2:] == ["index", "chunks"]
    web.values.pop("data.zarr/c/0")
    assert array[0] == -1


def test_a_chunk_that_came_later_is_seen(web: Web):
    web.values.update(shard(7, range(3)))
    array = opened(web)
    assert array[0] // 1000 == 7
    assert array[640] == -1, "not stored"
    web.values.update(shard(7))
    # The index that is kept has no such chunk, and no request for one would say that it is old.
    assert array[640] // 1000 == 7


def test_an_index_that_was_damaged_and_mended_is_read_anew(web: Web):
    store, plain = MemoryStore(), [zarr.codecs.BytesCodec()]
    # An index without a checksum, one of whose entries points nowhere.
    codec = zarr.codecs.ShardingCodec(chunk_shape=(4,), codecs=plain, index_codecs=plain)
    z = zarr.create_array(store, shape=(16,), chunks=(16,), dtype="i4", serializer=codec, compressors=None)
    z[...] = np.arange(16)
    values = published({key: store[key] for key in store})
    sound, damaged = values["data.zarr/c/0"], bytearray(values["data.zarr/c/0"])
    damaged[-8:] = b"\xff\xff\xff\xff\0\0\0\0"
    web.values.update(values | {"data.zarr/c/0": bytes(damaged)})
    array = opened(web)
    for _ in range(2):
        with pytest.raises(zarr.errors.CorruptChunkError):
            array[14]
    web.values["data.zarr/c/0"] = sound
    assert array[14] == 14


def test_readers_never_mix_two_versions_while_a_writer_replaces_them(web: Web):
    array, ended, found = opened(web), threading.Event(), []

    def read() -> None:
        while not ended.is_set():
            # A reader that is slower than the writer gives up in the end, and says so.
            with contextlib.suppress(zarr.errors.StoreError):
                found.append(versions(array[80:240]))

    all_versions = [shard(version) for version in range(1, 10)]
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(300):
        with web.lock:
            web.values.update(all_versions[turn % 9])
        # Some reads go well in between.
        asked = len(web.requests)
        while len(web.requests) < asked + turn % 20:
            time.sleep(0.0005)
    ended.set()
    for reader in readers:
        reader.join()
    assert len(found) > 100
    assert [values for values in found if len(values) != 1] == []
    assert len(set().union(*found)) > 2


def test_what_was_written_just_now_is_not_kept(web: Web):
    # Many web servers make a tag of the time in seconds, so another version of the same second has the same one.
    def dated(age: float) -> dict[str, str]:
        return {"Last-Modified": format_datetime(datetime.now(UTC) - timedelta(seconds=age), usegmt=True)}

    array = opened(web)
    for age, wanted in ((0, ["index", "chunks"] * 2), (3600, ["index", "chunks", "chunks"])):
        web.requests.clear()
        web.headers = dated(age)
        array[0], array[1]
        assert kinds(web.requests) == wanted


def test_a_server_without_tags_is_asked_each_time(web: Web):
    web.tags = False
    array = opened(web)
    assert [array[0] // 1000, array[1] // 1000] == [1, 1]
    assert kinds(web.requests) == ["index", "chunks"] * 2


def test_the_setting_bounds_what_is_kept(web: Web):
    array = opened(web)
    with config.set({"sharding.index_cache_bytes": 0}):
        for _ in range(2):
            array[0]
        assert kinds(web.requests) == ["index", "chunks"] * 2
    array[0]
    web.requests.clear()
    array[0]
    assert kinds(web.requests) == ["chunks"]


def test_refusals_do_not_come_from_what_is_kept(web: Web):
    array = opened(web)
    array[0]
    web.fault = lambda request: Fault(status=403)
    with pytest.raises(PermissionError):
        array[1]


def large(folder: Path) -> Any:
    """An array with an index large enough to be kept of a file."""
    array = zarr.create_array(LocalStore(folder), shape=(4096,), chunks=(2,), shards=(4096,), dtype="i4")
    array[...] = np.arange(4096)
    return array


def aged(folder: Path) -> None:
    """Wait until files are old enough that another version must have another time of change."""
    changed = max(path.stat().st_ctime for path in folder.rglob("*"))
    time.sleep(max(0.0, changed + 4.2 - time.time()))


def test_large_indexes_of_files_are_kept_by_version(tmp_path: Path):
    array = large(tmp_path)
    with zarr.stats() as cost:
        assert [array[7], array[8]] == [7, 8]
    assert cost.cache_hits == 0, "written just now"
    aged(tmp_path)
    with zarr.stats() as cost:
        assert [array[7], array[8], array[4000]] == [7, 8, 4000]
    assert cost.cache_hits == 2
    for turn in range(20):
        array[10:20] = turn
        array[2000] = -turn
        assert array[10:20].tolist() == [turn] * 10
        assert array[2000] == -turn
    # A tool that puts the time of writing back, as rsync does, cannot put back that of the change.
    path = tmp_path / "c" / "0"
    aged(tmp_path)
    array[0], array[1]
    before, changed = path.stat(), path.read_bytes()
    moved = np.arange(4096)[::-1].copy()
    array[...] = moved
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert len(changed) > 0
    assert np.array_equal(array[5:25], moved[5:25])


def test_hits_of_caches_in_python_count():
    store = LRUStoreCache({}, max_size=1 << 20)
    array = zarr.create_array(store, data=np.arange(10), chunks=(5,))
    with zarr.stats() as cost:
        assert array[...].tolist() == list(range(10))
    assert cost.cache_hits == 2
