"""Every array through every implementation, in both directions: equal, unsupported there by name, or different.

``python tests/interop/matrix.py`` prints it; ``--longer`` takes more arrays and more implementations.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import zarr as zarr_python

import zarrust
from interop.cases import Case, canonical, cases, values, write
from interop.implementation import WRONG, Implementation, Limit, Outcome, each
from interop.in_c import GDAL, NETCDF
from interop.in_python import TENSORSTORE, ZARR_PYTHON, ZARRS
from interop.zarrita import ZARRITA

IMPLEMENTATIONS = [ZARR_PYTHON, TENSORSTORE, ZARRS, ZARRITA]
# In the longer run, where they are installed.
OTHERS = [GDAL, NETCDF]


@dataclass
class Row:
    """What came of one direction."""

    implementation: Implementation
    direction: str
    equal: int = 0
    unsupported: Counter[str] = field(default_factory=Counter)
    different: dict[str, str] = field(default_factory=dict)

    def add(self, case: Case, message: str | None, limits: Sequence[Limit]) -> None:
        """Count one array; the message is that of an error, or None where all is equal."""
        if message is None:
            self.equal += 1
            return
        for limit in limits:
            if limit.covers(case, message):
                self.unsupported[limit.name] += 1
                return
        self.different[str(case)] = message


def _message(outcome: Outcome, expected: bytes) -> str | None:
    if isinstance(outcome, Exception):
        return f"{type(outcome).__name__}: {outcome}"
    return None if canonical(outcome) == expected else WRONG.strip("^$")


def paths(folder: Path, name: str, found: list[Case]) -> list[tuple[Case, Path]]:
    return [(case, folder / name / str(number) / "values") for number, case in enumerate(found)]


def written_by(zarr: Any, folder: Path, name: str, found: list[Case]) -> list[tuple[Case, Path, Outcome]]:
    """The arrays as a package of this API writes them."""
    arrays = paths(folder, name, found)
    outcomes = each(lambda case, path: write(zarr, path, case))(arrays)
    return [(*array, outcome) for array, outcome in zip(arrays, outcomes, strict=True)]


def they_read_ours(implementation: Implementation, folder: Path, found: list[Case]) -> Row:
    """What it makes of what this package wrote into the folder.

    Other elements are a limit of the program only where it reads zarr-python's array the same.
    """
    row = Row(implementation, "reads ours")
    ours = paths(folder, "ours", found)
    for (case, path), outcome in zip(ours, implementation.read(ours), strict=True):
        message = _message(outcome, canonical(values(case)))
        if message is not None and not isinstance(outcome, Exception):
            theirs = folder / "zarr-python" / path.relative_to(folder / "ours")
            other = implementation.read([(case, theirs)])[0]
            if isinstance(other, Exception) or canonical(other) != canonical(outcome):
                message = f"other elements, and not those of zarr-python's array: {other!r}"
        row.add(case, message, implementation.cannot_read)
    return row


def we_read_theirs(implementation: Implementation, folder: Path, found: list[Case]) -> Row:
    """What this package makes of what it wrote.

    Other elements than were meant are a limit of the program only where zarr-python reads the same.
    """
    row = Row(implementation, "written by it")
    theirs = paths(folder, f"by {implementation.name}", found)
    for (case, path), outcome in zip(theirs, implementation.write(theirs), strict=True):
        message = None
        if isinstance(outcome, Exception):
            message = f"{type(outcome).__name__}: {outcome}"
        else:
            [read] = each(lambda _, path: zarrust.open_array(path, mode="r")[...])([(case, path)])
            message = _message(read, canonical(values(case)))
            if message is not None:
                judge = ZARR_PYTHON.read([(case, path)])[0]
                same = not isinstance(read, Exception) and not isinstance(judge, Exception)
                if not same or canonical(read) != canonical(judge):
                    message = f"we read otherwise than zarr-python: {message}; zarr-python: {judge!r}"
        row.add(case, message, implementation.cannot_write)
    return row


def missing(implementation: Implementation) -> str | None:
    """Why it cannot run here, or None."""
    try:
        implementation.version()
    except (ImportError, OSError) as error:
        return str(error)
    return None


def prepare(folder: Path, found: list[Case]) -> None:
    """Write every array by this package, which has to be able to, and by zarr-python, the judge of wrong ones."""
    for case, _, outcome in written_by(zarrust, folder, "ours", found):
        assert outcome is None, f"{case}: {outcome!r}"
    written_by(zarr_python, folder, "zarr-python", found)


def main(arguments: list[str] | None = None) -> int:
    """Print the matrix; the status says whether anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--longer", action="store_true", help="every data type with every chain")
    parser.add_argument("--only", metavar="NAME", help="one implementation")
    chosen = parser.parse_args(arguments)
    found = cases(chosen.longer)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, found)
        for implementation in [*IMPLEMENTATIONS, *(OTHERS if chosen.longer else [])]:
            if chosen.only not in (None, implementation.name):
                continue
            if why := missing(implementation):
                print(f"{implementation.name}: not run, {why}")
                continue
            rows += [step(implementation, folder, found) for step in (they_read_ours, we_read_theirs)]
    print(f"{len(found)} arrays, zarrust {zarrust.__version__}")
    print(f"{'implementation':<44}{'direction':<16}{'equal':>6}{'unsupported':>13}{'different':>11}")
    for row in rows:
        name = f"{row.implementation.name} {row.implementation.version()}"
        print(f"{name:<44}{row.direction:<16}{row.equal:>6}{row.unsupported.total():>13}{len(row.different):>11}")
    for row in rows:
        for limit, count in sorted(row.unsupported.items()):
            print(f"{row.implementation.name}, {row.direction}: unsupported there, {count} x {limit}")
        for case, message in row.different.items():
            print(f"{row.implementation.name}, {row.direction}: DIFFERENT {case}: {message[:300]}")
    return 1 if any(row.different for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
