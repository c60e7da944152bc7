"""Another name of `zarrust.attributes.Attributes`."""

from zarrust.attributes import Attributes

__all__ = ["Attributes"]
