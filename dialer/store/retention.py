"""What is old enough to be deleted, what a law or a hold still keeps, and the deleting itself.

Nothing goes that no rule speaks of: a pack must say how long records of a class live (``retain``), and the longest one
wins. What goes of a call is its recording, and its number, notes and evidence; what goes of the audit trail are payload
and salt. The rows stay, for rules count them, and so does the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa

from dialer.compliance.facts import Candidate, Party, Purpose
from dialer.compliance.gate import Gate
from dialer.compliance.plans import in_scope
from dialer.compliance.retention import PurgeDecision, may_purge
from dialer.compliance.rules import Pack
from dialer.compliance.zones import zone
from dialer.store.audit_log import AuditEntry, append
from dialer.store.campaigns import load_campaign
from dialer.store.compliance_tables import audit_records, contacts, legal_holds
from dialer.store.debtor_file import OF_THE_TRAIL
from dialer.store.detector_evidence import forget_audio, forget_words
from dialer.store.detector_tables import detector_evidence
from dialer.store.tables import attempts, debtors, denials

RECORDING, ATTEMPT = "recording", "attempt"
LEGAL_HOLD = "legal-hold"  #: among the reasons for keeping

#: Where no zone is known, the one in which days end last: what may go there may go everywhere.
_LAST_ZONE = "Etc/GMT+12"
_RANGES_A_RECORD = 1000
_FORGET_DENIED = (
    denials.update()
    .where(denials.c.debtor_id == sa.bindparam("whose"), denials.c.at == sa.bindparam("when"))
    .values(number="")
)

_records, _attempts, _heard = audit_records.c, attempts.c, detector_evidence.c
_held = sa.exists().where(
    legal_holds.c.lifted_at.is_(None),
    sa.or_(legal_holds.c.debtor_id.is_(None), legal_holds.c.debtor_id == debtors.c.id),
)
_call = attempts.alias("other_calls")
_last_call = (
    sa.select(sa.func.max(_call.c.reserved_at)).where(_call.c.debtor_id == debtors.c.id).correlate(debtors)
).scalar_subquery()
_last_contact = (
    sa.select(sa.func.max(contacts.c.at)).where(contacts.c.debtor_id == debtors.c.id).correlate(debtors)
).scalar_subquery()
_OF_THE_PERSON = (
    debtors.c.country,
    debtors.c.subdivision,
    debtors.c.time_zone,
    _held.label("held"),
    _last_call.label("last_call"),
    _last_contact.label("last_contact"),
)

#: Nothing younger is looked at: no law lets records go sooner, and none should be read for nothing every day.
YOUNGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row that may hold something to delete, and what is to be said of it. ``key`` is a call id or a place in the
    chain."""

    key: Any
    debtor_id: int
    recording: str | None  #: the file, under the library's folder
    audio: str | None  #: what the detector kept of the greeting, likewise
    decision: Mapping[str, PurgeDecision]  #: by class of what it holds

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(file for file in (self.recording, self.audio) if file is not None)

    def may_go(self, cls: str) -> bool:
        decision = self.decision.get(cls)
        return decision is not None and decision.allowed and decision.purge_from is not None


class Retention:
    """The rules of ``gate`` on how long what lives, at ``now``. Asks the database within the caller's transaction.
    Only what is older than ``youngest`` is looked at, where that is given."""

    def __init__(
        self, connection: sa.Connection, gate: Gate, now: datetime, *, youngest: timedelta | None = None
    ) -> None:
        self._before = None if youngest is None else now - youngest
        self._connection = connection
        self._gate = gate
        self._now = now
        self._known = {source.name for source in gate.sources() if source.kind == "pack"}
        self._packs: dict[tuple[Any, ...], tuple[Pack, ...]] = {}
        self._campaigns: dict[int, Any] = {}

    def calls(
        self, after: str, most: int, *, debtor_id: int | None = None, with_audio: bool = False
    ) -> Sequence[Judged]:
        """Ended calls with ids over ``after`` that still have a number, a recording or the detector's audio, in the
        order of their ids; ``with_audio``: only those with the latter."""
        audio = _heard.audio_file.is_not(None)
        statement: sa.Select[Any] = (
            sa.select(
                _attempts.call_id, _attempts.debtor_id, _attempts.campaign_id, _attempts.reserved_at,
                _attempts.recording_file, _attempts.number, _heard.audio_file, *_OF_THE_PERSON,
            )
            .join_from(attempts, debtors)
            .outerjoin(detector_evidence, _heard.call_id == _attempts.call_id)
            .where(
                _attempts.call_id > after,
                _attempts.state != "open",
                audio if with_audio else sa.or_(_attempts.number != "", _attempts.recording_file.is_not(None), audio),
                *self._only(_attempts.debtor_id, debtor_id, _attempts.reserved_at),
            )
            .order_by(_attempts.call_id)
            .limit(most)
        )  # fmt: skip
        return [self._judge_call(row) for row in self._connection.execute(statement)]

    def records(self, after: int, most: int, *, debtor_id: int | None = None) -> Sequence[Judged]:
        """Chained records about a debtor with places over ``after`` that still have their payload, in order."""
        statement = (
            sa.select(_records.seq, _records.debtor_id, _records.at, _records.kind, _records.payload, *_OF_THE_PERSON)
            .join_from(audit_records, debtors, debtors.c.id == _records.debtor_id)
            .where(
                _records.seq > after,
                _records.payload.is_not(None),
                _records.kind.not_in(OF_THE_TRAIL),
                *self._only(_records.debtor_id, debtor_id, _records.at),
            )
            .order_by(_records.seq)
            .limit(most)
        )
        return [self._judge_record(row) for row in self._connection.execute(statement)]

    def _only(
        self, owner: sa.ColumnElement[Any], debtor_id: int | None, at: sa.ColumnElement[Any]
    ) -> list[sa.ColumnElement[bool]]:
        wanted = [] if debtor_id is None else [owner == debtor_id]
        return wanted if self._before is None else [*wanted, at <= self._before]

    def _judge_call(self, row: sa.Row[Any]) -> Judged:
        campaign = self._campaign(row.campaign_id)
        packs = self._packs_for(row, campaign.packs, campaign.purpose, campaign.party)
        classes = [ATTEMPT] if row.number else []
        if row.recording_file is not None or row.audio_file is not None:
            classes.append(RECORDING)
        return Judged(
            key=row.call_id,
            debtor_id=row.debtor_id,
            recording=row.recording_file,
            audio=row.audio_file,
            decision={cls: self._decide(packs, cls, row, row.reserved_at) for cls in classes},
        )

    def _judge_record(self, row: sa.Row[Any]) -> Judged:
        told = orjson.loads(row.payload) if row.kind == "decision" else {}
        asked = told.get("candidate", {})
        packs = self._packs_for(
            row,
            tuple(told.get("chosen", ())),
            Purpose(asked.get("purpose", Purpose.COLLECTION)),
            Party(asked.get("party", Party.THIRD_PARTY)),
        )
        return Judged(
            key=row.seq,
            debtor_id=row.debtor_id,
            recording=None,
            audio=None,
            decision={ATTEMPT: self._decide(packs, ATTEMPT, row, row.at)},
        )

    def _decide(self, packs: Iterable[Pack], cls: str, row: sa.Row[Any], at: datetime) -> PurgeDecision:
        activity = max((each for each in (row.last_call, row.last_contact) if each is not None), default=None)
        where = zone(row.time_zone) or cast(ZoneInfo, zone(_LAST_ZONE))
        if row.held:
            return PurgeDecision(allowed=False, reasons=(LEGAL_HOLD,), purge_from=None)
        return may_purge(packs, cls, at, activity, self._now, where)

    def _packs_for(self, row: sa.Row[Any], chosen: tuple[str, ...], purpose: Purpose, party: Party) -> tuple[Pack, ...]:
        key = (row.country, row.subdivision, chosen, purpose, party)
        if key not in self._packs:
            candidate = Candidate(
                debtor=0,
                debts=(),
                number="",
                country=row.country,
                subdivision=row.subdivision,
                purpose=purpose,
                party=party,
            )
            # A pack that a newer release dropped has nothing to say any more.
            active = self._gate.active_packs(candidate, tuple(pack for pack in chosen if pack in self._known))
            self._packs[key] = tuple(pack for pack in active if in_scope(pack.scope, candidate))
        return self._packs[key]

    def _campaign(self, campaign_id: int) -> Any:
        if campaign_id not in self._campaigns:
            self._campaigns[campaign_id] = load_campaign(self._connection, campaign_id)
        return self._campaigns[campaign_id]


# ------------------------------------------------------------------------------------------------ deleting


def forget_calls(connection: sa.Connection, call_ids: Sequence[str]) -> None:
    """Delete number, notes, words and evidence of calls. The rows stay: rules count them."""
    forget_words(connection, call_ids)
    change = attempts.update().where(_attempts.call_id.in_(call_ids))
    connection.execute(change.values(number="", notes="", cause_text=""))


def forget_recordings(connection: sa.Connection, call_ids: Sequence[str]) -> None:
    """Note that the files are gone, and delete the words that were understood of them. Digests stay: a copy that turns
    up can be told."""
    forget_audio(connection, call_ids)
    change = attempts.update().where(_attempts.call_id.in_(call_ids))
    connection.execute(change.values(recording_file=None, recording_bytes=None))


def forget_payloads(
    connection: sa.Connection,
    kind: str,
    seqs: Sequence[int],
    payload: Mapping[str, object],
    now: datetime,
    *,
    debtor_id: int | None = None,
) -> None:
    """Delete payload and salt of chained records, and say in the trail of which, as ``kind`` with ``payload``. The
    addresses of denials and of contacts on other channels that they tell of go with them."""
    for start in range(0, len(seqs), 500):
        these = _records.seq.in_(seqs[start : start + 500])
        _forget_addresses(connection, these)
        connection.execute(audit_records.update().where(these).values(payload=None, salt=None))
    ranges = ranges_of(seqs)
    parts = [ranges[start : start + _RANGES_A_RECORD] for start in range(0, len(ranges), _RANGES_A_RECORD)] or [[]]
    append(
        connection,
        [AuditEntry(kind=kind, at=now, debtor_id=debtor_id, payload={**payload, "records": part}) for part in parts],
    )


def _forget_addresses(connection: sa.Connection, these: sa.ColumnElement[bool]) -> None:
    told = connection.execute(sa.select(_records.ref, _records.debtor_id, _records.at).where(these)).all()
    of_contacts = contacts.c.id.in_([row.ref for row in told if row.ref])
    gone = {"number": "", "source": "", "notes": ""}
    connection.execute(contacts.update().where(of_contacts, contacts.c.state != "open").values(gone))
    denied = [{"whose": row.debtor_id, "when": row.at} for row in told if not row.ref]
    if denied:
        connection.execute(_FORGET_DENIED, denied)


def ranges_of(seqs: Iterable[int]) -> list[list[int]]:
    """First and last of each run of ascending numbers."""
    found: list[list[int]] = []
    for seq in seqs:
        if found and found[-1][1] == seq - 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found
