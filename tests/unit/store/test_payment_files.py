"""Files of payments, as banks send them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.clock import ManualClock
from dialer.errors import InvalidPaymentFile
from dialer.store.database import Database
from dialer.store.importing.payment_file import PaymentReport, import_payments
from dialer.store.payments import Fate, Payments
from tests.support.store import NOON, add_campaign, add_debtor, number, rows


async def post(database: Database, path: Path, text: str, **options: str) -> PaymentReport:
    path.write_text(text, encoding="utf-8")  # noqa: ASYNC240
    payments = Payments(database, ManualClock(NOON))
    return await import_payments(payments, path, **{"origin": "banco", "country": "CO", "language": "es", **options})  # type: ignore[arg-type]


@pytest.fixture
async def two_debts(database: Database) -> Database:
    await add_debtor(database, await add_campaign(database), number(1), amounts=(100_000_00, 50_000_00))
    return database


SPANISH = """Cuenta;Valor Pagado;Fecha de pago;Recibo
R0;$ 100.000;25/11/2026;A-1
R1;20.000,50;2026-11-25;A-2
R7;1.000;25/11/2026;A-3
R1;abc;25/11/2026;A-4
R1;1.000;31/02/2026;A-5
R1;1.000;25/11/2026;
R1;21.000;25/11/2026;A-2
"""


async def test_what_can_be_read_is_posted_and_the_rest_is_kept_with_its_reason(
    two_debts: Database, tmp_path: Path
) -> None:
    report = await post(two_debts, tmp_path / "pagos.csv", SPANISH)
    assert (report.fates[Fate.POSTED], report.settled, report.rejected) == (2, 1, 5)
    assert [row.paid_minor for row in await rows(two_debts, "debts")] == [100_000_00, 20_000_50]
    assert report.rejected_path is not None
    kept = report.rejected_path.read_text(encoding="utf-8-sig").splitlines()[1:]
    reasons = sorted(line.split(";")[-1].split(":")[0] for line in kept)
    assert reasons == ["bad-amount", "bad-date", "no-reference", "payment-contradicts", "unknown-debt"]


async def test_the_same_file_again_changes_nothing(two_debts: Database, tmp_path: Path) -> None:
    await post(two_debts, tmp_path / "pagos.csv", SPANISH)
    before = await rows(two_debts, "debts")
    report = await post(two_debts, tmp_path / "pagos.csv", SPANISH)
    assert (report.fates[Fate.POSTED], report.fates[Fate.REPEATED]) == (0, 2)
    assert await rows(two_debts, "debts") == before


async def test_english_headings_and_amounts(two_debts: Database, tmp_path: Path) -> None:
    text = 'account,amount,date,payment_id,currency\nR0,"1,000.50",11/25/2026,7,COP\nR0,5.00,11/26/2026,8,USD\n'
    report = await post(two_debts, tmp_path / "paid.csv", text, country="US", language="en")
    assert report.fates[Fate.POSTED] == 1
    assert report.fates[Fate.WRONG_CURRENCY] == 1
    assert [row.paid_minor for row in await rows(two_debts, "debts")] == [1_000_50, 0]


async def test_a_file_without_the_needed_columns_is_refused_and_says_which(two_debts: Database, tmp_path: Path) -> None:
    with pytest.raises(InvalidPaymentFile, match="reference"):
        await post(two_debts, tmp_path / "x.csv", "Cuenta;Valor;Fecha\nR0;1.000;25/11/2026\n")
    assert await rows(two_debts, "payments") == []
