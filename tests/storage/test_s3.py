"""Create, write and read on a real S3 server on loopback, by our own store builders and by obstore's objects."""

import asyncio
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import obstore.store
import pytest

import zarrust as zarr
from conftest import S3
from storage.test_harness import Engine, Harness

BUILDERS: dict[str, Callable[..., Any]] = {
    "zarrust.store": lambda *args, **options: zarr.store.S3Store(*args, **options),
    "obstore": obstore.store.S3Store,
}


@pytest.fixture(params=BUILDERS)
def open_store(request: pytest.FixtureRequest, s3: S3) -> Callable[..., Any]:
    """Makes a store over the test's own prefix, by each builder."""
    return lambda **options: zarr.storage.ObjectStore(BUILDERS[request.param](s3.bucket, **s3.options()), **options)


class TestObjectStore(Harness):
    store_cls = zarr.storage.ObjectStore
    text = "ObjectStore(object_store://"

    @pytest.fixture(params=BUILDERS)
    def store_kwargs(self, request: pytest.FixtureRequest, s3: S3) -> dict[str, Any]:
        return {"store": BUILDERS[request.param](s3.bucket, **s3.options())}

    def values(self, store: zarr.storage.ObjectStore) -> Engine:
        return Engine(store)


@pytest.mark.parametrize(
    "layout", [{"chunks": (4, 5)}, {"chunks": (4, 5), "shards": (8, 10)}], ids=["chunks", "shards"]
)
def test_an_array_is_created_written_and_read(open_store: Callable[..., Any], layout: dict[str, Any]):
    values = np.arange(17 * 12).reshape(17, 12)
    root = zarr.open_group(open_store(), mode="w", attributes={"title": "on S3"})
    array = root.create_array(name="deep/values", shape=values.shape, dtype="i8", fill_value=-1, **layout)
    array[...] = values
    array[3:9, 2] = 0
    values[3:9, 2] = 0

    again = zarr.open_group(open_store(read_only=True), mode="r")
    assert dict(again.attrs) == {"title": "on S3"}
    assert np.array_equal(again["deep/values"][...], values)
    assert np.array_equal(again["deep/values"][2:-5:2, ::3], values[2:-5:2, ::3])
    assert sorted(name for name, _ in again.members(max_depth=None)) == ["deep", "deep/values"]


def test_a_missing_chunk_is_fill_and_a_deleted_array_is_gone(open_store: Callable[..., Any]):
    root = zarr.open_group(open_store(), mode="w")
    array = root.create_array(name="sparse", shape=(100,), chunks=(10,), dtype="f4", fill_value=2.5)
    array[5] = 1
    assert array[:12].tolist() == [2.5] * 5 + [1] + [2.5] * 6
    assert array.nchunks_initialized == 1
    del root["sparse"]
    assert "sparse" not in root


def test_consolidated_metadata_opens_with_one_read(open_store: Callable[..., Any]):
    root = zarr.open_group(open_store(), mode="w")
    root.create_array(name="values", shape=(3,), dtype="i4")[...] = [1, 2, 3]
    zarr.consolidate_metadata(open_store())
    found = zarr.open_consolidated(open_store(), mode="r")
    assert [name for name, _ in found.arrays()] == ["values"]
    assert found["values"][...].tolist() == [1, 2, 3]


def test_a_wrong_bucket_is_an_error_and_not_an_empty_array(s3: S3):
    store = zarr.storage.ObjectStore(zarr.store.S3Store("no-such-bucket", **s3.options()))
    with pytest.raises(OSError):
        zarr.create_array(store, shape=(3,), dtype="i4")


def test_a_url_makes_a_store_with_the_builders_options(s3: S3):
    options = {name: value for name, value in s3.options().items() if name != "prefix"}
    store = zarr.storage.ObjectStore(f"s3://{s3.bucket}/{s3.prefix}/path", normalize_keys=False, **options)

    async def body() -> bytes | None:
        await store.set_async("data/chunk.0.0", b"123")
        return await store.get_async("data/chunk.0.0")

    assert asyncio.run(body()) == b"123"
    assert store["data/chunk.0.0"] == b"123"
    outside = zarr.storage.ObjectStore(zarr.store.S3Store(s3.bucket, **s3.options()))
    assert list(outside) == ["path/data/chunk.0.0"]
    assert pickle.loads(pickle.dumps(store)) == store
    with pytest.raises(TypeError, match="belong to a URL"):
        zarr.storage.ObjectStore(store.store, region="us-east-1")
    for wrong in ("path/of/folder", 3):
        with pytest.raises(TypeError, match="expected ObjectStore class"):
            zarr.storage.ObjectStore(wrong)


def test_credentials_can_come_from_a_function(s3: S3):
    calls = []

    def keys() -> dict[str, Any]:
        calls.append(1)
        return {"access_key_id": "mine", "secret_access_key": "s", "token": None, "expires_at": None}

    options = {name: value for name, value in s3.options().items() if "access_key" not in name}
    store = zarr.storage.ObjectStore(zarr.store.S3Store(s3.bucket, credential_provider=keys, **options))
    zarr.create_array(store, shape=(3,), dtype="i4")[...] = 1
    assert zarr.open_array(store)[...].tolist() == [1, 1, 1]
    assert calls


def test_stores_of_one_place_share_their_locks(s3: S3):
    options = s3.options()
    root = zarr.storage.ObjectStore(zarr.store.S3Store(s3.bucket, **options))
    below = zarr.storage.ObjectStore(zarr.store.S3Store(s3.bucket, **options | {"prefix": f"{s3.prefix}/a"}))
    other = zarr.storage.ObjectStore(zarr.store.S3Store("another", **options))
    assert below._handle.identity == f"{root._handle.identity}/a"
    assert other._handle.identity != root._handle.identity
