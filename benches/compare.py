"""Read all and write all of one cube, by zarrust and its peers, alternating on this machine.

Run by ``make bench``. Within a round every peer does the same thing once, in an order that rotates from round to
round; a
first round that is not counted warms up and verifies every value. Reads are of the same files, which zarr-python wrote;
they come from the page cache. Each write goes to a folder of its own that is deleted before the next. Times are
reported,
never asserted.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cases import CASES, SHAPE, cube
from peers import IMPORTS, PEERS

HERE = Path(__file__).parent
FORGOTTEN = 6  # seconds
MANY = 1000
FOLDER = HERE.parent / ".venvs" / "bench-data"


class Worker:
    """A peer's process and the pipe to it."""

    def __init__(self, name: str, program: str, *arguments: str) -> None:
        self.name = name
        command = [sys.executable, str(HERE / program), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, do: str, **details: Any) -> Any:
        """Send a command and wait for its answer."""
        pipe, answers = self.process.stdin, self.process.stdout
        assert pipe is not None
        assert answers is not None
        print(json.dumps({"do": do, **details}), file=pipe, flush=True)
        line = answers.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self.process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(f"{self.name}, {do} {details}: {reply['error']}")
        return reply["answer"]

    def end(self) -> None:
        """Close the pipe and wait for the process."""
        self.process.communicate()


def rotated(items: list[Any], by: int) -> list[Any]:
    by %= len(items)
    return items[by:] + items[:by]


def measure(workers: list[Worker], rounds: int, cases: list[str]) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """Seconds of each round, by line of the table and by peer."""
    for case in cases:
        stored, written = str(FOLDER / case), FOLDER / "written"
        reads: dict[str, list[float]] = {worker.name: [] for worker in workers}
        writes: dict[str, list[float]] = {worker.name: [] for worker in workers}
        for index in range(rounds + 1):
            for worker in rotated(workers, index):
                seconds = worker.ask("read", path=stored)
                if index:
                    reads[worker.name].append(seconds)
                elif not worker.ask("verify", path=stored):
                    raise RuntimeError(f"{worker.name} reads other values from {case} than were written")
            for worker in rotated(workers, index):
                os.sync()  # the disk must not still be busy with what the peer before wrote and deleted
                own = str(written / worker.name)
                seconds = worker.ask("write", path=own, case=case, like=stored)
                if index:
                    writes[worker.name].append(seconds)
                else:
                    judge = next(judge for judge in workers if judge.name == "zarr")
                    if not judge.ask("verify", path=own):
                        raise RuntimeError(f"{worker.name} wrote other values to {case} than it was given")
                # Freed at once, so that the next peer gets the same pages; memory never touched before costs more.
                shutil.rmtree(written)
                if CASES[case].objects > MANY:
                    # ext4 passes over inodes deleted in the last five seconds, one by one, to find a free one.
                    time.sleep(FORGOTTEN)
        yield f"read {case}", reads
        yield f"write {case}", writes


def measure_open(workers: list[Worker], rounds: int) -> dict[str, list[float]]:
    """Seconds to open an array, each the median of 100."""
    times: dict[str, list[float]] = {worker.name: [] for worker in workers}
    for index in range(rounds + 1):
        for worker in rotated(workers, index):
            seconds = worker.ask("open", path=str(FOLDER / "zstd"), times=100)
            if index:
                times[worker.name].append(seconds)
    return times


def measure_import(names: list[str], rounds: int) -> dict[str, list[float]]:
    """Seconds that an import takes in a fresh process, numpy's share included."""
    program = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
    times: dict[str, list[float]] = {name: [] for name in names}
    for index in range(rounds + 1):
        for name in rotated(names, index):
            command = [sys.executable, "-c", program.format(IMPORTS[name])]
            seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            if index:
                times[name].append(seconds)
    return times


def machine() -> dict[str, Any]:
    """Where and with what this was measured."""
    packages = ("zarrust", "zarr", "zarrs", "tensorstore", "obstore", "s3fs", "numcodecs", "numpy")
    versions = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    processor = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor)
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "processor": processor,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def table(lines: dict[str, dict[str, list[float]]], names: list[str]) -> str:
    """Markdown: medians in milliseconds, and how many times faster zarrust is than the best of the others."""
    rows = ["| ms (median) | " + " | ".join(names) + " | zarrust to best peer |", "|---" * (len(names) + 2) + "|"]
    for line, times in lines.items():
        medians = {name: statistics.median(values) for name, values in times.items()}
        others = {name: value for name, value in medians.items() if name != "zarrust"}
        cells = [f"{medians[name] * 1e3:,.3g}" if name in medians else "" for name in names]
        verdict = ""
        if "zarrust" in medians and others:
            best = min(others, key=others.__getitem__)
            verdict = f"{others[best] / medians['zarrust']:.2f}x {best}"
        rows.append("| " + " | ".join([line, *cells, verdict]) + " |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--output", type=Path, help="JSON file; default benches/results/DATE.json")
    options = parser.parse_args()
    if "zarr" not in options.peers:
        parser.error("zarr must be among the peers: it writes the files and verifies what others wrote")

    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(parents=True)
    facts = machine()
    values = FOLDER / "values.npy"
    np.save(values, cube())
    workers = [Worker(name, "peers.py", name, str(values)) for name in options.peers]
    lines: dict[str, dict[str, list[float]]] = {}
    sizes: dict[str, int] = {}
    try:
        judge = next(worker for worker in workers if worker.name == "zarr")
        for case in dict.fromkeys([*options.cases, "zstd"]):
            stored = FOLDER / case
            judge.ask("write", path=str(stored), case=case, like="")
            sizes[case] = sum(file.stat().st_size for file in stored.rglob("*") if file.is_file())
        for line, times in measure(workers, options.rounds, options.cases):
            lines[line] = times
            print(table({line: times}, options.peers).splitlines()[-1], file=sys.stderr, flush=True)
        lines["open_array"] = measure_open(workers, options.rounds)
    finally:
        for worker in workers:
            worker.end()
        shutil.rmtree(FOLDER)
    lines["import"] = measure_import([name for name in options.peers if name in IMPORTS], options.rounds)

    raw = int(np.prod(SHAPE)) * 2
    print(f"{facts['processor']}, {facts['cores']} cores, load {facts['load']:.1f}, Python {facts['python']}, ", end="")
    print(", ".join(f"{name} {version}" for name, version in facts["versions"].items() if version))
    print("compressed " + ", ".join(f"{case} {raw / size:.2f}x" for case, size in sizes.items()) + "\n")
    print(table(lines, options.peers))

    output = options.output or HERE / "results" / f"{facts['date'][:19].replace(':', '')}.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    summary = {
        line: {
            name: {
                "median_s": statistics.median(seconds),
                "least_s": min(seconds),
                "most_s": max(seconds),
                "rounds_s": seconds,
            }
            for name, seconds in times.items()
        }
        for line, times in lines.items()
    }
    result = {**facts, "rounds": options.rounds, "stored_bytes": sizes, "lines": summary}
    output.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nwritten to {output}")


if __name__ == "__main__":
    main()
