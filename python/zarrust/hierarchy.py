"""Where version 2 has groups."""

from zarrust.api.synchronous import group, open_group
from zarrust.group import Group

__all__ = ["Group", "group", "open_group"]
