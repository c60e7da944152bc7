"""Fixtures that several rooms share: stores, and an S3 server on loopback."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

import zarrust as zarr

# A busy machine is no finding: nothing here is judged by a clock.
hypothesis.settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any-machine")

HERE = Path(__file__).parent


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A fresh store of each kind that needs no server."""
    if request.param == "local":
        return zarr.storage.LocalStore(tmp_path / "store")
    return zarr.storage.MemoryStore()


@dataclass(frozen=True)
class S3:
    """A bucket of a server on this machine, and a prefix that no other test uses."""

    endpoint: str
    bucket: str
    prefix: str

    def options(self) -> dict[str, Any]:
        """What the S3 stores of zarrust.store and of obstore both take, next to the bucket's name."""
        return {
            "prefix": self.prefix,
            "endpoint": self.endpoint,
            "access_key_id": "test",
            "secret_access_key": "test",
            "region": "us-east-1",
            "virtual_hosted_style_request": False,
            "client_options": {"allow_http": True},
        }


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Address of moto's S3 server, in a process of its own: tests of fork must not share the parent with it."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "storage" / "s3_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    endpoint = process.stdout.readline().strip()
    if not endpoint:
        raise RuntimeError(f"the S3 server ended with status {process.wait()}")
    yield endpoint
    process.communicate()


@pytest.fixture
def s3(s3_server: str) -> S3:
    """A fresh prefix in the server's one bucket."""
    return S3(s3_server, "zarrust", uuid.uuid4().hex)
