"""Another name of what `zarrust.tree` returns."""

from zarrust.tree import Tree as TreeRepr

__all__ = ["TreeRepr"]
