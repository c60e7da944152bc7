"""What the workers of process pools run; a module of its own, as a spawned worker must be able to import it."""

from typing import Any

import numpy as np


def total(array: Any) -> int:
    """Read the whole array and add it up."""
    return int(np.sum(array[...], dtype="i8"))


def fill_rows(array: Any, start: int, stop: int) -> None:
    """Write each row's number into it."""
    array[start:stop] = np.repeat(np.arange(start, stop), array.shape[1]).reshape(-1, array.shape[1])


def member_names(group: Any) -> list[str]:
    """Names of the group's direct members."""
    return sorted(name for name, _ in group.members())
