"""Other names of `zarrust.dtype`."""

from zarrust import dtype as _dtype
from zarrust._submodules import on_demand
from zarrust.dtype import *  # noqa: F403
from zarrust.dtypes import (
    DataTypeRegistry,
    get_data_type_from_json,
    get_data_type_from_native_dtype,
    parse_data_type,
)
from zarrust.dtypes.data_type import TBaseDType, TBaseScalar
from zarrust.dtypes.spec import DTypeJSON
from zarrust.errors import DataTypeValidationError

__all__ = [
    "DTypeJSON",
    "DataTypeRegistry",
    "DataTypeValidationError",
    "TBaseDType",
    "TBaseScalar",
    "get_data_type_from_json",
    "get_data_type_from_native_dtype",
    "parse_data_type",
]
__all__ += _dtype.__all__

__getattr__ = on_demand(__name__)
