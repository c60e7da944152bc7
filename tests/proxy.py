"""A proxy in front of a real server that spoils some of what passes; what it lets through is the server's own."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from web import Fault, Request, answer, answering, reset

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}


@dataclass
class Proxy:
    """What passed, and what befalls it."""

    upstream: str
    fault: Callable[[Request], Fault | None] = lambda request: None
    # Called outside of the lock, in the request's thread: it may hold the request back.
    gate: Callable[[Request], None] = lambda request: None
    # In place of the server's own, by names in lower case.
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, method: str) -> list[Request]:
        """The requests with this method."""
        return [request for request in self.requests if request.method == method]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy
    connection_up: http.client.HTTPConnection | None = None

    def log_message(self, *args):
        pass

    def _forward(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if self.connection_up is None:
            parts = urlsplit(self.proxy.upstream)
            self.connection_up = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        # The host is part of what S3 signs.
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        try:
            self.connection_up.request(self.command, self.path, body, headers)
            answered = self.connection_up.getresponse()
            value = answered.read()
        except (http.client.HTTPException, OSError):
            self.connection_up = None
            return self._forward(body)
        kept = {name: text for name, text in answered.getheaders() if name.lower() not in _HOP}
        if self.command == "HEAD":
            kept["Content-Length"] = answered.getheader("Content-Length", "0")
        kept = {name: self.proxy.headers.get(name.lower(), text) for name, text in kept.items()}
        return answered.status, value, kept

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers.get("range"), headers)
        with self.proxy.lock:
            self.proxy.requests.append(request)
            fault = self.proxy.fault(request)
        self.proxy.gate(request)
        if fault is not None and fault.dropped:
            reset(self)
            return
        if fault is not None and fault.status:
            answer(self, fault.status, fault.body, fault.headers)
            return
        if fault is not None and fault.stall:
            time.sleep(fault.stall)
            fault = None
        found = self._forward(body)
        if fault is not None and fault.lost:
            reset(self)
            return
        answer(self, *found, cut=None if fault is None else fault.cut)

    def __getattr__(self, name: str):
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)


@contextmanager
def spoiling(upstream: str) -> Iterator[Proxy]:
    """Put a proxy in front of a server for a while."""
    proxy = Proxy(upstream)
    with answering(type("Handler", (_Handler,), {"proxy": proxy})) as proxy.url:
        yield proxy
