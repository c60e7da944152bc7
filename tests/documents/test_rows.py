"""Every row of the five documents that zarrust follows has a test here; the rest is named with the reason."""

import ast
import re
from pathlib import Path

# One row per call, parameter, behaviour or printed text. S0 and S1 are the storage guides of zarr-python 3.0 and 3.1,
# S2 the page of the storage API, S3 the tutorial of version 2, S4 the stores of a MATLAB package. C is what they say
# against each other, X what users of version 2 had besides. Rows whose number starts with A were read as text.
ROWS = {
    "S0": "1-30 A1-A2",
    "S1": "1-32 A1-A2",
    "S2": "1-15 20-28 30-68 70-75 80-86 90-102 A1-A4",
    "S3": "1-163 A1-A5",
    "S4": "1-42 A1-A4",
    "C": "1-15",
    "X": "1-14",
}

NOT_TESTABLE = {
    "S0-A1": "a remark: the specification of zip stores is a draft",
    "S0-A2": "stores of Google and Azure on the internet; S0-19 does the same on S3, S1-27 and S2-74 construct them",
    "S1-A1": "a remark: ObjectStore is experimental",
    "S1-A2": "a comment to the writers of the document",
    "S2-A1": "a shell command of the page's host",
    "S2-A2": "names of other pages",
    "S2-A3": "a remark: memory is freed when nothing refers to it",
    "S2-A4": "a remark on speed, which the benchmarks measure",
    "S3-A1": "a call of numcodecs alone",
    "S3-A2": "advice on zip files, which S4-14 makes unnecessary",
    "S3-A3": "an interactive widget of ipytree; S3-93 looks for the hook of notebooks",
    "S3-A4": "the document ends in the middle of the sentence; X-01 and X-02 are what came next",
    "S3-A5": "a remark; S3-143 to S3-163 are the systems",
    "S4-A1": "the language: indices from 1, columns first, name=value",
    "S4-A2": "overridable getPartial and getSuffix; in Python get() has a byte range, S4-02 and S4-40",
    "S4-A3": "a file of that package",
    "S4-A4": "a public bucket on the internet over TLS; S4-25 does the same on this machine",
}

_NAME = re.compile(r"^test_?(s[0-4]|c|x)_(\d+)((?:_\d+)*)_", re.IGNORECASE)
_ROW = re.compile(r"(S[0-4]|C|X)-(\d+)")


def all_rows():
    """Return the ids of all rows; numbers without leading zeros."""
    for seed, ranges in ROWS.items():
        for part in ranges.split():
            letter = "A" if part.startswith("A") else ""
            first, _, last = part.replace("A", "").partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield f"{seed}-{letter}{number}"


def rows_with_a_test():
    """Return the ids in the names of the tests, and in the parameters of tests of several rows."""
    for file in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and (named := _NAME.match(node.name)):
                for number in (named[2], *named[3].split("_")[1:]):
                    yield f"{named[1].upper()}-{int(number)}"
            elif isinstance(node, ast.Call):
                for given in (*node.args, *(keyword.value for keyword in node.keywords)):
                    if isinstance(given, ast.Constant) and (row := _ROW.fullmatch(str(given.value))):
                        yield f"{row[1]}-{int(row[2])}"


def test_every_row_is_tested_or_has_a_reason():
    rows, tested = set(all_rows()), set(rows_with_a_test())
    assert len(rows) == 402
    assert sorted(rows - tested - set(NOT_TESTABLE)) == []
    assert sorted(tested - rows) == []
    assert sorted(tested & set(NOT_TESTABLE)) == []
    assert set(NOT_TESTABLE) <= rows
