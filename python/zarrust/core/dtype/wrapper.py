"""Other names of `zarrust.dtype.ZDType`."""

from zarrust.dtypes.data_type import TBaseDType, TBaseScalar, ZDType

__all__ = ["TBaseDType", "TBaseScalar", "ZDType"]
