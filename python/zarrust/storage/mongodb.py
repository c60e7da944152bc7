"""`MongoDBStore`: a MongoDB server."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from zarrust.storage.names import without_secrets
from zarrust.storage.tables import PAGE, TableStore

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MongoDBStore"]


class MongoDBStore(TableStore):
    """Values on a MongoDB server, for which the package ``pymongo`` is needed. A value has 16 MB at most.

    Parameters
    ----------
    database : str, default "mongodb_zarr"
    collection : str, default "zarr_collection"
        Has a document for each key, with the fields ``key`` and ``value``.
    dimension_separator : {".", "/"}, optional
        For arrays of format 2 that are made without saying it.
    read_only : bool, default False
        Whether writing and deleting are refused.
    **kwargs
        For ``pymongo.MongoClient``, such as ``host`` and ``port``.

    Raises
    ------
    ImportError
        When it is used without ``pymongo``.
    """

    def __init__(
        self,
        database: str = "mongodb_zarr",
        collection: str = "zarr_collection",
        dimension_separator: Literal[".", "/"] | None = None,
        *,
        read_only: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(read_only=read_only, dimension_separator=dimension_separator)
        self._database = database
        self._collection = collection
        self._kwargs = kwargs

    def _connect(self) -> _Mongo:
        import pymongo

        client: Any = pymongo.MongoClient(**self._kwargs)
        return _Mongo(client, client[self._database][self._collection])

    def _name(self) -> str:
        # A host may be a URL with a password.
        host = without_secrets(str(self._kwargs.get("host", "localhost")))
        host = host.replace("mongodb://", "").replace("mongodb+srv://", "").rstrip("/")
        return f"{host}:{self._kwargs.get('port', 27017)}/{self._database}/{self._collection}"


class _Mongo:
    """A collection as a table. ``key`` is no ``_id``, as version 2 has it."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client, self._collection = client, collection

    def read(self, key: str) -> bytes | None:
        document = self._collection.find_one({"key": key})
        return None if document is None else bytes(document["value"])

    def write(self, key: str, value: bytes) -> None:
        self._collection.replace_one({"key": key}, {"key": key, "value": value}, upsert=True)

    def write_new(self, key: str, value: bytes) -> bool:
        done = self._collection.update_one({"key": key}, {"$setOnInsert": {"value": value}}, upsert=True)
        return done.upserted_id is not None

    def remove(self, key: str) -> None:
        self._collection.delete_many({"key": key})

    def page(self, start: str, after: Any) -> tuple[list[str], Any]:
        found = after or self._collection.find({"key": {"$regex": f"^{re.escape(start)}"}}, {"key": True})
        keys = [document["key"] for document in islice(found, PAGE)]
        return keys, found if len(keys) == PAGE else None

    def sizes(self, keys: Sequence[str]) -> list[int | None]:
        values = map(self.read, keys)
        return [None if value is None else len(value) for value in values]

    def flush(self) -> None:
        """Do nothing: the server has what it has answered for."""

    def close(self) -> None:
        self._client.close()
