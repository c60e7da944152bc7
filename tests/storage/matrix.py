"""Every store on every server: how many of the tests of stores pass there, and whether arrays go round.

``python tests/storage/matrix.py`` prints it, and fails where a test does.
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROUND = "test_arrays_of_both_formats_go_round"


@dataclass
class Row:
    """A store on a server, and the tests that are about it: those of a class, with a word in their names."""

    store: str
    server: str
    tests: str
    word: str = ""
    outcomes: Counter[str] = field(default_factory=Counter)
    went_round: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def covers(self, node: str) -> bool:
        """Whether a test is about it."""
        words = node.rpartition("[")[2].rstrip("]").split("-")
        return f"{self.tests}::" in node and (not self.word or self.word in words)

    def cells(self) -> list[str]:
        """What the table has of it."""
        done, failed, rest = (self.outcomes[name] for name in ("passed", "failed", "skipped"))
        if not done and not failed:
            return [self.store, self.server, "-", "-", "; ".join(self.reasons)]
        tests = f"{done} of {done + failed}"
        arrays = f"{self.went_round['passed']} of {sum(self.went_round.values())}"
        reasons = (f"{count}: {reason}" for reason, count in self.reasons.items())
        return [self.store, self.server, tests, arrays, f"not applicable {rest} ({'; '.join(reasons)})" if rest else ""]


ROWS = [
    Row("ObjectStore(S3Store)", "moto", "test_s3.py::TestObjectStore", "zarrust.store"),
    Row("ObjectStore(obstore's S3Store)", "moto", "test_s3.py::TestObjectStore", "obstore"),
    Row("ObjectStore(S3Store)", "versitygw", "test_servers.py::TestObjectStore", "s3"),
    Row("ObjectStore(GCSStore)", "gcsxml", "test_servers.py::TestObjectStore", "gcs"),
    Row("ObjectStore(AzureStore)", "Azurite", "test_servers.py::TestObjectStore", "azure"),
    Row("HttpStore", "nginx", "test_servers.py::TestHttpStore"),
    Row("FsspecStore, engine", "moto", "test_fsspec.py::TestFsspecStore", "native"),
    Row("FsspecStore, s3fs", "moto", "test_fsspec.py::TestFsspecStore", "fsspec"),
    Row("ZipStore", "S3 on moto", "test_harness.py::TestZipStore", "s3"),
    Row("ZipStore", "a file", "test_harness.py::TestZipStore", "path"),
    Row("RedisStore", "redis-server", "test_databases.py::TestRedisStore"),
    Row("MongoDBStore", "mongod", "test_databases.py::TestMongoDBStore"),
    Row("SQLiteStore", "SQLite", "test_databases.py::TestSQLiteStore"),
    Row("LMDBStore", "LMDB", "test_databases.py::TestLMDBStore"),
    Row("DBMStore", "dbm", "test_databases.py::TestDBMStore"),
    Row("LocalStore", "a folder", "test_harness.py::TestLocalStore"),
    Row("MemoryStore", "-", "test_harness.py::TestMemoryStore"),
]


class Collector:
    """Counts what pytest finds, by row."""

    def __init__(self) -> None:
        self.tests = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave the tests that no row is about."""
        chosen = [item for item in items if any(row.covers(item.nodeid) for row in ROWS)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test: its call, or what kept it from one."""
        if report.when != "call" and report.passed:
            return
        for row in ROWS:
            if not row.covers(report.nodeid):
                continue
            row.outcomes[report.outcome] += 1
            if ROUND in report.nodeid:
                row.went_round[report.outcome] += 1
            if report.skipped and isinstance(report.longrepr, tuple):
                row.reasons[report.longrepr[2].removeprefix("Skipped: ")] += 1


def main() -> int:
    """Print the table."""
    files = sorted({row.tests.partition("::")[0] for row in ROWS})
    arguments = [*(str(HERE / name) for name in files), "-q", "--no-header", "-p", "no:randomly", "-r", "fE"]
    status = pytest.main([*arguments, *sys.argv[1:]], plugins=[Collector()])
    table = [["store", "server", "StoreTests", "arrays go round", ""], *(row.cells() for row in ROWS)]
    widths = [max(len(cells[column]) for cells in table) for column in range(5)]
    for cells in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    run = [row for row in ROWS if row.outcomes["passed"] or row.outcomes["failed"]]
    whole = [row for row in run if not row.outcomes["failed"] and not row.went_round["failed"] and row.went_round]
    print(f"{len(whole)} of {len(run)} pass everything; not here: {len(ROWS) - len(run)}")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
