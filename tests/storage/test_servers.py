"""One body of tests on every kind of object store whose server is on this machine."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

import zarrust as zarr
from storage.servers import KINDS, needed, nginx
from storage.test_harness import Engine, Files, Harness
from zarrust.storage import FsspecStore, HttpStore, LocalStore, ObjectStore


@pytest.fixture(scope="module", params=KINDS)
def builder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    kind = KINDS[request.param]
    with kind.start(needed(kind.program), tmp_path_factory.mktemp(request.param)) as build:
        yield build


@pytest.fixture
def store(builder: Callable[[str], Any]) -> ObjectStore:
    return ObjectStore(builder(uuid4().hex))


class TestObjectStore(Harness):
    store_cls = ObjectStore
    text = "ObjectStore(object_store://"

    @pytest.fixture
    def store_kwargs(self, builder: Callable[[str], Any]) -> dict[str, Any]:
        return {"store": builder(uuid4().hex)}

    def values(self, store: ObjectStore) -> Engine:
        return Engine(store)


def test_a_hierarchy_is_written_read_and_deleted(store: ObjectStore):
    values = np.arange(17 * 12).reshape(17, 12)
    root = zarr.open_group(store, mode="w", attributes={"title": "x"})
    for index in ("start", "end"):
        shards = {"shape": (8, 10), "index_location": index}
        array = root.create_array(f"deep/{index}", shape=values.shape, dtype="i8", chunks=(4, 5), shards=shards)
        array[...] = values
        array[3:9, 2] = values[3:9, 2] = 0
        assert np.array_equal(zarr.open_group(store, mode="r")[f"deep/{index}"][...], values)
        assert np.array_equal(array[2:-5:2, ::3], values[2:-5:2, ::3])
    assert sorted(name for name, _ in root.members(max_depth=None)) == ["deep", "deep/end", "deep/start"]
    del root["deep"]
    assert list(store) == ["zarr.json"]


def test_ranges_mean_the_same_everywhere(store: ObjectStore):
    store["a/b"] = b"0123456789"
    store["empty"] = b""
    handle = store._handle
    parts = [(None, None, 3), (2, 4, None), (7, None, None), (8, 20, None), (10, 12, None), (None, None, 20)]
    assert [handle.get("a/b", *part) for part in parts] == [b"789", b"23", b"789", b"89", b"", b"0123456789"]
    assert handle.get("empty", None, None, 3) == b""
    assert handle.get("none", None, None, 3) is None
    assert handle.sizes(["a/b", "empty", "none"]) == [10, 0, None]


def test_one_of_many_creators_wins(store: ObjectStore):
    won: list[int] = []

    def create(who: int) -> None:
        if store._handle.set_if_absent("key", str(who).encode()):
            won.append(who)

    threads = [threading.Thread(target=create, args=(who,)) for who in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [int(store["key"])] == won


def test_many_keys_are_listed_and_deleted(store: ObjectStore):
    keys = [f"a b+c%20&~/{number:04}" for number in range(1100)]
    store._handle.set_many([(key, b"1") for key in [*keys, "sibling"]])
    assert sorted(store.list_prefix("a b")) == keys
    store._handle.delete_many([*keys[:50], "never there"])
    assert sorted(store.list_prefix("a b")) == keys[50:]
    store._handle.delete_prefix("a b+c%20&~")
    assert list(store) == ["sibling"]


def test_ten_thousand_keys_go_in_few_requests(store: ObjectStore, request: pytest.FixtureRequest):
    # S3 deletes a thousand at once and lists as many, Azure 256 and 5,000; Google has one request for each. Only S3
    # is quick enough here at making so many.
    count, most = {"s3": (10_000, 21), "azure": (1000, 5), "gcs": (1000, 1001)}[request.node.callspec.id]
    store._handle.set_many([(f"a/c/{number // 100}/{number % 100}", b"1") for number in range(count)])
    store["b"] = b"1"
    with zarr.stats() as cost:
        store._handle.delete_prefix("a")
    assert list(store) == ["b"]
    print(f"\n{request.node.callspec.id}: {count} keys listed and deleted by {cost.requests} requests")
    assert cost.requests <= most


def test_large_values_go_up_in_parts(store: ObjectStore):
    value = np.random.default_rng(1).bytes(70 << 20)
    store["large"] = value
    assert store["large"] == value


def test_azure_by_url_and_connection_string(tmp_path: Path):
    with KINDS["azure"].start(needed("azurite-blob"), tmp_path) as build:
        config = build("x").config
        options = {
            "connection_string": f"DefaultEndpointsProtocol=http;AccountName={config['account_name']};"
            f"AccountKey={config['account_key']};BlobEndpoint={config['endpoint']};"
        }
        zarr.create_array("az://zarrust/x/y", shape=(3,), dtype="i4", storage_options=options)[:] = 7
        again = zarr.open_array("abfs://zarrust/x/y", mode="r", storage_options=options)
        assert again[:].tolist() == [7, 7, 7]
        assert repr(again.store) == "<FsspecStore(AzureBlobFileSystem, zarrust/x/y)>"
        assert not FsspecStore("az://zarrust/x", **options)._native.identity.startswith("fsspec:")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A web server's address, and the folder that it serves."""
    folder = tmp_path_factory.mktemp("nginx")
    with nginx(folder) as url:
        yield url, folder / "root"


class TestHttpStore(Harness):
    """What a store does that only reads; its values are files that the server finds."""

    store_cls = HttpStore
    text = "HttpStore('http://127.0.0.1:"

    @pytest.fixture
    def store_kwargs(self, web: tuple[str, Path]) -> dict[str, Any]:
        url, folder = web
        name = uuid4().hex
        self.folder = folder / name
        return {"url": f"{url}/{name}"}

    def values(self, store: HttpStore) -> Files:
        return Files(self.folder)

    def test_store_supports_writes(self, store: HttpStore):
        assert not store.supports_writes

    def test_store_supports_listing(self, store: HttpStore):
        assert not store.supports_listing

    def test_store_read_only(self, store: HttpStore):
        assert store.read_only

    @pytest.mark.parametrize("read_only", [True])
    async def test_store_open_read_only(self, open_kwargs: dict[str, Any], read_only: bool):
        await super().test_store_open_read_only(open_kwargs, read_only)

    def test_with_read_only_store(self, store: HttpStore):
        assert store.with_read_only(read_only=True) is store
        with pytest.raises(ValueError, match="cannot be written to"):
            store.with_read_only(read_only=False)

    def test_arrays_of_both_formats_go_round(self, store: HttpStore):
        self.go_round(LocalStore(self.folder), store)
