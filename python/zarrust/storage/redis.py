"""`RedisStore`: a Redis server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from zarrust.storage.tables import PAGE, TableStore

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RedisStore"]


class RedisStore(TableStore):
    """Values on a Redis server, for which the package ``redis`` is needed.

    Parameters
    ----------
    prefix : str, default "zarr"
        Stands before every key, with a colon.
    dimension_separator : {".", "/"}, optional
        For arrays of format 2 that are made without saying it.
    read_only : bool, default False
        Whether writing and deleting are refused.
    **kwargs
        For ``redis.Redis``, such as ``host`` and ``port``.

    Raises
    ------
    ImportError
        When it is used without ``redis``.
    """

    def __init__(
        self,
        prefix: str = "zarr",
        dimension_separator: Literal[".", "/"] | None = None,
        *,
        read_only: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(read_only=read_only, dimension_separator=dimension_separator)
        self._prefix = prefix
        self._kwargs = kwargs

    def _connect(self) -> _Redis:
        import redis

        return _Redis(redis.Redis(**self._kwargs), f"{self._prefix}:")

    def _name(self) -> str:
        place = self._kwargs.get("unix_socket_path")
        if place is None:
            place = f"{self._kwargs.get('host', 'localhost')}:{self._kwargs.get('port', 6379)}"
        return f"{place}/{self._kwargs.get('db', 0)}/{self._prefix}"


class _Redis:
    """A Redis client as a table."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client, self._prefix = client, prefix

    def read(self, key: str) -> bytes | None:
        value: bytes | None = self._client.get(self._prefix + key)
        return value

    def write(self, key: str, value: bytes) -> None:
        self._client.set(self._prefix + key, value)

    def write_new(self, key: str, value: bytes) -> bool:
        return bool(self._client.set(self._prefix + key, value, nx=True))

    def remove(self, key: str) -> None:
        self._client.delete(self._prefix + key)

    def page(self, start: str, after: tuple[int, set[bytes]] | None) -> tuple[list[str], Any]:
        # What means something in a pattern of Redis is taken as it is.
        escaped = "".join(f"\\{letter}" if letter in r"*?[]^\-" else letter for letter in self._prefix + start)
        # The server may name a key twice, also on different pages.
        cursor, seen = after or (0, set())
        cursor, found = self._client.scan(cursor, match=f"{escaped}*", count=PAGE)
        new = {bytes(key) for key in found} - seen
        seen |= new
        return [key.decode()[len(self._prefix) :] for key in new], (cursor, seen) if cursor else None

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        with self._client.pipeline(transaction=False) as asked:
            for key in keys:
                asked.exists(self._prefix + key)
                asked.strlen(self._prefix + key)
            answers = asked.execute()
        return [size if there else None for there, size in zip(answers[::2], answers[1::2], strict=True)]

    def flush(self) -> None:
        """Do nothing: the server has what it has answered for."""

    def close(self) -> None:
        self._client.close()
