"""How an opened array behaves; nothing of it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from zarrust.config import config as settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarrust.synchronizers import ProcessSynchronizer

__all__ = ["ArrayConfig", "ArrayConfigParams", "parse_array_config", "parse_order"]


class ArrayConfigParams(TypedDict, total=False):
    """What may be given as ``config``."""

    order: Literal["C", "F"]
    write_empty_chunks: bool


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
    synchronizer : ProcessSynchronizer, optional
        Lets processes write into parts of the same chunks.
    """

    order: Literal["C", "F"]
    write_empty_chunks: bool
    synchronizer: ProcessSynchronizer | None = None

    def __post_init__(self) -> None:
        parse_order(self.order)
        if not isinstance(self.write_empty_chunks, bool):
            raise TypeError(f"write_empty_chunks: expected a bool, found {self.write_empty_chunks!r}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ArrayConfig:
        """Return the configuration of a mapping; what it leaves out is the settings'.

        Raises
        ------
        ValueError
            If a key is unknown or a value is not allowed.
        """
        return parse_array_config(data)

    def to_dict(self) -> dict[str, Any]:
        """Return the mapping that `from_dict` takes."""
        return {
            "order": self.order,
            "write_empty_chunks": self.write_empty_chunks,
            **({} if self.synchronizer is None else {"synchronizer": self.synchronizer}),
        }


def parse_array_config(
    value: ArrayConfig | Mapping[str, Any] | None,
    *,
    order: Literal["C", "F"] | None = None,
    write_empty_chunks: bool | None = None,
) -> ArrayConfig:
    """Return the configuration that a user gives, completed from the arguments and the settings.

    Raises
    ------
    ValueError
        If a key is unknown or a value is not allowed.
    """
    if isinstance(value, ArrayConfig):
        return value
    given = dict(value or {})
    known = ("order", "write_empty_chunks", "synchronizer")
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(
            f"config: unknown keys {', '.join(map(repr, unknown))}; known are {', '.join(map(repr, known))}"
        )
    if order is not None:
        given.setdefault("order", order)
    if write_empty_chunks is not None:
        given.setdefault("write_empty_chunks", write_empty_chunks)
    return ArrayConfig(
        order=given.get("order", settings.get("array.order")),
        write_empty_chunks=given.get("write_empty_chunks", settings.get("array.write_empty_chunks")),
        synchronizer=given.get("synchronizer"),
    )
