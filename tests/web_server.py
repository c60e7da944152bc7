"""A web server over a folder, with or without byte ranges, that writes down what it was asked."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Request:
    """One request: its path, the range that it asked for, and how many bytes of body went out."""

    method: str
    path: str
    range: str | None
    sent: int


@dataclass
class WebServer:
    """A server on 127.0.0.1, from `__enter__` to `__exit__`; like most web servers it lists nothing."""

    root: Path
    ranges: bool = True
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def gets(self, ending: str = "") -> list[Request]:
        """The GET requests of paths with this ending."""
        return [request for request in self.requests if request.method == "GET" and request.path.endswith(ending)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                file = server.root / self.path.partition("?")[0].lstrip("/")
                asked = self.headers.get("Range")
                if not file.is_file():
                    return self._answer(404, b"not found", asked)
                value = file.read_bytes()
                part = re.fullmatch(r"bytes=(\d*)-(\d*)", asked) if asked and server.ranges else None
                if part is None:
                    return self._answer(200, value, asked)
                start, end = _bounds(part[1], part[2], len(value))
                if start >= end:
                    return self._answer(416, b"", asked, {"Content-Range": f"bytes */{len(value)}"})
                return self._answer(
                    206, value[start:end], asked, {"Content-Range": f"bytes {start}-{end - 1}/{len(value)}"}
                )

            def do_HEAD(self) -> None:
                self.do_GET()

            def _answer(
                self, status: int, body: bytes, asked: str | None, headers: dict[str, str] | None = None
            ) -> None:
                sent = 0 if self.command == "HEAD" else len(body)
                server.requests.append(Request(self.command, self.path, asked, sent if status < 400 else 0))
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                if server.ranges:
                    self.send_header("Accept-Ranges", "bytes")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

        return Handler


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
