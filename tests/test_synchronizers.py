"""Processes and coroutines that write into parts of the same chunks."""

import asyncio
import pickle
import subprocess
import sys

import numpy as np
import pytest

import programs
import zarrust as zarr
from zarrust.api import asynchronous
from zarrust.indexing import normalise
from zarrust.synchronizers import exclusive

WRITER = """
import sys, zarrust as zarr
z = zarr.open_array("z", mode="r+", synchronizer=zarr.ProcessSynchronizer("z.sync"))
number = int(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for row in range(4):
    for i in range(number, 60, 3):
        z[row, i] = number + 1
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# Three interpreters start, and each element waits for the disk; a busy machine takes minutes for what takes seconds.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("layout", [{"chunks": (2, 60)}, {"chunks": (1, 10), "shards": (2, 60)}])
def test_processes_that_share_chunks_lose_nothing(layout):
    zarr.create_array("z", shape=(4, 60), dtype="i4", **layout)
    command = [sys.executable, "-c", WRITER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([*command, str(number)], **pipes) for number in range(3)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    np.testing.assert_array_equal(zarr.open_array("z")[:], [np.arange(60) % 3 + 1] * 4)


def test_coroutines_do_not_wait_for_each_other_forever():
    async def use():
        z = await asynchronous.create(
            shape=(100,), chunks=(50,), dtype="i4", store="z", synchronizer=zarr.ProcessSynchronizer("z.sync")
        )
        await asyncio.wait_for(asyncio.gather(*(z.setitem(i, i) for i in range(100))), 30)
        return await z.getitem(...)

    np.testing.assert_array_equal(asyncio.run(use()), np.arange(100))


@pytest.mark.parametrize("selection", [..., (slice(3, 90, 7), 5), (slice(0, 0), 1)])
def test_a_selection_takes_few_locks_and_gives_them_back(selection):
    synchronizer = zarr.ProcessSynchronizer("s")
    z = zarr.zeros((1000, 1000), chunks=(10, 10), path="a")
    for _ in range(2):
        with exclusive(synchronizer, z, normalise(selection, z.shape)):
            pass


def test_points_take_the_locks_of_their_chunks(tmp_path):
    z = zarr.zeros((100, 100), chunks=(10, 10), synchronizer=zarr.ProcessSynchronizer("s"))
    z.vindex[[0, 99], [0, 99]] = 1
    assert z[99, 99] == 1
    assert len(list(tmp_path.joinpath("s").iterdir())) == 2


def test_synchronizers_can_be_pickled_and_others_warn():
    for synchronizer in (zarr.ThreadSynchronizer(), zarr.ProcessSynchronizer("s")):
        z = pickle.loads(pickle.dumps(zarr.create(4, store="z", overwrite=True, synchronizer=synchronizer)))
        z[:] = 1
        with pickle.loads(pickle.dumps(synchronizer))["0"]:
            pass
    with pytest.warns(zarr.errors.ZarrRuntimeWarning, match="synchronizer"):
        zarr.zeros(4, synchronizer=object())


ATTRIBUTES = """
    import sys
    import zarrust as zarr

    place, locks, number = sys.argv[1:]
    root = zarr.open_group(place, mode="r+", synchronizer=zarr.ProcessSynchronizer(locks))
    nodes = [root, root["below"], root["below/array"]]
    assert all(node._synchronizer is not None for node in nodes)
    for at in range(20):
        for node in nodes:
            node.attrs[f"{number}.{at}"] = at
"""


def test_processes_that_set_attributes_of_the_same_nodes_lose_nothing(tmp_path):
    place, locks = tmp_path / "data", tmp_path / "locks"
    root = zarr.open_group(place, mode="w")
    root.create_group("below").create_array("array", shape=(4,), dtype="i4")
    writers = [programs.start(ATTRIBUTES, place, locks, number) for number in range(3)]
    for writer in writers:
        output, errors = writer.communicate(timeout=100)
        assert writer.returncode == 0, output + errors
    root = zarr.open_group(place, mode="r")
    for node in (root, root["below"], root["below/array"]):
        assert len(node.attrs) == 60


def test_what_is_made_in_a_group_has_its_synchronizer(tmp_path):
    synchronizer = zarr.ProcessSynchronizer(tmp_path / "locks")
    root = zarr.open_group(tmp_path / "data", mode="w", synchronizer=synchronizer)
    assert root.synchronizer is synchronizer
    array = root.create_group("a").create_array("b", shape=(4,), chunks=(2,), dtype="i4")
    assert array.config.synchronizer is root["a/b"].config.synchronizer is synchronizer
    array[...] = 1
    array.attrs["c"] = 1
    root.attrs["c"] = 2
    assert zarr.open_group(tmp_path / "data").synchronizer is None
    assert sorted(path.name for path in (tmp_path / "locks").rglob("attributes")) == ["attributes"] * 2
