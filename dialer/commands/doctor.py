"""``cadencia doctor``: is everything there that Cadencia needs, and how is it mended where not?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Column, Table

from dialer.clock import SystemClock
from dialer.commands.speech import out, settings_and_logs
from dialer.doctor.examination import examine
from dialer.doctor.finding import Finding, Grade
from dialer.doctor.words import as_document, words

_COLOURS = {Grade.OK: "green", Grade.WARNING: "yellow", Grade.FAILURE: "red bold"}
_QUIET: Literal["error"] = "error"  # what goes wrong is said as findings


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Examine this installation and say how to mend what is wrong. Changes nothing; exit code 0 without failures."""
    settings = settings_and_logs(default_level=_QUIET)
    findings = asyncio.run(examine(settings, SystemClock()))
    if as_json:
        typer.echo(json.dumps(as_document(findings, settings.language), ensure_ascii=False, indent=1))
    else:
        _print(findings, settings.language)
    if any(finding.grade is Grade.FAILURE for finding in findings):
        raise typer.Exit(1)


def _print(findings: Sequence[Finding], language: str) -> None:
    said = words(language)
    table = Table.grid(Column(no_wrap=True), Column(), Column(overflow="fold"), padding=(0, 2, 0, 0))
    for finding in findings:
        cure = said.cure(finding)
        text = escape(said.says(finding)) + (f"\n[italic]{escape(cure)}[/]" if cure else "")
        grade = f"[{_COLOURS[finding.grade]}]{said.grades[finding.grade.value]}[/]"
        table.add_row(grade, f"[bold]{escape(said.title(finding))}[/]", text)
    out.print(table)
    out.print(f"\n{said.verdict(findings)}")
