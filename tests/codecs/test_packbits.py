"""The registry's codec that stores as many bits of a number as it has, judged by zarrs and by the specification."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarrust as zarr
from zarrust import _core
from zarrust.codecs import PackBitsCodec
from zarrust.errors import CorruptChunkError

OPTIONS: list[dict[str, Any]] = [
    {},
    {"padding_encoding": "first_byte"},
    {"padding_encoding": "last_byte"},
]
RANGES: list[tuple[str, dict[str, Any]]] = [
    ("bool", {}),
    ("i1", {"last_bit": 4}),
    ("i2", {"last_bit": 10}),
    ("i4", {"first_bit": 3, "last_bit": 20}),
    ("u1", {"first_bit": 1, "last_bit": 6}),
    ("u2", {"last_bit": 8}),
    ("u8", {"first_bit": 1, "last_bit": 33}),
    ("f4", {"first_bit": 12}),
    ("f8", {"first_bit": 31, "last_bit": 62}),
    ("c8", {"first_bit": 16}),
]


def packed(data: np.ndarray, bits: int, first: int = 0) -> bytes:
    """Bits of each number as the specification has them, one by one."""
    numbers = [int(x) for x in data.reshape(-1).view(f"u{data.dtype.itemsize}")]
    sequence = [number >> (first + bit) & 1 for number in numbers for bit in range(bits)]
    return np.packbits(sequence, bitorder="little").tobytes()


def create(data: np.ndarray, store: dict[str, Any] | None = None, **options: Any) -> Any:
    return zarr.create_array(
        {} if store is None else store, shape=data.shape, chunks=data.shape, dtype=data.dtype, compressors=None,
        serializer=PackBitsCodec(**options),
    )  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("count", [1, 7, 8, 9, 1000])
def test_booleans_are_packed_as_the_specification_says(count: int, options: dict[str, Any]) -> None:
    data = np.random.default_rng(1).integers(0, 2, count).astype(bool)
    data[0] = True
    store: dict[str, Any] = {}
    array = create(data, store, **options)
    before = _core.python_codec_calls()
    array[...] = data
    stored = store["c/0"].to_bytes()
    bits, unused = packed(data, 1), bytes([-count % 8])
    place = options.get("padding_encoding", "none")
    assert stored == {"none": bits, "first_byte": unused + bits, "last_byte": bits + unused}[place]
    np.testing.assert_array_equal(array[...], data)
    assert _core.python_codec_calls() == before


@given(
    numbers=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=40),
    ends=st.lists(st.integers(0, 31), min_size=2, max_size=2).map(sorted),
    dtype=st.sampled_from(["i4", "u4"]),
)
def test_any_range_of_bits_is_kept(numbers: list[int], ends: list[int], dtype: str) -> None:
    first, last = ends
    data = np.array(numbers, "i4").view(dtype)
    store: dict[str, Any] = {}
    array = create(data, store, first_bit=first, last_bit=last)
    array[...] = data
    if "c/0" in store:
        assert store["c/0"].to_bytes() == packed(data, last - first + 1, first)
    kept = (data.astype("i8") >> first) & ((1 << (last - first + 1)) - 1)
    if dtype == "i4":
        kept = np.where(kept >> (last - first), kept - (1 << (last - first + 1)), kept)
    np.testing.assert_array_equal(array[...], (kept << first).astype("u4").view(dtype))


@pytest.fixture
def zarrs() -> Iterator[Any]:
    """zarr-python with the pipeline of zarrs, which reads the codec's document itself."""
    import zarr as zarr_python
    from zarr.abc.codec import ArrayBytesCodec
    from zarr.registry import register_codec

    pytest.importorskip("zarrs", reason="zarrs is the judge")

    @dataclass(frozen=True)
    class Document(ArrayBytesCodec):
        is_fixed_size = True
        document: Any

        @classmethod
        def from_dict(cls, data: Any) -> Any:
            return cls(data)

        def to_dict(self) -> Any:
            return self.document

        def compute_encoded_size(self, input_byte_length: int, _spec: Any) -> int:
            return input_byte_length

        __hash__ = None

    register_codec("packbits", Document)
    with zarr_python.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline", "codec_pipeline.strict": True}):
        yield zarr_python


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("dtype", "ends"), RANGES)
def test_zarrs_reads_ours_and_we_read_theirs(
    zarrs: Any, tmp_path: Any, dtype: str, ends: dict[str, Any], options: dict[str, Any]
) -> None:
    # In whole chunks: of parts of one zarrs forgets where the first bit was.
    data = np.random.default_rng(4).integers(0, 1 << 62, (8, 10)).astype("u8")
    data = (data % 2).astype(bool) if dtype == "bool" else (data % 997).astype(dtype)
    arguments: dict[str, Any] = {
        "shape": data.shape, "chunks": (4, 5), "dtype": dtype, "compressors": None,
        "serializer": {"name": "packbits", "configuration": {**ends, **options}},
    }  # fmt: skip
    ours = zarr.create_array(tmp_path, **arguments)
    ours[...] = data
    theirs = zarrs.open_array(tmp_path, mode="r+")
    np.testing.assert_array_equal(theirs[...], ours[...])
    theirs[...] = data[::-1]
    expected = zarr.create_array({}, **arguments)
    expected[...] = data[::-1]
    np.testing.assert_array_equal(zarr.open_array(tmp_path, mode="r")[...], expected[...])


@pytest.mark.parametrize(("name", "bits"), [("int4", 4), ("uint4", 4), ("int2", 2), ("uint2", 2), ("float4_e2m1fn", 4)])
def test_numbers_smaller_than_a_byte_take_their_bits(name: str, bits: int) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    dtype = np.dtype(getattr(ml_dtypes, name))
    codes = np.arange(20, dtype="u1") % (1 << bits)
    data = (codes.astype("i1") - (1 << (bits - 1)) if name.startswith("int") else codes % 3).astype(dtype)
    store: dict[str, Any] = {}
    array = create(data, store)
    before = _core.python_codec_calls()
    array[...] = data
    assert len(store["c/0"].to_bytes()) == 20 * bits // 8
    np.testing.assert_array_equal(array[...].astype("f4"), data.astype("f4"))
    assert _core.python_codec_calls() == before


def test_the_document_is_the_registrys() -> None:
    for options in ({}, {"padding_encoding": "last_byte", "first_bit": 1, "last_bit": 2}):
        document = {"name": "packbits"} | ({"configuration": options} if options else {})
        array = zarr.create_array({}, shape=(8,), dtype="u1", serializer=document, compressors=None)
        assert json.loads(json.dumps(array.metadata.to_dict()["codecs"])) == [document]
    whole = {"name": "packbits", "configuration": {"padding_encoding": "none", "first_bit": None, "last_bit": None}}
    assert zarr.codecs.parse_codec(whole, "codec") == PackBitsCodec()


@pytest.mark.parametrize(
    ("dtype", "options"),
    [
        ("u1", {"last_bit": 8}),
        ("u1", {"first_bit": 2, "last_bit": 1}),
        ("u1", {"first_bit": -1}),
        ("u1", {"first_bit": 1.0}),
        ("u1", {"padding_encoding": "start_byte"}),
        ("u1", {"component": {"size": 1, "bits": 4, "is_signed": False}}),
        ("bool", {"last_bit": 1}),
        ("c8", {"last_bit": 32}),
        ("M8[s]", {}),
    ],
)
def test_what_numbers_do_not_have_is_refused(dtype: str, options: dict[str, Any]) -> None:
    document = {"name": "packbits", "configuration": options}
    with pytest.raises(ValueError, match="packbits"):
        zarr.create_array({}, shape=(8,), dtype=dtype, serializer=document, compressors=None)


def test_damage_is_a_corrupt_chunk() -> None:
    data = np.ones(20, bool)
    store: dict[str, Any] = {}
    array = create(data, store, padding_encoding="last_byte")
    array[...] = data
    stored = store["c/0"].to_bytes()
    for damaged in (stored[:-1], stored + b"\0", b"", stored[:-1] + b"\3"):
        store["c/0"] = type(store["c/0"]).from_bytes(damaged)
        with pytest.raises(CorruptChunkError, match='key "c/0"'):
            array[...]
