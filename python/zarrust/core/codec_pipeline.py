"""Other names of the pipeline of codecs."""

from zarrust.codecs.pipeline import EnginePipeline as BatchedCodecPipeline
from zarrust.codecs.pipeline import EnginePipeline as FusedCodecPipeline

__all__ = ["BatchedCodecPipeline", "FusedCodecPipeline"]
