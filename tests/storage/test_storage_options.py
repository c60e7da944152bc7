"""`storage_options` in fsspec's spelling: the engine does what it understands, on real servers; the rest is named."""

import base64
import hashlib
import hmac
import importlib.util
import json
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import numpy as np
import pytest
from botocore import UNSIGNED

import zarrust as zarr
from conftest import S3
from proxy import spoiling
from storage.servers import AZURE_ACCOUNT, AZURE_KEY, KINDS, needed, nginx
from web import Web, published, serving
from zarrust.storage import FsspecStore, LocalStore
from zarrust.storage.fsspec_options import native_store

VALUES = np.arange(12).reshape(3, 4)


def goes_round(url: str, options: dict[str, Any]) -> FsspecStore:
    """Write and read an array by the engine, and return its store."""
    zarr.create_array(url, data=VALUES, chunks=(2, 2), overwrite=True, storage_options=options)
    array = zarr.open_array(url, mode="r", storage_options=options)
    np.testing.assert_array_equal(array[...], VALUES)
    assert not array.store._native.identity.startswith("fsspec:")
    return array.store


KEYS = {"key": "test", "secret": "test"}


@pytest.mark.parametrize(
    "options",
    [
        KEYS,
        {"username": "test", "password": "test"},
        KEYS | {"token": "session"},
        {"client_kwargs": {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}},
        KEYS | {"anon": False, "use_ssl": True, "requester_pays": True},
        KEYS | {"config_kwargs": {"s3": {"addressing_style": "path"}, "signature_version": "s3v4"}},
        KEYS | {"config_kwargs": {"retries": {"max_attempts": 3, "mode": "standard"}, "max_pool_connections": 20}},
        KEYS | {"config_kwargs": {"connect_timeout": 5, "read_timeout": 60, "region_name": "us-east-1"}},
        KEYS | {"s3_additional_kwargs": {"ServerSideEncryption": "AES256"}},
        KEYS | {"client_kwargs": {"verify": False}},
        KEYS | {"default_block_size": 1 << 20, "cache_regions": True, "use_listings_cache": False},
    ],
    ids=str,
)
def test_options_of_s3fs(s3: S3, options: dict[str, Any]):
    goes_round(f"s3://{s3.bucket}/{s3.prefix}", options | {"endpoint_url": s3.endpoint})


@pytest.mark.parametrize(
    "options", [{"anon": True}, {"config_kwargs": {"signature_version": UNSIGNED}}], ids=["anon", "unsigned"]
)
def test_who_is_anonymous_signs_nothing(options: dict[str, Any]):
    source = zarr.storage.MemoryStore()
    zarr.create_array(source, data=VALUES)
    with serving(Web(published({key: source[key] for key in source}, "bucket/data"))) as web:
        array = zarr.open_array("s3://bucket/data", mode="r", storage_options=options | {"endpoint_url": web.url})
        np.testing.assert_array_equal(array[...], VALUES)
    assert not [request for request in web.requests if "authorization" in request.headers]


def test_the_endpoint_of_s3fs_may_stand_with_the_client(s3: S3):
    goes_round(f"s3a://{s3.bucket}/{s3.prefix}", KEYS | {"client_kwargs": {"endpoint_url": s3.endpoint}})


def test_a_proxy_of_botocore_gets_the_requests(s3: S3):
    with spoiling(s3.endpoint) as proxy:
        # In a request to a proxy the server's address stands in the first line; the one behind it is moto all the same.
        options = KEYS | {"endpoint_url": "http://s3.invalid", "config_kwargs": {"proxies": {"http": proxy.url}}}
        store = FsspecStore(f"s3://{s3.bucket}/{s3.prefix}", **options)
        with pytest.raises(FileNotFoundError):
            zarr.open_array(store)
    assert {request.path.partition("?")[0] for request in proxy.requests} >= {
        f"http://s3.invalid/{s3.bucket}/{s3.prefix}/zarr.json"
    }


def test_times_are_those_of_the_engine():
    options = KEYS | {"endpoint_url": "http://h:1", "config_kwargs": {"connect_timeout": 1.5, "read_timeout": 60}}
    found = native_store("s3", options, "bucket").client_options
    assert (found["connect_timeout"], found["read_timeout"]) == ("1s 500ms", "1m")
    limits = aiohttp.ClientTimeout(total=None, sock_read=3, sock_connect=2)
    found = native_store("http", {"client_kwargs": {"timeout": limits}}, "http://h/a").client_options
    assert (found["connect_timeout"], found["read_timeout"]) == ("2s", "3s")
    assert "timeout" not in found


# Google Cloud Storage


@pytest.fixture(scope="module")
def gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with KINDS["gcs"].start(needed("gcsxml"), tmp_path_factory.mktemp("gcs")) as build:
        yield json.loads(build("x").config["service_account_key"])["gcs_base_url"]


@pytest.mark.parametrize(
    "options",
    [
        {"token": "anon"},
        {"token": "anon", "project": "p", "access": "read_write", "consistency": "none", "requests_timeout": 20},
        {"token": "anon", "requester_pays": "p", "default_location": "EU", "cache_timeout": 0},
        {"token": SimpleNamespace(token="t", expiry=datetime(2999, 1, 1), valid=True)},
    ],
    ids=["anonymous", "project", "requester pays", "google.auth"],
)
def test_options_of_gcsfs(gcs: str, options: dict[str, Any]):
    store = goes_round(f"gs://zarrust/{uuid4().hex}", options | {"endpoint_url": gcs})
    assert repr(store).startswith("<FsspecStore(GCSFileSystem, zarrust/")


def test_a_token_of_google_auth_is_sent():
    source = zarr.storage.MemoryStore()
    zarr.create_array(source, data=VALUES)
    with serving(Web(published({key: source[key] for key in source}, "bucket/data"))) as web:
        token = SimpleNamespace(token="SECRET", expiry=None, valid=True)
        options = {"token": token, "endpoint_url": web.url, "requester_pays": True, "project": "mine"}
        zarr.open_array("gs://bucket/data", mode="r", storage_options=options)
    (request,) = web.requests
    assert request.headers["authorization"] == "Bearer SECRET"
    assert request.headers["x-goog-user-project"] == "mine"


# Azure


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with KINDS["azure"].start(needed("azurite-blob"), tmp_path_factory.mktemp("azure")) as build:
        yield build("x").config["endpoint"]


def signature() -> str:
    """A shared access signature of the emulator's account, for everything in it, until tomorrow."""
    end = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {"sp": "rwdlac", "ss": "b", "srt": "sco", "st": "", "se": end, "sip": "", "spr": "", "sv": "2021-12-02"}
    text = "\n".join([AZURE_ACCOUNT, *fields.values(), "", ""])
    digest = hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()
    fields["sig"] = base64.b64encode(digest).decode()
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items() if value)


AZURE_OPTIONS: dict[str, Callable[[str], dict[str, Any]]] = {
    "connection string": lambda host: {
        "connection_string": f"DefaultEndpointsProtocol=http;AccountName={AZURE_ACCOUNT};AccountKey={AZURE_KEY};"
        f"BlobEndpoint={host};"
    },
    "connection string with a signature": lambda host: {
        "connection_string": f"AccountName={AZURE_ACCOUNT};SharedAccessSignature={signature()};BlobEndpoint={host}"
    },
    "key": lambda host: {"account_key": AZURE_KEY},
    "key as credential": lambda host: {"credential": AZURE_KEY},
    "signature": lambda host: {"sas_token": signature()},
    "signature as credential": lambda host: {"credential": f"?{signature()}", "anon": False},
    "times": lambda host: {"account_key": AZURE_KEY, "connection_timeout": 5, "read_timeout": 60, "socket_timeout": 60},
}


@pytest.mark.parametrize("make", AZURE_OPTIONS.values(), ids=AZURE_OPTIONS)
@pytest.mark.parametrize("scheme", ["az", "abfs"])
def test_options_of_adlfs(azure: str, scheme: str, make: Callable[[str], dict[str, Any]]):
    options = make(azure)
    if "connection_string" not in options:
        # The emulator's accounts are folders of one host, which only a connection string can say.
        options |= {"connection_string": f"AccountName={AZURE_ACCOUNT};BlobEndpoint={azure}"}
    goes_round(f"{scheme}://zarrust/{uuid4().hex}", options)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_credential_of_azure_identity_is_asked_for_a_token(asynchronous: bool):
    token = SimpleNamespace(token="SECRET", expires_on=datetime(2999, 1, 1, tzinfo=UTC).timestamp())

    async def later(scope: str) -> Any:
        return token

    credential = SimpleNamespace(get_token=later if asynchronous else lambda scope: token)
    with serving(Web(published({"zarr.json": b"{}"}, "container/data"))) as web:
        options = {"connection_string": f"AccountName=a;BlobEndpoint={web.url}", "credential": credential}
        store = FsspecStore("abfs://container/data", **options)
        assert store["zarr.json"] == b"{}"
    assert {request.headers["authorization"] for request in web.requests} == {"Bearer SECRET"}


# Web servers


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A folder of nginx that asks for a name and a word."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "words").write_text("me:{PLAIN}open sesame\n")
    with nginx(folder, f"auth_basic zarr; auth_basic_user_file {folder}/words;") as url:
        zarr.create_array(LocalStore(folder / "root" / "data.zarr"), data=VALUES)
        yield f"{url}/data.zarr"


WORD = base64.b64encode(b"me:open sesame").decode()
with warnings.catch_warnings():
    # New programs say it by a header; the object is what programs of years have.
    warnings.simplefilter("ignore", DeprecationWarning)
    BASIC = aiohttp.BasicAuth("me", "open sesame")


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"Authorization": f"Basic {WORD}"}},
        {"client_kwargs": {"headers": {"Authorization": f"Basic {WORD}"}, "trust_env": True}},
        {"client_kwargs": {"auth": BASIC}, "ssl": False},
        {"auth": BASIC, "timeout": 20, "simple_links": True},
        {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=20)}},
    ],
    ids=["headers", "session's headers", "session's auth", "auth", "user of the URL"],
)
def test_options_of_http(guarded: str, options: dict[str, Any]):
    with pytest.raises(PermissionError):
        zarr.open_array(guarded, mode="r")
    url = guarded if "Auth" in str(options) else guarded.replace("://", "://me:open%20sesame@")
    array = zarr.open_array(url, mode="r", storage_options=options)
    np.testing.assert_array_equal(array[...], VALUES)
    assert not array.store._native.identity.startswith("fsspec:")
    assert "sesame" not in f"{array!r} {array.store!r} {array.store._native.identity}"


def test_a_query_that_grants_access_goes_with_every_request():
    source = zarr.storage.MemoryStore()
    zarr.create_array(source, data=VALUES)
    with serving(Web({f"a/{key}": bytes(source[key]) for key in source})) as web:
        url = f"{web.url}/a?sv=1&sig=SE%2FCRET"
        for store in (url, zarr.storage.HttpStore(url)):
            array = zarr.open_array(store, mode="r")
            np.testing.assert_array_equal(array[...], VALUES)
            assert "SE" not in repr(array)
        assert {request.query for request in web.requests} == {"sv=1&sig=SE%2FCRET"}
        with pytest.raises(ValueError, match="cannot list its keys"):
            _ = zarr.open_array(url, mode="r").nchunks_initialized


# What is not understood


@pytest.mark.parametrize(
    ("url", "options", "text"),
    [
        ("s3://b", {"secrt": "s"}, r"S3FileSystem of s3:// has no option 'secrt'; did you mean 'secret'\?"),
        ("s3://b", {"something": 1}, "has no option 'something'$"),
        ("s3://b", {"key": 5}, "storage_options: key: expected str, found int"),
        ("s3://b", {"client_kwargs": 5}, "storage_options: client_kwargs: expected a mapping, found int"),
        ("s3://b", {"config_kwargs": {"read_timeout": "9"}}, "config_kwargs.read_timeout: expected seconds, found '9'"),
        ("gs://b", {"token": "anon", "project": 5}, "storage_options: project: expected str, found int"),
        ("az://b", {"account_name": "a", "account_key": b"k"}, "account_key: expected str, found bytes"),
        ("http://h/a", {"headers": "a: b"}, "storage_options: headers: expected a mapping, found str"),
    ],
)
def test_a_wrong_option_is_named(url: str, options: dict[str, Any], text: str):
    with pytest.raises(TypeError, match=text):
        zarr.open_group(url, mode="r", storage_options=options)


@pytest.mark.parametrize(
    ("url", "options", "text"),
    [
        ("gs://b", {"token": "browser"}, "storage_options: token: the engine knows 'anon', service accounts"),
        (
            "gs://b",
            {"version_aware": True, "token": "anon"},
            "storage_options: version_aware: the engine does not know",
        ),
        ("az://b", {"credential": object(), "account_name": "a"}, "storage_options: credential: the engine knows keys"),
        ("az://b", {}, "storage_options: account_name: expected it, or a connection string"),
        ("az://b", {"account_name": "a", "anon": False}, "storage_options: anon: False without credentials"),
    ],
)
@pytest.mark.skipif(importlib.util.find_spec("gcsfs") is not None, reason="gcsfs is installed, which takes these")
def test_what_needs_a_package_that_is_missing_says_which_option_needs_it(url: str, options: dict[str, Any], text: str):
    with pytest.raises(ImportError, match=rf"(?s){text}.*fsspec has to do the work.*install"):
        zarr.open_group(url, mode="r", storage_options=options)


@pytest.mark.parametrize(
    ("url", "options", "text"),
    [
        ("s3://b", {"session": object()}, "storage_options: session: the engine does not know it"),
        ("s3://b", {"key": "k"}, "storage_options: secret: expected both key and secret, found one of them"),
        ("s3://b", {"config_kwargs": {"user_agent": "x"}}, "storage_options: config_kwargs.user_agent"),
        ("ftp://h/a", {}, "ftp://: the protocol is not one of the engine's"),
        ("http://h/a#SECRET", {}, "http://: the URL has a query or a fragment"),
    ],
)
def test_without_fsspec_what_it_would_be_needed_for_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, options: dict[str, Any], text: str
):
    monkeypatch.setattr("zarrust.storage.urls.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=f"{text}.*fsspec, which may, is not installed") as caught:
        zarr.open_group(url, mode="r", storage_options=options)
    assert "SECRET" not in str(caught.value)


def test_without_fsspec_the_engine_does_the_same(monkeypatch: pytest.MonkeyPatch, s3: S3, tmp_path: Path):
    monkeypatch.setattr("zarrust.storage.urls.find_spec", lambda name: None)
    options = KEYS | {"endpoint_url": s3.endpoint}
    zarr.create_array(f"s3://{s3.bucket}/{s3.prefix}", data=VALUES, storage_options=options)
    array = zarr.open_array(f"s3://{s3.bucket}/{s3.prefix}", mode="r", storage_options=options)
    assert type(array.store).__name__ == "ObjectStore"
    np.testing.assert_array_equal(array[...], VALUES)
