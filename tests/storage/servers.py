"""Servers that are not Python's: each is a program that is found or is not there, and what a test needs of it."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import zarrust as zarr

# Published with the emulator, and the same in every copy of it.
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
AZURE_ACCOUNT = "devstoreaccount1"

# Where `make test` puts what Go and npm give, and where Debian has what only its administrator starts.
_INSTALLED = Path(__file__).parents[2] / ".venvs" / "servers"
_PLACES = [_INSTALLED / "bin", _INSTALLED / "node_modules" / ".bin", *os.get_exec_path(), "/usr/sbin"]


def found(program: str) -> str | None:
    """Where a program is: installed by the project for itself, or by the machine."""
    return shutil.which(program, path=os.pathsep.join(map(str, _PLACES)))


def needed(program: str) -> str:
    """Where a program is; without it the test is skipped by its name."""
    place = found(program)
    if place is None:
        pytest.skip(f"the program {program} is not installed")
    return place


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    """Run a server until it is not needed any more; it listens on the port."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | environment
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start: status {process.poll()}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def _azurite(program: str, folder: Path) -> Iterator[Callable[[str], Any]]:
    port = free_port()
    command = [program, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--silent"]
    with running([*command, "--skipApiVersionCheck", "--disableTelemetry"], port):
        endpoint = f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}"
        date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        place = f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/zarrust\nrestype:container"
        text = f"PUT{chr(10) * 12}x-ms-date:{date}\nx-ms-version:2021-12-02\n{place}"
        digest = hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()
        headers = {
            "x-ms-date": date,
            "x-ms-version": "2021-12-02",
            "Authorization": f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(digest).decode()}",
            "Content-Length": "0",
        }
        make = urllib.request.Request(f"{endpoint}/zarrust?restype=container", method="PUT", headers=headers)
        urllib.request.urlopen(make).close()
        yield lambda prefix: zarr.store.AzureStore(
            "zarrust",
            prefix=prefix,
            account_name=AZURE_ACCOUNT,
            account_key=AZURE_KEY,
            endpoint=endpoint,
            client_options={"allow_http": True},
        )


@contextlib.contextmanager
def _gcsxml(program: str, folder: Path) -> Iterator[Callable[[str], Any]]:
    port = free_port()
    with running([program, "-addr", f"127.0.0.1:{port}"], port):
        url = f"http://127.0.0.1:{port}"
        make = urllib.request.Request(
            f"{url}/storage/v1/b?project=p", b'{"name": "zarrust"}', {"content-type": "application/json"}
        )
        urllib.request.urlopen(make).close()
        blank = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        # Without a signature, which no other option leaves out of writes.
        account = json.dumps({"gcs_base_url": url, "disable_oauth": True, **blank})
        yield lambda prefix: zarr.store.GCSStore(
            "zarrust", prefix=prefix, service_account_key=account, client_options={"allow_http": True}
        )


@contextlib.contextmanager
def _versitygw(program: str, folder: Path) -> Iterator[Callable[[str], Any]]:
    port = free_port()
    (folder / "zarrust").mkdir()
    keys = {"ROOT_ACCESS_KEY": "test", "ROOT_SECRET_KEY": "testsecret"}
    # It ends a connection after each answer unless it is told not to.
    command = [program, "--port", f"127.0.0.1:{port}", "--keep-alive", "posix", str(folder)]
    with running(command, port, **keys):
        yield lambda prefix: zarr.store.S3Store(
            "zarrust",
            prefix=prefix,
            endpoint=f"http://127.0.0.1:{port}",
            access_key_id="test",
            secret_access_key="testsecret",
            region="us-east-1",
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )


@dataclass(frozen=True)
class Kind:
    """A server: its program, and how to run it; ``start`` gives a maker of builders, by prefix."""

    program: str
    start: Callable[[str, Path], contextlib.AbstractContextManager[Callable[[str], Any]]]


KINDS = {
    "azure": Kind("azurite-blob", _azurite),
    "gcs": Kind("gcsxml", _gcsxml),
    "s3": Kind("versitygw", _versitygw),
}


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[int]:
    """Run a Redis server that keeps nothing; gives its port."""
    port = free_port()
    program = needed("redis-server")
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with running([program, "--port", str(port), *options], port):
        yield port


@contextlib.contextmanager
def nginx(folder: Path, settings: str = "") -> Iterator[str]:
    """Serve a folder's ``root`` by nginx, with more settings of its server; gives the address."""
    program, port = needed("nginx"), free_port()
    (folder / "root").mkdir(exist_ok=True)
    # Without a master no worker gives up the rights of who runs the test.
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}/root; {settings} }} }}\n"
    )
    with running([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)], port):
        yield f"http://127.0.0.1:{port}"


@dataclass
class Toxiproxy:
    """A proxy that spoils connections to an upstream, as its control says."""

    control: str
    port: int

    def _ask(self, method: str, path: str, document: Any = None) -> None:
        body = None if document is None else json.dumps(document).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.control}{path}", body, method=method)).close()

    @contextlib.contextmanager
    def toxic(self, kind: str, *, toxicity: float = 1, **attributes: int) -> Iterator[None]:
        """Spoil what comes down, on so many of the connections."""
        toxic = {"name": kind, "type": kind, "stream": "downstream", "toxicity": toxicity, "attributes": attributes}
        self._ask("POST", "/proxies/upstream/toxics", toxic)
        try:
            yield
        finally:
            self._ask("DELETE", f"/proxies/upstream/toxics/{kind}")


@contextlib.contextmanager
def toxiproxy(upstream: int) -> Iterator[Toxiproxy]:
    """Run a proxy in front of a server's port."""
    control, port = free_port(), free_port()
    program = needed("toxiproxy-server")
    with running([program, "-host", "127.0.0.1", "-port", str(control)], control):
        proxy = Toxiproxy(f"http://127.0.0.1:{control}", port)
        places = {"listen": f"127.0.0.1:{port}", "upstream": f"127.0.0.1:{upstream}"}
        proxy._ask("POST", "/proxies", {"name": "upstream", **places, "enabled": True})
        yield proxy
