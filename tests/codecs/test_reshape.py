"""The codec that stores chunks in another shape: elements keep order, and what comes after sees the new axes."""

from typing import Any

import numpy as np
import pytest

import zarrust as zarr
from zarrust import _core
from zarrust.codecs import BytesCodec, ReshapeCodec, TransposeCodec, VLenUTF8Codec
from zarrust.errors import MetadataValidationError


@pytest.mark.parametrize("shape", [[[0, 1], 4], [-1], [[0], [1], [2]], [1, [0], -1], [3, 8], [2, 2, 2, 3]])
@pytest.mark.parametrize("shards", [None, (4, 6, 4)])
def test_elements_keep_their_order_whatever_the_shape(shape: list[Any], shards: Any) -> None:
    data = np.arange(4 * 6 * 4, dtype="<i4").reshape(4, 6, 4)
    store: dict[str, Any] = {}
    array = zarr.create_array(
        store, shape=data.shape, chunks=(2, 3, 4), shards=shards, dtype="<i4", fill_value=-1,
        filters=[ReshapeCodec(shape=shape)], compressors=None,
    )  # fmt: skip
    before = _core.python_codec_calls()
    array[...] = data
    if shards is None:
        assert store["c/1/1/0"].to_bytes() == data[2:, 3:].tobytes()
    np.testing.assert_array_equal(array[...], data)
    np.testing.assert_array_equal(array[1:3, ::2, 3], data[1:3, ::2, 3])
    array[0, 0] = -1
    np.testing.assert_array_equal(array[0, 0], -1)
    assert _core.python_codec_calls() == before
    assert zarr.open_array(store, mode="r").metadata.to_dict()["codecs"][0] in (
        {"name": "reshape", "configuration": {"shape": shape}},
        array.metadata.to_dict()["codecs"][0],
    )


def test_a_transposition_after_it_sees_the_new_axes() -> None:
    data = np.arange(24, dtype="<i2").reshape(2, 3, 4)
    store: dict[str, Any] = {}
    array = zarr.create_array(
        store, shape=data.shape, chunks=data.shape, dtype="<i2", compressors=None,
        filters=[TransposeCodec(order=(1, 0, 2)), ReshapeCodec(shape=[[0, 1], [2]]), TransposeCodec(order=(1, 0))],
    )  # fmt: skip
    array[...] = data
    assert store["c/0/0/0"].to_bytes() == data.transpose(1, 0, 2).reshape(6, 4).T.tobytes()
    np.testing.assert_array_equal(array[...], data)


@pytest.mark.parametrize(
    "shape", [[5, -1], [7], [[1], [0], [2]], [[0, 2], 3], [[0], [3]], [0, -1], [-1, -1], [-2], [True], ["a"], "24"]
)
def test_a_shape_that_does_not_fit_is_refused(shape: Any) -> None:
    with pytest.raises((ValueError, TypeError, MetadataValidationError), match="reshape"):
        zarr.create_array({}, shape=(2, 3, 4), chunks=(2, 3, 4), dtype="i4", filters=[ReshapeCodec(shape=shape)])


def test_strings_are_not_reshaped() -> None:
    with pytest.raises(MetadataValidationError, match="reshape"):
        zarr.create_array(
            {}, shape=(4,), chunks=(4,), dtype=str, filters=[ReshapeCodec(shape=[2, 2])], serializer=VLenUTF8Codec(),
            compressors=None,
        )  # fmt: skip


def test_the_document_of_the_registry_opens() -> None:
    codec = ReshapeCodec.from_dict({"name": "reshape", "configuration": {"shape": [[0, 1], [2], 3]}})
    assert codec.shape == ((0, 1), (2,), 3)
    array = zarr.create_array({}, shape=(4, 5, 6, 3), chunks=(4, 5, 6, 3), dtype="u1", filters=[codec])
    assert array.metadata.codecs[:2] == (codec, BytesCodec(endian=None))
