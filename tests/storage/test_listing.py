"""Listings come as the store finds them: the first key before the last page, and no more than a page in memory."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import zarrust as zarr
from counting import CountingStore
from web import answering
from zarrust.storage import LocalStore, LoggingStore, MemoryStore, ObjectStore
from zarrust.storage.wrapper import WrapperStore

KEYS = 100_000
PAGE = 1000


class _Bucket(BaseHTTPRequestHandler):
    """S3's ListObjectsV2 of a folder with very many keys: each page is made when it is asked for."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    asked: list[dict[str, list[str]]]

    def log_message(self, *args):
        pass

    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        self.asked.append(query)
        first = int(query.get("continuation-token", ["0"])[0])
        entry = "<Contents><Key>{}</Key><Size>1</Size><LastModified>2020-01-01T00:00:00.000Z</LastModified></Contents>"
        if query.get("prefix") == ["many/"] and "delimiter" in query:
            entry = "<CommonPrefixes><Prefix>{}/</Prefix></CommonPrefixes>"
        entries = "".join(entry.format(f"many/{number:06}") for number in range(first, first + PAGE))
        more = first + PAGE < KEYS
        token = f"<NextContinuationToken>{first + PAGE}</NextContinuationToken>" if more else ""
        text = f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{entries}</ListBucketResult>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@contextmanager
def bucket() -> Iterator[tuple[ObjectStore, list[Any]]]:
    """A store on such a server, and what the server was asked."""
    asked: list[Any] = []
    with answering(type("Bucket", (_Bucket,), {"asked": asked})) as url:
        options = {"endpoint": url, "access_key_id": "a", "secret_access_key": "b", "region": "us-east-1"}
        yield ObjectStore(zarr.store.S3Store("bucket", **options, client_options={"allow_http": True})), asked


async def _awaited(keys: Any) -> list[str]:
    return [key async for key in keys]


LISTINGS: dict[str, Callable[[Any], Any]] = {
    "list": lambda store: store.list(),
    "list_prefix": lambda store: store.list_prefix("many/"),
    "list_dir": lambda store: store.list_dir("many"),
}


@pytest.mark.parametrize("how", LISTINGS)
def test_the_first_key_costs_one_page(how: str):
    with bucket() as (store, asked):
        keys = iter(LISTINGS[how](store))
        first = next(keys)
        assert first.endswith("000000")
        assert len(asked) == 1
        assert 1 + sum(1 for _ in keys) == KEYS
        assert len(asked) == KEYS // PAGE


@pytest.mark.parametrize("how", LISTINGS)
def test_the_first_key_costs_one_page_of_a_loop_too(how: str):
    async def first_and_all(store: ObjectStore, asked: list[Any]) -> None:
        async for key in LISTINGS[how](store):
            assert key.endswith("000000")
            break
        assert len(asked) == 1
        assert len(set(await _awaited(LISTINGS[how](store)))) == KEYS
        assert len(asked) == 1 + KEYS // PAGE

    with bucket() as (store, asked):
        asyncio.run(first_and_all(store, asked))


def test_a_store_is_gone_through_as_a_mapping_by_pages():
    with bucket() as (store, asked):
        assert next(iter(store)) == "many/000000"
        assert asyncio.run(store.is_empty("many")) is False
        assert len(asked) == 2


def _resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory in use is read from Linux's /proc")
def test_a_listing_takes_no_more_memory_the_longer_it_is():
    with bucket() as (store, _):
        keys = iter(store.list())
        for _ in range(KEYS // 10):
            next(keys)
        before = _resident()
        rest = sum(1 for _ in keys)
        assert rest == KEYS - KEYS // 10
        # The other 90,000 keys are 5 MB as Python has them, before any list.
        assert _resident() - before < 3 << 20


def test_a_wrapper_hands_on_what_comes_first():
    with bucket() as (store, asked):
        for outer in (WrapperStore(store), LoggingStore(store, "WARNING")):
            asked.clear()
            keys = outer.list_prefix("many/")
            assert next(iter(keys)) == "many/000000"
            assert len(asked) == 1


def test_a_listing_can_be_ended_as_a_generator():
    async def main() -> None:
        with bucket() as (store, asked):
            keys = store.list_prefix("many/")
            assert await anext(keys) == "many/000000"
            await keys.aclose()
            with pytest.raises(StopAsyncIteration):
                await anext(keys)
            await keys.aclose()
            await store.list().aclose()
            assert len(asked) == 1

    asyncio.run(main())


def test_a_store_of_the_users_is_asked_for_no_more_keys_than_a_page():
    class Endless(CountingStore):
        told = 0

        async def list(self) -> AsyncIterator[str]:
            while True:
                self.told += 1
                yield f"k/{self.told}"

    store = Endless()
    assert next(iter(store.list_prefix("k/"))) == "k/1"
    assert store.told <= PAGE


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_folders_are_listed_by_pages(kind: str, tmp_path: Path):
    store: Any = LocalStore(tmp_path) if kind == "local" else MemoryStore()
    wanted = [f"a/{number // 700}/{number}" for number in range(5000)]
    store._handle.set_many([(key, b"1") for key in [*wanted, "ab/c", "b"]])
    pages = store._handle.list_pages("a")
    found = []
    while (page := pages.next()) is not None:
        assert 0 < len(page) <= PAGE
        found += page
    assert sorted(found) == sorted(wanted)
    assert pages.next() is None
    assert sorted(store.list_prefix("a/3/")) == sorted(key for key in wanted if key.startswith("a/3/"))
    assert sorted(asyncio.run(_awaited(store.list()))) == sorted([*wanted, "ab/c", "b"])
    assert sorted(store.list_dir("a")) == [str(number) for number in range(8)]
    assert sorted(store.list_dir("a/2")) == sorted(str(number) for number in range(1400, 2100))
    assert list(store.list_dir("none")) == list(store.list_prefix("none/")) == []


def test_keys_that_go_while_they_are_listed_do_no_harm(store: Any):
    store._handle.set_many([(f"a/{number}", b"1") for number in range(3000)])
    for key in store.list():
        store._handle.delete(key)
    assert list(store) == []


def test_links_that_lead_back_end(tmp_path: Path):
    store = LocalStore(tmp_path / "s")
    store["a/b/c"] = b"1"
    (tmp_path / "s" / "a" / "b" / "up").symlink_to(tmp_path / "s" / "a")
    (tmp_path / "s" / "nowhere").symlink_to(tmp_path / "none")
    assert sorted(store) == ["a/b/c"]
