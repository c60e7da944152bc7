"""Running the harness for stores as its users do: subclassed in a file of theirs, by a pytest of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import zarrust

HERE = Path(__file__).parent

TEMPLATE = """
import asyncio
import pytest
from zarrust.buffer import Buffer
from zarrust.testing.store import StoreTests
{imports}

class TestOwn(StoreTests[{cls}, Buffer]):
    store_cls = {cls}
    buffer_cls = Buffer

    async def set(self, store, key, value):
        store.{values}[key] = {written}

    async def get(self, store, key):
        return Buffer.from_bytes(bytes(memoryview(store.{values}[key]{read})))

    @pytest.fixture
    def store_kwargs(self):
        return {{"{argument}": {{}}}}

    @pytest.fixture
    def store(self, open_kwargs):
        return asyncio.run(self.store_cls.open(**open_kwargs))

    @pytest.fixture
    def store_not_open(self, store_kwargs):
        return self.store_cls(**store_kwargs)

    def test_store_repr(self, store):
        assert str(store) in repr(store)

    def test_store_supports_writes(self, store):
        assert store.supports_writes

    def test_store_supports_listing(self, store):
        assert store.supports_listing
"""


def passed_by(folder: Path, **parts: str) -> int:
    """Return how many tests of the harness a store passes, and fail where it does not pass one.

    Parameters
    ----------
    folder : pathlib.Path
        Where the file is written.
    **parts
        Of `TEMPLATE`.
    """
    (folder / "test_own.py").write_text(TEMPLATE.format(**parts))
    shutil.copy(HERE / "storage" / "conftest.py", folder)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-c", os.devnull, "."],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(Path(zarrust.__file__).parent.parent)])},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = re.search(r"(\d+) passed", ran.stdout)
    assert found is not None, ran.stdout
    return int(found[1])
