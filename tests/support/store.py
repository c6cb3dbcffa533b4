"""What the store's tests share: debtors out of nothing, and gates that answer as told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.compliance.facts import GateQuery
from dialer.compliance.verdict import Denial, Obligations, Verdict
from dialer.domain.campaign import Campaign
from dialer.domain.ids import CallId
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import Retry, TryAgain
from dialer.ports import AttemptClosing
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.tables import debtors, debts, lead_debts, leads, metadata, phones

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # a Tuesday, noon in Bogota


class StubGate:
    """Says yes, unless ``deny`` has an answer: reasons and the next allowed time. Remembers what it was asked."""

    def __init__(
        self,
        deny: Callable[[GateQuery], tuple[tuple[str, ...], datetime | None] | None] = lambda query: None,
        ring_min_s: float = 0.0,
    ) -> None:
        self._deny = deny
        self._ring_min_s = ring_min_s
        self.asked: list[GateQuery] = []

    def check(self, query: GateQuery) -> Verdict:
        self.asked.append(query)
        answer = self._deny(query)
        reasons, until = answer or ((), None)
        return Verdict(
            denials=tuple(
                Denial(rule=rule, kind="guard", subject="test", cite="test", next_allowed_at=until) for rule in reasons
            ),
            next_allowed_at=until,
            obligations=Obligations(ring_min_s=self._ring_min_s),
            packs=query.packs,
            zones=("America/Bogota",),
            basis="test",
        )


async def add_campaign(database: Database, name: str = "norte", **settings: Any) -> Campaign:
    return await Campaigns(database).create(Campaign(id=0, name=name, **settings), NOON)


async def add_debtor(
    database: Database,
    campaign: Campaign,
    *numbers: str,
    name: str = "Ana Prueba",
    priority: int = 50,
    next_try_at: datetime = NOON - timedelta(days=1),
    amounts: Sequence[int] = (120_000_00,),
    **columns: Any,
) -> int:
    """A debtor who is ready in ``campaign``, with these numbers in their order. Returns the debtor's id."""
    identity = columns.pop("identity", f"test:{numbers}:{name}:{campaign.id}:{priority}")
    person = {"identity": identity, "name": name, "country": "CO", "custom": {}, **columns}

    def write(connection: sa.Connection) -> int:
        debtor = connection.scalar(debtors.insert().values(person).returning(debtors.c.id)) or 0
        for position, each in enumerate(numbers):
            connection.execute(phones.insert().values(debtor_id=debtor, e164=each, position=position))
        owed = [
            connection.scalar(
                debts.insert()
                .values(debtor_id=debtor, ref=f"R{index}", creditor="Banco", amount_minor=amount, currency="COP")
                .returning(debts.c.id)
            )
            or 0
            for index, amount in enumerate(amounts)
        ]
        _add_lead(connection, campaign, debtor, owed, priority, next_try_at)
        return debtor

    return await database.write(write)


async def add_to_campaign(database: Database, campaign: Campaign, debtor: int) -> None:
    """Put a debtor into another campaign too, without a debt of it."""
    await database.write(_add_lead, campaign, debtor, [], 50, NOON - timedelta(days=1))


def _add_lead(
    connection: sa.Connection,
    campaign: Campaign,
    debtor: int,
    owed: Sequence[int],
    priority: int,
    next_try_at: datetime,
) -> None:
    values = {"campaign_id": campaign.id, "debtor_id": debtor, "priority": priority, "next_try_at": next_try_at}
    lead = connection.scalar(leads.insert().values({**values, "tries_by_outcome": {}}).returning(leads.c.id))
    if owed:
        connection.execute(lead_debts.insert(), [{"lead_id": lead, "debt_id": debt} for debt in owed])


def number(index: int) -> str:
    """The ``index``-th Colombian mobile number."""
    return f"+57310{index:07d}"


def closing(call_id: CallId, outcome: Outcome = Outcome.NO_ANSWER, retry: Retry | None = None, **more: Any) -> Any:
    """The end of a call at NOON plus a minute, to be tried again an hour later unless ``retry`` says otherwise."""
    ended_at = more.pop("ended_at", NOON + timedelta(minutes=1))
    retry = retry or TryAgain(at=ended_at + timedelta(hours=1), next_number=False)
    return AttemptClosing(call_id=call_id, outcome=outcome, ended_at=ended_at, retry=retry, **more)


async def rows(database: Database, table: str, **where: Any) -> list[Any]:
    """The rows of a table, by its primary key, whose columns equal ``where``."""
    found = metadata.tables[table]
    statement = sa.select(found).order_by(*found.primary_key.columns)
    wanted = statement.filter_by(**where)
    return await database.read(lambda connection: list(connection.execute(wanted).all()))


@contextmanager
def counting() -> Iterator[list[tuple[str, Any]]]:
    """The statements that run on any connection inside the block, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, parameters: Any, *rest: object) -> None:
        seen.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
