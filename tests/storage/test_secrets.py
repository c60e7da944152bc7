"""A secret in every place that takes one is in no text, error, log or pickle that has no need of it."""

import base64
import contextlib
import json
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import numpy as np
import obstore.store
import pytest
from redis.backoff import NoBackoff
from redis.retry import Retry

import zarrust as zarr
from storage.servers import free_port
from web import Fault, Web, serving
from zarrust.storage import (
    FsspecStore,
    HttpStore,
    LoggingStore,
    LRUStoreCache,
    MongoDBStore,
    N5Store,
    ObjectStore,
    RedisStore,
    ZipStore,
)
from zarrust.store import AzureStore, GCSStore, HTTPStore, S3Store, from_url

SECRET = "SECRETSECRET"
ENCODED = base64.b64encode(SECRET.encode()).decode()
BASIC = base64.b64encode(f"user:{SECRET}".encode()).decode()
FORMS = (SECRET, ENCODED, BASIC)
SIGNATURE = f"sv=2021-12-02&sp=rl&sig={SECRET}"

Make = Callable[[str], Any]


def at(url: str, place: str = "user:SECRETSECRET@") -> str:
    """An address with a user and a password."""
    return url.replace("://", f"://{place}")


def s3(**options: Any) -> Make:
    def make(url: str) -> Any:
        rest = {"access_key_id": "a", "secret_access_key": "b", "region": "us-east-1", "endpoint": url}
        made = {name: value(url) if callable(value) else value for name, value in options.items()}
        given = rest | made
        client = {"allow_http": True} | given.pop("client_options", {})
        return ObjectStore(S3Store("bucket", prefix="a", client_options=client, **given))

    return make


def gcs(**options: Any) -> Make:
    def make(url: str) -> Any:
        client = {"allow_http": True} | options.get("client_options", {})
        given = {"base_url": url, "skip_signature": True} | {k: v for k, v in options.items() if k != "client_options"}
        return ObjectStore(GCSStore("bucket", prefix="a", client_options=client, **given))

    return make


def azure(**options: Any) -> Make:
    def make(url: str) -> Any:
        client = {"allow_http": True} | options.get("client_options", {})
        made = {name: value(url) if callable(value) else value for name, value in options.items()}
        given = {"account_name": "account", "endpoint": url} | made | {"client_options": client}
        return ObjectStore(AzureStore("container", prefix="a", **given))

    return make


def http(change: Callable[[str], str] = lambda url: url, **options: Any) -> Make:
    return lambda url: HttpStore(change(f"{url}/a"), **options)


def fsspec(protocol: str, change: Callable[[str], str] = lambda url: url, **options: Any) -> Make:
    def make(url: str) -> Any:
        given = {name: value(url) if callable(value) else value for name, value in options.items()}
        if protocol == "http":
            return FsspecStore(change(f"{url}/a"), **given)
        ends = {} if protocol == "az" else {"endpoint_url": url}
        return FsspecStore(f"{protocol}://bucket/a", **ends | given)

    return make


def connection(fields: str) -> Callable[[str], str]:
    return lambda url: f"AccountName=account;BlobEndpoint={url};{fields}"


def provider(**answer: Any) -> Any:
    """Gives credentials; wrapped so that it is no function of the URL."""
    return {"credential_provider": lambda url: lambda: answer | {"expires_at": None}}


ACCOUNT = {"type": "service_account", "client_email": "e", "private_key_id": "i", "private_key": SECRET}
HEADERS = {"default_headers": {"Authorization": f"Bearer {SECRET}", "X-Key": SECRET}}
PROXY = {"proxy_url": f"http://user:{SECRET}@127.0.0.1:9"}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    AUTH = aiohttp.BasicAuth("user", SECRET)
# Of google.auth and azure.identity.
GOOGLE = SimpleNamespace(token=SECRET, expiry=None, valid=True)
AZURE = SimpleNamespace(get_token=lambda scope: SimpleNamespace(token=SECRET, expires_on=32503680000))

SLOTS: dict[str, Make] = {
    "S3Store access_key_id": s3(access_key_id=SECRET),
    "S3Store secret_access_key": s3(secret_access_key=SECRET),
    "S3Store session_token": s3(session_token=SECRET),
    "S3Store config": s3(config={"aws_session_token": SECRET}),
    "S3Store sse_customer_key_base64": s3(server_side_encryption="sse-c", sse_customer_key_base64=ENCODED),
    "S3Store endpoint's user": s3(endpoint=at),
    "S3Store headers": s3(client_options=HEADERS),
    "S3Store proxy": s3(client_options=PROXY, retry_config={"max_retries": 0}),
    "S3Store credential_provider": s3(**provider(access_key_id=SECRET, secret_access_key=SECRET, token=SECRET)),
    "S3Store by ObjectStore(URL)": lambda url: ObjectStore(
        "s3://bucket/a", endpoint=url, access_key_id="a", secret_access_key=SECRET, client_options={"allow_http": True}
    ),
    "S3Store by from_url": lambda url: ObjectStore(
        from_url("s3://bucket/a", endpoint=url, secret_access_key=SECRET, access_key_id=SECRET)
    ),
    "GCSStore service_account_key": lambda url: GCSStore("bucket", service_account_key=json.dumps(ACCOUNT)),
    "GCSStore service_account_key, broken": lambda url: GCSStore("bucket", service_account_key=f'{{"a": {SECRET}'),
    "GCSStore base_url's user": lambda url: gcs(base_url=at(url))(url),
    "GCSStore headers": gcs(client_options=HEADERS),
    "GCSStore proxy": gcs(client_options=PROXY, retry_config={"max_retries": 0}),
    "GCSStore credential_provider": gcs(
        skip_signature=False, credential_provider=lambda: {"token": SECRET, "expires_at": None}
    ),
    "AzureStore account_key": azure(account_key=ENCODED),
    "AzureStore account_key, broken": azure(account_key=f"!{SECRET}"),
    "AzureStore sas_key": azure(sas_key=SIGNATURE),
    "AzureStore sas_key, broken": azure(sas_key=SECRET),
    "AzureStore bearer_token": azure(token=SECRET),
    "AzureStore client_secret": azure(
        client_secret=SECRET, client_id="c", tenant_id="t", authority_host=lambda url: url
    ),
    "AzureStore endpoint's user": azure(endpoint=at, skip_signature=True),
    "AzureStore headers": azure(client_options=HEADERS, skip_signature=True),
    "AzureStore proxy": azure(client_options=PROXY, skip_signature=True, retry_config={"max_retries": 0}),
    "AzureStore provider of keys": azure(**provider(access_key=ENCODED)),
    "AzureStore provider of signatures": azure(**provider(sas_token=SIGNATURE)),
    "AzureStore provider of tokens": azure(**provider(token=SECRET)),
    "HTTPStore user": lambda url: ObjectStore(HTTPStore(at(url), client_options={"allow_http": True})),
    "HTTPStore query": lambda url: ObjectStore(HTTPStore(f"{url}/a?sig={SECRET}", client_options={"allow_http": True})),
    "HttpStore user": http(at),
    "HttpStore query": http(lambda url: f"{url}?X-Amz-Signature={SECRET}"),
    "HttpStore fragment": http(lambda url: f"{url}#{SECRET}"),
    "HttpStore headers": http(headers={"Authorization": f"Bearer {SECRET}", "Cookie": SECRET}),
    "HttpStore client_options' headers": http(client_options=HEADERS),
    "HttpStore proxy": http(client_options=PROXY, retry_config={"max_retries": 0}),
    "HttpStore proxy, broken": http(client_options={"proxy_url": f"http://user:{SECRET}@:x"}),
    "HttpStore of another protocol": lambda url: HttpStore(f"ftp://user:{SECRET}@host/a?sig={SECRET}"),
    "from_url of another protocol": lambda url: from_url(f"gopher://user:{SECRET}@host/a?sig={SECRET}"),
    "obstore S3Store": lambda url: ObjectStore(
        obstore.store.S3Store("b", endpoint=url, access_key_id=SECRET, secret_access_key=SECRET, session_token=SECRET,
                              client_options={"allow_http": True})
    ),
    "obstore HTTPStore user": lambda url: ObjectStore(
        obstore.store.HTTPStore(at(url), client_options={"allow_http": True})
    ),
    "s3:// key": fsspec("s3", key=SECRET, secret="b"),
    "s3:// secret": fsspec("s3", key="a", secret=SECRET),
    "s3:// username and password": fsspec("s3", username="a", password=SECRET),
    "s3:// token": fsspec("s3", key="a", secret="b", token=SECRET),
    "s3:// client_kwargs": fsspec(
        "s3", client_kwargs={"aws_access_key_id": SECRET, "aws_secret_access_key": SECRET, "aws_session_token": SECRET}
    ),
    "s3:// endpoint's user": lambda url: FsspecStore("s3://bucket/a", key="a", secret="b", endpoint_url=at(url)),
    "s3:// proxies": fsspec(
        "s3", key="a", secret="b",
        config_kwargs={"proxies": {"http": PROXY["proxy_url"]}, "retries": {"max_attempts": 0}},
    ),
    "s3:// key of a wrong type": fsspec("s3", key=SECRET, secret=[SECRET]),
    "s3:// misspelt": fsspec("s3", key="a", secert=SECRET),
    "gs:// token": fsspec("gs", token=ACCOUNT),
    "gs:// token of google.auth": fsspec("gs", token=GOOGLE),
    "gs:// token, a text": fsspec("gs", token=SECRET),
    "az:// account_key": fsspec("az", account_key=ENCODED, connection_string=connection("")),
    "az:// sas_token": fsspec("az", sas_token=SIGNATURE, connection_string=connection("")),
    "az:// credential, a key": fsspec("az", credential=ENCODED, connection_string=connection("")),
    "az:// credential, a signature": fsspec("az", credential=SIGNATURE, connection_string=connection("")),
    "az:// credential of azure.identity": lambda url: fsspec(
        "az", credential=AZURE, connection_string=connection("")(url)
    )(url),
    "az:// connection_string's key": fsspec("az", connection_string=connection(f"AccountKey={ENCODED}")),
    "az:// connection_string's signature": fsspec(
        "az", connection_string=connection(f"SharedAccessSignature={SIGNATURE}")
    ),
    "az:// connection_string, more": fsspec("az", connection_string=connection(f"Other={SECRET}")),
    "az:// client_secret": fsspec("az", account_name="a", tenant_id="t", client_id="c", client_secret=SECRET, anon=1),
    "http:// user": fsspec("http", at),
    "http:// query": fsspec("http", lambda url: f"{url}?sig={SECRET}"),
    "http:// headers": fsspec("http", headers={"Authorization": SECRET}),
    "http:// client_kwargs.headers": fsspec("http", client_kwargs={"headers": {"Authorization": SECRET}}),
    "http:// client_kwargs.auth": fsspec("http", client_kwargs={"auth": AUTH}),
    "http:// auth": fsspec("http", auth=AUTH),
    "RedisStore password": lambda url: RedisStore(
        port=1, username="user", password=SECRET, retry=Retry(NoBackoff(), 0)
    ),
    "MongoDBStore host's user": lambda url: MongoDBStore(
        host=f"mongodb://user:{SECRET}@127.0.0.1:1/", serverSelectionTimeoutMS=10
    ),
    "MongoDBStore two hosts' user": lambda url: MongoDBStore(
        host=f"mongodb://user:{SECRET}@127.0.0.1:1,127.0.0.1:2/?authSource={SECRET}", serverSelectionTimeoutMS=10
    ),
    "MongoDBStore password": lambda url: MongoDBStore(
        host="127.0.0.1", port=1, username="user", password=SECRET, serverSelectionTimeoutMS=10
    ),
    "ZipStore of a URL": lambda url: ZipStore(at(f"{url}/a.zip"), mode="r"),
    "ZipStore with storage_options": lambda url: ZipStore(
        "s3://bucket/a.zip", mode="r", storage_options={"key": "a", "secret": SECRET, "endpoint_url": url}
    ),
    "N5Store of a URL": lambda url: N5Store(at(f"{url}/a.n5")),
    "LRUStoreCache": lambda url: LRUStoreCache(HttpStore(at(url))),
}  # fmt: skip


@pytest.fixture(scope="module")
def refusing() -> Iterator[str]:
    """A server that refuses, and says why at length."""
    with serving(Web({})) as web:
        web.fault = lambda request: Fault(status=403)
        yield web.url


def uses(store: Any) -> list[Callable[[], Any]]:
    """What a program does with a store that refuses."""
    return [
        lambda: store["k"],
        lambda: zarr.open_array(store, mode="r"),
        lambda: zarr.open_group(store, mode="r"),
        lambda: zarr.create_array(store, shape=(2,), dtype="i4"),
        lambda: list(store.list_dir("")),
        lambda: store.with_read_only(False),
        lambda: store == pickle.loads(pickle.dumps(store)),
    ]


def texts(make: Make, url: str) -> list[str]:
    """Everything that somebody may read of a store and of what goes wrong with it."""
    found = []
    store: Any = None

    def tried(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            found.extend([str(error), repr(error), "".join(traceback.format_exception(error))])

    store = tried(lambda: make(url))
    if not isinstance(store, zarr.storage.Store):
        return [*found, repr(store), str(store)]
    logged = tried(lambda: LoggingStore(store, log_level="DEBUG"))
    for one in (store, logged):
        found += [repr(one), str(one), f"{zarr.storage.StorePath(one, 'a')!r}"]
        for use in uses(one):
            tried(use)
    tried(lambda: found.append(store._handle.identity))
    return found


@pytest.mark.filterwarnings("ignore:Unclosed")
def test_no_secret_is_in_a_text_an_error_or_a_log(
    refusing: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("RUST_LOG", "trace")
    # Who gives tokens elsewhere is not asked from here.
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", refusing)
    for name in ("GCE_METADATA_HOST", "GCE_METADATA_IP"):
        monkeypatch.setenv(name, refusing.removeprefix("http://"))
    leaks = {}
    with caplog.at_level(logging.DEBUG):
        for name, make in SLOTS.items():
            caplog.clear()
            shown = [*texts(make, refusing), caplog.text, *capfd.readouterr()]
            leaks |= {name: [text for text in shown if any(form in text for form in FORMS)]}
            # A log that is empty because nothing was done proves nothing.
            assert sum(map(len, shown)) > 50, name
    kept = [name for name, found in leaks.items() if not found]
    with capfd.disabled():
        print(f"\n{len(kept)} of {len(SLOTS)} places for a secret keep it")
    assert {name: found for name, found in leaks.items() if found} == {}


ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": SECRET,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": SECRET,
    "AWS_BEARER_TOKEN": SECRET,
    "GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps({"gcs_base_url": "http://h", "disable_oauth": True, **ACCOUNT}),
    "AZURE_STORAGE_ACCOUNT_KEY": ENCODED,
    "AZURE_STORAGE_SAS_KEY": SIGNATURE,
    "AZURE_STORAGE_TOKEN": SECRET,
    "AZURE_CLIENT_SECRET": SECRET,
    "HTTPS_PROXY": f"http://user:{SECRET}@127.0.0.1:9",
    "HTTP_PROXY": f"http://user:{SECRET}@127.0.0.1:9",
}
FROM_ENVIRONMENT: dict[str, Callable[[], Any]] = {
    "S3Store": lambda: ObjectStore(S3Store("b", region="us-east-1")),
    "S3Store by from_url": lambda: ObjectStore("s3://b/a", region="us-east-1"),
    "GCSStore": lambda: ObjectStore(GCSStore("b")),
    "AzureStore": lambda: ObjectStore(AzureStore("c", account_name="a")),
    "HttpStore": lambda: HttpStore("https://example.com/a"),
    "s3://": lambda: FsspecStore("s3://b/a", client_kwargs={"region_name": "us-east-1"}),
    "az://": lambda: FsspecStore("az://c/a", account_name="a"),
    "https://": lambda: FsspecStore("https://example.com/a"),
}


@pytest.mark.parametrize("make", FROM_ENVIRONMENT.values(), ids=FROM_ENVIRONMENT)
def test_no_pickle_has_a_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Any]):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    store = make()
    with contextlib.suppress(ValueError):
        # An account that the environment has is no service account that could be used; it is looked at all the same.
        assert store._handle
    for text in (pickle.dumps(store), repr(store).encode(), str(store).encode()):
        assert not [form for form in FORMS if form.encode() in text]


def test_a_server_that_is_not_there_is_named_without_secrets():
    store = HttpStore(at(f"http://127.0.0.1:{free_port()}/a"), retry_config={"max_retries": 0})
    with pytest.raises(OSError, match=r"127\.0\.0\.1") as caught:
        store["k"]
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_an_array_of_a_store_with_secrets_shows_none(tmp_path: Any):
    source = zarr.storage.MemoryStore()
    zarr.create_array(source, name="x", data=np.arange(4))
    with serving(Web({f"a/{key}": bytes(source[key]) for key in source})) as web:
        store = HttpStore(at(f"{web.url}/a"), headers={"X-Key": SECRET})
        array = zarr.open_array(store, path="x")
        shown = [repr(array), str(array), str(array.info), repr(array.store_path)]
        assert not [text for text in shown if SECRET in text]
        assert SECRET in "".join(str(request.headers) for request in web.requests)
