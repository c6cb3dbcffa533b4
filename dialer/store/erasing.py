"""The right to erasure: what of a debtor may go, goes; what a law still keeps stays, and is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from dialer.compliance.gate import Gate
from dialer.errors import ErasureRefused, InputError, UnknownDebtor
from dialer.store.compliance_tables import contacts, known_facts
from dialer.store.debtor_file import ERASURE
from dialer.store.desk import forget_drafts
from dialer.store.holds import is_held
from dialer.store.locks import lock_debtor
from dialer.store.retention import (
    ATTEMPT,
    RECORDING,
    Judged,
    Retention,
    forget_calls,
    forget_payloads,
    forget_recordings,
)
from dialer.store.tables import attempts, debtors, debts, denials, leads, phones

_EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Records of a class that ``rules`` keep until ``until``, the first local date on which all may go."""

    cls: str
    count: int
    rules: tuple[str, ...]
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """``identity``: whether name, document, numbers and debts are gone too. ``files`` are to be deleted now:
    recordings, and what the detector kept of greetings."""

    identity: bool
    calls: int
    records: int
    files: tuple[str, ...]
    kept: tuple[Kept, ...]


def erase(connection: sa.Connection, gate: Gate, debtor_id: int, *, reason: str, by: str, now: datetime) -> Erasure:
    """Erase what no law keeps. What no rule speaks of may go: the person asked for it.

    The identity stays as long as any of their calls must: a record of nobody would be none. Raises UnknownDebtor,
    InputError where no reason is given, and ErasureRefused under a legal hold or while they are on the line. The trail
    must be chained.
    """
    if not connection.scalar(sa.select(sa.exists().where(debtors.c.id == debtor_id))):
        raise UnknownDebtor(f"There is no debtor {debtor_id}.")
    if not reason.strip():
        raise InputError("Say why: the reason is part of the record.")
    lock_debtor(connection, debtor_id)  # nobody reserves a call to them, or puts a hold on them, meanwhile
    if is_held(connection, debtor_id):
        raise ErasureRefused("There is a legal hold on this debtor: nothing may be erased until it is lifted.")
    open_calls = sa.exists().where(attempts.c.debtor_id == debtor_id, attempts.c.state == "open")
    if connection.scalar(sa.select(open_calls)):
        raise ErasureRefused("This debtor has a call under way. Try again when it is over.")
    retention = Retention(connection, gate, now)
    calls = retention.calls("", _EVERYTHING, debtor_id=debtor_id)
    records = retention.records(0, _EVERYTHING, debtor_id=debtor_id)
    recorded = [call for call in calls if _free(call, RECORDING)]
    kept = tuple(_kept(cls, calls, records) for cls in (RECORDING, ATTEMPT))
    kept = tuple(each for each in kept if each.count)
    forget_recordings(connection, [call.key for call in recorded])
    forget_calls(connection, [call.key for call in calls if _free(call, ATTEMPT)])
    _forget_extras(connection, debtor_id)
    if not kept:
        _forget_identity(connection, debtor_id)
    gone = [record.key for record in records if _free(record, ATTEMPT)]
    payload = {
        "reason": reason,
        "by": by,
        "identity": not kept,
        "kept": [{"class": each.cls, "count": each.count, "rules": each.rules, "until": each.until} for each in kept],
    }
    forget_payloads(connection, ERASURE, gone, payload, now, debtor_id=debtor_id)
    return Erasure(
        identity=not kept,
        calls=sum(_free(call, ATTEMPT) for call in calls),
        records=len(gone),
        files=tuple(file for call in recorded for file in call.files),
        kept=kept,
    )


def _free(judged: Judged, cls: str) -> bool:
    decision = judged.decision.get(cls)
    return decision is not None and decision.allowed


def _kept(cls: str, *judged: Sequence[Judged]) -> Kept:
    decisions = [each.decision[cls] for some in judged for each in some if cls in each.decision]
    held = [decision for decision in decisions if not decision.allowed]
    return Kept(
        cls=cls,
        count=len(held),
        rules=tuple(sorted({rule for decision in held for rule in decision.reasons})),
        until=max((decision.purge_from for decision in held if decision.purge_from is not None), default=None),
    )


def _forget_extras(connection: sa.Connection, debtor_id: int) -> None:
    """What no record needs: the fields of the campaign's own, and where they were denied."""
    connection.execute(debtors.update().where(debtors.c.id == debtor_id).values(custom={}))
    connection.execute(denials.update().where(denials.c.debtor_id == debtor_id).values(number=""))
    forget_drafts(connection, debtor_id)
    _stop(connection, debtor_id)


def _stop(connection: sa.Connection, debtor_id: int) -> None:
    change = leads.update().where(leads.c.debtor_id == debtor_id)
    connection.execute(change.values(state="stopped", stop_reason="erased"))


def _forget_identity(connection: sa.Connection, debtor_id: int) -> None:
    """The rows stay, for others point at them, with nothing in them that tells who it was. An entry on the list of
    numbers that must not be called stays: it is there because the person wants it to be."""
    gone: dict[str, Any] = {"identity": f"erased:{debtor_id}", "external_ref": "", "document": "", "name": ""}
    connection.execute(debtors.update().where(debtors.c.id == debtor_id).values(gone))
    of_debtor = phones.c.debtor_id == debtor_id
    nobody = sa.literal("x") + sa.cast(phones.c.id, sa.String)
    connection.execute(phones.update().where(of_debtor).values(e164=nobody, state="bad"))
    owed = debts.c.debtor_id == debtor_id
    erased = sa.literal("erased:") + sa.cast(debts.c.id, sa.String)
    connection.execute(debts.update().where(owed).values(ref=erased, product="", state="closed"))
    connection.execute(
        contacts.update().where(contacts.c.debtor_id == debtor_id).values(number="", source="", notes="")
    )
    connection.execute(known_facts.delete().where(known_facts.c.debtor_id == debtor_id))
