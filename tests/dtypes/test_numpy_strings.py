"""numpy's strings of any length go in and out as they are, without an object of Python for each."""

import threading

import numpy as np
import pytest

import zarrust as zarr

STRING = np.dtypes.StringDType()
# numpy holds up to 15 bytes in the element, up to 255 in one arena and the rest elsewhere.
TEXTS = ["", "a", "ä", "日本" * 2, "x" * 15, "y" * 16, "z" * 255, "\0", "a\0b\0", "😀" * 1000, "w" * 2_000_000]


def stored(values: np.ndarray, chunks: tuple[int, ...] | None = None) -> zarr.Array:
    array = zarr.create_array({}, shape=values.shape, chunks=chunks or values.shape or "auto", dtype=str)
    array[...] = values
    return array


def test_short_middle_and_long_strings_come_back():
    values = np.array(TEXTS * 3, dtype=STRING)
    array = stored(values, (4,))
    assert array[...].dtype == STRING
    assert array[...].tolist() == TEXTS * 3
    assert array[1:30:3].tolist() == (TEXTS * 3)[1:30:3]


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1, ::-2],
        lambda a: a.T,
        lambda a: np.asfortranarray(a),
        lambda a: a[1:2, 2:3],
        lambda a: a[:, :0],
        lambda a: np.broadcast_to(a[0], (5, a.shape[1])),
        lambda a: a[2, 1, ...],
    ],
    ids=["backwards", "transposed", "F order", "one", "none", "broadcast", "no axes"],
)
def test_memory_of_any_strides_is_read_as_numpy_reads_it(view):
    values = view(np.array([[f"{row}-{column}" * 6 for column in range(7)] for row in range(5)], dtype=STRING))
    array = zarr.create_array({}, shape=values.shape, chunks=tuple(max(1, n // 2) for n in values.shape), dtype=str)
    array[...] = values
    assert np.asarray(array[...]).tolist() == values.tolist()


@pytest.mark.parametrize("missing", [None, np.nan, "none at all"], ids=repr)
def test_a_missing_string_is_stored_as_the_text_of_what_stands_for_it(missing):
    values = np.array(["a", missing, "", "b" * 40], dtype=np.dtypes.StringDType(na_object=missing))
    assert stored(values)[...].tolist() == ["a", str(missing), "", "b" * 40]


def test_a_read_goes_into_strings_and_objects_of_the_caller():
    array = stored(np.array(["a", "b" * 99, "ä"], dtype=STRING))
    for dtype in (STRING, object, "U99", np.dtypes.StringDType(na_object=None)):
        out = np.empty(3, dtype)
        array.get_basic_selection(slice(None), out=out)
        assert out.tolist() == ["a", "b" * 99, "ä"]
    out = np.empty(3, STRING)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        array.get_basic_selection(slice(None), out=out)


def test_bytes_that_are_no_text_are_an_error_and_leave_numpy_unlocked():
    store = {}
    zarr.create_array(store, shape=(3,), dtype=str, compressors=None)[...] = ["a", "ab", "c"]
    raw = store["c/0"].to_bytes()
    store["c/0"] = zarr.buffer.cpu.Buffer.from_bytes(raw.replace(b"ab", b"\xff\xfe"))
    for _ in range(2):
        with pytest.raises((UnicodeDecodeError, zarr.errors.CorruptChunkError)):
            zarr.open_array(store)[...]
    assert np.array(["x"], dtype=STRING).tolist() == ["x"]


def test_threads_read_and_write_the_same_strings():
    values = np.array([f"{number}" * 30 for number in range(500)], dtype=STRING)
    array = stored(values, (50,))
    wrong = []

    def work() -> None:
        for _ in range(20):
            array[...] = values
            if array[...].tolist() != expected:
                wrong.append(1)

    expected = values.tolist()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
