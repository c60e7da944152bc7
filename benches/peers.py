"""One peer in a process of its own: reads commands as JSON lines, does them, answers with seconds.

Started by ``compare.py``. A process per peer keeps thread pools, caches and imports apart, and stays alive so that a
measurement is not the measurement of a start.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cases import CASES, Case
from serving import serve


class ZarrLike:
    """zarrust, and zarr-python with one of its pipelines."""

    def __init__(self, module: str, pipeline: str | None = None) -> None:
        self.zarr = importlib.import_module(module)
        if pipeline is not None:
            importlib.import_module(pipeline.split(".")[0])
            self.zarr.config.set({"codec_pipeline.path": pipeline})

    def open(self, path: str) -> Any:
        return self.zarr.open_array(path, mode="r")

    def create(self, path: str, case: Case, like: str) -> Any:
        return self.zarr.create_array(path, **case.options(self.zarr))

    def read(self, array: Any) -> np.ndarray:
        return array[...]

    def write(self, array: Any, values: np.ndarray) -> None:
        array[...] = values


class Tensorstore:
    """tensorstore; its fsync of every file is off, as nobody else does one."""

    def __init__(self) -> None:
        self.ts = importlib.import_module("tensorstore")
        self.context = self.ts.Context({"file_io_sync": False})

    def _open(self, path: str, **options: Any) -> Any:
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": path}, **options}
        return self.ts.open(spec, context=self.context).result()

    def open(self, path: str) -> Any:
        return self._open(path, open=True)

    def create(self, path: str, case: Case, like: str) -> Any:
        metadata = json.loads((Path(like) / "zarr.json").read_text())
        names = ("shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs")
        return self._open(path, metadata={name: metadata[name] for name in names}, create=True)

    def read(self, array: Any) -> np.ndarray:
        return array.read().result()

    def write(self, array: Any, values: np.ndarray) -> None:
        array.write(values).result()


PEERS: dict[str, Callable[[], Any]] = {
    "zarrust": lambda: ZarrLike("zarrust"),
    "zarr": lambda: ZarrLike("zarr"),
    "zarr fused": lambda: ZarrLike("zarr", "zarr.core.codec_pipeline.FusedCodecPipeline"),
    "zarrs": lambda: ZarrLike("zarr", "zarrs.ZarrsCodecPipeline"),
    "tensorstore": Tensorstore,
}

IMPORTS = {"zarrust": "zarrust", "zarr": "zarr", "zarrs": "zarr, zarrs", "tensorstore": "tensorstore"}


def answer(peer: Any, values: np.ndarray, command: dict[str, Any]) -> float | bool:
    """Do one command: seconds for ``read``, ``write`` and ``open``, whether all values are right for ``verify``."""
    path = command["path"]
    match command["do"]:
        case "read":
            array = peer.open(path)
            start = time.perf_counter()
            found = peer.read(array)
            seconds = time.perf_counter() - start
            del found
            return seconds
        case "write":
            array = peer.create(path, CASES[command["case"]], command["like"])
            start = time.perf_counter()
            peer.write(array, values)
            return time.perf_counter() - start
        case "open":
            times = []
            for _ in range(command["times"]):
                start = time.perf_counter()
                array = peer.open(path)
                times.append(time.perf_counter() - start)
                del array
            return float(np.median(times))
        case "verify":
            return bool(np.array_equal(peer.read(peer.open(path)), values))
        case other:
            raise ValueError(f"unknown command {other!r}")


def main(name: str, values_path: str) -> None:
    peer, values = PEERS[name](), np.load(values_path)
    serve(lambda command: answer(peer, values, command))


if __name__ == "__main__":
    main(*sys.argv[1:])
