"""What the compliance gate must know about a batch of candidates, in a constant number of queries.

The ledger is the log of attempts together with ``contacts``: inbound calls, messages and visits of other channels, and
the history an earlier system left. What is still open counts whatever its age: only a reconciliation takes it away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from dialer.compliance.facts import (
    HISTORY,
    Channel,
    Consent,
    ContactEvent,
    Direction,
    Facts,
    GateQuery,
    Key,
    LedgerOutcome,
    Override,
    QuietTime,
)
from dialer.compliance.ledger import ledger_outcome
from dialer.compliance.verdict import Verdict
from dialer.domain.outcome import Outcome
from dialer.store.compliance_tables import (
    contact_debts,
    contacts,
    is_open_contact,
    is_past_talk,
    known_facts,
    overrides,
)
from dialer.store.dispositions import SOMEBODY_ELSE
from dialer.store.statements import among, joined_ids
from dialer.store.tables import attempt_debts, attempts, debts, is_open, is_talk


class Gate(Protocol):
    """The compliance gate, as the store asks it. It must not wait for anything: it is asked inside a transaction."""

    def check(self, query: GateQuery) -> Verdict: ...


# A conversation is dated by its end and a month can last an hour more than its days: begin a little earlier.
_REACH = HISTORY + timedelta(days=1)

_CALL = sa.literal_column("'call'", sa.String)
_OUT = sa.literal_column("'out'", sa.String)


# ------------------------------------------------------------------------------------------ statements


def _events_of(table: sa.Table, started: sa.ColumnElement[Any], opened: Any, *columns: Any) -> list[sa.Select[Any]]:
    """Events of the debtors, then those of others on their numbers: what ended lately, what is open however old."""
    of_debtor = among(table.c.debtor_id, "debtors")
    of_number = sa.and_(among(table.c.number, "numbers"), among(table.c.debtor_id, "debtors", outside=True))
    since = sa.bindparam("since", type_=started.type)
    return [
        sa.select(*columns).where(whose, when)
        for whose in (of_debtor, of_number)
        for when in (sa.and_(started >= since, table.c.state == "closed"), opened)
    ]


def _debts_of(table: sa.Table, key: sa.ColumnElement[Any], owner: sa.ColumnElement[Any]) -> Any:
    return sa.select(joined_ids(table.c.debt_id)).where(key == owner).correlate(owner.table).scalar_subquery()


_OF_ATTEMPTS = (
    attempts.c.call_id.label("id"),
    attempts.c.state,
    _CALL.label("channel"),
    _OUT.label("direction"),
    attempts.c.debtor_id,
    attempts.c.number,
    sa.func.coalesce(attempts.c.dialed_at, attempts.c.reserved_at).label("at"),
    attempts.c.ended_at,
    attempts.c.outcome,
    attempts.c.disposition,
    _debts_of(attempt_debts, attempt_debts.c.call_id, attempts.c.call_id).label("debts"),
)
_OF_CONTACTS = (
    contacts.c.id,
    contacts.c.state,
    contacts.c.channel,
    contacts.c.direction,
    contacts.c.debtor_id,
    contacts.c.number,
    contacts.c.at,
    contacts.c.ended_at,
    contacts.c.outcome,
    sa.null(),
    _debts_of(contact_debts, contact_debts.c.contact_id, contacts.c.id),
)
_EVENTS = sa.union_all(
    *_events_of(attempts, attempts.c.reserved_at, is_open, *_OF_ATTEMPTS),
    *_events_of(contacts, contacts.c.at, is_open_contact, *_OF_CONTACTS),
)
# Conversations of long ago: the first one wakes rules that sleep until then.
_OLD_TALKS = sa.union_all(
    *(
        sa.select(*columns).where(
            among(table.c.debtor_id, "debtors"), talk, started < sa.bindparam("since", type_=started.type)
        )
        for table, talk, started, columns in (
            (attempts, is_talk, attempts.c.reserved_at, _OF_ATTEMPTS),
            (contacts, is_past_talk, contacts.c.at, _OF_CONTACTS),
        )
    )
)
_CREDITORS = sa.select(debts.c.id, debts.c.creditor).where(among(debts.c.id, "debts"))
_IN_FORCE = sa.or_(known_facts.c.ended_at.is_(None), known_facts.c.ended_at > sa.bindparam("now"))
_KNOWN = sa.union_all(
    *(
        sa.select(known_facts).where(whose, _IN_FORCE)
        for whose in (among(known_facts.c.debtor_id, "debtors"), among(known_facts.c.number, "numbers"))
    )
)
_OVERRIDES = sa.select(overrides.c.id, overrides.c.rule, overrides.c.debtor_id).where(
    overrides.c.until_at > sa.bindparam("now"),
    overrides.c.from_at <= sa.bindparam("now"),
    overrides.c.approved_at <= sa.bindparam("now"),
    sa.or_(overrides.c.revoked_at.is_(None), overrides.c.revoked_at > sa.bindparam("now")),
    sa.or_(overrides.c.campaign_id.is_(None), overrides.c.campaign_id == sa.bindparam("campaign")),
    sa.or_(overrides.c.debtor_id.is_(None), among(overrides.c.debtor_id, "debtors")),
)

#: What a stored outcome counts as: those of attempts in the dialer's words, those of contacts in the ledger's own.
_LEDGER_WORDS: Mapping[str, LedgerOutcome] = {
    **{str(outcome): outcome for outcome in LedgerOutcome},
    **{str(outcome): ledger_outcome(outcome) for outcome in Outcome},
}
_CHANNELS = {str(channel): channel for channel in Channel}
_DIRECTIONS = {str(direction): direction for direction in Direction}


# ------------------------------------------------------------------------------------------ known facts


class _Notes:
    """The known facts of one debtor or one number, sorted by what they say."""

    __slots__ = ("channels", "consents", "debt_flags", "debtor_flags", "notices", "number_flags", "quiet_times")

    def __init__(self) -> None:
        self.debtor_flags: set[str] = set()
        self.number_flags: set[str] = set()
        self.debt_flags: dict[int, set[str]] = {}
        self.consents: list[tuple[int | None, datetime]] = []  # debt (None: all of them), since when
        self.quiet_times: list[QuietTime] = []
        self.channels: tuple[datetime, int, frozenset[Channel]] | None = None  # the latest register
        self.notices: dict[Key | None, datetime] = {}  # by debt (None: all of them), the first that was sent

    def add(self, row: Any, now: datetime) -> None:
        """Take note of a fact. Consents and notices carry their date to the gate; the rest holds from then on."""
        match row.kind:
            case "consent":
                self.consents.append((row.debt_id, row.at))
            case "notice" if row.value.get("sent", True):
                self.notices[row.debt_id] = min(row.at, self.notices.get(row.debt_id, row.at))
            case _ if row.at > now:
                pass
            case "flag":
                self._add_flag(row, row.value["flag"])
            case "quiet_time":
                value = row.value
                quiet = QuietTime(days=frozenset(value["days"]), from_s=value["from_s"], to_s=value["to_s"])
                self.quiet_times.append(quiet)
            case "channels":
                register = (row.at, row.id, frozenset(Channel(each) for each in row.value["channels"]))
                if self.channels is None or register[:2] > self.channels[:2]:
                    self.channels = register

    def notice(self, debt: Key) -> datetime | None:
        """When the first notice went out that covers ``debt``: about it, or about all they owe."""
        return min((at for which, at in self.notices.items() if which in (None, debt)), default=None)

    def _add_flag(self, row: Any, flag: str) -> None:
        match row.subject:
            case "debtor":
                self.debtor_flags.add(flag)
            case "number":
                self.number_flags.add(flag)
            case "debt":
                self.debt_flags.setdefault(row.debt_id, set()).add(flag)


_NOTHING = _Notes()


# ------------------------------------------------------------------------------------------ what was loaded


@dataclass(frozen=True, slots=True)
class Known:
    """Everything the gate is told of a batch of debtors and numbers, but for the stop list."""

    by_debtor: Mapping[int, list[ContactEvent]]
    by_number: Mapping[str, list[ContactEvent]]
    debtor_notes: Mapping[int, _Notes]
    number_notes: Mapping[str, _Notes]
    overrides: Sequence[tuple[int | None, Override]]  # with the debtor it concerns; None: everybody

    def events(self, debtor_id: int, number: str) -> list[ContactEvent]:
        """The debtor's own contacts, and those of others on the same number."""
        own = self.by_debtor.get(debtor_id, [])
        shared = [event for event in self.by_number.get(number, ()) if event.debtor != debtor_id] if number else []
        return own + shared

    def on_the_line(self, debtor_id: int, number: str, but: str = "") -> bool:
        """Whether a call with this person or this number is under way, other than ``but``."""
        return any(
            event.in_flight and event.channel is Channel.CALL and event.id != but
            for event in self.events(debtor_id, number)
        )

    def facts(self, debtor_id: int, number: str, debt_ids: Sequence[Key], *, do_not_call: bool, but: str = "") -> Facts:
        """What the gate is told of one candidate; ``but`` is left out of the events: the candidate itself."""
        events = self.events(debtor_id, number)
        notes = self.debtor_notes.get(debtor_id, _NOTHING)
        on_number = self.number_notes.get(number, _NOTHING)
        return Facts(
            events=tuple(event for event in events if event.id != but) if but else tuple(events),
            do_not_call=do_not_call,
            debtor_flags=frozenset(notes.debtor_flags),
            number_flags=frozenset(on_number.number_flags),
            debt_flags={debt: frozenset(flags) for debt, flags in notes.debt_flags.items()},
            consents=tuple(
                Consent(debtor=debtor_id, debt=debt, at=at)
                for which, at in notes.consents
                for debt in (debt_ids if which is None else (which,))
            ),
            authorised_channels=None if notes.channels is None else notes.channels[2],
            quiet_times=tuple(notes.quiet_times),
            notices={debt: notes.notice(debt) for debt in debt_ids},
            overrides=tuple(override for whose, override in self.overrides if whose in (None, debtor_id)),
        )


def load_known(
    connection: sa.Connection,
    campaign_id: int | None,
    debtors: Iterable[int],
    numbers: Collection[str],
    now: datetime,
    creditors: Mapping[int, str],
) -> Known:
    """What is known of these debtors and numbers at ``now``. ``creditors`` are of debts that were loaded already."""
    asked: dict[str, Any] = {"debtors": list(debtors), "numbers": [each for each in numbers if each]}
    by_debtor, by_number = _load_events(connection, {**asked, "since": now - _REACH}, creditors)
    debtor_notes: dict[int, _Notes] = defaultdict(_Notes)
    number_notes: dict[str, _Notes] = defaultdict(_Notes)
    for row in connection.execute(_KNOWN, {**asked, "now": now}).all():
        notes = debtor_notes[row.debtor_id] if row.debtor_id is not None else number_notes[row.number]
        notes.add(row, now)
    in_force = connection.execute(_OVERRIDES, {"debtors": asked["debtors"], "campaign": campaign_id, "now": now}).all()
    return Known(
        by_debtor=by_debtor,
        by_number=by_number,
        debtor_notes=debtor_notes,
        number_notes=number_notes,
        overrides=[(row.debtor_id, Override(id=str(row.id), rule=row.rule)) for row in in_force],
    )


def _load_events(
    connection: sa.Connection, asked: Mapping[str, Any], creditors: Mapping[int, str]
) -> tuple[dict[int, list[ContactEvent]], dict[str, list[ContactEvent]]]:
    rows = [*connection.execute(_EVENTS, asked).all(), *_first_talks(connection, asked)]
    about = _about({row[-1] for row in rows}, connection, creditors)
    by_debtor: dict[int, list[ContactEvent]] = defaultdict(list)
    by_number: dict[str, list[ContactEvent]] = defaultdict(list)
    for key, state, channel, direction, debtor_id, number, at, ended_at, outcome, disposition, joined in rows:
        debt_ids, owed_to = about[joined]
        event = ContactEvent(
            id=key,
            at=at,
            ended_at=ended_at,
            debtor=debtor_id,
            debts=debt_ids,
            number=number,
            outcome=_counts_as(outcome, disposition),
            channel=_CHANNELS[channel],
            direction=_DIRECTIONS[direction],
            in_flight=state == "open",
            creditors=owed_to,
        )
        by_debtor[debtor_id].append(event)
        if number:
            by_number[number].append(event)
    return by_debtor, by_number


def _first_talks(connection: sa.Connection, asked: Mapping[str, Any]) -> Iterable[Any]:
    """Of each debtor and the debts it was about, the first conversation ever, where that is long ago."""
    first: dict[tuple[int, str | None], Any] = {}
    found = connection.execute(_OLD_TALKS, {"debtors": asked["debtors"], "since": asked["since"]}).all()
    for row in sorted(found, key=lambda row: row.ended_at or row.at):
        if _counts_as(row.outcome, row.disposition) is not LedgerOutcome.THIRD_PARTY:
            first.setdefault((row.debtor_id, row.debts), row)
    return first.values()


def _about(
    joined: Collection[str | None], connection: sa.Connection, creditors: Mapping[int, str]
) -> dict[str | None, tuple[tuple[int, ...], tuple[str, ...]]]:
    """The debts and the creditors behind ids that a query joined."""
    debts_of = {each: () if each is None else tuple(map(int, each.split(","))) for each in joined}
    missing = {debt for debt_ids in debts_of.values() for debt in debt_ids if debt not in creditors}
    if missing:
        found = connection.execute(_CREDITORS, {"debts": list(missing)})
        creditors = {**creditors, **{row.id: row.creditor for row in found}}
    return {
        each: (debt_ids, tuple(dict.fromkeys(creditors[debt] for debt in debt_ids)))
        for each, debt_ids in debts_of.items()
    }


def _counts_as(outcome: str | None, disposition: str | None) -> LedgerOutcome:
    if outcome is None:
        return LedgerOutcome.UNKNOWN
    counted = _LEDGER_WORDS[outcome]
    if counted is LedgerOutcome.ABANDONED and disposition:  # nobody took it in time, and there was a talk all the same
        counted = LedgerOutcome.CONVERSATION
    if counted is LedgerOutcome.CONVERSATION and disposition in SOMEBODY_ELSE:
        return LedgerOutcome.THIRD_PARTY
    return counted
