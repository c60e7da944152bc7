"""A network that breaks connections below the level of HTTP: what is read through it is right, or an error in time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from storage.servers import KINDS, Toxiproxy, needed, toxiproxy
from zarrust.storage import ObjectStore

CHUNKS = 2000
OPTIONS: dict[str, Any] = {
    "client_options": {"allow_http": True, "read_timeout": "1 seconds"},
    "retry_config": {
        "max_retries": 10,
        "retry_timeout": timedelta(seconds=120),
        "backoff": {"init_backoff": timedelta(milliseconds=2), "max_backoff": timedelta(milliseconds=20), "base": 2},
    },
}


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 60000, (CHUNKS, 512), dtype="u2")


@pytest.fixture(scope="module")
def remote(values: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Toxiproxy, zarr.Array]]:
    """A proxy, and an array behind it: small chunks that nothing but the transfer keeps right."""
    with KINDS["s3"].start(needed("versitygw"), tmp_path_factory.mktemp("s3")) as build:
        direct = build("toxic")
        array = zarr.create_array(
            ObjectStore(direct), shape=values.shape, chunks=(1, 512), dtype="u2", compressors=None, fill_value=65535
        )
        array[...] = values
        options = {name: value for name, value in direct.config.items() if name not in ("bucket", "endpoint")}
        with toxiproxy(int(direct.config["endpoint"].rpartition(":")[2])) as proxy:
            endpoint = f"http://127.0.0.1:{proxy.port}"
            client = zarr.store.S3Store("zarrust", prefix="toxic", endpoint=endpoint, **options | OPTIONS)
            yield proxy, zarr.open_array(ObjectStore(client), mode="r")


@pytest.mark.parametrize(
    ("kind", "toxicity", "attributes"),
    [
        # A connection ends after so many bytes, mostly within the body of some answer.
        ("limit_data", 1, {"bytes": 10_000}),
        # Some connections are reset, or say nothing more, after so many milliseconds.
        ("reset_peer", 0.2, {"timeout": 100}),
        ("timeout", 0.1, {"timeout": 50}),
        ("slow_close", 1, {"delay": 20}),
        ("slicer", 1, {"average_size": 200, "size_variation": 100, "delay": 10}),
    ],
)
def test_chunks_are_read_right_over_connections_that_break(
    remote: tuple[Toxiproxy, zarr.Array], values: np.ndarray, kind: str, toxicity: float, attributes: dict[str, int]
):
    proxy, array = remote
    with proxy.toxic(kind, toxicity=toxicity, **attributes), zarr.stats() as cost:
        assert np.array_equal(array[...], values)
    breaks = kind in ("limit_data", "reset_peer")
    assert cost.retries > 0 or not breaks
