"""Ctrl-C in a long call raises KeyboardInterrupt soon, and the array stays usable."""

import signal
import time
from pathlib import Path

import pytest

import programs

PROGRAM = """
    import signal, sys, time
    import numpy as np
    import zarrust as zarr
    # A shell starts what goes to its background with the signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    layout = {"chunks": {"chunks": (64, 1024)}, "shards": {"chunks": (64, 1024), "shards": (4096, 1024)}}[sys.argv[2]]
    array = zarr.create_array(
        sys.argv[1], shape=(32768, 1024), dtype="i8", compressors=zarr.codecs.ZstdCodec(level=19), **layout
    )
    values = np.random.default_rng(1).integers(0, 1 << 20, array.shape)
    print("ready", flush=True)
    try:
        array[...] = values
        print("finished", flush=True)
    except KeyboardInterrupt:
        print(time.monotonic(), flush=True)
    before = time.process_time()
    array[:10] = 5
    print(time.process_time() - before, flush=True)
    assert (array[:10] == 5).all()
    array[100:200, 3] = values[100:200, 3]
    assert (array[100:200, 3] == values[100:200, 3]).all()
    print("usable", flush=True)
"""


@pytest.mark.parametrize("layout", ["chunks", "shards"])
def test_ctrl_c_ends_a_long_write_within_a_second(layout: str, tmp_path: Path):
    with programs.start(PROGRAM, tmp_path, layout) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.7)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=50)
    assert process.returncode == 0, errors
    moment, *spent, usable = output.splitlines()
    assert moment != "finished", "the write was over before it could be interrupted"
    assert float(moment) - sent < 1
    assert usable == "usable"
    assert float(spent[0]) < 2, "the abandoned chunks went on being compressed, 7 s of work for a shard"
    assert not [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name not in ("zarr.json", "0") and not path.name.isdigit()
    ], "temporaries left"
