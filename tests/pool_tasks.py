"""What the workers of process pools run; a module of its own, as a spawned worker must be able to import it."""

import contextlib
from typing import Any

import numpy as np

import zarrust as zarr


def total(array: Any) -> int:
    """Read the whole array and add it up."""
    return int(np.sum(array[...], dtype="i8"))


def fill_rows(array: Any, start: int, stop: int) -> None:
    """Write each row's number into it."""
    array[start:stop] = np.repeat(np.arange(start, stop), array.shape[1]).reshape(-1, array.shape[1])


def member_names(group: Any) -> list[str]:
    """Names of the group's direct members."""
    return sorted(name for name, _ in group.members())


def write_parts(array: Any, who: int, count: int, width: int) -> None:
    """Write every part whose number is ``who`` modulo ``count``: its number, into ``width`` elements."""
    for part in range(who, array.shape[0] // width, count):
        array[part * width : (part + 1) * width] = part


def append_rows(array: Any, who: int, times: int, rows: int) -> None:
    """Append so many times, each time rows with a number that is nobody else's."""
    for time in range(times):
        array.append(np.full((rows,), who * times + time))


def change_nodes(group: Any, who: int, times: int) -> None:
    """Make arrays, and change attributes: theirs, the group's and those of an array that all have."""
    for time in range(times):
        name = f"{who}-{time}"
        group.create_array(name, shape=(1,), dtype="i4").attrs["name"] = name
        group.attrs[name] = time
        group["common"].attrs[name] = time


def make_nodes(store: Any, who: int, times: int) -> list[int]:
    """Make arrays that others make as well, each in several ways; returns the numbers of those that were ours."""
    mine = []
    for time in range(times):
        with contextlib.suppress(zarr.errors.ContainsArrayError):
            zarr.create_array(store, name=f"created/{time}", shape=(who + 1,), chunks=(1,), dtype="i4")
            mine.append(time)
        with contextlib.suppress(FileExistsError):
            zarr.open_array(store, path=f"opened/{time}", mode="w-", shape=(who + 1,), chunks=(1,), dtype="i4")
            mine.append(times + time)
        zarr.open_array(store, path=f"shared/{time}", mode="a", shape=(8,), chunks=(1,), dtype="i4")[who] = who + 1
        group = zarr.open_group(store, path=f"group/{time}", mode="a")
        group.require_group("sub").require_array("a", shape=(8,), chunks=(1,), dtype="i4")[who] = who + 1
    return mine
