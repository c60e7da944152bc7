"""Another name of the pipeline of codecs."""

from zarrust.codecs.pipeline import EnginePipeline as BatchedCodecPipeline

__all__ = ["BatchedCodecPipeline"]
