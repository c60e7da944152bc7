"""Other names of the structured types of `zarrust.dtype`.

``Structured`` is the class that the registry knows, as it was when packages imported it from here; zarr-python 3.2 took
a subclass for that, `zarrust.dtype.Struct`, and left the old one beside it for documents of before.
"""

from zarrust.dtypes.forms import StructuredJSON_V2, StructuredJSON_V3
from zarrust.dtypes.structured import Struct
from zarrust.dtypes.structured import Struct as Structured

__all__ = ["Struct", "Structured", "StructuredJSON_V2", "StructuredJSON_V3"]
