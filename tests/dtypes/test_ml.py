"""Numbers that ml_dtypes gives numpy: tensorstore reads what is written, and without ml_dtypes they are raw bytes."""

import pickle
import sys

import ml_dtypes
import numpy as np
import pytest
import tensorstore

import zarrust as zarr
from zarrust.dtype import data_type_registry, parse_dtype
from zarrust.dtypes.ml import ML_DATA_TYPES

NAMES = [cls._zarr_v3_name for cls in ML_DATA_TYPES]


@pytest.mark.parametrize("name", NAMES)
def test_every_element_comes_back_in_both_formats(name):
    dtype = np.dtype(getattr(ml_dtypes, name))
    data = np.arange(-2, 6).astype("f4").astype(dtype)
    for options in ({}, {"zarr_format": 2}, {"shards": 8}, {"serializer": zarr.codecs.BytesCodec(endian="big")}):
        array = zarr.create_array({}, data=data, chunks=4, **options)
        assert array.dtype == dtype
        assert array[:].tobytes() == data.tobytes()
        array[3:5] = data[:2]
        assert array[3].tobytes() == data[0].tobytes()


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "int4"])
@pytest.mark.parametrize(("zarr_format", "driver"), [(2, "zarr"), (3, "zarr3")])
def test_tensorstore_reads_it(tmp_path, name, zarr_format, driver):
    dtype = np.dtype(getattr(ml_dtypes, name))
    data = np.arange(-2, 6).astype("f4").astype(dtype)
    zarr.create_array(tmp_path, data=data, chunks=4, zarr_format=zarr_format)
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": str(tmp_path)}}
    assert tensorstore.open(spec).result().read().result().tobytes() == data.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_fill_value_keeps_its_bits(name):
    data_type = data_type_registry.get(name)()
    dtype = data_type.to_native_dtype()
    for scalar in np.frombuffer(bytes([1, 0, 2, 1, 3, 1]), dtype):
        again = data_type.from_json_scalar(data_type.to_json_scalar(scalar, zarr_format=3), zarr_format=3)
        assert again.tobytes() == scalar.tobytes()
    assert pickle.loads(pickle.dumps(data_type)) == data_type
    assert parse_dtype(dtype, zarr_format=3) == data_type == parse_dtype(name, zarr_format=3)


def test_without_ml_dtypes_elements_are_raw_bytes(monkeypatch):
    store = {}
    data = np.array([1.5, -2.0, 0.0], ml_dtypes.bfloat16)
    zarr.create_array(store, data=data)
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    array = zarr.open_array(store)
    assert array.dtype == np.dtype("V2")
    assert array[:].tobytes() == data.tobytes()
    with pytest.raises(TypeError):
        array[:] + 1
    with pytest.raises(TypeError, match="ml_dtypes"):
        parse_dtype("bfloat16", zarr_format=3).cast_scalar(1.5)
