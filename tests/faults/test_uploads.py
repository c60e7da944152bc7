"""A value that goes up in parts is there whole or not at all, whatever becomes of its parts."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest

import zarrust as zarr
from conftest import S3
from proxy import Proxy, spoiling
from web import Fault, Request
from zarrust.storage import ObjectStore

# Larger values go up in parts of 16 MiB.
SIZE = (64 << 20) + 12345
QUICK = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=2), "max_backoff": timedelta(milliseconds=20), "base": 2},
}
SLOW_DOWN = b"<Error><Code>%s</Code><Message>Not now.</Message></Error>"


@pytest.fixture(scope="module")
def value() -> bytes:
    return np.random.default_rng(1).bytes(SIZE)


@pytest.fixture
def proxy(s3_server: str) -> Iterator[Proxy]:
    with spoiling(s3_server) as proxy:
        yield proxy


def on_s3(s3: S3, endpoint: str) -> ObjectStore:
    return ObjectStore(zarr.store.S3Store(s3.bucket, retry_config=QUICK, **(s3.options() | {"endpoint": endpoint})))


def is_part(request: Request) -> bool:
    return request.method == "PUT" and "partNumber=" in request.path


def is_end(request: Request) -> bool:
    return request.method == "POST" and "uploadId=" in request.path


def is_start(request: Request) -> bool:
    return request.method == "POST" and "uploads" in request.path


def value_of(store: ObjectStore, key: str) -> Any:
    """What is there, None where nothing is."""
    try:
        return store[key]
    except KeyError:
        return None


def times(most: int, which: Callable[[Request], bool], fault: Fault) -> Callable[[Request], Fault | None]:
    """Let a fault befall the first some of the requests of a kind."""
    left = [most]

    def befall(request: Request) -> Fault | None:
        if not which(request) or not left[0]:
            return None
        left[0] -= 1
        return fault

    return befall


def unfinished(s3: S3) -> int:
    """How many uploads the server still keeps the parts of."""
    with urlopen(f"{s3.endpoint}/{s3.bucket}?uploads&prefix={s3.prefix}") as answer:
        found = ET.fromstring(answer.read()).iter()
        return sum(element.tag.endswith("}Upload") and s3.prefix in "".join(element.itertext()) for element in found)


MENDED: dict[str, tuple[Callable[[Request], bool], Fault]] = {
    "start lost": (is_start, Fault(lost=True)),
    "start refused": (is_start, Fault(status=503)),
    "part lost": (is_part, Fault(lost=True)),
    "part refused": (is_part, Fault(status=500)),
    "end refused": (is_end, Fault(status=503)),
    "end lost": (is_end, Fault(lost=True)),
    "end that failed after all": (is_end, Fault(status=200, body=SLOW_DOWN % b"InternalError")),
    "end that was too much": (is_end, Fault(status=200, body=SLOW_DOWN % b"SlowDown")),
}
LASTING: dict[str, tuple[Callable[[Request], bool], Fault]] = {
    "start refused": (is_start, Fault(status=503)),
    "part lost": (is_part, Fault(status=500)),
    "end refused": (is_end, Fault(status=503)),
    "end that failed after all": (is_end, Fault(status=200, body=SLOW_DOWN % b"InternalError")),
    "end with an unknown error": (is_end, Fault(status=200, body=SLOW_DOWN % b"Unheard")),
    "end without an answer": (is_end, Fault(status=200, body=b"")),
}


@pytest.mark.parametrize(("which", "fault"), MENDED.values(), ids=MENDED)
def test_an_upload_survives_what_passes(
    s3: S3, proxy: Proxy, value: bytes, which: Callable[[Request], bool], fault: Fault
):
    proxy.fault = times(1, which, fault)
    on_s3(s3, proxy.url)["k"] = value
    assert on_s3(s3, s3.endpoint)["k"] == value


@pytest.mark.parametrize(("which", "fault"), LASTING.values(), ids=LASTING)
@pytest.mark.parametrize("before", [None, b"before"], ids=["new", "over another"])
def test_an_upload_that_fails_leaves_nothing(
    s3: S3, proxy: Proxy, value: bytes, which: Callable[[Request], bool], fault: Fault, before: bytes | None
):
    direct = on_s3(s3, s3.endpoint)
    if before is not None:
        direct["k"] = before
    proxy.fault = times(1_000, which, fault)
    with pytest.raises(OSError, match=r'cannot write.*key "k"'):
        on_s3(s3, proxy.url)["k"] = value
    assert value_of(direct, "k") == before
    assert unfinished(s3) == 0


def test_no_half_of_a_chunk_is_seen_while_it_goes_up(s3: S3, proxy: Proxy):
    data = np.arange(SIZE // 8)
    direct = on_s3(s3, s3.endpoint)
    zarr.create_array(direct, shape=data.shape, chunks=data.shape, dtype="i8", compressors=None, fill_value=-1)
    seen: list[Any] = []

    def look(request: Request) -> None:
        if is_part(request) or is_end(request):
            seen.append(value_of(direct, "c/0"))

    proxy.gate = look
    zarr.open_array(on_s3(s3, proxy.url))[...] = data
    assert len(seen) == 6
    assert set(seen) == {None}
    np.testing.assert_array_equal(zarr.open_array(direct)[...], data)
