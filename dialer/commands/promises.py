"""``cadencia promises`` and ``cadencia payments``: what debtors promised, and what they paid."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from dialer.clock import SystemClock
from dialer.commands.campaigns import with_database
from dialer.commands.speech import err, out, settings_and_logs
from dialer.domain.promise import PromiseState
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.importing.payment_file import PaymentReport, import_payments
from dialer.store.money import to_units
from dialer.store.payments import Fate, Payments
from dialer.store.promise_keeping import Decided, PromiseKeeping
from dialer.store.promises import Promises, StoredPromise

promises_app = typer.Typer(no_args_is_help=True, help="Promises to pay.")
payments_app = typer.Typer(no_args_is_help=True, help="Payments.")

_WORDS = {
    "es": {
        "reference": "Referencia", "debtor": "Deudor", "amount": "Monto", "due": "Fechas", "state": "Estado",
        "paid": "Pagado", "by": "Tomada por", "none": "La campaña no tiene promesas.",
        "pending": "pendiente", "kept": "cumplida", "partly_kept": "cumplida en parte", "broken": "incumplida",
        "replaced": "reemplazada", "settled": "Promesas decididas: {n}",
        "posted": "Registrados", "repeated": "Repetidos", "rejected": "Rechazados",
        "closed": "Deudas saldadas", "decided": "Promesas decididas",
        "see": "Las líneas rechazadas, con su motivo, están en",
    },
    "en": {
        "reference": "Reference", "debtor": "Debtor", "amount": "Amount", "due": "Dates", "state": "State",
        "paid": "Paid", "by": "Captured by", "none": "The campaign has no promises.",
        "pending": "pending", "kept": "kept", "partly_kept": "partly kept", "broken": "broken",
        "replaced": "replaced", "settled": "Promises decided: {n}",
        "posted": "Posted", "repeated": "Repeated", "rejected": "Rejected",
        "closed": "Debts settled", "decided": "Promises decided",
        "see": "The rejected lines, each with its reason, are in",
    },
}  # fmt: skip


@promises_app.command("list")
def list_promises(
    campaign: Annotated[str, typer.Option(help="Whose promises.")],
    state: Annotated[PromiseState | None, typer.Option(help="Only those that stand so.")] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """The newest promises of a campaign, and how they stand."""
    settings = settings_and_logs(default_level="warning")
    words = _WORDS[settings.language]

    async def work(database: Database) -> Sequence[StoredPromise]:
        found = await Campaigns(database).get(campaign)
        return await Promises(database, SystemClock()).of_campaign(found.id, state=state, most=most)

    found = asyncio.run(with_database(settings, work))
    if as_json:
        typer.echo(json.dumps([_as_json(each) for each in found]))
        return
    if not found:
        out.print(words["none"])
        return
    table = Table(*(words[name] for name in ("reference", "debtor", "amount", "paid", "due", "state", "by")))
    for each in found:
        table.add_row(
            each.reference,
            str(each.debtor_id),
            f"{to_units(each.total_minor, each.currency):,} {each.currency}",
            f"{to_units(each.paid_minor, each.currency):,}",
            ", ".join(one.due_on.isoformat() for one in each.instalments),
            words[each.state],
            escape(f"{each.channel}: {each.captured_by}"),
        )
    out.print(table)


@promises_app.command("settle")
def settle() -> None:
    """Decide the promises whose payment is late. A running station does it by itself."""
    settings = settings_and_logs(default_level="warning")

    async def work(database: Database) -> Sequence[Decided]:
        return await PromiseKeeping(database, SystemClock()).settle_due(most=100_000)

    decided = asyncio.run(with_database(settings, work))
    out.print(_WORDS[settings.language]["settled"].format(n=len(decided)))


@payments_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with a header line, in Spanish or English.")],
    origin: Annotated[str, typer.Option(help="Who sends such files: a payment's reference is unique for each.")],
    country: Annotated[str, typer.Option(help="How amounts and dates are written there: CO, MX, US, ...")] = "CO",
    rejected: Annotated[
        Path | None, typer.Option(help="Where rejected lines go; rejected-payments.csv beside the file by default.")
    ] = None,
    decimal: Annotated[
        Literal[".", ","] | None, typer.Option(help="The decimal separator of amounts, where they are ambiguous.")
    ] = None,
) -> None:
    """Record payments. The same file again changes nothing; what is paid in full is not dialed any more."""
    settings = settings_and_logs(default_level="warning")
    words = _WORDS[settings.language]

    async def work(database: Database) -> PaymentReport:
        return await import_payments(
            Payments(database, SystemClock()),
            file,
            origin=origin,
            country=country.upper(),
            language=settings.language,
            rejected_path=rejected,
            decimal=decimal,
        )

    report = asyncio.run(with_database(settings, work))
    out.print(
        f"{words['posted']}: {report.fates[Fate.POSTED]}   {words['repeated']}: {report.fates[Fate.REPEATED]}   "
        f"{words['rejected']}: {report.rejected}"
    )
    out.print(f"{words['closed']}: {report.settled}   {words['decided']}: {report.promises_decided}")
    if report.rejected_path is not None:
        err.print(f"{words['see']} {report.rejected_path}", soft_wrap=True)


def _as_json(promise: StoredPromise) -> dict[str, object]:
    return {
        "reference": promise.reference,
        "debtor_id": promise.debtor_id,
        "debt_id": promise.debt_id,
        "state": promise.state,
        "currency": promise.currency,
        "total_minor": promise.total_minor,
        "paid_minor": promise.paid_minor,
        "discount": promise.discount,
        "instalments": [
            {"due_on": each.due_on.isoformat(), "amount_minor": each.amount_minor} for each in promise.instalments
        ],
        "channel": promise.channel,
        "captured_by": promise.captured_by,
        "call_id": promise.call_id,
        "promised_at": promise.promised_at.isoformat(),
        "decided_at": promise.decided_at.isoformat() if promise.decided_at else None,
    }
