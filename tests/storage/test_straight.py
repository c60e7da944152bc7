"""Bytes that are stored as they are wanted go straight from the network into the result: the same values as ever."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import zarrust as zarr
from conftest import S3
from proxy import Proxy, spoiling
from zarrust.storage import ObjectStore


@st.composite
def stored(draw: st.DrawFn) -> tuple[np.ndarray, dict[str, Any]]:
    """Values whose rows are long enough, and how they are stored: whole chunks, shards of them, axes the other way."""
    columns = draw(st.integers(64, 140))
    values = np.arange(draw(st.integers(1, 9)) * columns, dtype="f8").reshape(-1, columns)
    chunk = draw(st.integers(1, 4)), draw(st.sampled_from([64, 70, 140]))
    shards = tuple(n * draw(st.integers(1, 3)) for n in chunk) if draw(st.booleans()) else None
    filters = [zarr.codecs.TransposeCodec(order=(1, 0))] if draw(st.booleans()) else None
    return values, {"chunks": chunk, "shards": shards, "filters": filters, "compressors": None}


def taken(length: int) -> st.SearchStrategy[Any]:
    """Any part of an axis, as a slice or as a list."""
    listed = st.lists(st.integers(0, length - 1), min_size=1, max_size=length)
    steps = st.builds(slice, st.integers(0, length - 1), st.integers(0, length), st.integers(1, 3))
    return st.one_of(st.just(slice(None)), steps, listed)


@given(data=st.data(), stored=stored(), order=st.sampled_from("CF"))
def test_every_selection_gives_what_was_written(data: st.DataObject, stored: Any, order: str) -> None:
    values, options = stored
    array = zarr.create_array(ObjectStore(zarr.store.MemoryStore()), shape=values.shape, dtype="f8", **options)
    array[...] = values
    rows, columns = (data.draw(taken(length)) for length in values.shape)
    with zarr.config.set({"array.order": order}):
        np.testing.assert_array_equal(array[...], values)
        np.testing.assert_array_equal(array.oindex[rows, columns], values[rows][:, columns])


@pytest.fixture
def proxy(s3_server: str) -> Any:
    with spoiling(s3_server) as proxy:
        yield proxy


@pytest.mark.parametrize("compressors", [None, "auto"])
def test_a_long_shard_is_fetched_by_its_parts(s3: S3, proxy: Proxy, compressors: Any) -> None:
    """Its chunks need not wait for each other, and uncompressed ones for no copy."""
    values = np.arange(2000 * 3000, dtype="i4").reshape(2000, 3000)
    store = ObjectStore(zarr.store.S3Store(s3.bucket, **(s3.options() | {"endpoint": proxy.url})))
    array = zarr.create_array(
        store, shape=values.shape, dtype="i4", chunks=(125, 750), shards=(1000, 3000), compressors=compressors
    )
    array[...] = values
    for most, requests in ((16 << 20, 2 * 2), (1 << 20, 2 * (1 + 16))):
        proxy.requests.clear()
        whole = zarr.open_array(store, mode="r", config={"sharding_coalesce_max_bytes": most})
        with zarr.config.set({"sharding.index_cache_bytes": 0}):
            np.testing.assert_array_equal(whole[...], values)
        ranges = [request for request in proxy.requests if "/c/" in request.path]
        assert all(request.range for request in ranges)
        assert len(ranges) <= requests
        if compressors is None:
            assert len(ranges) == requests
