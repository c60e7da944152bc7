"""What lies in a folder, and what a printed table says."""

from pathlib import Path


def files(folder):
    """Return the paths of all files below a folder, from there, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def table(info):
    """Return the lines of a printed table by the words before the colon."""
    return dict([part.strip() for part in line.split(":", 1)] for line in repr(info).splitlines())
