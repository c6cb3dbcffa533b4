"""``cadencia import``: debtors from a CSV file into a campaign."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from dialer.clock import SystemClock
from dialer.commands.campaigns import with_database
from dialer.commands.speech import err, out, settings_and_logs
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.importing.importer import ImportReport, import_leads
from dialer.store.importing.source import ImportOptions

_WORDS = {
    "es": {
        "reading": "Leyendo", "accepted": "Aceptadas", "duplicates": "Repetidas", "rejected": "Rechazadas",
        "debtors": "Deudores nuevos", "debts": "Deudas nuevas", "phones": "Teléfonos nuevos",
        "see": "Las líneas rechazadas, con su motivo, están en",
    },
    "en": {
        "reading": "Reading", "accepted": "Accepted", "duplicates": "Duplicates", "rejected": "Rejected",
        "debtors": "New debtors", "debts": "New debts", "phones": "New phones",
        "see": "The rejected lines, each with its reason, are in",
    },
}  # fmt: skip


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with a header line, in Spanish or English.")],
    campaign: Annotated[str, typer.Option(help="The campaign that shall dial them.")],
    rejected: Annotated[
        Path | None, typer.Option(help="Where rejected lines go; rejected.csv beside the file by default.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="Where it cannot be worked out: , ; | or a tab.")] = None,
    decimal: Annotated[
        Literal[".", ","] | None, typer.Option(help="The decimal separator of amounts, where they are ambiguous.")
    ] = None,
) -> None:
    """Load debtors, their numbers and their debts. Importing the same file again adds nothing twice."""
    settings = settings_and_logs(default_level="warning")
    words = _WORDS[settings.language]
    options = ImportOptions(rejected_path=rejected, language=settings.language, delimiter=delimiter, decimal=decimal)

    async def work(database: Database) -> ImportReport:
        found = await Campaigns(database).get(campaign)
        columns = (TextColumn(words["reading"]), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bar:
            task = bar.add_task("import", total=None)

            def progress(done: int, size: int) -> None:
                bar.update(task, completed=done, total=size)

            return await import_leads(
                database, file, found, now=SystemClock().now(), options=options, progress=progress
            )

    report = asyncio.run(with_database(settings, work))
    for notice in report.notices:
        err.print(notice)
    out.print(
        f"{words['accepted']}: {report.accepted}   {words['duplicates']}: {report.duplicates}   "
        f"{words['rejected']}: {report.rejected}"
    )
    out.print(
        f"{words['debtors']}: {report.debtors}   {words['debts']}: {report.debts}   {words['phones']}: {report.phones}"
    )
    if report.rejected_path is not None:
        out.print(f"{words['see']} {report.rejected_path}")
