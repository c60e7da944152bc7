"""What the store of a network is asked: counted at the server, so that no layer in between can hide a request."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from conftest import S3
from proxy import Proxy, spoiling
from web import Fault, Request
from zarrust.storage import MemoryStore, ObjectStore


@pytest.fixture
def proxy(s3_server: str) -> Iterator[Proxy]:
    with spoiling(s3_server) as proxy:
        yield proxy


def on_s3(s3: S3, endpoint: str, **options: Any) -> ObjectStore:
    return ObjectStore(zarr.store.S3Store(s3.bucket, **(s3.options() | {"endpoint": endpoint})), **options)


def test_an_array_opens_with_one_get(s3: S3, proxy: Proxy):
    zarr.create_array(on_s3(s3, s3.endpoint), shape=(4,), chunks=(2,), dtype="i4")
    store = on_s3(s3, proxy.url)
    zarr.open_array(store, mode="r", zarr_format=3)
    assert [(r.method, r.path.rpartition("/")[2]) for r in proxy.requests] == [("GET", "zarr.json")]


def test_a_consolidated_group_of_a_thousand_nodes_opens_with_two_requests(s3: S3, proxy: Proxy):
    source = MemoryStore()
    root = zarr.create_group(source)
    root.create_array("a", shape=(4,), chunks=(2,), dtype="i4")
    zarr.consolidate_metadata(source)
    document = json.loads(source["zarr.json"])
    nodes = document["consolidated_metadata"]["metadata"]
    document["consolidated_metadata"]["metadata"] = {f"a{number}": nodes["a"] for number in range(1000)}
    on_s3(s3, s3.endpoint)["zarr.json"] = json.dumps(document).encode()
    group = zarr.open_group(on_s3(s3, proxy.url), mode="r", zarr_format=3)
    assert len(list(group.members())) == 1000
    assert group["a999"].shape == (4,)
    assert len(proxy.requests) <= 2


def test_a_contiguous_read_in_a_shard_costs_two_requests(s3: S3, proxy: Proxy):
    array = zarr.create_array(on_s3(s3, s3.endpoint), shape=(640,), chunks=(8,), shards=(640,), dtype="i4")
    array[...] = np.arange(640)
    remote = zarr.open_array(on_s3(s3, proxy.url), mode="r")
    proxy.requests.clear()
    assert np.array_equal(remote[100:300], np.arange(100, 300))
    assert [r.method for r in proxy.requests] == ["GET", "GET"]
    proxy.requests.clear()
    remote[...]
    assert len(proxy.requests) == 1, "a whole shard is one object"


def test_sizes_come_with_the_listing(s3: S3, proxy: Proxy):
    array = zarr.create_array(on_s3(s3, s3.endpoint), name="a", shape=(60,), chunks=(1,), dtype="u1")
    array[...] = 1
    store = on_s3(s3, proxy.url)
    remote = zarr.open_array(store, path="a", mode="r", zarr_format=3)
    whole = sum(len(store[key]) for key in store if key.startswith("a/"))
    proxy.requests.clear()
    assert remote.nbytes_stored() == whole
    assert asyncio.run(store.getsize_prefix("a/c/")) == whole - len(store["a/zarr.json"])
    # A page each, and the document.
    assert len(proxy.requests) == 2 + 1


class Crowd:
    """Holds requests back until so many are under way at once; counts those for which the others never came."""

    def __init__(self, wanted: int):
        self.barrier = threading.Barrier(wanted)
        self.alone = 0

    def __call__(self, request: Request) -> None:
        try:
            self.barrier.wait(60)
        except threading.BrokenBarrierError:
            self.alone += 1


def test_a_hundred_children_are_made_and_found_side_by_side(s3: S3, proxy: Proxy):
    store = on_s3(s3, proxy.url)
    names = [f"g{number:02}" for number in range(100)]
    documents = tuple(f"/{name}/zarr.json" for name in names)
    # A document's request is not answered before nine others are there as well, however slow the machine is.
    for made in (True, False):
        crowd = Crowd(10)
        method = "PUT" if made else "GET"
        proxy.gate = lambda request, crowd=crowd, method=method: (
            crowd(request) if request.method == method and request.path.endswith(documents) else None
        )
        if made:
            list(zarr.create_hierarchy(store=store, nodes=dict.fromkeys(["", *names], zarr.group().metadata)))
        else:
            root = zarr.open_group(store, mode="r", zarr_format=3)
            with zarr.stats() as cost:
                assert sorted(root.group_keys()) == names
        # Ten at a time meet ten times: had one waited for another's answer, the barrier would have broken.
        assert crowd.alone == 0
    assert cost.requests <= 1 + 3 * 100


def test_a_hundred_children_are_found_in_two_round_trips(s3: S3, proxy: Proxy):
    names = [f"g{number:02}" for number in range(100)]
    nodes = dict.fromkeys(["", *names], zarr.group().metadata)
    list(zarr.create_hierarchy(store=on_s3(s3, s3.endpoint), nodes=nodes))
    root = zarr.open_group(on_s3(s3, proxy.url), mode="r", zarr_format=3)
    proxy.requests.clear()
    crowd = Crowd(100)
    proxy.gate = lambda request: crowd(request) if request.path.endswith("/zarr.json") else None
    with zarr.config.set({"async.concurrency": 100}):
        assert sorted(root.group_keys()) == names
    # One listing, and then a hundred documents of which none is answered before all are asked for.
    assert len(proxy.requests) == 1 + 100
    assert crowd.alone == 0


def test_keys_are_copied_and_renamed_side_by_side(s3: S3, proxy: Proxy):
    source = {f"a/{number:02}": bytes(number) for number in range(32)}
    store = on_s3(s3, proxy.url)
    for method in ("HEAD", "PUT"):
        crowd = Crowd(16)
        proxy.gate = lambda request, crowd=crowd, method=method: crowd(request) if request.method == method else None
        assert zarr.copy_store(source, store, dest_path=method) == (32, 0, sum(range(32)))
        assert crowd.alone == 0
    crowd = Crowd(16)
    proxy.gate = lambda request: crowd(request) if request.method == "PUT" else None
    zarr.storage.rename(store, "PUT/a", "b")
    assert crowd.alone == 0
    assert sorted(store.list_prefix("b/")) == [f"b/{number:02}" for number in range(32)]
    assert list(store.list_prefix("PUT/")) == []


def test_many_keys_are_deleted_a_thousand_at_a_time(s3: S3, proxy: Proxy):
    zarr.create_array(on_s3(s3, s3.endpoint), name="a", shape=(2200,), chunks=(1,), dtype="u1")[...] = 1
    assert len(on_s3(s3, s3.endpoint)) == 2202
    store = on_s3(s3, proxy.url)
    store.clear()
    # Three pages of the listing and three requests that delete what a page has.
    assert len(proxy.requests) == 6
    assert len(on_s3(s3, s3.endpoint)) == 0


def test_a_refusal_reads_as_a_hole_where_that_is_wanted(s3: S3, proxy: Proxy):
    zarr.create_array(on_s3(s3, s3.endpoint), shape=(4,), chunks=(2,), dtype="i4", fill_value=9)
    proxy.fault = lambda request: Fault(status=403) if "/c/" in request.path else None
    with pytest.raises(PermissionError, match="c/0"):
        zarr.open_array(on_s3(s3, proxy.url), mode="r")[:2]
    public = on_s3(s3, proxy.url, missing_status=(404, 403))
    assert zarr.open_array(public, mode="r")[...].tolist() == [9] * 4
    with pytest.raises(PermissionError):
        public["c/0"] = b"1"


def test_statistics_agree_with_the_server(s3: S3, proxy: Proxy):
    store = on_s3(s3, proxy.url)
    with zarr.stats() as cost:
        array = zarr.create_array(store, shape=(100,), chunks=(10,), dtype="u1", compressors=None)
        array[...] = 7
        array[...]
    assert cost.requests == len(proxy.requests)
    assert cost.retries == 0
    assert cost.bytes_received >= 100
    assert cost.bytes_sent >= 100
    assert zarr.stats().requests >= cost.requests
