"""The end of a program while daemon threads read and write: nothing hangs, and nothing crashes."""

from __future__ import annotations

import os

import pytest

import programs

PROGRAM = """
    import sys, threading, time
    import zarrust as zarr
    from zarrust.abc.codec import BytesBytesCodec

    kind, delay = sys.argv[1], float(sys.argv[2])
    busy = threading.Event()

    class Mapping(dict):
        def __getitem__(self, key):
            self.slow()
            return super().__getitem__(key)

        def __setitem__(self, key, value):
            self.slow()
            super().__setitem__(key, value)

        def slow(self):
            busy.set()
            sum(range(2000))
            time.sleep(0.0005)

    class Coroutines(zarr.storage.WrapperStore):
        async def get(self, key, prototype=None, byte_range=None):
            busy.set()
            return await super().get(key, prototype, byte_range)

        async def set(self, key, value):
            busy.set()
            await super().set(key, value)

    class Same(BytesBytesCodec):
        def to_dict(self):
            return {"name": "test.same"}

        def compute_encoded_size(self, input_byte_length, chunk_spec):
            return input_byte_length

        def _encode_sync(self, chunk_data, chunk_spec):
            busy.set()
            sum(range(2000))
            time.sleep(0.0005)
            return chunk_data

        _decode_sync = _encode_sync

    options = {"shape": (400, 1000), "chunks": (10, 1000), "dtype": "i4"}
    if kind == "a mapping":
        array = zarr.create_array(Mapping(), **options)
    elif kind == "coroutines":
        array = zarr.create_array(Coroutines(zarr.storage.MemoryStore()), **options)
    else:
        array = zarr.create_array({}, compressors=[Same()], **options)

    def work():
        while True:
            array[...] = array[0, 0] + 1

    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    assert busy.wait(20)
    time.sleep(delay)
    print("end")
"""


@pytest.mark.parametrize("delay", [0, 0.02, 0.05])
@pytest.mark.parametrize("kind", ["a mapping", "coroutines", "a codec"])
def test_a_program_ends_while_threads_are_inside_of_python_code(kind: str, delay: float) -> None:
    # Where Python buffers what it writes, the end finds the stream locked by a thread that tells of its error.
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    assert programs.run(PROGRAM, kind, delay, timeout_s=30, env=usual) == "end\n"


def test_a_handler_of_the_end_may_still_read_and_write() -> None:
    output = programs.run(
        """
        import atexit

        def write():
            array[...] += 3
            print(array[...].tolist())

        atexit.register(write)
        import zarrust as zarr

        array = zarr.create_array(zarr.storage.MemoryStore(), shape=(4,), chunks=(2,), dtype="i4")
        atexit.register(write)
        """
    )
    assert output == "[3, 3, 3, 3]\n[6, 6, 6, 6]\n"
