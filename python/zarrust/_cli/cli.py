"""``zarrust migrate`` and ``zarrust remove-metadata``. This needs typer, the extra ``cli``."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import Annotated

import typer

from zarrust.debugging import set_format, set_log_level
from zarrust.loop import run
from zarrust.metadata import migrate_v3
from zarrust.storage.path import make_store_path

__all__ = ["app"]

app = typer.Typer(help="Work on Zarr data. `zarrust COMMAND --help` says more about a command.")

# A child of zarr-python's logger, which `zarrust.set_log_level` sets.
_LOGGER = logging.getLogger("zarr.cli")


class ZarrFormat(StrEnum):
    """A format on the command line."""

    v2 = "v2"
    v3 = "v3"


class NewFormat(StrEnum):
    """A format to migrate to."""

    v3 = "v3"


STORE = "Folder, name of a zip file, or URL: 'data/example.zarr', 's3://example-bucket/example'."


def _log(*, verbose: bool) -> None:
    set_log_level("INFO" if verbose else "WARNING")
    set_format("%(message)s")


@app.command()
def migrate(
    zarr_format: Annotated[NewFormat, typer.Argument(help="Format to migrate to.")],
    input_store: Annotated[str, typer.Argument(help=f"What to migrate. {STORE}")],
    output_store: Annotated[
        str | None,
        typer.Argument(help=f"Where the new metadata goes, by default INPUT_STORE; no chunks are copied. {STORE}"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option(help="Print the files that would be written; write and delete none.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option(help="Delete metadata of format 3 that is at the output before anything else.")
    ] = False,
    force: Annotated[
        bool, typer.Option(help="With --overwrite: also where there is no metadata of format 2 at the output.")
    ] = False,
    remove_v2_metadata: Annotated[
        bool, typer.Option(help="Delete the metadata of format 2 at the output, if any, at the end.")
    ] = False,
) -> None:
    """Write metadata of a newer format for an array or a hierarchy: a zarr.json for each array and group.

    The metadata of format 2 and the chunks stay as they are.
    """
    if dry_run:
        _log(verbose=True)
        _LOGGER.info("Dry run enabled - no new files will be created or changed. Log of files that would be created:")
    source = make_store_path(input_store, mode="r+").store
    target = None if output_store is None else make_store_path(output_store, mode="w-").store
    written = source if target is None else target
    if overwrite:
        run(migrate_v3.remove_metadata(written, 3, force=force, dry_run=dry_run))
    migrate_v3.migrate_v2_to_v3(input_store=source, output_store=target, dry_run=dry_run)
    if remove_v2_metadata:
        run(migrate_v3.remove_metadata(written, 2, force=False, dry_run=dry_run))


@app.command()
def remove_metadata(
    zarr_format: Annotated[ZarrFormat, typer.Argument(help="Format whose metadata is deleted.")],
    store: Annotated[str, typer.Argument(help=STORE)],
    force: Annotated[bool, typer.Option(help="Delete it also where there is no metadata of the other format.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Print the files that would be deleted; delete none.")] = False,
) -> None:
    """Delete the metadata of one format, of every array and group.

    Of format 2 that is .zarray, .zattrs, .zgroup and .zmetadata, of format 3 zarr.json.
    """
    if dry_run:
        _log(verbose=True)
        _LOGGER.info("Dry run enabled - no files will be deleted or changed. Log of files that would be deleted:")
    place = make_store_path(store, mode="r+").store
    run(migrate_v3.remove_metadata(place, 2 if zarr_format is ZarrFormat.v2 else 3, force, dry_run))


@app.callback()
def main(
    verbose: Annotated[bool, typer.Option(help="Print which metadata is written and deleted.")] = False,
) -> None:
    """Set the log up before a command runs."""
    _log(verbose=verbose)


if __name__ == "__main__":
    app()
