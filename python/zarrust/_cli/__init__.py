"""The command line: ``zarrust``."""

__all__ = ["main"]


def main() -> None:
    """Run the command line.

    Raises
    ------
    SystemExit
        At the end; with a text where typer is not installed.
    """
    try:
        from zarrust._cli.cli import app
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        raise SystemExit("the command line of zarrust needs typer: pip install 'zarrust[cli]'") from None
    app()
