"""Tables of arrays, as text and in a notebook."""

import pickle
import re
from xml.etree import ElementTree

import numpy as np
import pytest

import zarrust as zarr
from zarrust.abc.store import Store
from zarrust.buffer.cpu import Buffer
from zarrust.drawing import grid_svg
from zarrust.storage import MemoryStore

STATIC = """\
Type               : Array
Zarr format        : 3
Data type          : Int32(endianness='little')
Fill value         : 0
Shape              : (100, 100)
Chunk shape        : (10, 50)
Order              : C
Read-only          : False
Store type         : MemoryStore
Filters            : ()
Serializer         : BytesCodec(endian='little')
Compressors        : (ZstdCodec(level=0, checksum=False),)
No. bytes          : 40000 (39.1K)"""


@pytest.fixture
def array():
    z = zarr.create_array(MemoryStore(), name="a/z", shape=(100, 100), chunks=(10, 50), dtype="i4")
    z[:25] = 1
    return z


def test_the_lines_of_zarr_python_come_first_and_those_of_version_2_after(array):
    text = repr(array.info)
    assert text.startswith(STATIC + "\n")
    stored = array.nbytes_stored()
    assert text.removeprefix(STATIC).strip().splitlines() == [
        "Name               : /a/z",
        f"No. bytes stored   : {stored}" + (f" ({stored / 1024:.1f}K)" if stored > 1023 else ""),
        f"Storage ratio      : {40000 / stored:.1f}",
        "Chunks initialized : 6/20",
    ]


def test_the_complete_table_is_zarr_pythons(array):
    assert repr(array.info_complete()).startswith(STATIC + "\nNo. bytes stored   : ")
    assert repr(array.info_complete()).endswith("\nChunks Initialized : 6")


def test_a_store_that_cannot_list_gives_the_static_lines(array):
    class Deaf(MemoryStore):
        supports_listing = False

    assert repr(zarr.create_array(Deaf(), shape=1).info).splitlines()[-1] == "No. bytes          : 8"

    class Broken(MemoryStore):
        def list_prefix(self, prefix=""):
            raise PermissionError("no listing")

    z = zarr.create_array(Broken({}), shape=1)
    assert repr(z.info).splitlines()[-1] == "No. bytes          : 8"


def test_equality_asks_nothing_of_the_store(array):
    before = array.info
    array[:] = 2
    assert array.info == before


def test_a_notebook_shows_table_size_and_grid(array):
    html = array._repr_html_()
    root = ElementTree.fromstring(html)
    assert len(root.findall(".//tr")) == len(repr(array.info).splitlines())
    assert "Storage ratio" in html
    assert len(root.findall(".//line")) == 9 + 1


@pytest.mark.parametrize(
    ("shape", "chunks", "shards", "lines"),
    [((), (), None, 0), ((0,), (1,), None, 0), ((10,), (2,), None, 4), ((3, 4, 6), (1, 2, 3), None, 8)],
)
def test_the_grid_has_a_line_between_chunks(shape, chunks, shards, lines):
    assert len(ElementTree.fromstring(grid_svg(shape, chunks, shards)).findall("line")) == lines


def test_shards_have_thick_lines_and_too_many_chunks_none():
    svg = grid_svg((1000, 8), (1, 4), (500, 8))
    assert re.findall(r'stroke-width="(0\.5|2\.0)"', svg) == ["0.5", "2.0"]


def test_lines_to_the_back_are_left_out_where_they_would_be_a_black_edge():
    svg = grid_svg((12, 300, 400), (1, 100, 100), (4, 300, 400))
    assert re.findall(r'stroke-width="(0\.5|2\.0)"', svg) == ["0.5"] * 2 * (3 + 2)
    assert len(ElementTree.fromstring(grid_svg((4, 4, 4), (2, 4, 4))).findall("line")) == 2


def test_an_array_without_elements_has_no_first_chunk():
    assert "<rect" not in grid_svg((0, 10), (1, 5), (1, 10))
    assert grid_svg((1, 10), (1, 5), (1, 10)).count("<rect") == 2


def test_a_million_chunks_make_a_small_drawing():
    whole = grid_svg((10**6, 10**6), (1000, 1000), None, ("y", "x"))
    assert len(whole) < 2000
    box = grid_svg((10**9,) * 5, (1000,) * 5, (10**8,) * 5)
    assert len(ElementTree.fromstring(box).findall("line")) == 6 * 9
    uneven = grid_svg((10**6, 4), ([1] * 10**6, [1, 3]), None)
    assert len(ElementTree.fromstring(uneven).findall("line")) == 1


def test_names_cannot_break_out_of_the_page():
    hostile = "<script>alert(1)</script>"
    group = zarr.open_group(MemoryStore(), mode="w")
    group.create_array("<script>", shape=4, chunks=2, dtype="i1", dimension_names=(hostile,), attributes={"a": hostile})
    group.create_array("\x1b[31m", shape=4, dtype="i1")
    for text in (group["<script>"]._repr_html_(), group._repr_html_(), group.tree()._repr_html_()):
        ElementTree.fromstring(text)
        assert "<script" not in text
        assert "&lt;script" in text
    assert "\x1b" not in str(group.tree())


def test_a_notebook_shows_the_members_of_a_group():
    group = zarr.open_group(MemoryStore(), mode="w")
    for number in range(50):
        group.create_array(f"a{number}", shape=(4, 6), chunks=(2, 3), shards=(4, 6), dtype="i2")
    group.create_group("foo")
    html = group._repr_html_()
    assert "(2, 3) in shards (4, 6)" in html
    assert "and 11 more" in html
    assert "<td" in ElementTree.tostring(ElementTree.fromstring(html), encoding="unicode")
    assert repr(group.info).endswith("foo")


def test_a_long_list_of_names_is_cut():
    group = zarr.open_group(MemoryStore(), mode="w")
    for number in range(102):
        group.create_group(f"g{number:03}")
    assert repr(group.info).endswith("g098, g099 and 2 more")


def test_a_cell_of_a_notebook_does_not_list_a_store_behind_a_network():
    class Far(Store):
        """A store of a user's own, which may be anywhere."""

        def __init__(self):
            super().__init__()
            self.data, self.listed = {}, 0

        async def get(self, key, prototype=None, byte_range=None):
            value = self.data.get(key)
            return None if value is None else Buffer.from_bytes(value)

        async def set(self, key, value):
            self.data[key] = value.to_bytes()

        async def list(self):
            self.listed += 1
            for key in tuple(self.data):
                yield key

    store = Far()
    group = zarr.open_group(store, mode="w")
    z = group.create_array("a", shape=4, dtype="i4")
    store.listed = 0
    assert "Storage ratio" not in z._repr_html_()
    assert "No. members" not in group._repr_html_()
    assert store.listed == 0
    assert "Storage ratio" in repr(z.info)


def test_rich_prints_a_tree_with_bold_names():
    from rich.console import Console

    group = zarr.open_group(MemoryStore(), mode="w")
    group.create_group("foo").create_array("bar", shape=4, dtype="i2")
    console = Console(force_terminal=True, width=60, color_system="standard")
    with console.capture() as capture:
        console.print(group.tree())
    assert "\x1b[1mfoo\x1b[0m" in capture.get()
    with console.capture() as capture:
        console.print(group.tree(plain=True))
    assert capture.get().rstrip("\n") == str(group.tree()).rstrip("\n")


def test_values_of_format_2_are_shown_too():
    z = zarr.create_array(data=np.arange(4, dtype="i4"), zarr_format=2, compressor=None)
    assert "Compressors        : ()" in repr(z.info)
    assert "Chunks initialized : 1/1" in repr(z.info)


def test_tables_travel_between_processes(tmp_path):
    group = zarr.create_group(tmp_path)
    array = group.create_array("x", data=np.arange(4), chunks=(2,))
    for table in (array.info, group.info, array.info_complete(), group.info_complete()):
        assert repr(pickle.loads(pickle.dumps(table))) == repr(table)
    assert "Chunks initialized : 2/2" in repr(pickle.loads(pickle.dumps(array.info)))
