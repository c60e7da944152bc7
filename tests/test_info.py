"""Tables of arrays, as text and in a notebook."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import zarrust as zarr
from zarrust.html import grid_svg
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
    [((), (), None, 0), ((0,), (1,), None, 0), ((10,), (2,), None, 4), ((3, 4, 6), (1, 2, 3), None, 2)],
)
def test_the_grid_has_a_line_between_chunks(shape, chunks, shards, lines):
    assert len(ElementTree.fromstring(grid_svg(shape, chunks, shards)).findall("line")) == lines


def test_shards_have_thick_lines_and_too_many_chunks_none():
    svg = grid_svg((1000, 8), (1, 4), (500, 8))
    assert re.findall(r'stroke-width="(0\.5|2\.0)"', svg) == ["0.5", "2.0"]
    width, height = map(int, re.findall(r'<svg width="(\d+)" height="(\d+)"', svg)[0])
    assert (width, height) == (20, 164)


def test_values_of_format_2_are_shown_too():
    z = zarr.create_array(data=np.arange(4, dtype="i4"), zarr_format=2, compressor=None)
    assert "Compressors        : ()" in repr(z.info)
    assert "Chunks initialized : 1/1" in repr(z.info)
