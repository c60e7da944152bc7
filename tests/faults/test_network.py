"""Network stores under faults: what is read and written is right or an error, and only "not found" is a hole."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from conftest import S3
from proxy import Proxy, spoiling
from web import Fault, Request, Web, published, serving
from zarrust.storage import HttpStore, MemoryStore, ObjectStore

QUICK = {
    "max_retries": 10,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=2), "max_backoff": timedelta(milliseconds=20), "base": 2},
}


def one_in_five(seed: int, *faults: Fault | None) -> Callable[[Request], Fault | None]:
    """Spoil a fifth of the requests, in a way that is the same in every run of one order."""
    dice = random.Random(seed)
    return lambda request: dice.choice(faults) if dice.random() < 0.2 else None


def on_s3(s3: S3, endpoint: str, **options: Any) -> ObjectStore:
    return ObjectStore(zarr.store.S3Store(s3.bucket, **(s3.options() | {"endpoint": endpoint} | options)))


@pytest.fixture
def proxy(s3_server: str) -> Iterator[Proxy]:
    with spoiling(s3_server) as proxy:
        yield proxy


SIX = {
    "500": Fault(status=500),
    "503": Fault(status=503),
    "429": Fault(status=429),
    "reset": Fault(lost=True),
    "cut": Fault(cut=70),
    "stall": Fault(stall=3),
}
IMPATIENT = {"read_timeout": "1 seconds"}


class OneInFive:
    """Spoils a fifth of the requests in one of six ways, and counts each."""

    def __init__(self, seed: int):
        self.dice = random.Random(seed)
        self.counts: Counter[str] = Counter()

    def __call__(self, request: Request) -> Fault | None:
        if self.dice.random() >= 0.2:
            return None
        name = self.dice.choice(list(SIX))
        self.counts[name] += 1
        return SIX[name]


def judge(what: str, found: Any, values: Any, fill: int, faults: OneInFive, cost: Any) -> None:
    """Say what came of it, and take nothing but the right values."""
    wrong = (found != values).any(axis=-1)
    filled = wrong & (found == fill).all(axis=-1)
    print(
        f"\n{wrong.size} chunks {what}, {cost.requests} requests, {faults.counts.total()} spoiled "
        f"{dict(sorted(faults.counts.items()))}, {cost.retries} retries: "
        f"0 errors, {int(wrong.sum())} wrong, {int(filled.sum())} filled in silence"
    )
    assert not wrong.any()
    assert not filled.any()
    assert set(faults.counts) == set(SIX)


def test_ten_thousand_chunks_are_read_right_while_a_fifth_of_the_requests_fails():
    source = MemoryStore()
    # Small chunks without a checksum: nothing but the transfer keeps them right.
    array = zarr.create_array(
        source, shape=(100, 100, 64), chunks=(1, 1, 64), dtype="u2", compressors=None, filters=None, fill_value=65535
    )
    values = np.random.default_rng(1).integers(0, 60000, array.shape, dtype="u2")
    array[...] = values
    with serving(Web(published({key: source[key] for key in source}))) as web:
        store = HttpStore(f"{web.url}/data.zarr", retry_config=QUICK, client_options=IMPATIENT)
        remote = zarr.open_array(store)
        web.fault = faults = OneInFive(2)
        with zarr.stats() as cost:
            found = remote[...]
        judge("read", found, values, 65535, faults, cost)
    assert min(faults.counts.values()) > 200
    assert cost.retries > 1000
    assert cost.requests <= 1.5 * 10_000


def test_a_thousand_chunks_are_written_to_s3_while_a_fifth_of_the_requests_fails(s3: S3, proxy: Proxy):
    values = np.random.default_rng(2).integers(0, 1 << 40, (1000, 16))
    options = {"retry_config": QUICK, "client_options": IMPATIENT | {"allow_http": True}}
    array = zarr.create_array(
        on_s3(s3, proxy.url, **options), shape=values.shape, chunks=(1, 16), dtype="i8", fill_value=-1
    )
    proxy.fault = faults = OneInFive(3)
    # The server does one request after the other: were more waiting there, those that are well would seem to stall.
    with zarr.config.set({"async.concurrency": 32}), zarr.stats() as cost:
        array[...] = values
    proxy.fault = lambda request: None
    judge("written", zarr.open_array(on_s3(s3, s3.endpoint))[...], values, -1, faults, cost)
    # Reading what has to be merged fails, and comes again, as well.
    proxy.fault = faults = OneInFive(4)
    with zarr.config.set({"async.concurrency": 32}), zarr.stats() as cost:
        array[:, 3:11] = values[:, 3:11] = -values[:, 3:11]
    proxy.fault = lambda request: None
    judge("written in part", zarr.open_array(on_s3(s3, s3.endpoint))[...], values, -1, faults, cost)
    # And writing is tied to what was read.
    proxy.fault = faults = OneInFive(5)
    with zarr.config.set({"async.concurrency": 32}), zarr.stats() as cost:
        array.with_config({"write_mode": "compare_and_swap"})[:, 5:9] = values[:, 5:9] = values[:, 5:9] // 3
    proxy.fault = lambda request: None
    judge("swapped in part", zarr.open_array(on_s3(s3, s3.endpoint))[...], values, -1, faults, cost)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_server_in_trouble_is_asked_again_and_then_named(status: int):
    with serving(Web({"a/zarr.json": b"{}"})) as web:
        store = HttpStore(f"{web.url}/a", retry_config=QUICK | {"max_retries": 3})
        web.fault = lambda request: Fault(status=status) if len(web.requests) <= 2 else None
        assert store["zarr.json"] == b"{}"
        assert len(web.requests) == 3
        web.fault = lambda request: Fault(status=status)
        with pytest.raises(OSError, match=f"{status}.*|3 retries") as caught:
            store["zarr.json"]
        assert len(web.requests) == 3 + 4
        assert "3 retries" in str(caught.value)


def test_retry_after_is_waited_for():
    with serving(Web({"a/k": b"1"})) as web:
        store = HttpStore(f"{web.url}/a", retry_config=QUICK)
        web.fault = lambda request: Fault(status=503, headers={"Retry-After": "1"}) if len(web.requests) == 1 else None
        start = time.monotonic()
        assert store["k"] == b"1"
        assert time.monotonic() - start >= 1
        assert len(web.requests) == 2


def test_clients_that_were_sent_away_do_not_come_back_together():
    keys = [f"k{number}" for number in range(40)]
    times: dict[str, list[float]] = {key: [] for key in keys}

    def refuse(request: Request) -> Fault | None:
        asked = times[request.path.rpartition("/")[2]]
        asked.append(time.monotonic())
        return Fault(status=503) if len(asked) <= 3 else None

    with serving(Web({f"a/{key}": b"1" for key in keys})) as web:
        backoff = {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(seconds=1), "base": 4}
        store = HttpStore(f"{web.url}/a", retry_config=QUICK | {"backoff": backoff})
        web.fault = refuse
        assert store._handle.get_many(keys) == [b"1"] * 40
    last = [asked[3] - asked[2] for asked in times.values()]
    # Pauses are drawn from 50 to 200 ms and more; without chance they would be one.
    assert max(last) - min(last) > 0.05
    assert min(last) >= 0.049


def test_a_silent_server_is_an_error_in_time():
    with serving(Web({"a/k": b"1"})) as web:
        options = {"read_timeout": "1 seconds"}
        store = HttpStore(f"{web.url}/a", client_options=options, retry_config=QUICK | {"max_retries": 0})
        web.fault = lambda request: Fault(stall=5)
        start = time.monotonic()
        with pytest.raises(OSError, match="k"):
            store["k"]
        assert time.monotonic() - start < 4


def test_a_body_that_is_cut_is_read_on_where_it_broke():
    value = random.Random(4).randbytes(100_000)
    with serving(Web({"a/k": value})) as web:
        store = HttpStore(f"{web.url}/a", retry_config=QUICK)
        web.fault = lambda request: Fault(cut=30_000) if len(web.requests) < 3 else None
        assert store["k"] == value
        assert len(web.requests) == 3
        # As much of a broken body counts as had arrived when it broke, which is up to the machine.
        assert all(r.range for r in web.requests[1:])


def test_a_shard_that_is_replaced_between_its_index_and_its_chunks_is_read_again():
    def shard(value: int) -> bytes:
        store = MemoryStore()
        # Sizes differ by value, so that chunks of one version lie at other places than those of the next.
        array = zarr.create_array(store, shape=(64,), chunks=(8,), shards=(64,), dtype="i4", filters=None)
        array[...] = np.where(np.arange(64) < 32, value, np.random.default_rng(value).integers(0, value + 1, 64))
        keys.update({"zarr.json": store["zarr.json"]})
        return bytes(store["c/0"])

    keys: dict[str, bytes] = {}
    versions = [shard(value) for value in range(1, 9)]
    with serving(Web(published({**keys, "c/0": versions[0]}))) as web:
        array = zarr.open_array(HttpStore(f"{web.url}/data.zarr", retry_config=QUICK))
        turns = iter(range(1, 1_000_000))
        left = 0

        def replace(request: Request) -> None:
            nonlocal left
            # After the answer to the index, so before the request for the chunks.
            if request.path.endswith("c/0") and request.range and "if-match" in request.headers and left:
                web.values["data.zarr/c/0"] = versions[next(turns) % len(versions)]
                left -= 1

        web.fault = replace
        for turn in range(200):
            left = turn % 3
            found = set(array[:16].tolist())
            assert len(found) == 1, f"values of two versions: {found}"
            assert left == 0
        left = 1000
        with pytest.raises(OSError, match="keeps changing"):
            array[:16]


def test_the_tag_ties_the_chunks_to_the_index_on_s3(s3: S3, proxy: Proxy):
    array = zarr.create_array(on_s3(s3, s3.endpoint), shape=(64,), chunks=(8,), shards=(64,), dtype="i4")
    array[...] = np.arange(64)
    remote = zarr.open_array(on_s3(s3, proxy.url))
    proxy.requests.clear()
    assert remote[8:16].tolist() == list(range(8, 16))
    index, chunks = proxy.requests
    assert index.range.startswith("bytes=-")
    assert chunks.headers["if-match"].startswith('"')


def losing(most: int) -> Callable[[Request], Fault | None]:
    """Lose the answers to the first creations of each object: of some none, of others up to so many."""
    left: dict[str, int] = {}

    def lose(request: Request) -> Fault | None:
        if request.method != "PUT" or left.setdefault(request.path, len(left) % (most + 1)) == 0:
            return None
        left[request.path] -= 1
        return Fault(lost=True)

    return lose


def test_a_thousand_creations_whose_answers_are_lost_are_told_from_another_writers(s3: S3, proxy: Proxy):
    ours, theirs = on_s3(s3, proxy.url, retry_config=QUICK), on_s3(s3, proxy.url, retry_config=QUICK)
    keys = [f"k{number}" for number in range(1000)]
    proxy.fault = losing(3)
    made = ours._handle.set_absent([(key, b"ours") for key in keys])
    proxy.fault = losing(3)
    again = theirs._handle.set_absent([(key, b"theirs") for key in keys])
    proxy.fault = lambda request: None
    print(f"\n1,000 creations: {made.count(False)} false conflicts, {again.count(True)} made twice")
    assert made == [True] * 1000
    assert again == [False] * 1000
    assert set(ours._handle.get_many(keys)) == {b"ours"}
    asked = len(proxy.requests)
    assert ours._handle.set_if_absent("k0", b"1") is False
    assert len(proxy.requests) == asked + 1, "a plain refusal needs no second look"


def test_one_of_many_creators_wins_though_answers_are_lost(s3: S3, proxy: Proxy):
    proxy.fault = one_in_five(5, Fault(lost=True), Fault(status=500))
    for turn in range(5):
        won: list[int] = []

        def create(who: int, turn: int = turn, won: list[int] = won) -> None:
            if on_s3(s3, proxy.url, retry_config=QUICK)._handle.set_if_absent(f"race{turn}", str(who).encode()):
                won.append(who)

        threads = [threading.Thread(target=create, args=(who,)) for who in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [int(on_s3(s3, s3.endpoint)[f"race{turn}"])] == won


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_no_hole_on_s3(s3: S3, proxy: Proxy, status: int):
    store = on_s3(s3, proxy.url)
    array = zarr.create_array(store, shape=(4,), chunks=(2,), dtype="i4", fill_value=9)
    proxy.fault = lambda request: Fault(status=status)
    with pytest.raises(PermissionError, match=r"c/[01]"):
        array[...]
    with pytest.raises(PermissionError):
        array[:2] = 1  # one request: another that is on its way when the first is refused may arrive after the fault
    proxy.fault = lambda request: None
    assert array[...].tolist() == [9] * 4


def test_secrets_are_in_no_error_and_no_text(s3: S3, proxy: Proxy):
    secret = {"access_key_id": "SECRETSECRET", "secret_access_key": "SECRETSECRET", "session_token": "SECRETSECRET"}
    store = on_s3(s3, proxy.url, **secret)
    proxy.fault = lambda request: Fault(status=400)
    with pytest.raises(OSError) as caught:
        zarr.open_array(store)
    texts = [str(caught.value), repr(caught.value), repr(store), str(store), store._handle.identity]
    assert not [text for text in texts if "SECRETSECRET" in text]
