"""The module paths that other packages import zarr-python's objects from: names for what is public elsewhere.

Nothing here is needed to use zarrust, and nothing of zarrust imports it. Version 2's ``zarr.core.Array`` is here too.
"""

from zarrust._submodules import on_demand
from zarrust.abc.buffer import Buffer, NDBuffer
from zarrust.array import Array
from zarrust.codecs.pipeline import EnginePipeline as BatchedCodecPipeline

__all__ = ["Array", "BatchedCodecPipeline", "Buffer", "NDBuffer"]

__getattr__ = on_demand(__name__)
