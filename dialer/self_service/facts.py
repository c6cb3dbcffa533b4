"""Who may be on the line of a self-service call, and what its flow is told of them, from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from dialer.compliance.facts import Direction
from dialer.domain.campaign import Campaign
from dialer.domain.promise import terms_for
from dialer.errors import CadenciaError
from dialer.ports import ContactRequest, ServiceMode
from dialer.store import self_service
from dialer.store.facts import Gate
from dialer.store.money import minor_digits
from dialer.store.promises import SEGMENT, debtor_zone
from dialer.store.questions import gate_query
from dialer.store.self_service import OpenDebt, ServedPerson, campaign_of, read_person
from ivr_flows.facts import (
    AnsweredBy,
    CallBackSlot,
    CallFacts,
    Debt,
    DebtorFile,
    IdentityMethod,
    PartOfDay,
    PendingPromise,
)
from ivr_flows.identity_check import Known

_BORN = ("birth_date", "birthdate", "date_of_birth", "dob", "fecha_nacimiento", "fecha_de_nacimiento", "nacimiento")
_WRITTEN = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%Y")
_WRITTEN_IN_US = ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y")
_HOURS = ((PartOfDay.MORNING, 10), (PartOfDay.AFTERNOON, 15), (PartOfDay.EVENING, 18))
_DAYS_AHEAD = 4
_MOST_SLOTS = 3


@dataclass(slots=True, kw_only=True)
class ServedCaller:
    """Who may be on the line: nobody that is known, one debtor, or several who share a number. ``contact_id`` is the
    row of the ledger that tells of an inbound call."""

    call_id: str
    mode: ServiceMode
    number: str
    flow: str
    people: Sequence[ServedPerson] = ()
    contact_id: str = ""
    who: ServedPerson | None = field(default=None)  #: once they were identified

    @property
    def only(self) -> ServedPerson | None:
        """The one person that it can be."""
        return self.who or (self.people[0] if len(self.people) == 1 else None)


def people_of(connection: sa.Connection, *, number: str = "", document: str = "") -> Sequence[ServedPerson]:
    """The debtors behind a number or a document, each with the campaign that their call is about."""
    found = []
    for debtor_id in self_service.debtors_of(connection, number=number, document=document):
        campaign_id = campaign_of(connection, debtor_id)
        person = None if campaign_id is None else read_person(connection, debtor_id, campaign_id)
        if person is not None:
            found.append(person)
    return found


def zone_of(person: ServedPerson) -> ZoneInfo:
    return debtor_zone(person.country, person.time_zone)


def known_of(person: ServedPerson, code: str = "") -> Known:
    """What identifies them. ``code`` is the one that was sent in this call."""
    return Known(document=person.document, birth_date=born(person), code=code)


def born(person: ServedPerson) -> date | None:
    """The birth date, where a column of the lead file has it."""
    written = {str(key).strip().casefold().replace(" ", "_"): str(value) for key, value in person.custom.items()}
    text = next((written[name].strip() for name in _BORN if written.get(name)), "")
    for form in _WRITTEN_IN_US if person.country == "US" else _WRITTEN:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def file_of(person: ServedPerson, channels: tuple[str, ...] = ()) -> DebtorFile:
    """What the flow is told once they were identified. ``channels``: those by which a message may be sent now."""
    segment = str(person.custom.get(SEGMENT, ""))
    debts = tuple(_debt(debt, person, segment) for debt in person.debts)
    return DebtorFile(debtor=str(person.debtor_id), debts=debts, name=person.name, segment=segment, channels=channels)


def _debt(debt: OpenDebt, person: ServedPerson, segment: str) -> Debt:
    pending = None
    if debt.promised is not None:
        reference, due = debt.promised
        pending = PendingPromise(reference=reference, on=due.due_on, amount_minor=due.amount_minor)
    return Debt(
        id=str(debt.id),
        creditor=debt.creditor or person.campaign.creditor,
        product=debt.product,
        balance_minor=debt.balance_minor,
        currency=debt.currency,
        minor_digits=minor_digits(debt.currency),
        due_on=debt.due_on,
        pay_reference=debt.ref,
        terms=terms_for(person.campaign.promise_terms, segment),
        pending=pending,
    )


def call_facts(
    caller: ServedCaller,
    *,
    campaign: Campaign | None,
    language: str,
    country: str,
    callback: str,
    now: datetime,
    zone: ZoneInfo,
    agents: bool,
    answered_by: AnsweredBy = AnsweredBy.PERSON,
    slots: tuple[CallBackSlot, ...] = (),
    limited_wording: str = "limited-content",
    speech: bool = False,
) -> CallFacts:
    """What anybody on this line may hear. ``callback``: the number to call back."""
    person = caller.only
    return CallFacts(
        call_id=caller.call_id,
        today=now.astimezone(zone).date(),
        country=country,
        language=language,
        creditor=campaign.creditor if campaign is not None else "",
        callback=callback,
        direction=Direction.IN if caller.mode is ServiceMode.INBOUND else Direction.OUT,
        mode=caller.mode.value,
        answered_by=answered_by,
        name=person.name if person is not None else "",
        identity=_methods(caller, campaign),
        # What comes in is not recorded.
        announce_recording=caller.mode is not ServiceMode.INBOUND
        and campaign is not None
        and campaign.record
        and campaign.announce_recording,
        locked=bool(caller.people) and all(each.locked for each in caller.people),
        limited_wording=limited_wording,
        agents=agents,
        slots=slots,
        speech=speech,
    )


def _methods(caller: ServedCaller, campaign: Campaign | None) -> tuple[IdentityMethod, ...]:
    """How they identify themselves: as the campaign says, as far as that is known of everybody it may be."""
    if not caller.people:
        return (IdentityMethod.DOCUMENT,)
    known = [known_of(person).methods() | {IdentityMethod.CODE} for person in caller.people]
    wanted = campaign.ivr_identity if campaign is not None else ()
    chosen = tuple(method for method in map(IdentityMethod, wanted) if all(method in each for each in known))
    if chosen:
        return chosen
    usual = (IdentityMethod.DOCUMENT_LAST, IdentityMethod.BIRTH_DATE)
    return next(((method,) for method in usual if all(method in each for each in known)), (IdentityMethod.CODE,))


def slots_for(
    connection: sa.Connection, person: ServedPerson, gate: Gate, now: datetime, caller_id: str
) -> tuple[CallBackSlot, ...]:
    """The next times at which the rules allow a call back, as far as they can be told now."""
    zone = zone_of(person)
    today = now.astimezone(zone).date()
    found: list[CallBackSlot] = []
    request = ContactRequest(
        campaign_id=person.campaign.id, debtor_id=person.debtor_id, mode="callback", agent_guaranteed=True
    )
    for ahead in range(_DAYS_AHEAD):
        for part, hour in _HOURS:
            on = today + timedelta(days=ahead)
            at = datetime(on.year, on.month, on.day, hour, tzinfo=zone)
            if at <= now + timedelta(hours=1) or len(found) >= _MOST_SLOTS:
                continue
            try:
                allowed = gate.check(gate_query(connection, request, at, caller_id=caller_id)).allowed
            except CadenciaError:
                return tuple(found)
            if allowed:
                found.append(CallBackSlot(id=at.isoformat(), on=on, part=part))
    return tuple(found)
