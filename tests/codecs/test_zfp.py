"""Streams of zfp: those of numcodecs with their header, those of the registry without, by the engine alone."""

import importlib.util
import json
from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust import _core
from zarrust.codecs import ZFPY, ZfpCodec
from zarrust.errors import CorruptChunkError, MetadataValidationError

needs_zfpy = pytest.mark.skipif(importlib.util.find_spec("zfpy") is None, reason="numcodecs needs zfpy for it")

TYPES = ["i4", "i8", "f4", "f8"]
SHAPES: list[tuple[int, ...]] = [(77,), (13, 6), (5, 4, 7), (3, 5, 4, 6)]
# The options of numcodecs, and what zfpy is told by them.
NUMCODECS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"mode": 4, "tolerance": 1e-2}, {"tolerance": 1e-2}),
    ({"mode": 4, "tolerance": 0}, {"tolerance": 0}),
    ({"mode": 2, "rate": 10.5}, {"rate": 10.5}),
    ({"mode": 2, "rate": 60}, {"rate": 60}),
    ({"mode": 3, "precision": 17}, {"precision": 17}),
]
# Of the registry, and the difference that may be: None for what has no bound of its own.
REGISTRY: list[tuple[dict[str, Any], float | None]] = [
    ({"mode": "reversible"}, 0),
    ({"mode": "fixed_accuracy", "tolerance": 1e-2}, 1e-2),
    ({"mode": "fixed_rate", "rate": 10.5}, None),
    ({"mode": "fixed_precision", "precision": 19}, None),
    ({"mode": "expert", "minbits": 1, "maxbits": 13, "maxprec": 19, "minexp": -2}, None),
]


def values(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Smooth numbers with some noise."""
    noise = np.random.default_rng(3).normal(size=shape)
    smooth = 1000 * np.sin(np.arange(np.prod(shape)).reshape(shape) / 50)
    return (smooth + noise).astype(dtype)


def create(store: Any, data: np.ndarray, options: dict[str, Any], zarr_format: Any) -> Any:
    """Return an array of one chunk in numcodecs' form."""
    place: dict[str, Any] = (
        {"filters": None, "compressors": {"id": "zfpy"} | options}
        if zarr_format == 2
        else {"serializer": ZFPY(**options), "compressors": None}
    )
    return zarr.create_array(
        store, shape=data.shape, chunks=data.shape, dtype=data.dtype, zarr_format=zarr_format, **place
    )


def only_chunk(store: dict[str, Any]) -> str:
    """Return the key of the chunk."""
    return next(key for key in store if not key.endswith((".zarray", ".zattrs", ".zgroup", "zarr.json")))


@needs_zfpy
@pytest.mark.parametrize(("options", "told"), NUMCODECS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", TYPES)
def test_streams_are_those_of_numcodecs_byte_by_byte(
    dtype: str, shape: tuple[int, ...], options: dict[str, Any], told: dict[str, Any]
) -> None:
    import zfpy
    from numcodecs.zfpy import ZFPY as THEIRS

    data = values(dtype, shape)
    theirs = THEIRS(**options).encode(data)
    assert theirs == zfpy.compress_numpy(data, write_header=True, **told)
    decoded = THEIRS().decode(theirs)
    for zarr_format in (2, 3):
        store: dict[str, Any] = {}
        array = create(store, data, options, zarr_format)
        before = _core.python_codec_calls()
        array[...] = data
        key = only_chunk(store)
        assert store[key].to_bytes() == theirs
        store[key] = type(store[key]).from_bytes(theirs)
        np.testing.assert_array_equal(array[...], decoded)
        assert _core.python_codec_calls() == before


@needs_zfpy
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr")
def test_zarr_python_reads_ours_and_we_read_theirs(tmp_path: Any, dtype: str, zarr_format: Any) -> None:
    import zarr as zarr_python
    from numcodecs.zfpy import ZFPY as THEIRS
    from zarr.codecs.numcodecs import ZFPY as THEIRS_V3

    data = values(dtype, (20, 30))
    options = {"mode": 3, "precision": 20}
    arguments: dict[str, Any] = {"shape": data.shape, "chunks": (8, 16), "dtype": dtype, "zarr_format": zarr_format}
    ours = zarr.create_array(
        tmp_path / "ours",
        **arguments,
        **(
            {"compressors": {"id": "zfpy"} | options, "filters": None}
            if zarr_format == 2
            else {"serializer": ZFPY(**options), "compressors": None}
        ),
    )
    ours[...] = data
    theirs = zarr_python.create_array(
        tmp_path / "theirs",
        **arguments,
        **(
            {"compressors": THEIRS(**options), "filters": None}
            if zarr_format == 2
            else {"serializer": THEIRS_V3(**options), "compressors": None}
        ),
    )
    theirs[...] = data
    before = _core.python_codec_calls()
    found = zarr.open_array(tmp_path / "theirs", mode="r")[...]
    assert _core.python_codec_calls() == before
    np.testing.assert_array_equal(found, theirs[...])
    np.testing.assert_array_equal(found, ours[...])
    np.testing.assert_array_equal(zarr_python.open_array(tmp_path / "ours", mode="r")[...], ours[...])


@pytest.mark.parametrize(("options", "bound"), REGISTRY, ids=[options["mode"] for options, _ in REGISTRY])
@pytest.mark.parametrize("shape", [(), *SHAPES], ids=str)
@pytest.mark.parametrize("dtype", ["f4", "f8", "f2"])
@pytest.mark.parametrize("is_sharded", [False, True], ids=["chunks", "shards"])
def test_floats_come_back_within_what_the_mode_allows(
    dtype: str, shape: tuple[int, ...], options: dict[str, Any], bound: float | None, is_sharded: bool
) -> None:
    data = values(dtype, shape)
    chunks = tuple(min(4, length) for length in shape)
    array = zarr.create_array(
        {}, shape=shape, chunks=chunks, dtype=dtype, serializer=ZfpCodec(**options), compressors=None,
        shards=tuple(2 * length for length in chunks) if is_sharded and shape else None,
    )  # fmt: skip
    before = _core.python_codec_calls()
    array[...] = data
    found = array[...]
    if dtype == "f2" and options["mode"] == "reversible":
        bound = 0
    if bound is not None and (dtype != "f2" or not bound):
        assert np.abs(np.asarray(found, "f8") - data).max() <= bound
    if shape:
        np.testing.assert_array_equal(array[1:3], found[1:3])
    assert _core.python_codec_calls() == before


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "M8[s]", "m8[ms]"])
def test_integers_come_back(dtype: str) -> None:
    information = np.iinfo(np.dtype(dtype) if dtype[0] in "iu" else "i8")
    # Of 32 and 64 bits without a sign only what the same with a sign has is stored.
    most = information.max // 2 if dtype in ("u4", "u8") else information.max
    data = np.linspace(float(information.min), float(most) * 0.999, 96).astype("O")
    data = np.array([int(x) for x in data]).reshape(8, 12).astype(dtype)
    array = zarr.create_array(
        {}, shape=(8, 12), chunks=(4, 5), dtype=dtype, serializer=ZfpCodec(mode="reversible"), compressors=None
    )
    before = _core.python_codec_calls()
    array[...] = data
    np.testing.assert_array_equal(array[...], data)
    assert _core.python_codec_calls() == before


@pytest.mark.parametrize("dtype", ["u4", "u8"])
def test_what_zfp_would_clip_is_refused(dtype: str) -> None:
    array = zarr.create_array(
        {}, shape=(4,), chunks=(4,), dtype=dtype, serializer=ZfpCodec(mode="reversible"), compressors=None
    )
    with pytest.raises(ValueError, match="is none of the numbers of an int"):
        array[2] = np.iinfo(dtype).max


def test_the_document_is_the_registrys() -> None:
    for options, _ in REGISTRY:
        document = {"name": "zfp", "configuration": options}
        array = zarr.create_array({}, shape=(8,), dtype="f4", serializer=ZfpCodec.from_dict(document), compressors=None)
        assert json.loads(json.dumps(array.metadata.to_dict()["codecs"])) == [document]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "other"},
        {"mode": "reversible", "rate": 1},
        {"mode": "fixed_rate"},
        {"mode": "fixed_rate", "rate": "1"},
        {"mode": "fixed_rate", "rate": -1},
        {"mode": "fixed_precision", "precision": 1.5},
        {"mode": "expert", "minbits": 1, "maxbits": 2, "maxprec": 3},
        {"mode": "reversible", "more": 1},
    ],
)
def test_options_that_the_registry_does_not_have_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(MetadataValidationError):
        zarr.create_array(
            {}, shape=(8,), dtype="f4", compressors=None, serializer={"name": "zfp", "configuration": options}
        )


@pytest.mark.parametrize(
    ("dtype", "shape", "options"),
    [
        ("bool", (8,), {"mode": "reversible"}),
        ("c8", (8,), {"mode": "reversible"}),
        ("S4", (8,), {"mode": "reversible"}),
        ("i4", (8,), {"mode": "fixed_accuracy", "tolerance": 1}),
        ("f4", (2, 2, 2, 2, 2), {"mode": "reversible"}),
        ("f4", (8,), {"mode": "expert", "minbits": 1, "maxbits": 2, "maxprec": 3, "minexp": 0}),
    ],
)
def test_arrays_that_zfp_cannot_store_are_refused(dtype: str, shape: tuple[int, ...], options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="zfp"):
        zarr.create_array({}, shape=shape, chunks=shape, dtype=dtype, serializer=ZfpCodec(**options), compressors=None)


@pytest.mark.parametrize("serializer", [ZFPY(mode=3, precision=12), ZfpCodec(mode="reversible")])
def test_damage_is_a_corrupt_chunk(serializer: Any) -> None:
    data = values("f4", (8, 16))
    store: dict[str, Any] = {}
    array = zarr.create_array(
        store, shape=data.shape, chunks=data.shape, dtype="f4", serializer=serializer, compressors=None
    )
    array[...] = data
    stored = store["c/0/0"].to_bytes()
    for damaged in (stored[:-1], stored[: len(stored) // 2], b"", stored + b"x", stored[:40]):
        store["c/0/0"] = type(store["c/0/0"]).from_bytes(damaged)
        with pytest.raises(CorruptChunkError, match='key "c/0/0"'):
            array[...]


def test_a_filter_and_a_compressor_of_format_2_stand_beside_it() -> None:
    data = values("f8", (12, 12))
    array = zarr.create_array(
        {}, shape=data.shape, chunks=(5, 8), dtype="f8", zarr_format=2, filters=[{"id": "zfpy", "mode": 3}],
        compressors={"id": "zstd", "level": 1},
    )  # fmt: skip
    before = _core.python_codec_calls()
    array[...] = data
    np.testing.assert_array_equal(array[...], data)
    assert _core.python_codec_calls() == before


@needs_zfpy
def test_chunks_in_the_order_of_fortran_are_refused_in_the_words_of_numcodecs() -> None:
    array = zarr.create_array(
        {}, shape=(6, 8), chunks=(6, 8), dtype="f8", zarr_format=2, order="F", filters=None,
        compressors={"id": "zfpy"},
    )  # fmt: skip
    with pytest.raises(ValueError, match="F order"):
        array[...] = values("f8", (6, 8))
