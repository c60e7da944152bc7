"""Buffers: their methods, and where the classes that a caller or the settings name are used."""

import asyncio
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import zarrust as zarr
from zarrust.abc.buffer import ArrayLike, Buffer, BufferPrototype, NDArrayLike, NDBuffer
from zarrust.abc.store import Store
from zarrust.buffer import cpu, default_buffer_prototype, gpu
from zarrust.config import BadConfigError
from zarrust.registry import get_buffer_class, get_ndbuffer_class, register_buffer, register_ndbuffer


class MyArray(np.ndarray):
    """A kind of array of one's own."""


class MyBuffer(cpu.Buffer):
    """A class for bytes of one's own."""


class MyNDBuffer(cpu.NDBuffer):
    """A class for arrays of one's own."""

    @classmethod
    def create(cls, *, shape, dtype, order="C", fill_value=None):
        return cls(
            cpu.NDBuffer.create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)._data.view(MyArray)
        )

    @classmethod
    def empty(cls, shape, dtype, order="C"):
        return cls(np.empty(shape, dtype, order=order).view(MyArray))


class Elsewhere:
    """Stands for an array that is not in main memory: numpy cannot share it."""

    def __init__(self, array):
        self.array = array

    def __setitem__(self, key, value):
        self.array[key] = value

    @property
    def size(self):
        return self.array.size


class DistantNDBuffer(cpu.NDBuffer):
    """A class for arrays that the engine cannot write into."""

    @classmethod
    def empty(cls, shape, dtype, order="C"):
        return cls(Elsewhere(np.empty(shape, dtype, order=order)))


MINE = BufferPrototype(buffer=MyBuffer, nd_buffer=MyNDBuffer)


class RecordingStore(Store):
    """A store that notes the classes it is handed and asked for."""

    supports_deletes = supports_listing = supports_writes = True

    def __init__(self):
        super().__init__()
        self.values, self.given, self.asked = {}, set(), set()

    async def get(self, key, prototype=None, byte_range=None):
        if key.startswith("c/"):
            self.asked.add(prototype.buffer)
        return self.values.get(key)

    async def set(self, key, value):
        if key.startswith("c/"):
            self.given.add(type(value))
        self.values[key] = value

    async def list(self):
        for key in self.values:
            yield key

    async def delete(self, key):
        self.values.pop(key, None)


@pytest.fixture
def stored():
    return zarr.create_array(data=np.arange(24, dtype="i4").reshape(4, 6), chunks=(2, 3))


def test_a_buffer_needs_one_axis_of_bytes():
    with pytest.raises(ValueError, match="only 1-dim allowed"):
        cpu.Buffer(np.zeros((2, 2), "u1"))
    with pytest.raises(ValueError, match="only byte dtype allowed"):
        cpu.Buffer(np.zeros(2, "i4"))


def test_a_buffer_is_cut_joined_and_compared():
    whole = cpu.Buffer.from_bytes(b"abc") + cpu.Buffer.from_bytes(b"de")
    assert whole.to_bytes() == bytes(whole) == b"abcde"
    assert whole[1:3] == MyBuffer.from_bytes(b"bc")
    assert len(MyBuffer.create_zero_length()) == 0
    assert isinstance(MyBuffer.from_buffer(whole), MyBuffer)
    with pytest.raises(TypeError, match="expected slice, got int"):
        whole[0]
    with pytest.raises(ValueError, match="slice must be contiguous"):
        whole[::2]
    whole[0:2] = cpu.Buffer.from_bytes(b"xy")
    assert bytes(whole.as_buffer_like()) == b"xycde"


def test_an_array_buffer_has_the_methods_of_arrays():
    buffer = cpu.NDBuffer.create(shape=(2, 3), dtype=">i4", order="F", fill_value=7)
    assert (buffer.shape, buffer.byteorder, len(buffer)) == ((2, 3), "big", 2)
    assert buffer.as_numpy_array().flags.f_contiguous
    assert buffer.reshape(-1).shape == (6,)
    assert buffer.reshape((1, 6)).squeeze((0,)).shape == (6,)
    assert buffer.astype("f8").dtype == np.dtype("f8")
    assert buffer.transpose((1, 0)).shape == (3, 2)
    copy = buffer.copy()
    copy.fill(1)
    assert buffer.all_equal(7)
    assert copy.all_equal(np.ones((2, 3)))
    buffer[0] = copy[0]
    np.testing.assert_array_equal(buffer.as_ndarray_like(), [[1, 1, 1], [7, 7, 7]])
    with pytest.raises(ValueError, match="single scalar"):
        buffer.as_scalar()
    assert buffer[1, 2].as_scalar() == 7
    assert isinstance(buffer.as_ndarray_like(), NDArrayLike)
    assert isinstance(cpu.Buffer.from_bytes(b"").as_array_like(), ArrayLike)


@pytest.mark.parametrize(
    ("values", "other", "equal_nan", "same"),
    [
        ([0.0, 0.0], 0.0, True, True),
        ([0.0, -0.0], 0.0, True, False),
        ([np.nan, np.nan], np.nan, True, True),
        ([np.nan], np.nan, False, False),
        (["a", "a"], "a", True, True),
        ([0j, 0j], 0.0, True, True),
        ([1, 1], None, True, False),
    ],
)
def test_equality_to_a_value_sees_the_sign_of_zero(values, other, equal_nan, same):
    assert cpu.NDBuffer(np.array(values)).all_equal(other, equal_nan) is same


def test_a_read_comes_back_in_the_class_of_its_prototype(stored):
    for got in (
        stored.get_basic_selection((slice(1, 3), slice(None)), prototype=MINE),
        stored.get_orthogonal_selection(([1, 2], slice(None)), prototype=MINE),
        stored.get_block_selection((slice(None), 0), prototype=MINE),
        stored.get_coordinate_selection(([1, 2], [0, 5]), prototype=MINE),
        stored.get_mask_selection(stored[...] > 5, prototype=MINE),
        asyncio.run(stored.async_array.getitem((slice(1, 3),), prototype=MINE)),
        asyncio.run(stored.async_array.get_orthogonal_selection(([1, 2],), prototype=MINE)),
    ):
        assert isinstance(got, MyArray)
    np.testing.assert_array_equal(got, stored[1:3])
    assert stored.get_basic_selection((1, 2), prototype=MINE) == 8


def test_elements_reach_an_array_that_the_engine_cannot_write_into(stored):
    prototype = BufferPrototype(buffer=cpu.Buffer, nd_buffer=DistantNDBuffer)
    got = stored.get_basic_selection((slice(1, 3), slice(0, 4)), prototype=prototype)
    assert isinstance(got, Elsewhere)
    np.testing.assert_array_equal(got.array, stored[1:3, 0:4])


def test_a_store_written_in_python_is_handed_the_class_of_the_prototype():
    store = RecordingStore()
    z = zarr.create_array(store, shape=(4,), chunks=(2,), dtype="i4")
    z.set_basic_selection(slice(None), [1, 2, 3, 4], prototype=MINE)
    assert store.given == {MyBuffer}
    got = z.get_basic_selection(slice(None), prototype=MINE)
    assert (store.asked, got.tolist()) == ({MyBuffer}, [1, 2, 3, 4])
    z[:] = 5
    assert store.given == {MyBuffer, cpu.Buffer}


def test_the_settings_choose_the_classes(stored):
    register_buffer(MyBuffer)
    register_ndbuffer(MyNDBuffer, qualname="mine")
    store = RecordingStore()
    with zarr.config.set({"buffer": f"{__name__}.MyBuffer", "ndbuffer": "mine"}):
        assert (get_buffer_class(), get_ndbuffer_class()) == (MyBuffer, MyNDBuffer)
        assert default_buffer_prototype() == MINE
        assert isinstance(stored[1:3], MyArray)
        assert isinstance(stored.oindex[[1, 2]], MyArray)
        zarr.create_array(store, data=np.arange(4), chunks=(2,))
    assert store.given == {MyBuffer}
    assert type(stored[1:3]) is np.ndarray
    with zarr.config.set({"ndbuffer": "nobody.knows"}), pytest.raises(BadConfigError, match=r"nobody\.knows"):
        stored[:]


@pytest.mark.skipif(find_spec("cupy") is not None, reason="this is about a machine without CuPy")
def test_without_cupy_everything_about_gpus_says_so():
    with pytest.raises(ImportError, match="CuPy"):
        zarr.config.enable_gpu()
    with pytest.raises(ImportError, match=r"Cannot use zarr\.buffer\.gpu\.Buffer without cupy"):
        gpu.Buffer.from_bytes(b"abc")
    with pytest.raises(ImportError, match=r"Cannot use zarr\.buffer\.gpu\.NDBuffer without cupy"):
        zarr.zeros(3).get_basic_selection(slice(None), prototype=gpu.buffer_prototype)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Buffer.from_bytes(b"ab"),
        lambda: Buffer.create_zero_length(),
        lambda: Buffer.from_buffer(cpu.Buffer.from_bytes(b"ab")),
        lambda: NDBuffer.create(shape=(1,), dtype="i4"),
        lambda: NDBuffer.from_numpy_array(np.zeros(1)),
    ],
)
def test_the_abstract_classes_make_no_buffers(call):
    # None instead of an error would be a missing chunk to a store that returns it: zeros without a word.
    with pytest.raises(NotImplementedError, match=r"zarrust\.buffer\.cpu"):
        call()


@pytest.mark.parametrize("module", ["zarr.buffer.gpu", "zarr.core.buffer.gpu", "zarrust.buffer.gpu"])
def test_a_setting_finds_the_buffers_on_a_gpu_before_their_module_is_imported(module):
    code = (
        "import sys, zarrust as zarr; from zarrust.registry import get_buffer_class, get_ndbuffer_class\n"
        "assert 'zarrust.buffer.gpu' not in sys.modules\n"
        f"zarr.config.set({{'buffer': '{module}.Buffer', 'ndbuffer': '{module}.NDBuffer'}})\n"
        "print(get_buffer_class().__module__, get_ndbuffer_class().__module__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["zarrust.buffer.gpu"] * 2
