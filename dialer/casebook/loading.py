"""Puts the world of a case into an empty database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.casebook.worlds import CandidateSaid, DebtorSaid, DebtSaid, EventSaid, NumberSaid, World
from dialer.compliance.facts import ContactRole, Key, LedgerOutcome, NumberUse, Party, Purpose, QuietTime
from dialer.domain.campaign import Campaign
from dialer.domain.phone import PhoneNumber
from dialer.errors import InvalidPhoneNumber
from dialer.store import campaign_settings
from dialer.store.compliance_tables import known_facts
from dialer.store.contacts import PastContact
from dialer.store.known_facts import NewFact, record_fact
from dialer.store.tables import campaigns, debtors, debts, do_not_call, lead_debts, leads, phones

#: A number that nobody can dial, for debtors of whom the case gives none.
NO_NUMBER = "+99900000000"
_CALLER_ID = "+12025550100"
_KINDS = {NumberUse.PERSONAL: "mobile", NumberUse.HOME: "home", NumberUse.WORK: "work", NumberUse.UNKNOWN: ""}
_LONG = timedelta(days=3650)

CampaignKey = tuple[Purpose, Party, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The ids that names of the case became. A debt is one row of each of its debtors; ``names`` leads back."""

    campaigns: Mapping[CampaignKey, int]
    debtors: Mapping[str, int]
    debts: Mapping[tuple[str, str], int]  # by debtor and debt
    names: Mapping[Key, str]


def campaign_key(candidate: CandidateSaid) -> CampaignKey:
    """What of a candidate is its campaign's business."""
    return candidate.purpose, candidate.party, candidate.caller_id_withheld


def as_stored(number: str) -> str:
    """A number as the log writes it; one that no plan knows stays as it is."""
    try:
        return PhoneNumber.parse(number).e164
    except InvalidPhoneNumber:
        return number


def complete(world: World, candidates: Iterable[CandidateSaid], country: str) -> World:
    """The world with everybody in it who is only spoken of: nothing more is known of them."""
    people, owed, numbers = dict(world.debtors), dict(world.debts), dict(world.numbers)
    spoken_of = [
        *((debtor, (), "") for debt in world.debts.values() for debtor in debt.debtors),
        *((owner, (), "") for number in world.numbers.values() for owner in number.owners),
        *((event.debtor, event.debts, "") for event in world.history),
        *((consent.debtor, (consent.debt,), "") for consent in world.consents),
        *((candidate.debtor, candidate.debts or (), candidate.number) for candidate in candidates),
    ]
    for debtor, about, number in spoken_of:
        people.setdefault(debtor, DebtorSaid(id=debtor, country=country))
        for debt in about:
            known = owed.get(debt, DebtSaid(id=debt, debtors=()))
            if debtor not in known.debtors:
                owed[debt] = replace(known, debtors=(*known.debtors, debtor))
        if number:
            said = numbers.get(number, NumberSaid(e164=number, owners=()))
            if debtor not in said.owners:
                numbers[number] = replace(said, owners=(*said.owners, debtor))
    return replace(world, debtors=people, debts=owed, numbers=numbers)


def load_people(connection: sa.Connection, world: World, candidates: Iterable[CandidateSaid], now: datetime) -> Loaded:
    """Write campaigns, debtors, debts, numbers, and what is known of them. Raises InputError for a fact that means
    nothing."""
    made_campaigns = {key: _campaign(connection, key, now) for key in dict.fromkeys(map(campaign_key, candidates))}
    people = {said.id: _debtor(connection, said) for said in world.debtors.values()}
    owed = {
        (debtor, said.id): _debt(connection, said, people[debtor])
        for said in world.debts.values()
        for debtor in said.debtors
    }
    _numbers(connection, world, people, now)
    for campaign_id in made_campaigns.values():
        for debtor, debtor_id in people.items():
            lead = {"campaign_id": campaign_id, "debtor_id": debtor_id, "next_try_at": now, "tries_by_outcome": {}}
            lead_id = connection.scalar(leads.insert().values(lead).returning(leads.c.id))
            collected = [{"lead_id": lead_id, "debt_id": debt} for (whose, _), debt in owed.items() if whose == debtor]
            if collected:
                connection.execute(lead_debts.insert(), collected)
    loaded = Loaded(
        campaigns=made_campaigns,
        debtors=people,
        debts=owed,
        names={debt_id: name for (_, name), debt_id in owed.items()},
    )
    _facts(connection, world, loaded, now)
    return loaded


def _campaign(connection: sa.Connection, key: CampaignKey, now: datetime) -> int:
    purpose, party, withheld = key
    name = f"case-{purpose}-{party}-{'withheld' if withheld else 'shown'}"
    campaign = Campaign(id=0, name=name, purpose=purpose, party=party, caller_id="" if withheld else _CALLER_ID)
    row = {"name": name, "settings": campaign_settings.to_json(campaign), "created_at": now}
    return int(connection.execute(campaigns.insert().values(row).returning(campaigns.c.id)).scalar_one())


def _debtor(connection: sa.Connection, said: DebtorSaid) -> int:
    row = {
        "identity": f"case:{said.id}",
        "external_ref": said.id,
        "name": said.id,
        "language": said.language[:2],
        "country": said.country[:2],
        "subdivision": said.subdivision[:6],
        "time_zone": said.zones[0] if said.zones else "",
        "custom": {},
    }
    return int(connection.execute(debtors.insert().values(row).returning(debtors.c.id)).scalar_one())


def _debt(connection: sa.Connection, said: DebtSaid, debtor_id: int) -> int:
    row = {
        "debtor_id": debtor_id,
        "ref": said.id,
        "creditor": said.creditor,
        "amount_minor": 100_00,
        "currency": "USD",
        "debt_class": said.debt_class[:16],
    }
    return int(connection.execute(debts.insert().values(row).returning(debts.c.id)).scalar_one())


def _numbers(connection: sa.Connection, world: World, people: Mapping[str, int], now: datetime) -> None:
    rows: list[dict[str, Any]] = [
        {
            "debtor_id": people[owner],
            "e164": as_stored(said.e164),
            "position": position,
            "kind": _KINDS[said.use],
            "contact_role": str(said.role),
        }
        for position, said in enumerate(world.numbers.values())
        for owner in dict.fromkeys(said.owners)
    ]
    with_one = {row["debtor_id"] for row in rows}
    nobody = {"position": 0, "kind": "", "contact_role": str(ContactRole.DEBTOR), "e164": NO_NUMBER}
    rows += [{**nobody, "debtor_id": debtor_id} for debtor_id in people.values() if debtor_id not in with_one]
    if rows:
        connection.execute(phones.insert(), rows)
    stopped: list[dict[str, Any]] = [
        *({"debtor_id": people[each], "number": None} for each in world.stopped_debtors if each in people),
        *({"debtor_id": None, "number": as_stored(each)} for each in world.stopped_numbers),
    ]
    for row in stopped:
        connection.execute(do_not_call.insert().values(source="case", at=now - _LONG, **row))


def _facts(connection: sa.Connection, world: World, loaded: Loaded, now: datetime) -> None:
    long_ago = now - _LONG
    facts: list[NewFact] = []
    for person in world.debtors.values():
        who = loaded.debtors[person.id]
        facts += [
            fact("flag", {"flag": each.name}, each.at or long_ago, debtor_id=who)
            for each in person.flags
            if each.holds(now)
        ]
        facts += [fact("quiet_time", _quiet(each), long_ago, debtor_id=who) for each in person.quiet]
        if person.channels is not None:
            facts.append(fact("channels", {"channels": sorted(map(str, person.channels))}, long_ago, debtor_id=who))
    for (_, name), debt_id in loaded.debts.items():
        debt = world.debts[name]
        facts += [
            fact("flag", {"flag": each.name}, each.at or long_ago, debt_id=debt_id)
            for each in debt.flags
            if each.holds(now)
        ]
        if debt.notice is not None:
            sent = debt.notice.sent_at
            facts.append(fact("notice", {} if sent else {"sent": False}, sent or long_ago, debt_id=debt_id))
    facts += [
        fact("consent", {}, consent.at, debt_id=loaded.debts[consent.debtor, consent.debt])
        for consent in world.consents
    ]
    for each in facts:
        record_fact(connection, each, now)
    for number in world.numbers.values():
        for flag in filter(lambda each: each.holds(now), number.flags):
            flag_number(connection, number.e164, flag.name, flag.at or long_ago, now)


def fact(
    kind: str,
    value: Mapping[str, Any],
    at: datetime,
    *,
    debtor_id: int | None = None,
    debt_id: int | None = None,
    number: str | None = None,
) -> NewFact:
    """A fact as cases tell it."""
    return NewFact(
        kind=kind, value=value, at=at, source="case", recorded_by="case",
        debtor_id=debtor_id, debt_id=debt_id, number=number,
    )  # fmt: skip


def flag_number(connection: sa.Connection, number: str, flag: str, at: datetime, now: datetime) -> None:
    """Flag a number, also one of a case that no numbering plan knows."""
    stored = as_stored(number)
    try:
        PhoneNumber.parse(stored)
    except InvalidPhoneNumber:
        row = {"kind": "flag", "subject": "number", "number": stored, "value": {"flag": flag}, "at": at}
        row |= {"source": "case", "recorded_by": "case", "recorded_at": now}
        connection.execute(known_facts.insert().values(row))
    else:
        record_fact(connection, fact("flag", {"flag": flag}, at, number=stored), now)


def _quiet(quiet: QuietTime) -> dict[str, Any]:
    return {"days": sorted(quiet.days), "from_s": quiet.from_s, "to_s": quiet.to_s}


def past_contact(event: EventSaid, loaded: Loaded) -> PastContact | None:
    """What the ledger is told of an event; None for one that was never made."""
    if event.outcome is LedgerOutcome.RELEASED:
        return None
    return PastContact(
        debtor_id=loaded.debtors[event.debtor],
        at=event.at,
        channel=event.channel,
        direction=event.direction,
        outcome=None if event.in_flight else event.outcome,
        ended_at=None if event.in_flight else event.ended_at,
        number=as_stored(event.number),
        debts=tuple(loaded.debts[event.debtor, debt] for debt in dict.fromkeys(event.debts)),
        source="case",
    )
