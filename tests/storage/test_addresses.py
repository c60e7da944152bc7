"""Addresses to which no request can go are refused where a store is made; a program's end is no crash."""

import subprocess
import sys
from typing import Any

import pytest

import zarrust as zarr
from zarrust.storage import HttpStore, ObjectStore
from zarrust.store import GCSStore, HTTPStore, S3Store

LAST_WORDS = """
import asyncio
from zarrust.store import MemoryStore
from zarrust.storage import ObjectStore
import zarrust.api.asynchronous as zarr

async def use():
    store = ObjectStore(MemoryStore())
    await asyncio.gather(*(zarr.open_group(store, path=str(n), mode="w") for n in range(8)))

asyncio.run(use())
"""


@pytest.mark.parametrize("address", ["", "nonsense", "localhost:9000", "ftp://host", "http://host:99999", "http://"])
def test_an_endpoint_that_is_no_url_of_a_server_is_refused(address: str):
    with pytest.raises(ValueError, match="endpoint of S3Store is no URL of a server"):
        ObjectStore(S3Store("bucket", endpoint=address))
    with pytest.raises(ValueError, match="base_url of GCSStore is no URL of a server"):
        ObjectStore(GCSStore("bucket", base_url=address))
    with pytest.raises(ValueError, match="endpoint of S3Store is no URL of a server"):
        ObjectStore("s3://bucket", endpoint=address)


def test_an_endpoint_of_the_environment_is_looked_at_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(ValueError, match="endpoint of S3Store is no URL of a server"):
        ObjectStore(S3Store("bucket"))


def test_a_refused_endpoint_does_not_show_a_password():
    with pytest.raises(ValueError, match="endpoint of S3Store") as raised:
        ObjectStore(S3Store("bucket", endpoint="http://user:secret@host:99999"))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "http://host:99999/x"])
def test_a_url_that_cannot_be_parsed_is_refused(url: str):
    with pytest.raises(ValueError, match=r"URL|host|port"):
        HTTPStore(url)


def test_what_is_no_store_is_a_type_error():
    with pytest.raises(TypeError, match="expected ObjectStore class"):
        ObjectStore(5)


def test_a_program_that_ends_after_its_last_await_does_not_crash():
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", LAST_WORDS], capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "address", ["", "not a url", "http://", "://x", "ftp://host:1", "http://[::bad", "http://h:99999", 3]
)
def test_a_proxy_that_is_no_url_of_one_is_refused(address: Any):
    with pytest.raises(ValueError, match="proxy_url is no URL of a proxy"):
        HttpStore("http://127.0.0.1:9", client_options={"proxy_url": address})


def test_a_refused_proxy_does_not_show_a_password():
    with pytest.raises(ValueError, match="proxy_url") as raised:
        HttpStore("http://127.0.0.1:9", client_options={"proxy_url": "http://user:secret@host:99999"})
    assert "secret" not in str(raised.value)
    HttpStore("http://127.0.0.1:9", client_options={"proxy_url": "http://user:secret@host:3128"})


@pytest.mark.parametrize("options", [{"endpoint_url": ""}, {"client_kwargs": {"endpoint_url": ""}}], ids=str)
def test_an_empty_endpoint_is_refused_rather_than_taken_for_amazons(options: dict[str, Any]):
    with pytest.raises(ValueError, match="endpoint_url"):
        zarr.open_group("s3://bucket/group", mode="r", storage_options={"anon": True, **options})
