"""The log of attempts on SQL: the only way to get somebody to dial, and the memory that survives a crash."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from dialer.clock import Clock
from dialer.compliance.ratios import RatioStanding
from dialer.domain.ids import AgentId, CallId, new_call_id
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.ports import (
    AttemptClosing,
    AttemptProgress,
    ContactAnswer,
    ContactRequest,
    Denial,
    Disposition,
    OpenAttempt,
    Reservation,
    ReservedAttempt,
)
from dialer.store import closing
from dialer.store.contacting import ContactDesk
from dialer.store.database import Database
from dialer.store.decisions import audit_release, obligations_from_json, tries_from_json
from dialer.store.disposing import dispose
from dialer.store.facts import Gate
from dialer.store.promises import SEGMENT
from dialer.store.reserving import Reserver
from dialer.store.standings import Standings
from dialer.store.statements import among, later
from dialer.store.tables import attempt_debts, attempts, debtors, is_open, leads

log = structlog.get_logger(__name__)

_lead_of_attempt = sa.and_(leads.c.debtor_id == attempts.c.debtor_id, leads.c.campaign_id == attempts.c.campaign_id)
_OPEN = (
    sa.select(
        attempts,
        debtors.c.name,
        debtors.c.time_zone,
        debtors.c.custom,
        leads.c.attempts.label("earlier"),
        leads.c.tries_by_outcome,
    )
    .select_from(attempts.join(debtors, debtors.c.id == attempts.c.debtor_id).join(leads, _lead_of_attempt))
    .where(attempts.c.campaign_id == sa.bindparam("campaign"), is_open)
    .order_by(attempts.c.reserved_at, attempts.c.call_id)
)
_OPEN_DEBTS = (
    sa.select(attempt_debts.c.call_id, attempt_debts.c.debt_id)
    .join(attempts)
    .where(attempts.c.campaign_id == sa.bindparam("campaign"), is_open)
    .order_by(attempt_debts.c.debt_id)
)
_RELEASABLE = (
    sa.select(attempts.c.call_id, attempts.c.debtor_id, leads.c.id.label("lead_id"))
    .select_from(attempts.join(leads, _lead_of_attempt))
    .where(among(attempts.c.call_id, "calls"), is_open)
    .order_by(attempts.c.call_id)
    .with_for_update()
)
_RELEASE = (
    attempts.update()
    .where(among(attempts.c.call_id, "calls"), is_open)
    .values(state="released", ended_at=sa.bindparam("at"))
)
_READY = (
    leads.update()
    .where(among(leads.c.id, "released"), leads.c.state == "in_flight")
    .values(state="ready", next_try_at=later(leads.c.next_try_at, "at"))
)


class SqlAttemptLog:
    """``dialer.ports.AttemptLog`` on a Database.

    ``gate`` is asked about every debtor before they are reserved. ``entropy(n)`` gives ``n`` random bytes for call ids.
    ``caller_id`` is the trunk's, shown where a campaign has none of its own.
    """

    def __init__(
        self,
        database: Database,
        gate: Gate,
        clock: Clock,
        *,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        caller_id: str = "",
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._reserver = Reserver(gate, self._make_call_id, caller_id=caller_id)
        self._standings = Standings(database, gate)
        self._desk = ContactDesk(gate, self._make_call_id, caller_id=caller_id)

    def _make_call_id(self, at: datetime) -> CallId:
        return new_call_id(at, self._entropy(10))

    async def reserve(self, campaign_id: int, count: int, now: datetime) -> Reservation:
        """See the port. Looks at no more than ``reserving.CANDIDATES_PER_CALL`` debtors, so that one call stays
        short: an answer with nobody in it that is not exhausted means ask again. Raises UnknownCampaign, StoreError."""
        return await self._database.write(self._reserver.reserve, campaign_id, count, now)

    async def reserve_contact(self, request: ContactRequest, now: datetime) -> ContactAnswer:
        """See the port. Waits while another worker decides about the same person or number. Raises StoreError too."""
        return await self._database.write(self._desk.reserve, request, now)

    async def recheck(self, call_id: CallId, now: datetime) -> Denial | None:
        """See the port. Raises UnknownAttempt for a call that does not wait to be dialed."""
        return await self._database.write(self._desk.recheck, call_id, now)

    async def standings(self, campaign_id: int, now: datetime) -> Sequence[RatioStanding]:
        """See the port, and ``standings.py`` for how it counts."""
        return await self._standings.of(campaign_id, now)

    async def progress(self, milestones: Sequence[AttemptProgress]) -> None:
        """See the port. Milestones of an attempt that is closed, or not known, change nothing."""
        if not milestones:
            return
        rows = [
            {
                "call": each.call_id,
                "dialed_at": each.dialed_at,
                "answered_at": each.answered_at,
                "bridged_at": each.bridged_at,
                "agent_id": each.agent_id,
                **closing.verdict_columns(each.verdict),
            }
            for each in milestones
        ]
        await self._database.write(lambda connection: connection.execute(closing.PROGRESS, rows))

    async def close(self, closings: Sequence[AttemptClosing]) -> None:
        """See the port. Of two closings of one call in a batch the first counts."""
        if not closings:
            return
        closed = await self._database.write(closing.close, closings)
        ignored = {each.call_id for each in closings}.difference(closed)
        if ignored:
            log.warning("attempt.close_ignored", call_ids=sorted(ignored), reason="not open")

    async def release(self, call_ids: Sequence[CallId], now: datetime) -> None:
        """See the port. The row stays in the log as released: it counts for no rule."""
        if call_ids:
            await self._database.write(_release, call_ids, now)

    async def dispose(self, disposition: Disposition) -> None:
        """See the port. Raises InputError for an unknown code, UnknownAttempt for an unknown call."""
        await self._database.write(dispose, disposition, self._clock.now())

    async def open_attempts(self, campaign_id: int) -> Sequence[OpenAttempt]:
        """Every attempt of the campaign that has not ended, oldest first."""
        return await self._database.read(_open_attempts, campaign_id)


def _release(connection: sa.Connection, call_ids: Sequence[CallId], now: datetime) -> None:
    found = connection.execute(_RELEASABLE, {"calls": list(call_ids)}).all()
    if found:
        connection.execute(_RELEASE, {"calls": [row.call_id for row in found], "at": now})
        connection.execute(_READY, {"released": [row.lead_id for row in found], "at": now})
        audit_release(connection, [(row.call_id, row.debtor_id) for row in found], now, "never dialed")


def _open_attempts(connection: sa.Connection, campaign_id: int) -> list[OpenAttempt]:
    asked = {"campaign": campaign_id}
    debts: dict[str, list[int]] = defaultdict(list)
    for call_id, debt_id in connection.execute(_OPEN_DEBTS, asked):
        debts[call_id].append(debt_id)
    return [_open_attempt(row, tuple(debts.get(row.call_id, ()))) for row in connection.execute(_OPEN, asked)]


def _open_attempt(row: sa.Row[Any], debt_ids: tuple[int, ...]) -> OpenAttempt:
    attempt = ReservedAttempt(
        call_id=CallId(row.call_id),
        campaign_id=row.campaign_id,
        debtor_id=row.debtor_id,
        debt_ids=debt_ids,
        phone_id=row.phone_id,
        number=PhoneNumber(row.number),
        language=row.language,
        attempts=row.earlier,
        tries_by_outcome=tries_from_json(row.tries_by_outcome),
        display_name=row.name,
        ring_minimum_s=row.ring_minimum_s,
        mode=row.mode,
        reserved_at=row.reserved_at,
        segment=str(row.custom.get(SEGMENT, "")),
        time_zone=row.time_zone,
        **obligations_from_json(row.obligations),
    )
    return OpenAttempt(
        attempt=attempt,
        reserved_at=row.reserved_at,
        dialed_at=row.dialed_at,
        answered_at=row.answered_at,
        verdict=read_verdict(row),
        bridged_at=row.bridged_at,
        agent_id=None if row.agent_id is None else AgentId(row.agent_id),
    )


def read_verdict(row: sa.Row[Any]) -> AmdVerdict | None:
    """The detector's verdict in a row of attempts, or None."""
    if row.amd_category is None:
        return None
    return AmdVerdict(
        category=AmdCategory(row.amd_category),
        reason=row.amd_reason,
        confidence=row.amd_confidence,
        delay_ms=row.amd_delay_ms,
        evidence=row.amd_evidence or {},
    )
