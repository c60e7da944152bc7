"""The clients of `zarrust.store` with their options, on real servers; and obstore's, of which ours are made."""

import pickle
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import obstore.store
import pytest

import zarrust as zarr
from certificates import Certificate
from conftest import S3
from proxy import spoiling
from storage.servers import AZURE_KEY, KINDS, needed, nginx
from storage.test_storage_options import signature
from web import Fault, Web, published, serving
from zarrust.storage import FsspecStore, LocalStore, ObjectStore
from zarrust.store import AzureStore, GCSStore, HTTPStore, S3Store, from_url

VALUES = np.arange(12).reshape(3, 4)


def goes_round(client: Any) -> None:
    """Write an array by a client, read it by what comes out of a pickle of it."""
    zarr.create_array(ObjectStore(client), name="x", data=VALUES, chunks=(2, 2), overwrite=True)
    again = ObjectStore(pickle.loads(pickle.dumps(client)))
    np.testing.assert_array_equal(zarr.open_array(again, path="x", mode="r")[...], VALUES)


@pytest.fixture(scope="module", params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Any]]:
    """Makes clients of one service, each with a prefix of its own."""
    kind = KINDS[request.param]
    with kind.start(needed(kind.program), tmp_path_factory.mktemp(request.param)) as build:
        yield lambda: build(uuid4().hex)


def test_obstores_clients_are_taken(place: Callable[[], Any]):
    ours = place()
    args, options = ours.__getnewargs_ex__()
    theirs = getattr(obstore.store, type(ours).__name__)(*args, **options)
    goes_round(theirs)
    array = zarr.open_array(ObjectStore(ours), path="x", mode="r")
    np.testing.assert_array_equal(array[...], VALUES)
    assert ObjectStore(ours)._handle.identity == ObjectStore(theirs)._handle.identity


def test_retries_and_times_may_be_said(place: Callable[[], Any]):
    args, options = (client := place()).__getnewargs_ex__()
    connection = options["client_options"] | {
        "timeout": "30 seconds", "connect_timeout": timedelta(seconds=5), "read_timeout": "10s",
        "pool_idle_timeout": "1m", "pool_max_idle_per_host": "4", "user_agent": "zarr test",
    }  # fmt: skip
    backoff = {"init_backoff": timedelta(milliseconds=5), "max_backoff": timedelta(seconds=1), "base": 2}
    retries = {"max_retries": 2, "retry_timeout": timedelta(seconds=9), "backoff": backoff}
    goes_round(type(client)(*args, **options | {"client_options": connection, "retry_config": retries}))


def test_urls_of_every_kind_make_clients(place: Callable[[], Any], tmp_path: Path):
    made = place()
    _, options = made.__getnewargs_ex__()
    config = dict(options["config"])
    bucket = config.pop("bucket", None) or config.pop("container_name")
    rest = {"config": config, "client_options": options["client_options"]}
    for scheme in {"S3Store": ["s3", "s3a"], "GCSStore": ["gs"], "AzureStore": ["az", "abfs"]}[type(made).__name__]:
        client = from_url(f"{scheme}://{bucket}/{made.prefix}", **rest)
        assert type(client) is type(made)
        assert client == made
        goes_round(client)
    goes_round(from_url(f"file://{tmp_path}"))
    assert type(from_url("memory://")) is zarr.store.MemoryStore


# Credentials from Python


class Keys:
    """Keys for S3 that are asked for, plainly or to be awaited."""

    def __init__(self, *, until: timedelta | None = None) -> None:
        self.asked = 0
        self.until = until

    def answer(self) -> dict[str, Any]:
        self.asked += 1
        end = None if self.until is None else datetime.now(UTC) + self.until
        return {"access_key_id": "test", "secret_access_key": "test", "token": None, "expires_at": end}

    def __call__(self) -> dict[str, Any]:
        return self.answer()


class LaterKeys(Keys):
    async def __call__(self) -> dict[str, Any]:
        return self.answer()


@pytest.mark.parametrize("kind", [Keys, LaterKeys])
def test_providers_of_keys_are_called_when_needed(s3: S3, kind: type[Keys]):
    options = {name: value for name, value in s3.options().items() if "access_key" not in name}
    keys = kind(until=timedelta(hours=1))
    goes_round(S3Store(s3.bucket, credential_provider=keys, **options))
    assert keys.asked == 1
    # Keys that end within five minutes are asked for again.
    short = kind(until=timedelta(minutes=4))
    store = ObjectStore(S3Store(s3.bucket, credential_provider=short, **options))
    for number in range(3):
        store[f"k{number}"] = b"1"
    assert short.asked >= 1


@pytest.mark.parametrize("later", [False, True], ids=["plain", "coroutine"])
def test_providers_of_azure_give_keys_signatures_or_tokens(tmp_path: Path, later: bool):
    with KINDS["azure"].start(needed("azurite-blob"), tmp_path) as build:
        _, options = build("x").__getnewargs_ex__()
        config = {name: value for name, value in options["config"].items() if name != "account_key"}
        for answer in ({"access_key": AZURE_KEY}, {"sas_token": signature()}):

            def plain(answer: dict[str, Any] = answer) -> dict[str, Any]:
                return answer | {"expires_at": None}

            async def coroutine(answer: dict[str, Any] = answer) -> dict[str, Any]:
                return answer | {"expires_at": None}

            client = AzureStore(**options | {"config": config, "credential_provider": coroutine if later else plain})
            store, name = ObjectStore(client), uuid4().hex
            zarr.create_array(store, name=name, data=VALUES)
            np.testing.assert_array_equal(zarr.open_array(store, path=name)[...], VALUES)


@pytest.mark.parametrize("later", [False, True], ids=["plain", "coroutine"])
def test_providers_of_google_give_tokens(later: bool):
    async def coroutine() -> dict[str, Any]:
        return {"token": "SECRET", "expires_at": None}

    with serving(Web(published({"zarr.json": b"{}"}, "bucket/a"))) as web:
        provider = coroutine if later else lambda: {"token": "SECRET", "expires_at": None}
        client = GCSStore(
            "bucket", prefix="a", base_url=web.url, credential_provider=provider, client_options={"allow_http": True}
        )
        assert ObjectStore(client)["zarr.json"] == b"{}"
    assert {request.headers["authorization"] for request in web.requests} == {"Bearer SECRET"}


def test_what_a_provider_raises_is_told(s3: S3):
    def fails() -> dict[str, Any]:
        raise RuntimeError("the vault is shut")

    async def fails_later() -> dict[str, Any]:
        raise RuntimeError("the vault is shut")

    options = {name: value for name, value in s3.options().items() if "access_key" not in name}
    for provider in (fails, fails_later):
        store = ObjectStore(S3Store(s3.bucket, credential_provider=provider, **options))
        with pytest.raises(OSError, match="the vault is shut"):
            store["k"]


def test_an_anonymous_client_signs_nothing():
    with serving(Web(published({"k": b"1"}, "bucket/a"))) as web:
        connection = {"allow_http": True}
        s3 = S3Store("bucket", prefix="a", endpoint=web.url, skip_signature=True, client_options=connection)
        gcs = GCSStore("bucket", prefix="a", base_url=web.url, skip_signature=True, client_options=connection)
        azure = AzureStore(
            "bucket", prefix="a", account_name="x", endpoint=web.url, skip_signature=True, client_options=connection
        )
        for client in (s3, gcs, azure):
            assert ObjectStore(client)["k"] == b"1"
    assert not [request for request in web.requests if "authorization" in request.headers]


SIGNED = "[0-9a-f]{64}"
UNSIGNED = "UNSIGNED-PAYLOAD"


@pytest.mark.parametrize(
    ("tls", "options", "environment", "digest"),
    [
        (False, {}, {}, SIGNED),
        (False, {"unsigned_payload": True}, {}, UNSIGNED),
        (True, {}, {}, UNSIGNED),
        (True, {"unsigned_payload": False}, {}, SIGNED),
        (True, {"config": {"AWS_UNSIGNED_PAYLOAD": "false"}}, {}, SIGNED),
        (True, {}, {"AWS_UNSIGNED_PAYLOAD": "false"}, SIGNED),
    ],
)
def test_values_are_hashed_for_the_signature_where_nothing_else_protects_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tls: bool,
    options: dict[str, Any],
    environment: dict[str, str],
    digest: str,
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    own = Certificate.of_itself()
    keys = {"access_key_id": "a", "secret_access_key": "b", "region": "us-east-1"}
    connection = {"root_certificate": own.pem, "allow_http": not tls}
    with serving(Web(), own.context(tmp_path) if tls else None) as web:
        store = ObjectStore(S3Store("bucket", endpoint=web.url, client_options=connection, **keys, **options))
        store["k"] = b"value"
    (request,) = web.asked(method="PUT")
    assert re.fullmatch(digest, request.headers["x-amz-content-sha256"])
    assert web.values == {"bucket/k": b"value"}


def test_s3fs_spells_whether_values_are_hashed():
    keys = {"key": "a", "secret": "b"}
    with serving(Web()) as web:
        for signs, digest in ((True, SIGNED), (False, UNSIGNED), (None, SIGNED)):
            style = {} if signs is None else {"s3": {"payload_signing_enabled": signs}}
            store = FsspecStore("s3://bucket", endpoint_url=web.url, config_kwargs=style, **keys)
            store["k"] = b"value"
            assert re.fullmatch(digest, web.requests[-1].headers["x-amz-content-sha256"])


# Connections


def opened(web: Web, **connection: Any) -> None:
    store = ObjectStore(HTTPStore(f"{web.url}/data", client_options={"allow_http": True, **connection}))
    zarr.open_group(store, mode="r", use_consolidated=False)


def test_stores_share_connections_where_their_options_agree():
    with serving(Web(published({"zarr.json": b'{"zarr_format": 3, "node_type": "group"}'}, "data"))) as web:
        for _ in range(5):
            opened(web)
        assert web.connections == 1
        opened(web, read_timeout="7s")
        assert web.connections == 2
        opened(web, default_headers={"X-Key": "SECRET"})
        opened(web)
        assert web.connections == 2
    assert [request.headers.get("x-key") for request in web.requests[-2:]] == ["SECRET", None]


def test_a_store_that_asks_for_certificates_gets_no_connection_of_one_that_does_not(tmp_path: Path):
    with serving(Web(), Certificate.of_itself().context(tmp_path)) as web:
        web.values.update(published({"k": b"1"}, "data"))
        url = f"{web.url}/data"
        assert ObjectStore(HTTPStore(url, client_options={"allow_invalid_certificates": True}))["k"] == b"1"
        with pytest.raises(OSError, match="certificate"):
            ObjectStore(HTTPStore(url))["k"]


def test_requests_go_through_a_proxy(s3: S3):
    with spoiling(s3.endpoint) as proxy:
        options = s3.options() | {"client_options": {"allow_http": True, "proxy_url": proxy.url}}
        store = ObjectStore(S3Store(s3.bucket, **options | {"endpoint": "http://storage.invalid"}))
        # The proxy sends everything to the server behind it.
        with pytest.raises(KeyError):
            store["k"]
        assert proxy.requests[0].path.startswith("http://storage.invalid/")


def test_a_retry_is_made_as_often_as_it_is_said(s3: S3):
    with spoiling(s3.endpoint) as proxy:
        proxy.fault = lambda request: Fault(status=503)
        quick = {"init_backoff": timedelta(milliseconds=1), "max_backoff": timedelta(milliseconds=2), "base": 2}
        for most in (0, 2):
            proxy.requests.clear()
            retries = {"max_retries": most, "retry_timeout": timedelta(seconds=9), "backoff": quick}
            store = ObjectStore(S3Store(s3.bucket, **s3.options() | {"endpoint": proxy.url, "retry_config": retries}))
            with pytest.raises(OSError, match="503"):
                store["k"]
            assert len(proxy.requests) == most + 1


def test_a_web_server_is_read_by_its_client(tmp_path: Path):
    with nginx(tmp_path) as url:
        zarr.create_array(LocalStore(tmp_path / "root" / "data.zarr"), data=VALUES)
        for client in (HTTPStore(f"{url}/data.zarr", client_options={"allow_http": True}),
                       from_url(f"{url}/data.zarr", client_options={"allow_http": True})):  # fmt: skip
            assert type(client) is HTTPStore
            np.testing.assert_array_equal(zarr.open_array(ObjectStore(client), mode="r")[...], VALUES)


# Options that are wrong


def azure(**options: Any) -> Any:
    return AzureStore("c", **{"account_name": "a"} | options)


def gcs(**options: Any) -> Any:
    return GCSStore("b", **options)


def http(**options: Any) -> Any:
    return HTTPStore("https://example.com/x", **options)


def s3_(**options: Any) -> Any:
    return S3Store("b", **options)


WRONG: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (s3_, {"nonsense": 1}, "ValueError: S3Store: nonsense: "),
    (s3_, {"config": {"region": "x", "nonsense": "y"}}, "ValueError: S3Store: config.nonsense: "),
    (s3_, {"access_key_id": 5}, "TypeError: S3Store: access_key_id: "),
    (s3_, {"region": "x", "skip_signature": "maybe"}, 'ValueError: S3Store: skip_signature: failed to parse "maybe"'),
    (s3_, {"server_side_encryption": "rot13"}, "ValueError: S3Store: server_side_encryption: "),
    (s3_, {"prefix": 5}, "TypeError: S3Store: prefix: "),
    (s3_, {"credential_provider": 5}, "TypeError: S3Store: credential_provider: "),
    (s3_, {"client_options": 5}, "TypeError: S3Store: client_options: "),
    (s3_, {"client_options": {"timeout": "abc"}}, 'ValueError: S3Store: client_options.timeout: failed to parse "abc"'),
    (s3_, {"client_options": {"timeout": 5}}, "TypeError: S3Store: client_options.timeout: "),
    (s3_, {"client_options": {"nonsense": "a"}}, "ValueError: S3Store: client_options.nonsense: "),
    (s3_, {"client_options": {"allow_http": "maybe"}}, "ValueError: S3Store: client_options.allow_http: "),
    (s3_, {"client_options": {"root_certificate": b"x"}}, "ValueError: S3Store: client_options.root_certificate: "),
    (s3_, {"client_options": {"default_headers": {"a b": "c"}}}, "ValueError: S3Store: client_options.default_headers"),
    (s3_, {"retry_config": {"nonsense": 1}}, "ValueError: S3Store: retry_config.nonsense: no such option; there are "),
    (s3_, {"retry_config": {"max_retries": -1}}, "ValueError: S3Store: retry_config.max_retries: "),
    (s3_, {"retry_config": {"max_retries": "a"}}, "TypeError: S3Store: retry_config.max_retries: "),
    (s3_, {"retry_config": {"retry_timeout": 5}}, "TypeError: S3Store: retry_config.retry_timeout: "),
    (s3_, {"retry_config": {"backoff": {"base": "x"}}}, "TypeError: S3Store: retry_config.backoff.base: "),
    (s3_, {"retry_config": {"backoff": {"bases": 2}}}, "ValueError: S3Store: retry_config.backoff.bases: no such"),
    (gcs, {"service_account_key": "{"}, "ValueError: GCSStore: service_account_key: "),
    (gcs, {"service_account_path": "/no/such/file"}, "ValueError: GCSStore: service_account_path: "),
    (gcs, {"nonsense": "1"}, "ValueError: GCSStore: nonsense: "),
    (azure, {"account_key": "not base64!"}, "ValueError: AzureStore: account_key: "),
    (azure, {"sas_key": "xx"}, "ValueError: AzureStore: sas_key: "),
    (azure, {"nonsense": "1"}, "ValueError: AzureStore: nonsense: "),
    (http, {"nonsense": 1}, "TypeError: HTTPStore: nonsense: "),
    (http, {"client_options": {"connect_timeout": "soon"}}, "ValueError: HTTPStore: client_options.connect_timeout: "),
    (http, {"retry_config": {"max_retries": 1.5}}, "TypeError: HTTPStore: retry_config.max_retries: "),
    (lambda **options: from_url("s3://b/x", **options), {"nonsense": 1}, "ValueError: from_url: nonsense: "),
    (lambda **options: from_url("gs://b/x", **options), {"client_options": {"timeout": "abc"}},
     "ValueError: from_url: client_options.timeout: "),
    (lambda **options: ObjectStore("s3://b/x", **options), {"region": 5}, "TypeError: from_url: region: "),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "options", "text"), WRONG, ids=lambda value: str(value) if type(value) is dict else ""
)
def test_a_bad_value_is_an_error_that_names_the_option(make: Callable[..., Any], options: dict[str, Any], text: str):
    with pytest.raises((TypeError, ValueError)) as caught:
        make(**options)
    message = f"{type(caught.value).__name__}: {caught.value}"
    assert message.startswith(text)
    assert "\n" not in message


def test_what_is_missing_is_said():
    with pytest.raises(ValueError, match=r"S3Store: .*Missing bucket name"):
        S3Store()
    with pytest.raises(ValueError, match=r"AzureStore: .*Account must be specified"):
        AzureStore("c")
    with pytest.raises(ValueError, match=r"from_url: .*Unable to recognise URL"):
        from_url("nonsense://b/x")
