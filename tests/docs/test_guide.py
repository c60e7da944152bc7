"""Every Python block of the guide and of the README runs, in order, and prints what the page shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import zarrust as zarr
from guide import PAGES, ROOT, blocks, check_page
from zarrust.config import DEFAULTS

SERVED = {"remote.md", "storage.md"}
"""Pages whose blocks talk to a server: `endpoint` is the address of one on this machine."""


EXPECTED = "ignore:Consolidated metadata is currently not part"
"""Format 3 warns of what the page on consolidated metadata says."""

ALONE = {"xarray.md"}
"""Pages that change what `import zarr` means: they run in a process of their own."""


@pytest.mark.filterwarnings(EXPECTED)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_runs_from_top_to_bottom(page: Path, tmp_path: Path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    if page.name in ALONE:
        program = [sys.executable, "-W", "error", "-W", EXPECTED, str(ROOT / "tests" / "guide.py"), str(page)]
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return
    namespace = {"__name__": "__main__"}
    if page.name in SERVED:
        namespace["endpoint"] = request.getfixturevalue("s3_server")
    with zarr.config.set({}):
        check_page(page, namespace)


def test_every_page_with_code_was_found_and_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in PAGES[1:]:
        assert page.name in navigation, f"{page.name} is not in mkdocs.yml"
        fences = re.findall(r"^ *```python", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(blocks(page)) == len(fences), f"{page.name}: a block is indented or not closed"


def test_the_page_on_settings_names_every_key():
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [key for key in DEFAULTS if f"`{key}`" not in text and not key.startswith("codecs.")] == []
