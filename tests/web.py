"""A small web server for tests: GET, HEAD, PUT and DELETE of values, ranges, tags, and faults on request."""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    method: str
    path: str
    range: str | None
    headers: dict[str, str]
    query: str = ""


@dataclass(frozen=True)
class Fault:
    """What befalls an answer.

    ``status`` is sent in place of the answer, with ``headers`` and ``body``; ``cut`` bytes of the body are sent and
    then the connection is reset; ``stall`` seconds pass before anything is sent; ``lost`` does what was asked and
    closes without an answer, ``dropped`` closes at once.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"<Error><Code>Fault</Code></Error>"
    cut: int | None = None
    stall: float = 0
    lost: bool = False
    dropped: bool = False


class Folder(Mapping[str, bytes]):
    """The files below a folder by their paths, as they are when they are asked for."""

    def __init__(self, root: Path):
        self.root = root

    def __getitem__(self, path: str) -> bytes:
        file = self.root / path
        if not file.is_file():
            raise KeyError(path)
        return file.read_bytes()

    def __iter__(self) -> Iterator[str]:
        return (file.relative_to(self.root).as_posix() for file in self.root.rglob("*") if file.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass
class Web:
    """Values by path and what was asked for them; like most web servers it lists nothing."""

    values: MutableMapping[str, bytes] | Folder = field(default_factory=dict)
    # Whether Range is honoured; where not, all of a value is sent with status 200.
    ranges: bool = True
    tags: bool = True
    # What comes with each value beside its tag.
    headers: dict[str, str] = field(default_factory=dict)
    fault: Callable[[Request], Fault | None] = lambda request: None
    requests: list[Request] = field(default_factory=list)
    # Connections that were begun, whether or not a request came by them.
    connections: int = 0
    sent: int = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, end: str = "", method: str | None = None) -> list[Request]:
        """The requests whose path ends so."""
        return [r for r in self.requests if r.path.endswith(end) and method in (None, r.method)]


def _cut_out(value: bytes, header: str) -> tuple[int, int] | None:
    """Start and end of a range within a value; None when there is nothing in it."""
    first, _, last = header.removeprefix("bytes=").partition("-")
    if not first:
        start, end = max(len(value) - int(last), 0), len(value)
    else:
        start, end = int(first), int(last) + 1 if last else len(value)
    return (start, min(end, len(value))) if start < len(value) else None


def _tag(value: bytes) -> str:
    return f'"{hashlib.sha1(value).hexdigest()}"'


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Break a connection: with no time to linger the kernel sends a reset in place of an orderly end."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()
    handler.close_connection = True


def answer(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str], cut: int | None = None
) -> None:
    """Send an answer; after ``cut`` bytes of its body the connection breaks, in its head if there are no more."""
    lines = [f"HTTP/1.1 {status} {handler.responses.get(status, ('-',))[0]}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if "Content-Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    raw = head if handler.command == "HEAD" else head + body
    if cut is not None:
        raw = raw[: len(head) + cut] if len(raw) > len(head) + cut else raw[: len(head) // 2]
    try:
        handler.wfile.write(raw)
    except OSError:
        # The client has given up.
        handler.close_connection = True
        return
    if cut is not None:
        reset(handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small answers would otherwise wait for the client's acknowledgement.
    disable_nagle_algorithm = True
    web: Web

    def setup(self):
        super().setup()
        with self.web.lock:
            self.web.connections += 1

    def log_message(self, *args):
        pass

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, cut: int | None = None):
        if self.command != "HEAD":
            with self.web.lock:
                self.web.sent += len(body)
        answer(self, status, body, headers or {}, cut)

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(self.path.partition("?")[0]).strip("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, path, headers.get("range"), headers, self.path.partition("?")[2])
        with self.web.lock:
            self.web.requests.append(request)
            fault = self.web.fault(request) or Fault()
        if fault.stall:
            time.sleep(fault.stall)
        if fault.dropped:
            reset(self)
            return
        if fault.status:
            self._answer(fault.status, fault.body, fault.headers)
            return
        found = self._do(request, body)
        if fault.lost:
            reset(self)
        else:
            self._answer(*found, cut=fault.cut)

    def _do(self, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        web, path = self.web, request.path
        with web.lock:
            value = web.values.get(path)
            if request.method == "PUT":
                if request.headers.get("if-none-match") == "*" and value is not None:
                    return 412, b"", {}
                web.values[path] = body
                return 200, b"", {"ETag": _tag(body)}
            if request.method == "DELETE":
                return (404 if web.values.pop(path, None) is None else 204), b"", {}
        if request.method not in ("GET", "HEAD"):
            return 405, b"", {}
        if value is None:
            return 404, b"", {}
        headers = {"Last-Modified": "Sat, 01 Jan 2000 00:00:00 GMT"} | web.headers
        headers |= {"ETag": _tag(value)} if web.tags else {}
        if request.headers.get("if-match", headers.get("ETag")) != headers.get("ETag"):
            return 412, b"", {}
        if request.range is None or not web.ranges or request.method == "HEAD":
            return 200, value, headers
        part = _cut_out(value, request.range)
        if part is None:
            return 416, b"", {"Content-Range": f"bytes */{len(value)}"}
        start, end = part
        return 206, value[start:end], headers | {"Content-Range": f"bytes {start}-{end - 1}/{len(value)}"}

    def __getattr__(self, name: str):
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)


class Server(ThreadingHTTPServer):
    """A server whose threads end with it, and that takes many connections at once."""

    daemon_threads = True
    request_queue_size = 256
    tls: ssl.SSLContext | None = None

    def get_request(self):
        connection, address = super().get_request()
        if self.tls is not None:
            # Greetings are exchanged in the request's thread: a client that says nothing keeps nobody waiting.
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        pass


@contextmanager
def answering(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answer requests on loopback for a while, at the URL."""
    server = Server(("127.0.0.1", 0), handler)
    server.tls = tls
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving(web: Web, tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Serve values on loopback for a while."""
    with answering(type("Handler", (_Handler,), {"web": web}), tls) as web.url:
        yield web


def published(values: dict[str, bytes], prefix: str = "data.zarr") -> dict[str, bytes]:
    """The objects of a store as a web server has them."""
    return {f"{prefix}/{key}": bytes(value) for key, value in values.items()}
