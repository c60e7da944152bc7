"""One peer on an object store, in a process of its own: reads commands as JSON lines, answers with seconds.

Started by ``cloud.py``. Each peer runs as its documentation has it, and, as ``NAME +``, told to have many requests in
flight at once.
"""

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from cloud_cases import CASES, Case
from serving import serve

BUCKET = "bench"
KEY, SECRET, REGION = "test", "testsecret", "us-east-1"
MANY = 128


class ZarrLike:
    """zarrust and zarr-python; ``make`` gives a store for a folder of the bucket."""

    def __init__(self, module: str, make: Callable[[str], Any], many: bool) -> None:
        self.zarr, self.make = importlib.import_module(module), make
        if many:
            self.zarr.config.set({"async.concurrency": MANY})

    def open(self, folder: str) -> Any:
        return self.zarr.open_array(self.make(folder), mode="r")

    def create(self, folder: str, case: Case) -> Any:
        return self.zarr.create_array(self.make(folder), **case.options(self.zarr))

    def read(self, array: Any) -> np.ndarray:
        return array[...]

    def write(self, array: Any, values: np.ndarray) -> None:
        array[...] = values

    def take(self, array: Any, rows: np.ndarray) -> np.ndarray:
        return array.oindex[rows]


class Tensorstore:
    """tensorstore's s3 driver under its zarr3 driver."""

    def __init__(self, endpoint: str, many: bool) -> None:
        self.ts = importlib.import_module("tensorstore")
        self.context = self.ts.Context({"s3_request_concurrency": {"limit": MANY}} if many else {})
        self.store = {
            "driver": "s3",
            "bucket": BUCKET,
            "endpoint": endpoint,
            "aws_region": REGION,
            "aws_credentials": {"type": "environment"},
        }

    def _open(self, folder: str, **options: Any) -> Any:
        spec = {"driver": "zarr3", "kvstore": {**self.store, "path": f"{folder}/"}, **options}
        return self.ts.open(spec, context=self.context).result()

    def open(self, folder: str) -> Any:
        return self._open(folder, open=True)

    def create(self, folder: str, case: Case) -> Any:
        return self._open(folder, metadata=case.metadata(), create=True)

    def read(self, array: Any) -> np.ndarray:
        return array.read().result()

    def write(self, array: Any, values: np.ndarray) -> None:
        array.write(values).result()

    def take(self, array: Any, rows: np.ndarray) -> np.ndarray:
        return array[rows].read().result()


def on_object_store(endpoint: str, builders: str, storage: str) -> Callable[[str], Any]:
    """Stores of one bucket by the S3Store of ``builders``, one for each folder."""
    make, wrap = importlib.import_module(builders).S3Store, importlib.import_module(storage).ObjectStore
    options = {"endpoint": endpoint, "region": REGION, "access_key_id": KEY, "secret_access_key": SECRET}
    bucket = {"client_options": {"allow_http": endpoint.startswith("http://")}, **options}
    return lambda folder: wrap(make(BUCKET, prefix=folder, **bucket))


def on_s3fs(endpoint: str, many: bool) -> Callable[[str], Any]:
    """zarr-python's FsspecStore over one s3fs."""
    file_system = importlib.import_module("s3fs").S3FileSystem(
        key=KEY,
        secret=SECRET,
        client_kwargs={"endpoint_url": endpoint, "region_name": REGION},
        config_kwargs={"max_pool_connections": MANY} if many else {},
        asynchronous=True,
    )
    wrap = importlib.import_module("zarr.storage").FsspecStore
    return lambda folder: wrap(file_system, path=f"{BUCKET}/{folder}")


def peer(name: str, endpoint: str) -> Any:
    """The peer of this name."""
    many, name = name.endswith(" +"), name.removesuffix(" +")
    match name:
        case "zarrust":
            return ZarrLike("zarrust", on_object_store(endpoint, "zarrust.store", "zarrust.storage"), many)
        case "zarr obstore":
            return ZarrLike("zarr", on_object_store(endpoint, "obstore.store", "zarr.storage"), many)
        case "zarr s3fs":
            return ZarrLike("zarr", on_s3fs(endpoint, many), many)
        case "tensorstore":
            return Tensorstore(endpoint, many)
        case other:
            raise ValueError(f"unknown peer {other!r}")


PEERS = ("zarrust", "zarr obstore", "zarr s3fs", "tensorstore", "zarr obstore +", "zarr s3fs +", "tensorstore +")


def answer(peer: Any, values: np.ndarray, command: dict[str, Any]) -> float | bool:
    """Do one command: seconds for ``read``, ``write`` and ``take``, whether all values are right for ``verify``."""
    folder, case = command["folder"], CASES[command["case"]]
    values = values.reshape(case.shape)
    match command["do"]:
        case "read":
            array = peer.open(folder)
            start = time.perf_counter()
            found = peer.read(array)
            seconds = time.perf_counter() - start
            del found
            return seconds
        case "take":
            array, rows = peer.open(folder), case.some(command["seed"])
            start = time.perf_counter()
            found = peer.take(array, rows)
            seconds = time.perf_counter() - start
            if not np.array_equal(found, values[rows]):
                raise ValueError("other values came back than were written")
            return seconds
        case "write":
            array = peer.create(folder, case)
            start = time.perf_counter()
            peer.write(array, values)
            return time.perf_counter() - start
        case "verify":
            return bool(np.array_equal(peer.read(peer.open(folder)), values))
        case other:
            raise ValueError(f"unknown command {other!r}")


def main(name: str, endpoint: str, values_path: str) -> None:
    here, values = peer(name, endpoint), np.load(values_path)
    serve(lambda command: answer(here, values, command))


if __name__ == "__main__":
    main(*sys.argv[1:])
