"""What a document says is never an address: requests go to the store that the user opened, and nowhere else."""

import contextlib
import copy
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zarrust as zarr
from faults.test_hostile_metadata import V2_ARRAY, V2_GROUP, V3_ARRAY, V3_GROUP
from web import Web, published, serving
from zarrust.storage import FsspecStore, HttpStore

# Names of fields that some format or reader takes for an address.
FIELDS = (
    "url",
    "uri",
    "href",
    "$ref",
    "path",
    "location",
    "endpoint",
    "source",
    "store",
    "file",
    "module",
    "must_understand",
)
KERCHUNK = {"version": 1, "refs": {"zarr.json": "{}", "c/0/0": ["URL", 0, 16], "c/0/1": ["URL"]}}
LINKS = {"multiscales": [{"datasets": [{"path": "URL"}]}], "_ARRAY_DIMENSIONS": ["URL", "URL"]}


def array(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return copy.deepcopy(document) | changes


CONSOLIDATED_V3 = V3_GROUP | {
    "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": {"m": V3_ARRAY, "g": V3_GROUP}}
}
CONSOLIDATED_V2 = {
    "zarr_consolidated_format": 1,
    "metadata": {".zgroup": V2_GROUP, "m/.zarray": V2_ARRAY, "m/.zattrs": LINKS, "g/.zgroup": V2_GROUP},
}
EXTENDED = array(
    V3_ARRAY,
    attributes=LINKS,
    extension={"name": "x", "must_understand": False, "configuration": {"a": "b"}},
)
TRANSFORMED = array(V3_ARRAY, storage_transformers=[{"name": "x", "configuration": {"a": "b"}}])
BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
NUMCODECS = array(V3_ARRAY, codecs=[BYTES, {"name": "numcodecs.zlib", "configuration": {"level": 1}}])
FILTERED = array(V2_ARRAY, filters=[{"id": "delta", "dtype": "<i2", "astype": "<i2"}])
PICKLED = array(V2_ARRAY, dtype="|O", filters=[{"id": "pickle", "protocol": 5}])

# The objects of a store by key; what each place of each of them is changed to is an address of a server.
STORES: dict[str, dict[str, Any]] = {
    "array": {"zarr.json": EXTENDED},
    "array, transformed": {"zarr.json": TRANSFORMED},
    "array, numcodecs": {"zarr.json": NUMCODECS},
    "array, version 2": {".zarray": FILTERED, ".zattrs": LINKS},
    "array, pickled": {".zarray": PICKLED},
    "group": {"zarr.json": CONSOLIDATED_V3},
    "group, version 2": {".zgroup": V2_GROUP, ".zmetadata": CONSOLIDATED_V2, "m/.zarray": V2_ARRAY},
    "references": {"zarr.json": V3_GROUP | {"attributes": KERCHUNK}, "refs.json": KERCHUNK, ".zmetadata": KERCHUNK},
}
READABLE = set(STORES) - {"array, transformed", "references"}


def variants(value: Any, address: str) -> Iterator[Any]:
    """The document with an address at each of its places in turn: as a value, a name, and a field more."""
    if isinstance(value, dict):
        for name in value:
            yield from ({**value, name: changed} for changed in variants(value[name], address))
            yield {(address if other == name else other): item for other, item in value.items()}
        yield value | dict.fromkeys(FIELDS, address) | {"must_understand": False}
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from ([*value[:number], changed, *value[number + 1 :]] for changed in variants(item, address))
        yield [*value, address]
    else:
        yield address


def use(store: Any) -> None:
    """Everything that reads a hierarchy, whatever comes of it."""

    def tried(call: Callable[[], Any]) -> Any:
        with contextlib.suppress(Exception):
            return call()

    tried(lambda: zarr.open_array(store, mode="r")[...])
    tried(lambda: zarr.open_array(store, mode="r", zarr_format=2)[...])
    for consolidated in (None, False):
        group = tried(lambda consolidated=consolidated: zarr.open_group(store, mode="r", use_consolidated=consolidated))
        if group is None:
            continue
        for _, member in tried(lambda group=group: list(group.members(max_depth=None))) or []:
            tried(lambda member=member: member[...])
        tried(lambda group=group: group.tree())


PLACES = [(HttpStore, name) for name in STORES] + [(FsspecStore, name) for name in ("array, version 2", "group")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "name"), PLACES)
def test_no_document_names_a_server(make: Callable[[str], Any], name: str):
    objects = STORES[name]
    with serving(Web()) as other, serving(Web()) as web:
        host = other.url.partition("://")[2]
        tried = 0
        # Each place of each document gets one of them.
        addresses = itertools.cycle(
            [f"{other.url}/x", f"//{host}/x", f"@{host}/x", f"../../{host}", "file:///etc/passwd"]
        )
        for key, document in objects.items():
            for place, address in zip(variants(document, "PLACE"), addresses, strict=False):
                raw = {name: json.dumps(value).encode() for name, value in objects.items()}
                raw[key] = json.dumps(place).replace("PLACE", address).replace("URL", address).encode()
                web.values.clear()
                web.values.update(published(raw, "data"))
                use(make(f"{web.url}/data"))
                tried += 1
        print(
            f"\n{tried} documents, {len(web.requests)} requests to their store, {other.connections} to another server"
        )
        assert other.connections == 0
        assert {request.path.partition("/")[0] for request in web.requests} == {"data"}
        # Many of the changes mean nothing: those arrays are read, down to their chunks.
        assert ("c/0/0" in str(web.requests) or "/0/0" in str(web.requests)) == (name in READABLE)
