"""What an implementation is to the matrix: a program that reads and writes arrays, and what it says it cannot."""

import json
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interop.cases import WRITTEN, Case, document, values


@dataclass(frozen=True)
class Limit:
    """Something that an implementation cannot: by the message of its error, or ``WRONG`` for another array."""

    name: str
    message: str
    applies: Callable[[Case], bool] = lambda case: True

    def covers(self, case: Case, message: str) -> bool:
        """Whether this is why."""
        return self.applies(case) and re.search(self.message, message, re.DOTALL) is not None


# The message of an array that was read without an error and is another one. Only a limit with this message covers it,
# and only where the program does the same to what zarr-python wrote.
WRONG = "^other elements$"

Outcome = np.ndarray | Exception | None


@dataclass(frozen=True)
class Implementation:
    """A foreign implementation."""

    name: str
    version: Callable[[], str]
    """Its version; an ImportError or OSError with the reason where it is not there."""
    read: Callable[[list[tuple[Case, Path]]], list[Outcome]]
    write: Callable[[list[tuple[Case, Path]]], list[Outcome]]
    cannot_read: tuple[Limit, ...]
    cannot_write: tuple[Limit, ...]


def each(one: Callable[[Case, Path], Any]) -> Callable[[list[tuple[Case, Path]]], list[Outcome]]:
    """A function of many arrays from that of one; what it raises is its outcome, its warnings are its own."""

    def all_of_them(arrays: list[tuple[Case, Path]]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for case, path in arrays:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    outcomes.append(one(case, path))
                except Exception as error:
                    outcomes.append(error)
        return outcomes

    return all_of_them


def put_document(case: Case, path: Path) -> None:
    """Write the metadata alone, for implementations that fill arrays and say too little when they make them."""
    path.mkdir(parents=True)
    name = "zarr.json" if case.zarr_format == 3 else ".zarray"
    (path / name).write_text(json.dumps(document(case)))


def written(case: Case) -> np.ndarray:
    """The rows that an implementation writes."""
    return values(case)[:WRITTEN]


def any_of(kinds: str = "", dtypes: Iterable[str] = (), formats: Iterable[int] = (2, 3)) -> Callable[[Case], bool]:
    """The arrays of some data types."""
    named, numbers = set(dtypes), set(formats)
    return lambda case: case.zarr_format in numbers and (case.kind in kinds or case.dtype in named)


def chained(*chains: str) -> Callable[[Case], bool]:
    """The arrays of some chains."""
    return lambda case: case.chain in chains


def laid_out(*layouts: str) -> Callable[[Case], bool]:
    """The arrays of some layouts."""
    return lambda case: case.layout in layouts
