"""A child forked after its parent has read and written reads and writes itself, as PyTorch's DataLoader needs."""

import json

import pytest

import programs
from conftest import S3

FORKS = 17  # of each of the six combinations: over a hundred, and as many again beside a busy parent

PROGRAM = """
    import asyncio, json, os, signal, sys, threading, time, traceback, warnings
    import numpy as np
    import zarrust as zarr

    warnings.simplefilter("ignore", DeprecationWarning)  # Python's, about fork beside threads
    kind, mode, busy, forks, argument = sys.argv[1], sys.argv[2], sys.argv[3] == "busy", int(sys.argv[4]), sys.argv[5]

    if kind == "local":
        store = zarr.storage.LocalStore(argument)
    elif kind == "memory":
        store = zarr.storage.MemoryStore()
    else:
        options = json.loads(argument)
        store = zarr.storage.ObjectStore(zarr.store.S3Store(options.pop("bucket"), **options))

    values = np.arange(64 * 64).reshape(64, 64)
    layouts = {"chunked": {"chunks": (16, 16)}, "sharded": {"chunks": (16, 16), "shards": (32, 32)}}
    arrays = {name: zarr.create_array(store, name=name, shape=(64, 64), dtype="i8", **layout)
              for name, layout in layouts.items()}
    for name in list(arrays):
        arrays["own " + name] = zarr.create_array(
            store, name="own " + name, shape=(64, 64), dtype="i8", **layouts[name]
        )

    async def use_async(number):
        for name in layouts:
            array = arrays[name].async_array
            assert np.array_equal(await array.getitem(...), values)
            own = arrays["own " + name].async_array
            await own.setitem((slice(0, 20), slice(None)), number)
            assert (await own.getitem((slice(0, 20), slice(None))) == number).all()

    def use(number):
        if mode == "async":
            return asyncio.run(use_async(number))
        for name in layouts:
            assert np.array_equal(arrays[name][...], values)
            own = arrays["own " + name]
            own[:20] = number
            assert (own[:20] == number).all()

    for name in layouts:
        arrays[name][...] = values
    use(-1)

    stop = threading.Event()
    def work():
        while not stop.is_set():
            arrays["chunked"][...]
    worker = threading.Thread(target=work)
    if busy:
        worker.start()

    failed = []
    for number in range(forks):
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            try:
                use(number)
                opened = zarr.open_array(store, path="chunked", mode="r")
                assert opened[3, 5] == values[3, 5]
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            failed.append((number, status))
            if len(failed) == 2:
                break
        use(-2 - number)  # the parent goes on as well
    stop.set()
    if busy:
        worker.join()
    assert not failed, f"(fork, status): {failed}; -14 is one that hung"
    print("finished", forks)
"""

COMBINATIONS = [(kind, mode) for kind in ("local", "memory", "s3") for mode in ("sync", "async")]


@pytest.mark.parametrize(("kind", "mode"), COMBINATIONS)
@pytest.mark.parametrize("parent", ["idle", "busy"])
def test_every_forked_child_finishes(kind: str, mode: str, parent: str, tmp_path, request: pytest.FixtureRequest):
    argument = str(tmp_path)
    if kind == "s3":
        server: S3 = request.getfixturevalue("s3")
        argument = json.dumps({"bucket": server.bucket, **server.options()})
    assert programs.run(PROGRAM, kind, mode, parent, FORKS, argument) == f"finished {FORKS}\n"
