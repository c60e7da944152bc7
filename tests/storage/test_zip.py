"""`ZipStore`: archives on disks, in memory, in other stores; what a killed writer and a damaged archive leave."""

import asyncio
import gc
import io
import multiprocessing
import os
import pickle
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import zarrust as zarr
from zarrust.abc.store import RangeByteRequest, Store, SuffixByteRequest
from zarrust.buffer.cpu import Buffer
from zarrust.storage import LocalStore, MemoryStore, StorePath, WrapperStore, ZipStore, zip_archive

DATA = np.arange(64 * 64, dtype="i4").reshape(64, 64)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.zip"


def fill(store, **kwargs):
    group = zarr.create_group(store, attributes={"kind": "archive"})
    group.create_array("x", data=DATA, chunks=(8, 8), **kwargs)
    return group


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("shards", [None, (32, 32)])
def test_a_hierarchy_is_written_and_read(path, compression, shards):
    with ZipStore(path, mode="w", compression=compression) as store:
        fill(store, shards=shards)
        np.testing.assert_array_equal(zarr.open_group(store)["x"][3:20, ::5], DATA[3:20, ::5])
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {compression}
    group = zarr.open(ZipStore(path))
    assert group.store.read_only
    assert dict(group.attrs) == {"kind": "archive"}
    np.testing.assert_array_equal(group["x"][:], DATA)
    np.testing.assert_array_equal(group["x"][3:20, ::5], DATA[3:20, ::5])


def test_the_archive_holds_the_keys_of_a_folder(path, tmp_path):
    fill(LocalStore(tmp_path / "folder"))
    with ZipStore(path, mode="w") as store:
        fill(store)
    names = zipfile.ZipFile(path).namelist()
    assert sorted(names) == sorted(LocalStore(tmp_path / "folder").list())


def test_a_key_that_is_set_again_is_one_entry_before_and_after_a_flush(path):
    store = ZipStore(path, mode="w")
    for value in (b"1", b"2"):
        store["k"] = value
    store["other"] = b"o"
    assert not path.exists()
    store.flush()
    assert zipfile.ZipFile(path).namelist() == ["k", "other"]
    store["k"] = b"3"
    assert store["k"] == b"3"
    store.close()
    store.close()
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["k", "other"]
        assert archive.read("k") == b"3"


def test_an_archive_is_written_where_it_was_made_wherever_the_program_goes(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    store = ZipStore("d.zip", mode="w")
    store["k"] = b"1"
    monkeypatch.chdir(tmp_path / "elsewhere")
    store.close()
    assert zipfile.ZipFile(tmp_path / "d.zip").read("k") == b"1"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_appending_keeps_what_is_there(path):
    ZipStore(path, mode="w").close()
    for key in ("a", "b"):
        with ZipStore(path, mode="a") as store:
            store[key] = key.encode()
    with ZipStore(path, mode="r") as store:
        assert dict(zip(store, map(store.__getitem__, store), strict=True)) == {"a": b"a", "b": b"b"}


def test_entries_beyond_the_limit_of_memory_wait_in_the_new_archive(path, monkeypatch):
    monkeypatch.setattr(zip_archive, "MAX_PENDING_BYTES", 1000)
    with ZipStore(path, mode="w") as store:
        fill(store)
        store["k"] = b"1" * 2000
        store["k"] = b"2" * 2000
        assert store["k"] == b"2" * 2000
        store["deleted"] = b"1" * 2000
        del store["deleted"]
        assert "deleted" not in store
        assert not path.exists()
        np.testing.assert_array_equal(zarr.open_group(store)["x"][:], DATA)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == len(archive.namelist()) == 64 + 3
    assert os.listdir(path.parent) == ["a.zip"]


def test_what_is_not_written_out_can_be_deleted_and_the_rest_cannot(path):
    store = ZipStore(path, mode="w")
    store["a"] = b"1"
    del store["a"]
    assert list(store) == []
    store["a"] = b"1"
    store.flush()
    with pytest.raises(NotImplementedError, match="'a' is in the ZIP archive"):
        del store["a"]
    asyncio.run(store.delete("none"))
    assert not store.supports_deletes
    store.clear()
    assert list(store) == []
    assert not path.exists()


def test_modes(path):
    with pytest.raises(FileNotFoundError):
        ZipStore(path)["k"]
    with pytest.raises(ValueError, match="mode: expected"):
        ZipStore(path, mode="q")
    with pytest.raises(ValueError, match="compression: expected"):
        ZipStore(path, compression=zipfile.ZIP_LZMA)
    with ZipStore(path, mode="x") as store:
        store["k"] = b"1"
    with pytest.raises(FileExistsError):
        ZipStore(path, mode="x")["k"] = b"2"
    store = ZipStore(path)
    with pytest.raises(ValueError, match="read-only"):
        store["k"] = b"2"
    with ZipStore(path, mode="w") as store:
        assert list(store) == []
    assert zipfile.ZipFile(path).namelist() == []


def test_an_archive_that_nobody_closes_is_written_when_it_is_no_longer_used(path):
    zarr.create_array(ZipStore(path, mode="w"), data=DATA)
    gc.collect()
    np.testing.assert_array_equal(zarr.open_array(path)[:], DATA)


def test_an_array_writes_on_after_its_store_was_closed(path):
    store = ZipStore(path, mode="w")
    z = zarr.create_array(store, data=DATA)
    store.close()
    z[0] = 5
    np.testing.assert_array_equal(z[0], np.full(64, 5))
    store.close()
    np.testing.assert_array_equal(zarr.open_array(ZipStore(path))[0], np.full(64, 5))


def test_a_path_that_ends_in_zip_is_an_archive_wherever_a_store_goes(path):
    group = zarr.open_group(str(path), mode="w")
    group.create_array("x", data=DATA)
    assert isinstance(group.store, ZipStore)
    group.store.close()
    np.testing.assert_array_equal(zarr.open_array(path, "x", mode="r")[:], DATA)
    np.testing.assert_array_equal(zarr.open(f"file://{path}", mode="r")["x"][:], DATA)
    zarr.create_array(path, name="y", data=DATA).store.close()
    assert sorted(zarr.open_group(path, mode="r")) == ["x", "y"]
    with pytest.raises(FileNotFoundError):
        zarr.open_group(path.with_name("none.zip"), mode="r+")
    assert not path.with_name("none.zip").exists()


def test_an_archive_in_a_file_object_or_in_another_store():
    outer = MemoryStore()
    for place in (io.BytesIO(), StorePath(outer, "k/a.zip")):
        with ZipStore(place, mode="w") as store:
            fill(store)
            np.testing.assert_array_equal(zarr.open_group(store)["x"][:], DATA)
            store.flush()
            store["late"] = b"1"
        read = ZipStore(place)
        np.testing.assert_array_equal(zarr.open_group(read)["x"][5:9], DATA[5:9])
        assert read["late"] == b"1"
    assert list(outer) == ["k/a.zip"]
    with pytest.raises(TypeError, match="StorePath"):
        ZipStore(outer)


class Counting(WrapperStore):
    """A store that notes what is asked for, as a server would see it."""

    def __init__(self, store):
        super().__init__(store)
        self.asked = []

    async def get(self, key, prototype=None, byte_range=None):
        self.asked.append(byte_range)
        return await super().get(key, prototype, byte_range)

    async def getsize(self, key):
        self.asked.append("size")
        return await super().getsize(key)

    _supports_sync_io = False


def test_an_archive_far_away_opens_with_three_requests_and_is_read_in_parts(path):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (256, 256), dtype="u1")
    with ZipStore(path, mode="w") as store:
        zarr.create_array(store, name="s", data=noise, chunks=(8, 8), shards=(256, 256), compressors=None)
        zarr.create_array(store, name="x", data=noise, chunks=(4, 4), compressors=None)
    far = Counting(LocalStore(path.parent))
    store = ZipStore(StorePath(far, "a.zip"))
    assert store.read_only
    z = zarr.open_array(store, "x")
    opening = [asked for asked in far.asked if asked == "size" or asked.end - asked.start > 4096]
    assert len(opening) <= 3, far.asked
    far.asked.clear()
    np.testing.assert_array_equal(z[:4, :8], noise[:4, :8])
    assert len(far.asked) == 2
    far.asked.clear()
    np.testing.assert_array_equal(zarr.open_array(store, "s")[:8, :8], noise[:8, :8])
    fetched = sum(asked.end - asked.start for asked in far.asked)
    # One inner chunk, the index, a header and metadata, of a shard of 64 KiB.
    assert fetched < 24 << 10, far.asked


def test_ranges_are_cut_out_of_stored_and_deflated_entries(path):
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with ZipStore(path, mode="w", compression=compression) as store:
            store["k"] = b"0123456789"
        store = ZipStore(path)
        cases = [(None, b"0123456789"), (RangeByteRequest(2, 4), b"23"), (SuffixByteRequest(3), b"789")]
        for byte_range, expected in [*cases, (RangeByteRequest(8, 99), b"89"), (SuffixByteRequest(99), b"0123456789")]:
            assert store.get_sync("k", byte_range=byte_range) == Buffer.from_bytes(expected)


def test_a_pickled_store_reads_and_appends_elsewhere(path):
    store = ZipStore(path, mode="w")
    store["a"] = b"1"
    copied = pickle.loads(pickle.dumps(store))
    assert copied == store
    assert copied["a"] == b"1"
    copied["b"] = b"2"
    copied.close()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(keys_of, [ZipStore(path)]) == [["a", "b"]]


def keys_of(store):
    return sorted(store)


def test_a_reader_lives_on_over_a_fork(path):
    with ZipStore(path, mode="w") as store:
        fill(store)
    z = zarr.open_group(ZipStore(path))["x"]
    z[0]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for rows in pool.map(z.__getitem__, range(4)):
            assert rows.shape == (64,)


def test_threads_write_into_one_archive(path):
    with ZipStore(path, mode="w") as store:
        z = zarr.create_array(store, shape=(64, 64), chunks=(8, 8), dtype="i4")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda row: z.__setitem__(row, DATA[row]), range(64)))
    np.testing.assert_array_equal(zarr.open_array(ZipStore(path))[:], DATA)


KILLED = """
import os, sys, zarrust
from zarrust.storage import ZipStore
store = ZipStore(sys.argv[1], mode=sys.argv[2])
z = zarrust.create_array(store, name="new", shape=(64,), chunks=(1,), dtype="i4")
z[:] = 1
os._exit(9)
"""


@pytest.mark.parametrize("mode", ["w", "a"])
def test_a_killed_writer_leaves_the_old_archive(path, mode):
    import subprocess
    import sys

    with ZipStore(path, mode="w") as store:
        fill(store)
    before = path.read_bytes()
    assert subprocess.run([sys.executable, "-c", KILLED, str(path), mode], check=False).returncode == 9
    assert path.read_bytes() == before


def test_moving_takes_store_and_arrays_along(path, tmp_path):
    store = ZipStore(path, mode="a")
    z = zarr.create_array(store, data=DATA)
    asyncio.run(store.move(tmp_path / "there" / "b.zip"))
    assert store.path == tmp_path / "there" / "b.zip"
    assert not path.exists()
    np.testing.assert_array_equal(z[:], DATA)
    with pytest.raises(NotImplementedError, match="moved"):
        asyncio.run(ZipStore(io.BytesIO(), mode="w").move("x"))


def damaged(path, find, replace):
    raw = path.read_bytes()
    assert find in raw
    path.write_bytes(raw.replace(find, replace))
    return ZipStore(path)


def test_damage_is_an_error_that_names_the_entry(path):
    with ZipStore(path, mode="w") as store:
        store["good"] = b"untouched"
        store["bad"] = b"contents of an entry"
    store = damaged(path, b"contents", b"CONTENTS")
    assert store["good"] == b"untouched"
    with pytest.raises(zarr.errors.CorruptChunkError, match=r"CRC-32.*bad"):
        store["bad"]


def test_an_entry_that_claims_more_than_its_bytes_can_be_is_refused(path):
    with ZipStore(path, mode="w", compression=zipfile.ZIP_DEFLATED) as store:
        store["bomb"] = b"0" * 5000
    size = struct.pack("<I", 5000)
    store = damaged(path, size, struct.pack("<I", 0xFFFF0000))
    with pytest.raises(zarr.errors.CorruptChunkError, match="claims to be"):
        store["bomb"]


def test_hostile_names_and_unknown_methods_are_refused(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../outside", b"1")
    with pytest.raises(ValueError, match=r"\.\./outside"):
        ZipStore(path)["k"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("k", b"1" * 100)
    with pytest.raises(zarr.errors.CorruptChunkError, match="compression method 14"):
        ZipStore(path)["k"]
    path.write_bytes(b"no archive")
    with pytest.raises(zipfile.BadZipFile):
        ZipStore(path)["k"]


def test_of_two_entries_with_one_name_the_last_counts(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("k", b"old")
        archive.writestr("folder/", b"")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("k", b"new")
    store = ZipStore(path)
    assert store["k"] == b"new"
    assert list(store) == ["k"]
    assert isinstance(store, Store)


def test_keys_that_leave_the_store_are_refused(path):
    store = ZipStore(path, mode="w")
    for key in ("../x", "/x", "a//x", "a/../x", ""):
        with pytest.raises(ValueError, match="refused"):
            store[key] = b"1"
    store.close()
    assert zipfile.ZipFile(path).namelist() == []


class Reader:
    """A file object with no more than reading takes."""

    def __init__(self, data: bytes):
        self.file = io.BytesIO(data)

    def read(self, size=-1, /):
        return self.file.read(size)

    def seek(self, position, whence=0, /):
        return self.file.seek(position, whence)

    def tell(self):
        return self.file.tell()


@pytest.mark.parametrize("mode", ["w", "a", "x"])
def test_a_file_object_that_cannot_be_written_to_is_read_alone(path, mode):
    with ZipStore(path, mode="w") as store:
        store["a"] = b"1"
    file = Reader(path.read_bytes())
    assert ZipStore(file)["a"] == b"1"
    with pytest.raises(TypeError, match=f"Reader has no method write.*'{mode}'"):
        ZipStore(file, mode=mode)


def streams(path):
    """Files to which an archive can be written and from which none can be read."""
    pipe = io.BytesIO()
    yield io.BufferedRWPair(pipe, pipe), pipe.getvalue
    yield path.open("wb"), path.read_bytes


def test_an_archive_goes_to_a_stream_once(path):
    for stream, written in streams(path):
        store = ZipStore(stream, mode="w")
        z = zarr.create_array(store, name="x", data=np.arange(6), chunks=(3,))
        np.testing.assert_array_equal(z[...], np.arange(6))
        store.close()
        # What comes later would be an archive without the first entries.
        with pytest.raises(io.UnsupportedOperation, match="nothing can be added"):
            store["later"] = b"1"
        with pytest.raises(io.UnsupportedOperation, match="cannot be read back"):
            store["x/zarr.json"]
        store.close()
        np.testing.assert_array_equal(zarr.open_array(ZipStore(io.BytesIO(written())), path="x")[...], np.arange(6))
        with pytest.raises(io.UnsupportedOperation, match="mode 'a'"):
            ZipStore(stream, mode="a")
        stream.close()


def test_a_writer_of_a_file_object_is_not_pickled():
    file = io.BytesIO()
    with ZipStore(file, mode="w") as store:
        store["a"] = b"1"
        with pytest.raises(TypeError, match="file object"):
            pickle.dumps(store)
    assert pickle.loads(pickle.dumps(ZipStore(file)))["a"] == b"1"
