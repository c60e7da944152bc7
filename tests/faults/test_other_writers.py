"""Other processes write the same stored objects: nothing is lost where the store replaces on a condition."""

import pickle
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

import pool_tasks
import zarrust as zarr
from conftest import S3
from proxy import Proxy, spoiling
from storage.servers import KINDS, needed
from web import Fault, Request
from zarrust.errors import ZarrUserWarning
from zarrust.storage import LocalStore, MemoryStore, ObjectStore, SQLiteStore, ZipStore

WRITERS = 4
SWAP = {"write_mode": "compare_and_swap"}
QUICK = {"backoff": {"init_backoff": timedelta(milliseconds=10), "max_backoff": timedelta(milliseconds=50)}}


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module", params=["local", *KINDS])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Any]]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "local":
        yield lambda: LocalStore(folder / uuid4().hex)
        return
    kind = KINDS[request.param]
    with kind.start(needed(kind.program), folder) as build:
        yield lambda: ObjectStore(build(uuid4().hex))


def together(pool: Executor, task: Callable[..., Any], node: Any, *arguments: int) -> list[Any]:
    """Run a task in every writer, each with a number of its own."""
    return [done.result() for done in [pool.submit(task, node, who, *arguments) for who in range(WRITERS)]]


@pytest.mark.parametrize(
    "layout", [{"chunks": (64,)}, {"chunks": (8,), "shards": (64,)}], ids=["in chunks", "in shards"]
)
def test_parts_are_kept(make: Callable[[], Any], pool: Executor, layout: dict[str, Any]):
    array = zarr.create_array(make(), shape=(128,), dtype="i4", fill_value=-1, config=SWAP, **layout)
    together(pool, pool_tasks.write_parts, array, WRITERS, 2)
    assert array[...].tolist() == [number // 2 for number in range(128)]


def test_rows_are_kept(make: Callable[[], Any], pool: Executor):
    array = zarr.create_array(make(), shape=(0,), chunks=(5,), shards=(50,), dtype="i4", fill_value=-1, config=SWAP)
    together(pool, pool_tasks.append_rows, array, 10, 3)
    rows = zarr.open_array(array.store)[...].reshape(-1, 3)
    assert sorted(rows.tolist()) == [[number] * 3 for number in range(WRITERS * 10)]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_changes_of_documents_are_kept(make: Callable[[], Any], pool: Executor, zarr_format: int):
    store = make()
    group = zarr.create_group(store, zarr_format=zarr_format)
    group.create_array("common", shape=(1,), dtype="i4")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(store)
    together(pool, pool_tasks.change_nodes, zarr.open_group(store), 5)
    names = sorted(f"{who}-{time}" for who in range(WRITERS) for time in range(5))
    told = zarr.open_consolidated(store)
    assert sorted(told.attrs) == sorted(told["common"].attrs) == names
    assert sorted(told) == [*names, "common"]
    assert [told[name].attrs["name"] for name in names] == names
    assert sorted(zarr.open_group(store, use_consolidated=False)["common"].attrs) == names


def check_made(store: Any, won: list[list[int]], times: int) -> None:
    """See that each node is whole and one maker's."""
    assert sorted(number for mine in won for number in mine) == list(range(2 * times))
    for who, mine in enumerate(won):
        for number in mine:
            path = f"created/{number}" if number < times else f"opened/{number - times}"
            assert zarr.open_array(store, path=path).shape == (who + 1,)
    marked = list(range(1, WRITERS + 1)) + [0] * (8 - WRITERS)
    for time in range(times):
        assert zarr.open_array(store, path=f"shared/{time}")[...].tolist() == marked
        assert zarr.open_array(store, path=f"group/{time}/sub/a")[...].tolist() == marked


def test_of_many_makers_one_wins(make: Callable[[], Any], pool: Executor):
    store = make()
    check_made(store, together(pool, pool_tasks.make_nodes, store, 6), 6)


def test_of_many_threads_one_wins():
    store = MemoryStore()
    with ThreadPoolExecutor(WRITERS) as pool:
        check_made(store, together(pool, pool_tasks.make_nodes, store, 20), 20)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_nodes_are_made_where_a_service_has_no_conditions(s3: S3, zarr_format: int):
    store = remote(s3, s3.endpoint, conditional_put="disabled")
    zarr.create_array(store, name="a/b", shape=(4,), dtype="i4", zarr_format=zarr_format, attributes={"x": 1})
    with pytest.raises(zarr.errors.ContainsArrayError):
        zarr.create_array(store, name="a/b", shape=(5,), dtype="i4", zarr_format=zarr_format)
    group = zarr.open_group(store, path="a", mode="a", zarr_format=zarr_format)
    assert group["b"].attrs["x"] == 1


def test_a_part_of_nothing_leaves_nothing_or_fill_value(make: Callable[[], Any]):
    store = make()
    array = zarr.create_array(store, shape=(8,), chunks=(4,), dtype="i4", fill_value=7, config=SWAP)
    array[0:2] = 7
    array[4:8] = 7
    assert array.nchunks_initialized == 0
    array[0:2] = 1
    array[0:2] = 7
    assert array[...].tolist() == [7] * 8
    # Files go on a condition, too; services can only write on one.
    assert array.nchunks_initialized == (0 if isinstance(store, LocalStore) else 1)
    array[...] = 7
    assert array.nchunks_initialized == 0


def remote(s3: S3, endpoint: str, **options: Any) -> ObjectStore:
    options = s3.options() | {"endpoint": endpoint, "retry_config": QUICK} | options
    return ObjectStore(zarr.store.S3Store(s3.bucket, **options))


@pytest.fixture
def proxy(s3: S3) -> Iterator[Proxy]:
    with spoiling(s3.endpoint) as proxy:
        yield proxy


def conditional(request: Request) -> bool:
    return request.method == "PUT" and bool({"if-match", "if-none-match"} & set(request.headers))


def test_a_lost_answer_is_no_second_change(s3: S3, proxy: Proxy):
    array = zarr.create_array(remote(s3, proxy.url), shape=(2,), chunks=(4,), dtype="i4", config=SWAP)
    array[...] = [1, 2]
    lost: set[str] = set()

    def lose(request: Request) -> Fault | None:
        if not conditional(request) or request.path in lost:
            return None
        lost.add(request.path)
        return Fault(lost=True)

    proxy.fault = lose
    assert array.append([3, 4, 5]) == (5,)
    assert len(lost) == 3, "the document and two chunks"
    assert zarr.open_array(remote(s3, s3.endpoint))[...].tolist() == [1, 2, 3, 4, 5]


def test_a_connection_that_breaks_before_a_write_is_another_attempt(s3: S3, proxy: Proxy):
    array = zarr.create_array(remote(s3, proxy.url), shape=(4,), chunks=(4,), dtype="i4", fill_value=0, config=SWAP)
    broken: list[str] = []

    def breaks(request: Request) -> Fault | None:
        if conditional(request) and len(broken) < 2:
            broken.append(request.path)
            return Fault(dropped=True)
        return None

    proxy.fault = breaks
    array[1:3] = 5
    assert len(broken) == 2
    proxy.fault = lambda request: None
    assert zarr.open_array(remote(s3, s3.endpoint))[...].tolist() == [0, 5, 5, 0]


def test_another_writer_between_read_and_write_is_noticed(s3: S3, proxy: Proxy):
    here = zarr.create_array(remote(s3, proxy.url), shape=(6,), chunks=(6,), dtype="i4", config=SWAP)
    here[...] = np.arange(6)
    there = zarr.open_array(remote(s3, s3.endpoint), config=SWAP)
    turns = iter(range(3))

    def write_first(request: Request) -> None:
        if conditional(request) and (turn := next(turns, None)) is not None:
            if request.path.endswith("zarr.json"):
                there.attrs[f"there {turn}"] = turn
            else:
                there[4:6] = 100 + turn

    proxy.gate = write_first
    here[0:2] = 50
    assert there[...].tolist() == [50, 50, 2, 3, 102, 102]
    turns = iter(range(3))
    here.attrs["here"] = 1
    attributes = dict(zarr.open_array(there.store).attrs)
    assert attributes == {"there 0": 0, "there 1": 1, "there 2": 2, "here": 1}


@pytest.mark.parametrize(
    "fault", [Fault(status=501), Fault(status=400, body=b"<Error><Code>NotImplemented</Code></Error>")]
)
def test_a_service_without_conditions_says_so(s3: S3, proxy: Proxy, fault: Fault):
    array = zarr.create_array(remote(s3, proxy.url), shape=(4,), chunks=(4,), dtype="i4", config=SWAP)
    proxy.fault = lambda request: fault if conditional(request) else None
    array.attrs["a"] = 1
    array[...] = 3
    asked = len(proxy.requests)
    with pytest.raises(OSError, match=r"write mode 'compare_and_swap'.*c/0"):
        array[1:2] = 5
    assert len(proxy.requests) == asked + 2, "the chunk is read, and the refusal is final"
    proxy.fault = lambda request: None
    assert dict(zarr.open_array(array.store).attrs) == {"a": 1}
    assert array[...].tolist() == [3] * 4


def test_conditions_may_be_switched_off(s3: S3):
    array = zarr.create_array(remote(s3, s3.endpoint, conditional_put="disabled"), shape=(4,), dtype="i4", config=SWAP)
    array.attrs["a"] = 1
    with pytest.raises(OSError, match="write mode 'compare_and_swap'"):
        array[1:2] = 5
    assert dict(zarr.open_array(array.store).attrs) == {"a": 1}


def test_other_stores_say_so(tmp_path: Path):
    with ZipStore(tmp_path / "a.zip", mode="w") as archive:
        for store in (archive, SQLiteStore(tmp_path / "b.sqlite")):
            array = zarr.create_array(store, shape=(4,), chunks=(4,), dtype="i4", config=SWAP)
            with pytest.raises(OSError, match=r"write mode 'compare_and_swap'.*c/0"):
                array[1:2] = 5
            array.attrs["a"] = 1
            assert array.append([]) == (4,)


def test_memory_has_no_other_writers():
    array = zarr.create_array(MemoryStore(), shape=(4,), chunks=(4,), dtype="i4", fill_value=0, config=SWAP)
    array[1:3] = 5
    assert array[...].tolist() == [0, 5, 5, 0]
    array[1:3] = 0
    assert array.nchunks_initialized == 0


def test_the_mode_is_the_arrays(tmp_path: Path):
    array = zarr.create_array(tmp_path / "a", shape=(4,), dtype="i4", config=SWAP)
    assert array.config.write_mode == "compare_and_swap"
    assert pickle.loads(pickle.dumps(array)).config.write_mode == "compare_and_swap"
    assert zarr.open_array(tmp_path / "a").config.write_mode == "replace"
    with zarr.config.set({"array.write_mode": "compare_and_swap"}):
        assert zarr.open_array(tmp_path / "a").config.write_mode == "compare_and_swap"
    with pytest.raises(ValueError, match=r"write_mode: expected one of .*'compare_and_swap'.*found 'swap'"):
        zarr.open_array(tmp_path / "a", config={"write_mode": "swap"})
    assert "write_mode" not in (tmp_path / "a" / "zarr.json").read_text()
