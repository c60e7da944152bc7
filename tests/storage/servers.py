"""Servers that are not Python's: each is a program that is found on PATH or is not there, and a store on it."""

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

import zarrust as zarr

# Published with the emulator, and the same in every copy of it.
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
AZURE_ACCOUNT = "devstoreaccount1"

# Where `make test` puts what npm installs.
INSTALLED = Path(__file__).parents[2] / ".venvs" / "servers" / "node_modules" / ".bin"


def found(program: str) -> str | None:
    """Where a program is: on PATH, or installed by the project for itself."""
    return shutil.which(program) or shutil.which(program, path=str(INSTALLED))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def _running(command: list[str], port: int, **environment: str) -> Iterator[None]:
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
    port = _free_port()
    command = [program, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--silent"]
    with _running([*command, "--skipApiVersionCheck", "--disableTelemetry"], port):
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
    port = _free_port()
    with _running([program, "-addr", f"127.0.0.1:{port}"], port):
        url = f"http://127.0.0.1:{port}"
        make = urllib.request.Request(
            f"{url}/storage/v1/b?project=p", b'{"name": "zarrust"}', {"content-type": "application/json"}
        )
        urllib.request.urlopen(make).close()
        blank = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        account = json.dumps({"gcs_base_url": url, "disable_oauth": True, **blank})
        yield lambda prefix: zarr.store.GCSStore(
            "zarrust", prefix=prefix, service_account_key=account, client_options={"allow_http": True}
        )


@contextlib.contextmanager
def _versitygw(program: str, folder: Path) -> Iterator[Callable[[str], Any]]:
    port = _free_port()
    (folder / "zarrust").mkdir()
    keys = {"ROOT_ACCESS_KEY": "test", "ROOT_SECRET_KEY": "testsecret"}
    with _running([program, "--port", f"127.0.0.1:{port}", "posix", str(folder)], port, **keys):
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
