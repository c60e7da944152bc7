"""The table of data types by name: the package's own and those that users and other packages add."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from zarrust.dtypes.structured import FieldValidationError
from zarrust.errors import DataTypeValidationError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from zarrust.dtypes.data_type import ZDType
    from zarrust.dtypes.spec import DTypeJSON, ZarrFormat

__all__ = ["DataTypeRegistry", "data_type_registry"]


class DataTypeRegistry:
    """Data types by their name in format 3.

    Attributes
    ----------
    contents : dict
        The class of each name.
    """

    def __init__(self) -> None:
        self.contents: dict[str, type[ZDType]] = {}
        self._lazy_load_list: list[EntryPoint] = []
        self._collected = False

    def _collect(self) -> bool:
        """Load what installed packages offer, once, when a type is not found; return whether there was any."""
        if self._collected:
            return False
        from importlib.metadata import entry_points

        self._collected = True
        found = [*entry_points(group="zarr.data_type"), *entry_points(group="zarr", name="data_type")]
        self._lazy_load_list.extend(found)
        return bool(found)

    def _lazy_load(self) -> None:
        """Load the entry points that were collected so far."""
        while self._lazy_load_list:
            cls = self._lazy_load_list.pop().load()
            self.register(cls._zarr_v3_name, cls)

    def register(self, key: str, cls: type[ZDType]) -> None:
        """Add a data type, or replace the one of this name.

        Parameters
        ----------
        key : str
            Its name in format 3.
        cls : type of ZDType
        """
        self.contents[key] = cls

    def unregister(self, key: str) -> None:
        """Remove a data type.

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        if key not in self.contents:
            raise KeyError(f"Data type '{key}' not found in registry.")
        del self.contents[key]

    def get(self, key: str) -> type[ZDType]:
        """Return the class of a name.

        Raises
        ------
        KeyError
            If there is none.
        """
        self._lazy_load()
        if key not in self.contents and self._collect():
            self._lazy_load()
        return self.contents[key]

    def match_dtype(self, dtype: np.dtype[Any]) -> ZDType:
        """Return the data type of a numpy dtype.

        Raises
        ------
        ValueError
            If there is none, or more than one.

        Examples
        --------
        >>> from zarrust.dtype import data_type_registry
        >>> import numpy
        >>> data_type_registry.match_dtype(numpy.dtype(">i2"))
        Int16(endianness='big')
        """
        self._lazy_load()
        if dtype == np.dtype("O"):
            raise ValueError(
                f"Zarr data type resolution from {dtype} failed: several data types hold Python objects. Give one of "
                "them, such as dtype=str or zarrust.dtype.VariableLengthBytes(), or an object_codec"
            )
        if dtype.kind in "iu":
            dtype = np.dtype(dtype.str)  # numpy has two types of one size, such as long and long long
        matched = []
        for cls in self.contents.values():
            with contextlib.suppress(DataTypeValidationError):
                matched.append(cls.from_native_dtype(dtype))
        if len(matched) > 1:
            raise ValueError(
                f"Zarr data type resolution from {dtype} failed. Multiple data type wrappers found that match dtype "
                f"'{dtype}': {matched}. Unregister one of them, or give a data type of zarrust.dtype"
            )
        if not matched:
            if self._collect():
                return self.match_dtype(dtype)
            raise DataTypeValidationError(f"No Zarr data type found that matches dtype '{dtype!r}'")
        return matched[0]

    def match_json(self, data: DTypeJSON, *, zarr_format: ZarrFormat) -> ZDType:
        """Return the data type of its JSON form; see `ZDType.from_json`.

        Raises
        ------
        DataTypeValidationError
            If there is none; the message names it.
        """
        self._lazy_load()
        classes = list(self.contents.values())
        name = data.get("name") if isinstance(data, Mapping) else data
        if zarr_format == 3 and isinstance(name, str) and name in self.contents:
            classes.insert(0, self.contents[name])
        for spelling in _spellings(data) if zarr_format == 2 else (data,):
            for cls in classes:
                try:
                    return cls.from_json(spelling, zarr_format=zarr_format)
                except FieldValidationError:
                    raise
                except DataTypeValidationError:
                    continue
        if self._collect():
            return self.match_json(data, zarr_format=zarr_format)
        raise DataTypeValidationError(f"No Zarr data type found that matches {data!r:.200}")


def _spellings(data: DTypeJSON) -> tuple[DTypeJSON, ...]:
    """Return a data type of format 2 as given and, where a byte order means nothing, without it."""
    name = data.get("name") if isinstance(data, Mapping) else None
    if isinstance(name, str) and name[:1] in ("<", ">") and (name[1:] in ("b1", "i1", "u1") or name[1:2] in ("V", "S")):
        return data, {**data, "name": f"|{name[1:]}"}
    return (data,)


data_type_registry: DataTypeRegistry = DataTypeRegistry()
