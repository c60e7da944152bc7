"""Credentials that end in a job are renewed, in time or when a request was late; a clock that is wrong is named."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from conftest import S3
from proxy import Proxy, spoiling
from web import Fault, Request
from zarrust.storage import ObjectStore

# How much a clock may be off for S3.
MOST = timedelta(minutes=15)


@pytest.fixture
def proxy(s3_server: str) -> Iterator[Proxy]:
    with spoiling(s3_server) as proxy:
        yield proxy


def refusal(code: str, message: str) -> Fault:
    return Fault(status=403, body=f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())


class Tokens:
    """Tokens for S3 that end, and the server that knows which are still good."""

    # Before its end by so much a token is asked for anew: less than requests may wait on a busy machine.
    refresh_threshold = timedelta(milliseconds=500)
    life = timedelta(milliseconds=1300)

    def __init__(self) -> None:
        self.ends: dict[str, datetime] = {}
        self.lock = threading.Lock()

    def __call__(self) -> dict[str, Any]:
        with self.lock:
            token = f"token{len(self.ends)}"
            self.ends[token] = end = datetime.now(UTC) + self.life
        return {"access_key_id": "test", "secret_access_key": "test", "token": token, "expires_at": end}

    def refuse(self, request: Request) -> Fault | None:
        end = self.ends.get(request.headers.get("x-amz-security-token", ""))
        if end is None or end < datetime.now(UTC):
            return refusal("ExpiredToken", "The provided token has expired.")
        return None


class Uses(Tokens):
    """Tokens of which the server takes each for so many requests, whatever their end is."""

    life = timedelta(hours=1)

    def __init__(self, most: int, late: Fault):
        super().__init__()
        self.most = most
        self.late = late
        self.used: dict[str, int] = {}
        self.refused = 0

    def refuse(self, request: Request) -> Fault | None:
        token = request.headers.get("x-amz-security-token", "")
        self.used[token] = self.used.get(token, 0) + 1
        if self.used[token] > self.most:
            self.refused += 1
            return self.late
        return None


# What S3 answers, what other servers do that speak its protocol, and what both do to HEAD.
LATE = {
    "400": Fault(status=400, body=refusal("ExpiredToken", "The provided token has expired.").body),
    "403": refusal("ExpiredToken", "The provided token has expired."),
    "401": Fault(status=401, body=b"Unauthorized"),
    "refresh": Fault(status=400, body=refusal("TokenRefreshRequired", "The provided token must be refreshed.").body),
}


def renewed(s3: S3, proxy: Proxy, tokens: Any) -> ObjectStore:
    options = {name: value for name, value in s3.options().items() if "access_key" not in name}
    return ObjectStore(zarr.store.S3Store(s3.bucket, credential_provider=tokens, **(options | {"endpoint": proxy.url})))


def test_a_job_that_outlives_its_tokens_sees_no_error(s3: S3, proxy: Proxy):
    tokens = Tokens()
    proxy.fault = tokens.refuse
    data = np.arange(600).reshape(60, 10)
    array = zarr.create_array(renewed(s3, proxy, tokens), shape=data.shape, chunks=(1, 10), dtype="i8", fill_value=-1)
    rounds = 0
    while len(tokens.ends) < 6:
        array[...] = data + rounds
        np.testing.assert_array_equal(array[...], data + rounds)
        rounds += 1
    print(f"\n{len(tokens.ends)} tokens in {rounds} rounds, {len(proxy.requests)} requests: 0 errors")


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_what_comes_too_late_for_its_token_is_asked_with_another(s3: S3, proxy: Proxy, late: Fault):
    tokens = Uses(40, late)
    proxy.fault = tokens.refuse
    data = np.arange(600).reshape(60, 10)
    array = zarr.create_array(renewed(s3, proxy, tokens), shape=data.shape, chunks=(1, 10), dtype="i8", fill_value=-1)
    with zarr.stats() as cost:
        for number in range(4):
            array[...] = data + number
            np.testing.assert_array_equal(array[...], data + number)
    assert len(tokens.ends) > 8
    # One by one, so that a burst of refusals asks for one new token and not for one each.
    assert len(tokens.ends) <= len(proxy.requests) // 20
    assert cost.retries == tokens.refused > 0


def every_operation(store: ObjectStore) -> list[Any]:
    handle = store._handle
    large = bytes(range(256)) * (65 << 12)
    store["a/b"] = b"0123456789"
    store["a/large"] = large
    found: list[Any] = [handle.set_if_absent("a/new", b"x"), handle.set_if_absent("a/new", b"y"), store["a/new"]]
    found += [
        store["a/b"],
        store["a/large"] == large,
        handle.get("a/b", None, None, 3),
        handle.get("none", None, None, 3),
    ]
    found += [handle.sizes(["a/b", "none"]), sorted(store), sorted(handle.list_dir("a"))]
    del store["a/b"]
    found.append(sorted(store))
    handle.delete_prefix("a")
    return [*found, list(store)]


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_every_operation_outlives_its_token(s3: S3, proxy: Proxy, late: Fault):
    kept = every_operation(ObjectStore(zarr.store.S3Store(s3.bucket, **s3.options())))
    # No fewer than an upload in parts takes, which begins anew where one of its requests was refused.
    for most in (9, 10):
        tokens = Uses(most, late)
        proxy.fault = tokens.refuse
        assert every_operation(renewed(s3, proxy, tokens)) == kept
        assert tokens.refused > 0


def test_a_listing_goes_on_after_its_token_has_ended(s3: S3, proxy: Proxy):
    plain = ObjectStore(zarr.store.S3Store(s3.bucket, **s3.options()))
    keys = [f"a/{number:04}/k" for number in range(1200)]
    plain._handle.set_many([(key, b"1") for key in keys])
    tokens = Uses(1, LATE["400"])
    proxy.fault = tokens.refuse
    store = renewed(s3, proxy, tokens)
    assert sorted(iter(store)) == keys
    assert tokens.refused == 1, "the second page was asked for twice, the first was not"
    assert len(sorted(store._handle.list_dir("a"))) == 1200
    assert store._handle.total("") == 1200


@pytest.mark.parametrize("late", [LATE["400"], LATE["403"]], ids=["400", "403"])
def test_a_token_that_ended_is_named_and_is_no_hole(s3: S3, proxy: Proxy, late: Fault):
    tokens = Tokens()
    array = zarr.create_array(renewed(s3, proxy, tokens), shape=(4,), chunks=(2,), dtype="i4", fill_value=9)
    proxy.fault = lambda request: late
    with pytest.raises(PermissionError, match=r"c/[01].*ExpiredToken: The provided token has expired"):
        array[...]
    with pytest.raises(PermissionError, match=r"c/0.*ExpiredToken"):
        array[:2] = 1


def clock(ahead: timedelta) -> Any:
    """A server whose clock is off, and which looks at when a request was signed as S3 does."""

    def refuse(request: Request) -> Fault | None:
        signed = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) + ahead - signed) > MOST:
            said = "The difference between the request time and the current time is too large."
            return refusal("RequestTimeTooSkewed", said)
        return None

    return refuse


@pytest.mark.parametrize("ahead", [timedelta(minutes=16), timedelta(minutes=-16)], ids=["ahead", "behind"])
def test_a_clock_that_is_wrong_is_named(s3: S3, proxy: Proxy, ahead: timedelta):
    options = s3.options() | {"endpoint": proxy.url}
    array = zarr.create_array(
        ObjectStore(zarr.store.S3Store(s3.bucket, **options)), shape=(4,), chunks=(2,), dtype="i4", fill_value=9
    )
    proxy.fault = clock(ahead)
    with pytest.raises(PermissionError, match=r"c/[01].*RequestTimeTooSkewed: The difference between"):
        array[...]
    with pytest.raises(PermissionError, match=r"c/0.*RequestTimeTooSkewed"):
        array[:2] = 1
    proxy.fault = clock(ahead * (14 / 16))
    array[:2] = 1
    assert array[...].tolist() == [1, 1, 9, 9]
