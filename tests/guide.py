"""The guide's pages as programs: blocks of Python, each with the output that the page shows below it."""

import contextlib
import doctest
import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```[ ]*\n(?:\n```text\n(?P<output>.*?)^```[ ]*$)?", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block of Python, the line of the page that it starts at, and the output shown, if any is."""

    code: str
    line: int
    output: str | None


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["code"], text.count("\n", 0, found.start()) + 2, found["output"]) for found in _BLOCK.finditer(text)
    ]


def run_block(block: Block, page: Path, namespace: dict[str, Any]) -> str:
    """Run a block and return what it printed; tracebacks name the page and its line."""
    code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)
    return printed.getvalue()


def check_page(page: Path, namespace: dict[str, Any]) -> None:
    """Run the blocks of a page in their order and compare what they print with what it shows."""
    for block in blocks(page):
        printed = run_block(block, page, namespace)
        if block.output is not None and not same(block.output, printed):
            raise AssertionError(f"{page.name}:{block.line} printed\n{printed}")


def same(expected: str, found: str) -> bool:
    """Return whether an output is the one shown; `...` stands for anything."""
    return doctest.OutputChecker().check_output(expected, found, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)


if __name__ == "__main__":
    check_page(Path(sys.argv[1]), {"__name__": "__main__"})
