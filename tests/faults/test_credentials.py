"""Credentials that end during a job are renewed in time; a clock that is wrong is named."""

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

    # Before its end by so much a token is asked for anew.
    refresh_threshold = timedelta(milliseconds=300)
    life = timedelta(milliseconds=500)

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


def renewed(s3: S3, proxy: Proxy, tokens: Any) -> ObjectStore:
    options = {name: value for name, value in s3.options().items() if "access_key" not in name}
    return ObjectStore(zarr.store.S3Store(s3.bucket, credential_provider=tokens, **(options | {"endpoint": proxy.url})))


def test_a_job_that_outlives_its_tokens_sees_no_error(s3: S3, proxy: Proxy):
    tokens = Tokens()
    proxy.fault = tokens.refuse
    data = np.arange(600).reshape(60, 10)
    array = zarr.create_array(renewed(s3, proxy, tokens), shape=data.shape, chunks=(1, 10), dtype="i8", fill_value=-1)
    rounds = 0
    while len(tokens.ends) < 12:
        array[...] = data + rounds
        np.testing.assert_array_equal(array[...], data + rounds)
        rounds += 1
    print(f"\n{len(tokens.ends)} tokens in {rounds} rounds, {len(proxy.requests)} requests: 0 errors")


def test_a_token_that_ended_is_named_and_is_no_hole(s3: S3, proxy: Proxy):
    tokens = Tokens()
    array = zarr.create_array(renewed(s3, proxy, tokens), shape=(4,), chunks=(2,), dtype="i4", fill_value=9)
    proxy.fault = lambda request: refusal("ExpiredToken", "The provided token has expired.")
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
