"""``cadencia compliance``: what the rules say, and proof of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer

from dialer.casebook.cases import CaseResult
from dialer.casebook.reading import read_case_file
from dialer.casebook.report import as_json, show
from dialer.casebook.running import run_cases
from dialer.casebook.stages import stage_for
from dialer.clock import SystemClock
from dialer.commands import compliance_questions
from dialer.commands.speech import out, settings_and_logs
from dialer.compliance.loader import packs_in_force

compliance_app = typer.Typer(no_args_is_help=True, help="The law, and proof that it was kept.")
compliance_questions.register(compliance_app)

Language = Literal["es", "en"]


@compliance_app.command("test")
def run_case_file(
    file: Annotated[Path, typer.Argument(help="A file of cases; docs/case-files.md has the format.")],
    json: Annotated[bool, typer.Option("--json", help="Print plain data instead of a table.")] = False,
    database: Annotated[
        str | None,
        typer.Option(help="An empty PostgreSQL database to run them in, wiped after each. SQLite by default."),
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of the table.")] = None,
) -> None:
    """Run cases through the same code that decides for real. The exit code is 0 only where every one passes."""
    settings = settings_and_logs(default_level="error")
    clock = SystemClock()
    began = clock.monotonic()
    cases = read_case_file(file, packs_in_force(settings.own_packs))

    async def run() -> list[CaseResult]:
        async with stage_for(database) as stage:
            return await run_cases(cases, stage)

    results = asyncio.run(run())
    seconds = clock.monotonic() - began
    if json:
        typer.echo(orjson.dumps(as_json(cases, results, seconds), option=orjson.OPT_INDENT_2).decode())
    else:
        show(out, cases, results, seconds, lang or settings.language)
    if not all(result.passed for result in results):
        raise typer.Exit(1)
