"""The abandonment ledger: where a campaign stands under the rates of the law, counted from the log.

Nothing is kept beside the log but a memory of this process: what an old stretch of a window came to, once no call of
that stretch is open any more. It can be thrown away at any time and comes out the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, runtime_checkable

import sqlalchemy as sa

from dialer.compliance.facts import Candidate
from dialer.compliance.ratios import RatioStanding, Window, period_of, standing
from dialer.compliance.rules import ObligeRule, Pack, RatioRule
from dialer.compliance.verdict import DeadlineFrom
from dialer.domain.campaign import Campaign
from dialer.domain.ids import uuid7
from dialer.domain.verdict import AmdCategory
from dialer.store.campaigns import load_campaign
from dialer.store.database import Database
from dialer.store.dispositions import SOMEBODY_ELSE
from dialer.store.facts import Gate
from dialer.store.local_day import zones_of
from dialer.store.statements import seconds_between
from dialer.store.tables import attempts, campaigns, debtors, is_open

_SETTLED_AFTER = timedelta(hours=1)  # a margin for what is still being written, and for clocks that differ
_MOST_REMEMBERED = 256
_SHORT_S = 6.0005  # six seconds, and what a database loses when it subtracts instants
_FIRST = bytes(10)  # of all the ids of an instant

_Ask = Callable[[datetime, datetime], Counter[str]]  #: counts what began from one instant up to another


@runtime_checkable
class RatioGate(Gate, Protocol):
    """A gate that knows rates too."""

    def active_packs(self, candidate: Candidate, chosen: tuple[str, ...] = ()) -> tuple[Pack, ...]: ...

    def ratio_rules(
        self, candidate: Candidate, chosen: tuple[str, ...] = (), now: datetime | None = None
    ) -> tuple[RatioRule, ...]: ...


# ------------------------------------------------------------------------------------------ statements

_NOT_PEOPLE = [str(each) for each in (AmdCategory.MACHINE, AmdCategory.ANNOUNCEMENT, AmdCategory.FAX)]
_MAY_BE_PERSON = sa.or_(attempts.c.amd_category.is_(None), attempts.c.amd_category.not_in(_NOT_PEOPLE))
_CLOSED = attempts.c.state == "closed"
_ANSWERED_IN = sa.and_(
    attempts.c.campaign_id == sa.bindparam("campaign"),
    attempts.c.answered_at >= sa.bindparam("since"),
    attempts.c.answered_at < sa.bindparam("until"),
)


def _people(waited: sa.ColumnElement[Any] | None) -> sa.Select[Any]:
    """How many answered calls came to what. ``waited``: the column of the seconds until an agent came, compared with
    ``deadline``; too late is abandoned, whoever talked afterwards. A call the engine lost before anybody came heard the
    message, if it was a person: that is abandoned too."""
    talked = attempts.c.outcome == "conversation"
    lost = attempts.c.outcome == "lost"
    late = sa.false() if waited is None else waited > sa.bindparam("deadline")
    word = sa.case(
        (sa.and_(talked, late), "abandoned"),
        (sa.and_(talked, attempts.c.disposition.in_(sorted(SOMEBODY_ELSE))), "third_party"),
        (sa.and_(lost, attempts.c.bridged_at.is_not(None)), "conversation"),
        (sa.and_(lost, _MAY_BE_PERSON), "abandoned"),
        (attempts.c.outcome == "message_left", "machine"),
        else_=attempts.c.outcome,
    ).label("word")
    return sa.select(word, sa.func.count().label("calls")).where(_ANSWERED_IN, _CLOSED).group_by(word)


_PEOPLE = {
    None: _people(None),
    DeadlineFrom.GREETING_START: _people(attempts.c.connect_from_start_s),
    DeadlineFrom.GREETING_END: _people(attempts.c.connect_from_end_s),
}


def _all_calls() -> sa.Select[Any]:
    """All calls of all campaigns, each under one word; call ids sort by the time of their reservation."""
    short = seconds_between(attempts.c.answered_at, attempts.c.ended_at) <= _SHORT_S
    word = sa.case(
        (attempts.c.answered_at.is_(None), "not_completed"),
        (attempts.c.outcome.in_(["machine", "message_left"]), "voicemail"),
        (short, "short_le_6s"),
        else_="other",
    ).label("word")
    made = sa.and_(attempts.c.call_id >= sa.bindparam("since"), attempts.c.call_id < sa.bindparam("until"))
    return sa.select(word, sa.func.count().label("calls")).where(made, _CLOSED).group_by(word)


_ALL_CALLS = _all_calls()
_OLDEST_OPEN = sa.select(sa.func.min(attempts.c.reserved_at)).where(is_open)
_CREATED = sa.select(campaigns.c.created_at).where(campaigns.c.id == sa.bindparam("campaign"))
_COUNTRIES = sa.select(debtors.c.country).distinct().select_from(attempts.join(debtors)).where(_ANSWERED_IN)


# ------------------------------------------------------------------------------------------ counting


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted from a window's beginning up to ``until``, and will not change."""

    until: datetime
    counts: Mapping[str, int]


class Standings:
    """Counts of one database. The same instance should be asked again: it remembers what is settled."""

    def __init__(self, database: Database, gate: Gate) -> None:
        self._database = database
        self._gate = gate
        self._memory: dict[tuple[object, ...], _Counted] = {}

    async def of(self, campaign_id: int, now: datetime) -> Sequence[RatioStanding]:
        """See ContactGate.standings. Windows are whole local dates where the rule's country begins its day first.
        Rules are those of the campaign's country and of every country where somebody answered in the last 31 days.
        Raises UnknownCampaign, StoreError."""
        if not isinstance(self._gate, RatioGate):
            return ()
        return await self._database.read(self._stand, self._gate, campaign_id, now)

    def _stand(
        self, connection: sa.Connection, gate: RatioGate, campaign_id: int, now: datetime
    ) -> tuple[RatioStanding, ...]:
        campaign = load_campaign(connection, campaign_id)
        started: datetime = connection.scalar(_CREATED, {"campaign": campaign_id}) or now
        opened = connection.scalar(_OLDEST_OPEN)
        settled = min(now - _SETTLED_AFTER, now if opened is None else opened)
        found: dict[str, RatioStanding] = {}
        for country in self._countries(connection, campaign, now, settled):
            person = Candidate(
                debtor=0, debts=(), number="", country=country, purpose=campaign.purpose, party=campaign.party
            )
            for rule in gate.ratio_rules(person, campaign.packs, now):
                if rule.id in found:
                    continue
                window = period_of(rule, started, now, zones_of(country)[0])
                count = partial(self._count, connection, campaign, window, now, settled)
                pack = next(each for each in gate.active_packs(person, campaign.packs) if rule in each.rules)
                found[rule.id] = standing(rule, count(rule, pack), window)
        return tuple(found.values())

    def _countries(
        self, connection: sa.Connection, campaign: Campaign, now: datetime, settled: datetime
    ) -> Sequence[str]:
        def ask(since: datetime, until: datetime) -> Counter[str]:
            asked = {"campaign": campaign.id, "since": since, "until": until}
            return Counter(connection.scalars(_COUNTRIES, asked).all())

        since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=31)
        seen = self._remembered(("countries", campaign.id, since), since, now, settled, ask)
        return [campaign.country, *sorted(set(seen) - {campaign.country})]

    def _count(
        self,
        connection: sa.Connection,
        campaign: Campaign,
        window: Window,
        now: datetime,
        settled: datetime,
        rule: RatioRule,
        pack: Pack,
    ) -> dict[str, float]:
        if "originator" in rule.key:

            def all_calls(since: datetime, until: datetime) -> Counter[str]:
                asked = {"since": uuid7(since, _FIRST), "until": uuid7(until, _FIRST)}
                return _counter(connection.execute(_ALL_CALLS, asked).all())

            made = self._remembered(("all", window[0]), window[0], now, settled, all_calls)
            return {**made, "all_calls": made.total()}
        deadline, counted_from = _deadline(pack)

        def people(since: datetime, until: datetime) -> Counter[str]:
            asked = {"campaign": campaign.id, "since": since, "until": until, "deadline": deadline}
            statement = _PEOPLE[counted_from]
            if counted_from is None:
                del asked["deadline"]
            return _counter(connection.execute(statement, asked).all())

        key = ("people", campaign.id, window[0], deadline, counted_from)
        counts = self._remembered(key, window[0], now, settled, people)
        return {
            **counts,
            "amd_false_positive": counts["machine"] * campaign.amd_false_positive_share,
            "voicemail": counts["machine"],
            "all_calls": counts.total(),
        }

    def _remembered(
        self, key: tuple[object, ...], since: datetime, now: datetime, settled: datetime, ask: _Ask
    ) -> Counter[str]:
        """What ``ask`` counts from ``since`` to now; only what is not settled yet is asked again."""
        known = self._memory.get(key) or _Counted(since, {})
        if known.until < settled:
            past = Counter(known.counts) + ask(known.until, settled)
            known = _Counted(settled, past)
            if len(self._memory) >= _MOST_REMEMBERED:
                self._memory.clear()
            self._memory[key] = known
        return Counter(known.counts) + ask(known.until, now + _SETTLED_AFTER)


def _counter(rows: Sequence[Any]) -> Counter[str]:
    return Counter({row.word: row.calls for row in rows})


def _deadline(pack: Pack) -> tuple[float | None, DeadlineFrom | None]:
    """Within how many seconds, and since when, this pack wants a person connected."""
    for rule in pack.rules:
        if isinstance(rule, ObligeRule) and rule.obligations.connect_deadline_s is not None:
            return rule.obligations.connect_deadline_s, rule.obligations.deadline_from or DeadlineFrom.GREETING_START
    return None, None
