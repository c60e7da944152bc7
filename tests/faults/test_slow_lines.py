"""Lines that are slow and lines that stop: the first take their time, the second are an error soon."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

import zarrust as zarr
from conftest import S3
from zarrust.storage import ObjectStore

SECOND = "1 seconds"
PIECE = 16 << 10


@dataclass
class Line:
    """What connects to a server: all connections share its speed, in bytes each second, and its end, in bytes."""

    port: int
    up: float = float("inf")
    down: float = float("inf")
    most: float = float("inf")
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def carry(self, source: socket.socket, target: socket.socket, upwards: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                with self.lock:
                    self.over.wait(len(piece) / (self.up if upwards else self.down))
                    if upwards:
                        self.most -= len(piece)
                if self.most < 0:
                    self.over.wait()  # nothing is read any more, and nothing closed
                    return
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def line(s3: S3) -> Iterator[Line]:
    server = urlsplit(s3.endpoint)
    opened: list[socket.socket] = []
    with socket.socket() as listener:
        # What the system takes in advance is no slow line.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * PIECE)
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        line = Line(listener.getsockname()[1])

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    near, _ = listener.accept()
                    far = socket.create_connection((server.hostname, server.port))
                    opened.extend((near, far))
                    for ends in ((near, far, True), (far, near, False)):
                        threading.Thread(target=line.carry, args=ends, daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield line
        line.over.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    for end in opened:
        end.close()


def by(line: Line, s3: S3, **options: Any) -> ObjectStore:
    given = s3.options() | {
        "endpoint": f"http://127.0.0.1:{line.port}",
        "client_options": {"allow_http": True, "read_timeout": SECOND},
        "retry_config": {"max_retries": 0},
    }
    return ObjectStore(zarr.store.S3Store(s3.bucket, **(given | options)))


def test_values_that_share_a_slow_line_arrive(line: Line, s3: S3):
    values = np.random.default_rng(1).integers(0, 1 << 60, (16, 1 << 15))
    array = zarr.create_array(by(line, s3), shape=values.shape, chunks=(1, 1 << 15), dtype="i8", compressors=None)
    line.up = 1.4e6
    start = time.monotonic()
    with zarr.stats() as cost:
        array[...] = values
    assert time.monotonic() - start > 2, "each is on its way for longer than a server may say nothing"
    assert cost.retries == 0
    line.up = float("inf")
    line.down = 1.2e5
    with zarr.stats() as cost:
        assert np.array_equal(array[0], values[0])
    assert time.monotonic() - start > 4, "what comes is no silence either"
    assert cost.retries == 0


def test_a_line_that_stops_is_an_error(line: Line, s3: S3):
    store = by(line, s3)
    store["small"] = b"1"
    line.most = 200_000
    start = time.monotonic()
    with pytest.raises(OSError, match="large"):
        store["large"] = bytes(1 << 20)
    assert time.monotonic() - start < 15


def test_a_server_that_takes_a_value_and_says_nothing_is_an_error(line: Line, s3: S3):
    store = by(line, s3)
    line.down = 1e-3  # the answer is minutes away
    start = time.monotonic()
    with pytest.raises(OSError, match=r"said nothing for .* s.*value"):
        store["value"] = bytes(128 << 10)
    assert 1.9 < time.monotonic() - start < 10, "a second, and another for 128 KiB"
    with pytest.raises(OSError, match=r"said nothing for 1\.\d s.*value"):
        store["value"]
