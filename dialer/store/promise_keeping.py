"""What becomes of promises: payments keep them, time breaks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.domain.promise import PromiseState, standing, terms_for
from dialer.domain.recycle import StopReason
from dialer.store import locks
from dialer.store.campaigns import load_campaign
from dialer.store.database import Database
from dialer.store.promise_tables import is_pending, payments, promises
from dialer.store.promises import SEGMENT, day_is_over, debtor_zone, hold, read_instalments, tell
from dialer.store.tables import debtors, debts, lead_debts, leads

_WAITING = (
    sa.select(promises.c.id)
    .where(is_pending, promises.c.waits_until <= sa.bindparam("now"))
    .order_by(promises.c.waits_until)
    .limit(sa.bindparam("most"))
)
_PROMISE: sa.Select[Any] = (
    sa.select(promises, debtors.c.country, debtors.c.time_zone, debtors.c.custom)
    .select_from(promises.join(debtors, debtors.c.id == promises.c.debtor_id))
    .where(is_pending)
)
_BY_ID = _PROMISE.where(promises.c.id == sa.bindparam("promise"))
_BY_DEBT = _PROMISE.where(promises.c.debt_id == sa.bindparam("debt"))
_PAID_SINCE = sa.select(sa.func.coalesce(sa.func.sum(payments.c.amount_minor), 0)).where(
    payments.c.debt_id == sa.bindparam("debt"),
    payments.c.paid_on >= sa.bindparam("since"),
    payments.c.received_at >= sa.bindparam("received_since"),
)
_CLOSE_DEBT = debts.update().where(debts.c.id == sa.bindparam("settled")).values(state="closed", held_until=None)
# Leads whose every debt is settled are done; those that an ended promise concerns are dialed again.
_open_debt = debts.alias("open_debts")
_open_link = lead_debts.alias("open_links")
_FINISH = (
    leads.update()
    .where(
        leads.c.state.in_(("ready", "stopped")),
        leads.c.id.in_(sa.select(lead_debts.c.lead_id).where(lead_debts.c.debt_id == sa.bindparam("settled"))),
        ~sa.exists().where(
            _open_link.c.lead_id == leads.c.id,
            _open_debt.c.id == _open_link.c.debt_id,
            _open_debt.c.state == "open",
        ),
    )
    .values(state="done", stop_reason=str(StopReason.SETTLED))
)
_BACK = (
    leads.update()
    .where(
        leads.c.state.in_(("ready", "done")),
        leads.c.campaign_id == sa.bindparam("campaign"),
        leads.c.id.in_(sa.select(lead_debts.c.lead_id).where(lead_debts.c.debt_id == sa.bindparam("debt"))),
    )
    .values(state="ready", stop_reason="", next_try_at=sa.bindparam("rests_until"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A promise that is over."""

    promise_id: int
    reference: str
    state: PromiseState


class PromiseKeeping:
    """Looks after the promises of one database as time goes by."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def settle_due(self, most: int = 200) -> Sequence[Decided]:
        """Decide the promises whose payment is late, at most ``most`` of them: a transaction each, so that no call
        waits for all of them."""
        now = self._clock.now()
        late = await self._database.read(
            lambda connection: connection.scalars(_WAITING, {"now": now, "most": most}).all()
        )
        decided = [await self._database.write(_settle, promise_id, now) for promise_id in late]
        return [each for each in decided if each is not None]


def _settle(connection: sa.Connection, promise_id: int, now: datetime) -> Decided | None:
    row = connection.execute(_BY_ID, {"promise": promise_id}).first()
    if row is None:
        return None
    locks.lock_debtor(connection, row.debtor_id)
    row = connection.execute(_BY_ID, {"promise": promise_id}).first()  # a payment may have come first
    return None if row is None else _judge(connection, row, now)


def after_payment(connection: sa.Connection, debt_id: int, now: datetime) -> Decided | None:
    """Judge the debt's promise anew, if one waits. The debtor is locked."""
    row = connection.execute(_BY_DEBT, {"debt": debt_id}).first()
    return None if row is None else _judge(connection, row, now)


def close_debt(connection: sa.Connection, debt_id: int) -> None:
    """The debt is settled: nobody is dialed for it any more."""
    connection.execute(_CLOSE_DEBT, {"settled": debt_id})
    connection.execute(_FINISH, {"settled": debt_id})


def _judge(connection: sa.Connection, row: Any, now: datetime) -> Decided | None:
    where = debtor_zone(row.country, row.time_zone)
    paid = connection.scalar(
        _PAID_SINCE, {"debt": row.debt_id, "since": row.promised_on, "received_since": row.promised_at}
    )
    paid_minor = int(paid or 0)
    stands = standing(
        read_instalments(connection, [row.id])[row.id],
        paid_minor=paid_minor,
        today=now.astimezone(where).date(),
        grace_days=row.grace_days,
    )
    if stands.waits_until is not None:
        until = day_is_over(stands.waits_until, where)
        connection.execute(_changed(row.id).values(paid_minor=paid_minor, waits_until=until))
        hold(connection, row.debt_id, until, now)
        return None
    connection.execute(
        _changed(row.id).values(paid_minor=paid_minor, waits_until=None, state=str(stands.state), decided_at=now)
    )
    _carry_out(connection, row, stands.state, now)
    tell(
        connection,
        row,
        f"promise.{stands.state}",
        now,
        promise_id=row.id,
        reference=row.reference,
        paid_minor=paid_minor,
        total_minor=row.total_minor,
        currency=row.currency,
    )
    return Decided(promise_id=row.id, reference=row.reference, state=stands.state)


def _carry_out(connection: sa.Connection, row: Any, state: PromiseState, now: datetime) -> None:
    hold(connection, row.debt_id, None, now)
    if state is PromiseState.KEPT and row.discount:  # what was offered settles the whole
        close_debt(connection, row.debt_id)
        return
    # Broken, or kept and something is still owed.
    campaign = load_campaign(connection, row.campaign_id)
    terms = terms_for(campaign.promise_terms, str(row.custom.get(SEGMENT, "")))
    rests_until = now + timedelta(hours=terms.rest_after_h)
    connection.execute(_BACK, {"debt": row.debt_id, "campaign": campaign.id, "rests_until": rests_until})


def _changed(promise_id: int) -> sa.Update:
    return promises.update().where(promises.c.id == promise_id)
