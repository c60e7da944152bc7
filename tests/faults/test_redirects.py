"""Reads follow redirects, and no server but the one that the user named learns anything that could be a secret."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import obstore.store
import pytest

import zarrust as zarr
from certificates import Certificate
from storage.test_secrets import FORMS, SECRET, SLOTS, azure, gcs, provider, s3, uses
from web import Fault, Request, Web, published, serving
from zarrust.storage import FsspecStore, HttpStore, MemoryStore, ObjectStore
from zarrust.store import HTTPStore

VALUES = np.random.default_rng(1).integers(0, 1 << 30, (64, 64))
QUICK = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=20),
    "backoff": {"init_backoff": timedelta(milliseconds=2), "max_backoff": timedelta(milliseconds=20), "base": 2},
}
SECRETS = {"Authorization": f"Bearer {SECRET}", "Cookie": f"a={SECRET}", "X-Api-Key": SECRET}
# What another server may be sent.
HARMLESS = {"accept", "host", "if-match", "range", "user-agent"}

Make = Callable[[str], Any]

STORES: dict[str, Make] = {
    "HttpStore": lambda url: HttpStore(f"{url}/a", headers=SECRETS),
    "HttpStore, default_headers": lambda url: HttpStore(f"{url}/a", client_options={"default_headers": SECRETS}),
    "HTTPStore": lambda url: ObjectStore(
        HTTPStore(f"{url}/a", client_options={"allow_http": True, "default_headers": SECRETS})
    ),
    "obstore": lambda url: ObjectStore(
        obstore.store.HTTPStore(f"{url}/a", client_options={"allow_http": True, "default_headers": SECRETS})
    ),
    "http:// headers": lambda url: FsspecStore(f"{url}/a", headers=SECRETS),
    "http:// client_kwargs": lambda url: FsspecStore(f"{url}/a", client_kwargs={"headers": SECRETS}),
    "S3Store": s3(access_key_id=SECRET, session_token=SECRET, client_options={"default_headers": SECRETS}),
    "S3Store, credential_provider": s3(
        **provider(access_key_id=SECRET, secret_access_key=SECRET, token=SECRET),
    ),
    "GCSStore": gcs(skip_signature=False, credential_provider=lambda: {"token": SECRET, "expires_at": None}),
    "AzureStore": azure(token=SECRET, client_options={"default_headers": SECRETS}),
}


@pytest.fixture(scope="module")
def values() -> dict[str, bytes]:
    """An array in shards, and one of plain chunks."""
    store = MemoryStore()
    for name, more in {"sharded": {"shards": (32, 32)}, "plain": {}}.items():
        zarr.create_array(store, name=name, data=VALUES, chunks=(16, 16), **more)
    return published({key: store[key] for key in store}, "data")


@pytest.fixture
def first() -> Iterator[Web]:
    with serving(Web()) as web:
        yield web


@pytest.fixture
def other(values: dict[str, bytes]) -> Iterator[Web]:
    with serving(Web(dict(values))) as web:
        yield web


def sends_to(url: str, status: int = 302) -> Callable[[Request], Fault]:
    """Send each request on for the value with the same key."""

    def fault(request: Request) -> Fault:
        key = f"/{request.path}".partition("/a/")[2]
        return Fault(status=status, headers={"Location": f"{url}/data/{key}"})

    return fault


def check(store: Any, name: str = "sharded") -> None:
    array = zarr.open_array(store, path=name, mode="r")
    np.testing.assert_array_equal(array[...], VALUES)
    np.testing.assert_array_equal(array[3:40, 5], VALUES[3:40, 5])


@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_server_is_read_and_learns_no_secret(first: Web, other: Web, make: Make, status: int):
    first.fault = sends_to(other.url, status)
    with zarr.stats() as cost:
        check(make(first.url))
    sent = [name for request in other.requests for name in request.headers]
    leaked = [name for name in sent if name not in HARMLESS]
    print(f"\n{len(other.requests)} requests sent on, {len(leaked)} of {len(sent)} headers leaked")
    assert leaked == []
    assert not [r for r in other.requests if any(form in repr(r) for form in FORMS)]
    # The first server is the user's own.
    assert all(SECRET in repr(request) for request in first.requests)
    assert cost.requests == len(first.requests) + len(other.requests)


@pytest.mark.filterwarnings("ignore:Unclosed")
def test_no_place_for_a_secret_is_read_by_another_server(first: Web, other: Web):
    first.fault = lambda request: Fault(status=307, headers={"Location": f"{other.url}/data/sharded/zarr.json"})
    reached = 0
    leaks = {}
    for name, make in SLOTS.items():
        if name.startswith(("Redis", "Mongo", "az:// client_secret")):
            # Their servers are others, which these are not.
            continue
        other.requests.clear()
        try:
            store = make(first.url)
            tasks = uses(store)
        except (TypeError, ValueError):
            # A slot of a broken value: there is no store to use.
            continue
        for task in tasks:
            try:
                task()
            except Exception as error:
                assert not [form for form in FORMS if form in str(error)], name
        reached += bool(other.requests)
        leaks[name] = [request for request in other.requests if any(form in repr(request) for form in FORMS)]
        assert {request.method for request in other.requests} <= {"GET", "HEAD", "PROPFIND"}
    print(
        f"\nrequests of {reached} of {len(SLOTS)} places for a secret were sent on, "
        f"{sum(map(len, leaks.values()))} leaked"
    )
    assert reached > 30
    assert not any(leaks.values()), leaks


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/b/k", "b/k"),
        ("../b/k", "b/k"),
        ("other", "a/other"),
        ("?q", "a/k"),
        ("//{host}/b/k", "b/k"),
        ("{url}/b/k#part", "b/k"),
        ("http://user:word@{host}/b/k", "b/k"),
    ],
)
def test_the_same_server_keeps_what_it_knows(first: Web, location: str, path: str):
    first.values.update({"b/k": b"1", "a/other": b"1", "a/k": b"1"})
    target = location.format(url=first.url, host=urlsplit(first.url).netloc)
    first.fault = lambda request: Fault(status=302, headers={"Location": target}) if len(first.requests) == 1 else None
    assert HttpStore(f"{first.url}/a", headers=SECRETS)["k"] == b"1"
    assert [request.path for request in first.requests] == ["a/k", path]
    assert all(
        request.headers.items() >= {k.lower(): v for k, v in SECRETS.items()}.items() for request in first.requests
    )


def test_what_was_left_behind_does_not_come_back(first: Web, other: Web):
    first.values["b/k"] = b"1"
    first.fault = lambda request: (
        Fault(status=302, headers={"Location": f"{other.url}/x"}) if "b/" not in request.path else None
    )
    other.fault = lambda request: Fault(status=302, headers={"Location": f"{first.url}/b/k"})
    assert HttpStore(f"{first.url}/a", headers=SECRETS)["k"] == b"1"
    assert [set(request.headers) - HARMLESS for request in first.requests] == [
        {name.lower() for name in SECRETS},
        set(),
    ]


def test_a_read_that_breaks_after_a_redirect_goes_on(first: Web, other: Web):
    # As services with addresses for a short time do: each request is sent to another one.
    first.fault = lambda request: Fault(
        status=302,
        headers={"Location": f"{sends_to(other.url)(request).headers['Location']}?sig={len(first.requests)}"},
    )
    turns = iter(range(1_000_000))
    kinds = [Fault(status=503), None, Fault(cut=900), None, Fault(lost=True), None, None]
    other.fault = lambda request: kinds[next(turns) % len(kinds)]
    with zarr.stats() as cost:
        for name in ("sharded", "plain"):
            check(HttpStore(f"{first.url}/a", retry_config=QUICK | {"max_retries": 10}), name)
    assert cost.retries > 5
    assert len({request.query for request in other.requests}) == len(other.requests)
    assert any("if-match" in request.headers for request in other.requests)


def test_what_the_other_server_lacks_is_a_hole(first: Web, other: Web):
    del other.values["data/plain/c/0/0"]
    first.fault = sends_to(other.url)
    array = zarr.open_array(HttpStore(f"{first.url}/a"), path="plain", mode="r")
    assert (array[:16, :16] == 0).all()
    np.testing.assert_array_equal(array[16:], VALUES[16:])


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_without_credentials_says_where(first: Web, other: Web, status: int):
    first.fault = lambda request: Fault(status=307, headers={"Location": f"{other.url}/b?{SECRET}"})
    other.fault = lambda request: Fault(status=status)
    with pytest.raises(
        PermissionError, match=f'{first.url} sent the request on to {other.url}/b, .*credentials.*key "k"'
    ) as caught:
        s3()(first.url)["k"]
    assert SECRET not in str(caught.value)


def chain(length: int) -> Callable[[Request], Fault | None]:
    def fault(request: Request) -> Fault | None:
        number = int(request.path.partition("/")[0])
        return Fault(status=302, headers={"Location": f"/{number + 1}/k"}) if number < length else None

    return fault


def test_ten_redirects_are_followed_and_no_more(first: Web):
    first.values.update({"10/k": b"1", "11/k": b"1"})
    first.fault = chain(10)
    with zarr.stats() as cost:
        assert HttpStore(f"{first.url}/0")["k"] == b"1"
    assert cost.requests == len(first.requests) == 11
    first.fault = chain(11)
    first.requests.clear()
    with pytest.raises(OSError, match=f'more than 10 times.*{first.url}/11/k .key "k"'):
        HttpStore(f"{first.url}/0")["k"]
    assert len(first.requests) == 11


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_is_named(first: Web, length: int):
    first.fault = lambda request: Fault(
        status=307, headers={"Location": f"/{(int(request.path[0]) + 1) % length}/k?{SECRET}"}
    )
    with (
        zarr.stats() as cost,
        pytest.raises(OSError, match=r'sent on more than 10 times, in a circle.*key "k"') as caught,
    ):
        HttpStore(f"{first.url}/0")["k"]
    assert cost.requests == len(first.requests) == 11
    assert cost.retries == 0
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("file:///etc/passwd", "file:///etc/passwd, which is not of http or https"),
        ("ftp://user:SECRETSECRET@127.0.0.1/x", "ftp://127.0.0.1/x, which is not of http or https"),
        ("data:text/plain,SECRETSECRET", "an address of data, which is not of http or https"),
        ("javascript:SECRETSECRET", "an address of javascript, which is not"),
        ("http://", "what is no URL"),
        ("http://[::SECRETSECRET", "what is no URL"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(first: Web, location: str, said: str):
    first.fault = lambda request: Fault(status=302, headers={"Location": location})
    with pytest.raises(OSError, match=f'{said}.*key "k"') as caught:
        HttpStore(f"{first.url}/a")["k"]
    assert SECRET not in str(caught.value)
    assert len(first.requests) == 1


@pytest.mark.parametrize("options", [{}, {"allow_http": True}], ids=["usual", "allow_http"])
def test_what_was_encrypted_goes_nowhere_in_clear(other: Web, tmp_path: Path, options: dict[str, Any]):
    authority = Certificate.authority()
    with serving(Web(fault=sends_to(other.url)), authority.sign().context(tmp_path)) as secure:
        store = HttpStore(f"{secure.url}/a", client_options={"root_certificate": authority.pem, **options})
        with pytest.raises(OSError, match=f"{other.url}/data/.*encrypted.*zarr.json"):
            zarr.open_array(store)
        assert secure.requests
    assert other.connections == 0


def test_what_was_in_clear_may_become_encrypted(first: Web, tmp_path: Path, values: dict[str, bytes]):
    authority = Certificate.authority()
    with serving(Web(dict(values)), authority.sign().context(tmp_path)) as secure:
        first.fault = sends_to(secure.url)
        check(HttpStore(f"{first.url}/a", headers=SECRETS, client_options={"root_certificate": authority.pem}))
        assert not [r for r in secure.requests if SECRET in repr(r)]


WRITERS: dict[str, Make] = {
    "S3Store": s3(retry_config=QUICK, session_token=SECRET),
    "GCSStore": gcs(
        retry_config=QUICK, skip_signature=False, credential_provider=lambda: {"token": SECRET, "expires_at": None}
    ),
    "AzureStore": azure(retry_config=QUICK, token=SECRET),
    "HTTPStore": lambda url: ObjectStore(HTTPStore(f"{url}/a", client_options={"allow_http": True})),
}


@pytest.mark.parametrize("make", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_is_written_to_another_server(first: Web, other: Web, make: Make, status: int):
    first.fault = lambda request: Fault(status=status, headers={"Location": f"{other.url}/x?{SECRET}"})
    store = make(first.url)
    tasks = [lambda: store._handle.set("k", b"1"), lambda: store._handle.set_if_absent("k", b"1")]
    for task in [*tasks, lambda: store._handle.delete("k")]:
        before = len(first.requests)
        with pytest.raises(
            (OSError, ValueError), match=rf"({other.url}/x|cannot create an object only).*key .k"
        ) as caught:
            task()
        assert SECRET not in str(caught.value)
        # An unclear answer to a creation is looked into by a read, which may go where it is sent.
        assert len(first.requests) - before <= 2
    assert {request.method for request in other.requests} <= {"GET", "HEAD"}


def test_a_write_goes_on_within_its_server(first: Web):
    first.fault = lambda request: (
        Fault(status=307, headers={"Location": f"/b/{request.path[2:]}"}) if request.path.startswith("a/") else None
    )
    store = ObjectStore(HTTPStore(f"{first.url}/a", client_options={"allow_http": True}))
    store["k"] = b"12345"
    assert first.values == {"b/k": b"12345"}
    assert store["k"] == b"12345"
    store._handle.delete("k")
    assert first.values == {}


def test_a_write_that_is_answered_by_another_page_is_no_success(first: Web):
    first.values["b/page"] = b"done"
    first.fault = lambda request: (
        Fault(status=303, headers={"Location": "/b/page"}) if request.method == "PUT" else None
    )
    store = ObjectStore(HTTPStore(f"{first.url}/a", client_options={"allow_http": True}))
    with pytest.raises(OSError, match=f'{first.url}/b/page, and status 303.*key "k"'):
        store["k"] = b"12345"
    assert first.values == {"b/page": b"done"}


def test_a_bucket_in_another_region_is_named(first: Web):
    first.fault = lambda request: Fault(status=301, headers={"x-amz-bucket-region": "eu-west-1"}, body=b"")
    with pytest.raises(OSError, match=r'region "eu-west-1".*key "k"'):
        s3()(first.url)["k"]
