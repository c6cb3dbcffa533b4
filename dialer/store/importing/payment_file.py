"""A file of payments: CSV as banks and creditors send it, in Spanish or English."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dialer.errors import InvalidPaymentFile
from dialer.store.importing.columns import normal
from dialer.store.importing.reasons import Reason, Rejected
from dialer.store.importing.records import Records
from dialer.store.importing.rejects import FORMULA_SIGNS, RejectFile
from dialer.store.importing.sniff import sniff
from dialer.store.importing.values import read_amount, read_currency, read_date
from dialer.store.payments import Fate, NewPayment, Payments, Posted

_SYNONYMS = {
    "debt_ref": "cuenta numero_cuenta obligacion numero_obligacion credito numero_credito contrato numero_contrato "
    "factura operacion pagare account account_number loan loan_id loan_number debt debt_id debt_ref invoice",
    "creditor": "acreedor creditor entidad banco bank cartera lender originador",
    "document": "documento cedula dni cc nit rut run rfc curp identificacion document id_number numero_documento",
    "amount": "monto valor importe pago abono valor_pagado monto_pagado amount paid payment amount_paid",
    "currency": "moneda currency divisa",
    "paid_on": "fecha fecha_pago fecha_de_pago date paid_on payment_date value_date",
    "reference": "id_pago referencia_pago referencia recibo comprobante transaccion numero_recibo folio "
    "payment_id payment_ref reference ref receipt transaction transaction_id",
}
_ROLES = {name: role for role, names in _SYNONYMS.items() for name in names.split()}
_NEEDED = ("debt_ref", "amount", "paid_on", "reference")
_MOST_REFERENCE = 120
_ROWS_AT_ONCE = 1_000

_WHY = {
    Fate.CONTRADICTED: Reason.PAYMENT_CONTRADICTS,
    Fate.UNKNOWN_DEBT: Reason.UNKNOWN_DEBT,
    Fate.AMBIGUOUS_DEBT: Reason.AMBIGUOUS_DEBT,
    Fate.WRONG_CURRENCY: Reason.BAD_CURRENCY,
}


@dataclass(slots=True)
class PaymentReport:
    """What became of a file. ``rejected_path`` is None where every line was taken in."""

    fates: Counter[Fate] = field(default_factory=Counter)
    understood: int = 0
    settled: int = 0
    promises_decided: int = 0
    rejected: int = 0
    rejected_path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    number: int
    cells: list[str]
    payment: NewPayment


async def import_payments(
    payments: Payments,
    path: Path,
    *,
    origin: str,
    country: str,
    language: str,
    rejected_path: Path | None = None,
    decimal: str | None = None,
    only_check: bool = False,
) -> PaymentReport:
    """Post every payment of a CSV file that can be understood; the others go to ``rejected_path`` with the reason
    (``rejected-payments.csv`` beside the file where None). ``origin`` names who sends such files: with it a payment's
    reference is unique, so that the same file again changes nothing. ``country`` says how amounts and dates are
    written. ``only_check`` posts nothing: what cannot be understood is found, what the store would say of it is not.

    Raises InvalidPaymentFile where the file is no such file at all.
    """
    dialect = sniff(path)
    records = Records(path, dialect, _ROWS_AT_ONCE)
    header = records.header()
    columns = _columns(header)
    rejects = RejectFile(rejected_path or path.with_name("rejected-payments.csv"), header, dialect.delimiter, language)
    report = PaymentReport()
    try:
        for chunk in records.chunks():
            for number, reason, text in chunk.broken:
                rejects.add(number, [text], reason)
            lines = list(_understood(chunk.rows, columns, rejects, origin, country, decimal))
            report.understood += len(lines)
            if not only_check:
                posted = await payments.post([line.payment for line in lines])
                _account(report, lines, posted, rejects)
    except BaseException:
        rejects.abandon()
        raise
    report.rejected_path = rejects.finish()
    report.rejected = rejects.reasons.total()
    return report


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, name in enumerate(header):
        role = _ROLES.get(normal(name))
        if role is not None:
            found.setdefault(role, index)
    missing = [role for role in _NEEDED if role not in found]
    if missing:
        wanted = "; ".join(f"{role}: {', '.join(_SYNONYMS[role].split()[:4])}" for role in missing)
        shown = ", ".join(name.strip() for name in header[:20])[:300]
        raise InvalidPaymentFile(
            f"The file of payments lacks columns. Name them {wanted}. The first line reads: {shown}"
        )
    return found


def _understood(
    rows: Sequence[tuple[int, list[str]]],
    columns: dict[str, int],
    rejects: RejectFile,
    origin: str,
    country: str,
    decimal: str | None,
) -> Iterator[_Line]:
    for number, cells in rows:
        told = {role: _plain(cells[index]) if index < len(cells) else "" for role, index in columns.items()}
        try:
            payment = _payment(told, origin, country, decimal)
        except Rejected as why:
            rejects.add(number, cells, why.reason, why.value)
        else:
            yield _Line(number=number, cells=cells, payment=payment)


def _plain(cell: str) -> str:
    """Without the guard that the file of refused lines puts before what a spreadsheet would take for a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_SIGNS else text


def _payment(told: dict[str, str], origin: str, country: str, decimal: str | None) -> NewPayment:
    reference = told["reference"]
    if not reference or not told["debt_ref"]:
        raise Rejected(Reason.NO_REFERENCE)
    if len(reference) > _MOST_REFERENCE:
        # Not cut: two long ones may differ at their end.
        reference = hashlib.sha256(reference.encode()).hexdigest()
    written = told.get("currency", "")
    currency = read_currency(written, country) if written else ""
    amount_minor, _ = read_amount(told["amount"], country, currency, decimal)
    if amount_minor <= 0:
        raise Rejected(Reason.BAD_AMOUNT, told["amount"])
    return NewPayment(
        origin=origin,
        reference=reference,
        amount_minor=amount_minor,
        paid_on=read_date(told["paid_on"], country),
        currency=currency,
        debt_ref=told["debt_ref"],
        creditor=told.get("creditor", ""),
        document=told.get("document", ""),
    )


def _account(report: PaymentReport, lines: Sequence[_Line], posted: Posted, rejects: RejectFile) -> None:
    report.fates.update(posted.fates)
    report.settled += len(posted.settled)
    report.promises_decided += len(posted.decided)
    for line, fate in zip(lines, posted.fates, strict=True):
        why = _WHY.get(fate)
        if why is not None:
            rejects.add(line.number, line.cells, why, line.payment.debt_ref)
