"""Promises to pay: made once, read back, and their debts left alone while a promise waits for its payment."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.compliance.zones import zone
from dialer.domain.campaign import Campaign
from dialer.domain.promise import (
    Instalment,
    Objection,
    PromiseChannel,
    PromiseState,
    PromiseTerms,
    Proposal,
    objections,
    standing,
    terms_for,
)
from dialer.errors import PromiseRefused, UnknownDebt
from dialer.store import audit_log, locks, outbox
from dialer.store.audit_log import AuditEntry
from dialer.store.campaigns import load_campaign
from dialer.store.database import Database
from dialer.store.local_day import zones_of
from dialer.store.outbox import NewEvent
from dialer.store.promise_tables import is_pending, promise_instalments, promises
from dialer.store.statements import among
from dialer.store.tables import campaigns, debtors, debts, lead_debts, leads

SEGMENT = "segment"  #: the field of a lead file that chooses a debt's terms
_REFERENCE_DIGITS = 7  # and one to check them by
_TRIES = 20

_DEBT = (
    sa.select(
        debts.c.id,
        debts.c.debtor_id,
        debts.c.creditor,
        debts.c.amount_minor,
        debts.c.paid_minor,
        debts.c.currency,
        debts.c.state,
        debtors.c.country,
        debtors.c.time_zone,
        debtors.c.custom,
    )
    .select_from(debts.join(debtors, debtors.c.id == debts.c.debtor_id))
    .where(debts.c.id == sa.bindparam("debt"))
)
_OF_CAMPAIGN = sa.select(
    sa.exists().where(
        lead_debts.c.lead_id == leads.c.id,
        lead_debts.c.debt_id == sa.bindparam("debt"),
        leads.c.campaign_id == sa.bindparam("campaign"),
    )
)
_SAME_REQUEST = sa.select(promises).where(promises.c.request_key == sa.bindparam("key"))
_REFERENCES = sa.select(promises.c.reference).where(promises.c.reference == sa.bindparam("wanted"))
_PENDING = sa.select(promises).where(promises.c.debt_id == sa.bindparam("debt"), is_pending)
_INSTALMENTS = (
    sa.select(promise_instalments)
    .where(among(promise_instalments.c.promise_id, "promises"))
    .order_by(promise_instalments.c.promise_id, promise_instalments.c.number)
)
_HOLD = debts.update().where(debts.c.id == sa.bindparam("held")).values(held_until=sa.bindparam("until"))
# Leads that collect this debt and have no other one left to be dialed for.
_other = debts.alias("other_debts")
_other_link = lead_debts.alias("other_links")
_REST = leads.update().where(
    leads.c.state == "ready",
    leads.c.id.in_(sa.select(lead_debts.c.lead_id).where(lead_debts.c.debt_id == sa.bindparam("held"))),
    leads.c.next_try_at < sa.bindparam("until"),
    ~sa.exists().where(
        _other_link.c.lead_id == leads.c.id,
        _other.c.id == _other_link.c.debt_id,
        _other.c.state == "open",
        sa.or_(_other.c.held_until.is_(None), _other.c.held_until <= sa.bindparam("now")),
    ),
)
CAMPAIGN_NAMES = (
    sa.select(campaigns.c.name)
    .distinct()
    .select_from(
        lead_debts.join(leads, leads.c.id == lead_debts.c.lead_id).join(
            campaigns, campaigns.c.id == leads.c.campaign_id
        )
    )
    .where(lead_debts.c.debt_id == sa.bindparam("debt"))
    .order_by(campaigns.c.name)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """A promise to record. ``request_key`` (at most 80 characters) is the asker's own: repeated, it finds the promise
    that was made. ``captured_by`` is the agent, the flow or the user of the API. ``call_id`` is the call in which it
    was given. Amounts are minor units of the debt's currency, dates the debtor's."""

    request_key: str
    campaign_id: int
    debt_id: int
    proposal: Proposal
    channel: PromiseChannel
    captured_by: str
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPromise:
    """A promise as it stands. ``waits_until`` (UTC) is when its next payment is late; None once it is over.
    ``repeated``: it was there before this request."""

    id: int
    reference: str
    debtor_id: int
    debt_id: int
    campaign_id: int
    state: PromiseState
    currency: str
    total_minor: int
    paid_minor: int
    discount: float
    grace_days: int
    channel: PromiseChannel
    captured_by: str
    call_id: str | None
    promised_at: datetime
    promised_on: date
    waits_until: datetime | None
    decided_at: datetime | None
    instalments: tuple[Instalment, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What may be promised of a debt now. ``today`` is the debtor's date."""

    debt_id: int
    debtor_id: int
    creditor: str
    currency: str
    balance_minor: int
    today: date
    terms: PromiseTerms


class Promises:
    """The promises of one database."""

    def __init__(
        self, database: Database, clock: Clock, *, entropy: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy

    async def owed(self, campaign_id: int, debt_id: int) -> Owed:
        """Balance and terms of a debt, as a promise in this campaign would find them. Raises UnknownDebt."""
        return await self._database.read(_owed, campaign_id, debt_id, self._clock.now())

    async def make(self, asked: NewPromise) -> StoredPromise:
        """Record a promise; the same ``request_key`` gives the one that was made. One that waits for the same debt is
        replaced. The debt is not dialed for until the payment is late.

        Raises UnknownDebt, UnknownCampaign, PromiseRefused with everything that stands against it.
        """
        return await self._database.write(_make, asked, self._clock.now(), self._entropy)

    async def of_debtor(self, debtor_id: int) -> Sequence[StoredPromise]:
        """All of a debtor's promises, oldest first."""
        statement = sa.select(promises).where(promises.c.debtor_id == debtor_id).order_by(promises.c.id)
        return await self._database.read(_read, statement)

    async def of_campaign(
        self,
        campaign_id: int,
        *,
        state: PromiseState | None = None,
        before: int | None = None,
        most: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[StoredPromise]:
        """The newest promises of a campaign, with ids below ``before``, made from ``since`` and before ``until``, where
        those are given."""
        statement = sa.select(promises).where(promises.c.campaign_id == campaign_id)
        if state is not None:
            statement = statement.where(promises.c.state == str(state))
        if before is not None:
            statement = statement.where(promises.c.id < before)
        if since is not None:
            statement = statement.where(promises.c.promised_at >= since)
        if until is not None:
            statement = statement.where(promises.c.promised_at < until)
        return await self._database.read(_read, statement.order_by(promises.c.id.desc()).limit(most))


def debtor_zone(country: str, time_zone: str) -> ZoneInfo:
    """The zone in which a debtor's dates are: of the address, else the first of the country."""
    return zone(time_zone) or zones_of(country)[0]


def day_is_over(last_day: date, where: ZoneInfo) -> datetime:
    """The first instant after ``last_day``, in UTC."""
    return datetime.combine(last_day + timedelta(days=1), time(), where).astimezone(UTC)


def read_instalments(connection: sa.Connection, ids: Iterable[int]) -> dict[int, list[Instalment]]:
    found: dict[int, list[Instalment]] = {}
    for row in connection.execute(_INSTALMENTS, {"promises": list(ids)}):
        found.setdefault(row.promise_id, []).append(Instalment(due_on=row.due_on, amount_minor=row.amount_minor))
    return found


def hold(connection: sa.Connection, debt_id: int, until: datetime | None, now: datetime) -> None:
    """Leave a debt alone until then (None: no longer), and the leads that have no other to be dialed for."""
    connection.execute(_HOLD, {"held": debt_id, "until": until})
    if until is not None:
        connection.execute(_REST.values(next_try_at=until), {"held": debt_id, "until": until, "now": now})


def tell(connection: sa.Connection, row: Any, what: str, now: datetime, **more: object) -> None:
    """Let every campaign that collects the debt know, and the audit trail."""
    payload = {
        "v": 1,
        "at": outbox.rfc3339(now),
        "debtor_id": row.debtor_id,
        "debt_id": row.debt_id,
        **more,
    }
    names = connection.scalars(CAMPAIGN_NAMES, {"debt": row.debt_id}).all()
    outbox.add(
        connection,
        [NewEvent(topic=f"{name}/{what}", payload={"campaign": name, **payload}, at=now) for name in names],
    )
    kind, _, step = what.partition(".")
    told = {"step": step, "debt_id": row.debt_id, **more}
    audit_log.append(
        connection, [AuditEntry(kind=kind, at=now, ref=f"{kind}:{row.id}", debtor_id=row.debtor_id, payload=told)]
    )


def _load_debt(connection: sa.Connection, campaign: Campaign, debt_id: int, now: datetime) -> tuple[Any, Owed]:
    debt = connection.execute(_DEBT, {"debt": debt_id}).first()
    if debt is None or not connection.scalar(_OF_CAMPAIGN, {"debt": debt_id, "campaign": campaign.id}):
        raise UnknownDebt
    where = debtor_zone(debt.country, debt.time_zone)
    return debt, Owed(
        debt_id=debt.id,
        debtor_id=debt.debtor_id,
        creditor=debt.creditor or campaign.creditor,
        currency=debt.currency,
        balance_minor=max(0, debt.amount_minor - debt.paid_minor) if debt.state == "open" else 0,
        today=now.astimezone(where).date(),
        terms=terms_for(campaign.promise_terms, str(debt.custom.get(SEGMENT, ""))),
    )


def _owed(connection: sa.Connection, campaign_id: int, debt_id: int, now: datetime) -> Owed:
    return _load_debt(connection, load_campaign(connection, campaign_id), debt_id, now)[1]


def _make(
    connection: sa.Connection, asked: NewPromise, now: datetime, entropy: Callable[[int], bytes]
) -> StoredPromise:
    campaign = load_campaign(connection, asked.campaign_id)
    debt, _ = _load_debt(connection, campaign, asked.debt_id, now)
    locks.lock_debtor(connection, debt.debtor_id)
    there = _read(connection, _SAME_REQUEST, {"key": asked.request_key})
    if there:
        return replace(there[0], repeated=True)
    debt, owed = _load_debt(connection, campaign, asked.debt_id, now)  # as it is now that nobody else changes it
    against = objections(asked.proposal, owed.terms, balance_minor=owed.balance_minor, today=owed.today)
    if against:
        raise PromiseRefused(
            _in_words(against), objections=[{"flaw": str(each.flaw), "limit": each.limit} for each in against]
        )
    for older in connection.execute(_PENDING, {"debt": debt.id}).all():
        change = promises.update().where(promises.c.id == older.id)
        connection.execute(change.values(state="replaced", waits_until=None, decided_at=now))
        tell(connection, older, "promise.replaced", now, promise_id=older.id, reference=older.reference)
    instalments = asked.proposal.instalments
    stands = standing(instalments, paid_minor=0, today=owed.today, grace_days=owed.terms.grace_days)
    if stands.waits_until is None:  # no proposal that passed is over already
        raise PromiseRefused
    until = day_is_over(stands.waits_until, debtor_zone(debt.country, debt.time_zone))
    values = {
        "reference": _new_reference(connection, entropy),
        "request_key": asked.request_key,
        "debtor_id": debt.debtor_id,
        "debt_id": debt.id,
        "campaign_id": campaign.id,
        "currency": debt.currency,
        "total_minor": asked.proposal.total_minor,
        "discount": asked.proposal.discount,
        "grace_days": owed.terms.grace_days,
        "channel": str(asked.channel),
        "captured_by": asked.captured_by,
        "call_id": asked.call_id,
        "promised_at": now,
        "promised_on": owed.today,
        "waits_until": until,
    }
    made = connection.execute(promises.insert().values(values).returning(promises.c.id)).scalar_one()
    connection.execute(
        promise_instalments.insert(),
        [
            {"promise_id": made, "number": number, "due_on": each.due_on, "amount_minor": each.amount_minor}
            for number, each in enumerate(instalments, 1)
        ],
    )
    hold(connection, debt.id, until, now)
    stored = _read(connection, sa.select(promises).where(promises.c.id == made))[0]
    tell(
        connection,
        stored,
        "promise.made",
        now,
        promise_id=made,
        reference=stored.reference,
        total_minor=stored.total_minor,
        currency=stored.currency,
        instalments=[{"due_on": each.due_on.isoformat(), "amount_minor": each.amount_minor} for each in instalments],
        discount=stored.discount,
        channel=str(stored.channel),
        captured_by=stored.captured_by,
        call_id=stored.call_id,
    )
    return stored


def _new_reference(connection: sa.Connection, entropy: Callable[[int], bytes]) -> str:
    """Eight digits that are easy to say, the last one to check the others by (Luhn)."""
    smallest = 10 ** (_REFERENCE_DIGITS - 1)
    for _ in range(_TRIES):
        number = smallest + int.from_bytes(entropy(8), "big") % (9 * smallest)
        made = f"{number}{check_digit(str(number))}"
        if connection.scalar(_REFERENCES, {"wanted": made}) is None:
            return made
    raise PromiseRefused


def check_digit(digits: str) -> int:
    """Luhn's: finds every wrong digit and nearly every pair that changed places."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


def _read(
    connection: sa.Connection, statement: sa.Select[Any], asked: dict[str, Any] | None = None
) -> list[StoredPromise]:
    found = connection.execute(statement, asked or {}).mappings().all()
    dues = read_instalments(connection, [row["id"] for row in found]) if found else {}
    return [
        StoredPromise(
            **{
                **{name: value for name, value in row.items() if name != "request_key"},
                "state": PromiseState(row["state"]),
                "channel": PromiseChannel(row["channel"]),
            },
            instalments=tuple(dues.get(row["id"], ())),
        )
        for row in found
    ]


def _in_words(against: Sequence[Objection]) -> str:
    said = ", ".join(f"{each.flaw} ({each.limit})" if each.limit else str(each.flaw) for each in against)
    return f"This cannot be promised: {said}. Nothing was recorded."
