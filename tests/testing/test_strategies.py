"""Strategies draw what the package takes, and the state machines find stores that lie."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

import zarrust as zarr
from zarrust.metadata.rectilinear import RectilinearChunkGrid
from zarrust.storage import LocalStore, LoggingStore, MemoryStore, SQLiteStore, WrapperStore
from zarrust.testing import strategies
from zarrust.testing.stateful import ZarrHierarchyStateMachine, ZarrStoreStateMachine, split_prefix_name

# The strategies draw data types that no specification of format 3 has, as zarr-python's do.
pytestmark = pytest.mark.filterwarnings("ignore::zarrust.errors.UnstableSpecificationWarning")

FEW = settings(max_examples=25, suppress_health_check=list(HealthCheck))
STEPS = settings(max_examples=8, stateful_step_count=15, suppress_health_check=list(HealthCheck))


@FEW
@given(strategies.arrays() | strategies.simple_arrays() | strategies.sharded_arrays())
def test_arrays_read_back_through_another_handle(z):
    again = zarr.open_array(z.store, path=z.path, mode="r")
    np.testing.assert_equal(again[...], z[...])
    assert again.metadata.to_dict() == z.metadata.to_dict()


@FEW
@given(st.data(), strategies.simple_arrays(shapes=strategies.npst.array_shapes(max_dims=3, min_side=1)))
def test_selections_mean_the_same_in_numpy(data, z):
    values = z[...]
    selection = data.draw(strategies.basic_indices(shape=z.shape))
    np.testing.assert_equal(z[selection], values[selection])
    ours, theirs = data.draw(strategies.orthogonal_indices(shape=z.shape))
    np.testing.assert_equal(z.oindex[ours], values[theirs])


@FEW
@given(st.data(), strategies.block_test_arrays())
def test_blocks_are_slices(data, drawn):
    z, values = drawn
    step = z.shards or z.chunks
    sizes = tuple(
        tuple(min(length, size - start) for start in range(0, size, length))
        for size, length in zip(z.shape, step, strict=True)
    )
    blocks, elements = data.draw(strategies.block_indices(chunk_sizes=sizes))
    np.testing.assert_equal(z.blocks[blocks], values[elements])


@FEW
@given(strategies.rectilinear_arrays(), strategies.complex_rectilinear_arrays())
def test_arrays_of_chunks_with_lengths_of_their_own_read_back(z, drawn):
    values, named = drawn
    np.testing.assert_equal(named[...], values)
    with zarr.config.set({"array.rectilinear_chunks": True}):
        again = zarr.open_array(z.store, path=z.path, mode="r")
    np.testing.assert_equal(again[...], z[...])


@FEW
@given(st.data(), strategies.npst.array_shapes(max_dims=3, min_side=0, max_side=30))
def test_grids_mean_what_their_declarations_say(data, shape):
    edges = data.draw(strategies.rectilinear_chunks(shape=shape))
    assert all(sum(axis) == extent for axis, extent in zip(edges, shape, strict=True) if extent)
    written, meaning = data.draw(strategies.rectilinear_chunk_shape_declarations(shape=shape))
    document = {"kind": "inline", "chunk_shapes": written}
    with zarr.config.set({"array.rectilinear_chunks": True}):
        grid = RectilinearChunkGrid.from_configuration(document, "zarr.json")
    assert grid.chunk_shapes == meaning
    grid.check_reaches(shape)
    assert len(strategies.chunks_param_from_rectilinear(grid)) == len(shape)


@FEW
@given(strategies.array_metadata())
def test_metadata_comes_back_from_its_document(metadata):
    again = type(metadata).from_dict(metadata.to_dict())
    assert again.to_dict() == metadata.to_dict()


@FEW
@given(strategies.zdtypes(), strategies.structured_dtypes())
def test_data_types_come_back_from_numpy(zdtype, native):
    assert isinstance(native, np.dtype)
    assert native.names
    found = zdtype.to_native_dtype()
    assert isinstance(found, np.dtype)


@FEW
@given(
    strategies.keys(max_num_nodes=3), strategies.paths(), strategies.key_ranges(), strategies.dimension_names(ndim=2)
)
def test_names_are_taken_by_stores(key, path, ranges, names):
    store = MemoryStore()
    store[key] = b"1"
    assert list(store) == [key]
    assert all(isinstance(name, str) for name, _ in ranges)
    zarr.create_array(store, name=f"{path}/x", shape=(1, 1), dtype="i1", dimension_names=names, overwrite=True)


@pytest.fixture(params=["memory", "local", "sqlite", "logging"])
def any_store(request, tmp_path):
    return {
        "memory": MemoryStore,
        "local": lambda: LocalStore(tmp_path),
        "sqlite": lambda: SQLiteStore(tmp_path / "db"),
        "logging": lambda: LoggingStore(MemoryStore()),
    }[request.param]()


@pytest.mark.parametrize("machine", [ZarrStoreStateMachine, ZarrHierarchyStateMachine])
def test_stores_do_what_their_models_do(any_store, machine):
    run_state_machine_as_test(lambda: machine(any_store), settings=STEPS)


class Forgetful(WrapperStore):
    """A store that drops what is empty."""

    async def set(self, key, value):
        if len(value):
            await super().set(key, value)


def test_the_machine_finds_a_store_that_lies():
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            lambda: ZarrStoreStateMachine(Forgetful(MemoryStore())),
            # Found is enough: what is found need not become small.
            settings=settings(STEPS, max_examples=100, print_blob=False, database=None, phases=[Phase.generate]),
        )


def test_paths_are_split():
    assert split_prefix_name("a/b/c") == ("a/b", "c")
    assert split_prefix_name("a") == ("", "a")
