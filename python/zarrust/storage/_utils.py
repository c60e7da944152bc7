"""Another name of the rule for paths of nodes."""

from zarrust.storage.path import normalize_path

__all__ = ["normalize_path"]
