"""The page with every codec is that of the registries, and what it says of others is what the matrix knows of them."""

import importlib.util
from importlib.machinery import SourceFileLoader
from types import ModuleType

import pytest

from guide import ROOT
from interop.cases import V2_CHAINS, V2_FILTERS, V3_CHAINS, V3_FILTERS, Case
from interop.implementation import Implementation
from interop.in_c import GDAL
from interop.in_python import TENSORSTORE, ZARR_PYTHON, ZARRS
from interop.zarrita import ZARRITA


@pytest.fixture(scope="module")
def table() -> ModuleType:
    loader = SourceFileLoader("codec_table", str(ROOT / "scripts" / "codec-table"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def test_the_page_is_not_stale(table: ModuleType):
    assert table.PAGE.read_text() == table.page(), "run scripts/codec-table"


@pytest.mark.parametrize(
    ("column", "implementation"),
    [
        ("zarr-python", ZARR_PYTHON),
        ("tensorstore", TENSORSTORE),
        ("zarrs", ZARRS),
        ("zarrita.js", ZARRITA),
        ("GDAL", GDAL),
    ],
)
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_codec_is_marked_where_the_matrix_knows_no_limit(
    table: ModuleType, column: str, implementation: Implementation, zarr_format: int
):
    if (column, zarr_format) == ("GDAL", 3):
        assert table.READERS[column][0] == set()
        return
    chains = [*V2_CHAINS, *V2_FILTERS] if zarr_format == 2 else [*V3_CHAINS, *V3_FILTERS]
    for chain in chains:
        names = set(chain.replace(" with checksum", "").split("-")[0].split("+")) - {"none"}
        dtype = "|b1" if "packbits" in chain else "<f4" if "bitround" in chain else "<i2"
        limits = [one for one in implementation.cannot_read if one.name in ("codec", "filters of format 2")]
        unread = any(limit.applies(Case(zarr_format, dtype, chain)) for limit in limits)
        assert (names <= table.READERS[column][3 - zarr_format]) is not unread, chain
