"""``cadencia pacing``: whether the pacer's promises came true."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="The pacer: what it promised and what came.")


@app.callback()
def pacing() -> None:
    """A group of commands, however many there are."""
