"""How an opened array behaves; nothing of it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

from zarrust.config import config as settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.synchronizers import ProcessSynchronizer

__all__ = ["ArrayConfig", "ArrayConfigParams", "WriteMode", "parse_array_config", "parse_order"]


# Untouched, the engine has a rule of its own for what pays; whatever else is said counts as it is.
_USUAL_GAP = 1 << 20

WriteMode: TypeAlias = Literal["replace", "compare_and_swap"]


class ArrayConfigParams(TypedDict, total=False):
    """What may be given as ``config``."""

    order: Literal["C", "F"]
    write_empty_chunks: bool
    write_mode: WriteMode
    read_missing_chunks: bool
    sharding_coalesce_max_gap_bytes: int
    sharding_coalesce_max_bytes: int


def parse_order(value: Any) -> Literal["C", "F"]:
    """Return a memory order.

    Raises
    ------
    ValueError
        If it is none.
    """
    if value not in ("C", "F"):
        raise ValueError(f"order: Expected one of ('C', 'F'), got {value!r} instead.")
    return "C" if value == "C" else "F"


@dataclass(frozen=True)
class ArrayConfig:
    """How an opened array behaves.

    Parameters
    ----------
    order : {"C", "F"}
        Memory order of what a read returns.
    write_empty_chunks : bool
        Whether a chunk that is all fill value is stored; otherwise it is left out, or deleted.
    write_mode : {"replace", "compare_and_swap"}
        What becomes of a stored object that is written in part. It is replaced; threads of the process take turns.
        With ``"compare_and_swap"`` the store replaces it only while it is the one that was read, and otherwise it is
        read and written again: nothing is lost that other processes and machines write into the same chunks and shards.
    read_missing_chunks : bool, default True
        Whether a chunk that is not stored reads as the fill value; otherwise a read that needs it fails with
        `ChunkNotFoundError`. Of a shard that is stored, chunks may be missing either way.
    sharding_coalesce_max_gap_bytes : int
        Parts of a shard that are closer are fetched together, in bytes. With 1 MiB, the default, gaps above 64 KiB only
        where what follows is as long.
    sharding_coalesce_max_bytes : int
        Up to this length together, in bytes; 16 MiB by default.
    synchronizer : ProcessSynchronizer, optional
        Lets processes write into parts of the same chunks.
    """

    order: Literal["C", "F"]
    write_empty_chunks: bool
    write_mode: WriteMode = field(default="replace", kw_only=True)
    read_missing_chunks: bool = field(default=True, kw_only=True)
    sharding_coalesce_max_gap_bytes: int = field(default=_USUAL_GAP, kw_only=True)
    sharding_coalesce_max_bytes: int = field(default=16 << 20, kw_only=True)
    synchronizer: ProcessSynchronizer | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        parse_order(self.order)
        if self.write_mode not in (modes := get_args(WriteMode)):
            raise ValueError(f"write_mode: expected one of {modes}, found {self.write_mode!r}")
        for name in ("write_empty_chunks", "read_missing_chunks"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name}: expected a bool, found {getattr(self, name)!r}")
        for name in ("sharding_coalesce_max_gap_bytes", "sharding_coalesce_max_bytes"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"{name}: expected a number of bytes, found {value!r}")
            if value < 0:
                raise ValueError(f"{name}: expected a number of bytes, found {value}")

    def reading(self) -> dict[str, Any]:
        """Return what the engine is told of reading."""
        gap = self.sharding_coalesce_max_gap_bytes
        return {
            "missing": self.read_missing_chunks,
            "coalesce_gap": None if gap == _USUAL_GAP else gap,
            "coalesce_most": self.sharding_coalesce_max_bytes,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ArrayConfig:
        """Return the configuration of a mapping; what it leaves out is the settings'.

        Raises
        ------
        TypeError
            If a key is unknown, or a value of the wrong type.
        ValueError
            If a value is not allowed.
        """
        return parse_array_config(data)

    def to_dict(self) -> dict[str, Any]:
        """Return the mapping that `from_dict` takes."""
        found = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: value for name, value in found.items() if value is not None}


_SETTINGS = tuple(entry.name for entry in fields(ArrayConfig) if entry.name != "synchronizer")


def parse_array_config(
    value: ArrayConfig | Mapping[str, Any] | None,
    *,
    order: Literal["C", "F"] | None = None,
    write_empty_chunks: bool | None = None,
) -> ArrayConfig:
    """Return the configuration that a user gives, completed from the arguments and the settings.

    Raises
    ------
    TypeError
        If a key is unknown, or a value of the wrong type.
    ValueError
        If a value is not allowed.
    """
    if isinstance(value, ArrayConfig):
        return value
    given = dict(value or {})
    known = (*_SETTINGS, "synchronizer")
    if unknown := sorted(set(given) - set(known)):
        raise TypeError(
            f"config: unknown keys {', '.join(map(repr, unknown))}; known are {', '.join(map(repr, known))}"
        )
    if order is not None:
        given.setdefault("order", order)
    if write_empty_chunks is not None:
        given.setdefault("write_empty_chunks", write_empty_chunks)
    return ArrayConfig(**{name: settings.get(f"array.{name}") for name in _SETTINGS} | given)
