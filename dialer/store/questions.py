"""The question about one named contact: the one place where a GateQuery for it is built.

Manual calls, call-backs, messages, the check before dialing and every explanation ask with it; ``reserving.py`` asks
the same of many at once, with the same candidates and facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.compliance.facts import Candidate, Channel, ContactRole, GateQuery, NumberUse
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.phone import PhoneNumber
from dialer.errors import InputError, InvalidPhoneNumber, UnknownDebtor
from dialer.ports import ContactRequest
from dialer.store import locks
from dialer.store.campaigns import load_campaign
from dialer.store.facts import Known, load_known
from dialer.store.tables import debtors, debts, do_not_call, lead_debts, leads, phones

_USES = {"mobile": NumberUse.PERSONAL, "home": NumberUse.HOME, "work": NumberUse.WORK}
_ROLES = {str(role): role for role in ContactRole}
_OF_A_PHONE = (Channel.CALL, Channel.SMS, Channel.WHATSAPP)

_PERSON: sa.Select[Any] = (
    sa.select(
        debtors.c.id.label("debtor_id"),
        debtors.c.name,
        debtors.c.language,
        debtors.c.country,
        debtors.c.subdivision,
        debtors.c.time_zone,
        leads.c.id.label("lead_id"),
        leads.c.attempts,
        leads.c.tries_by_outcome,
        leads.c.next_position,
    )
    .select_from(
        debtors.outerjoin(
            leads, sa.and_(leads.c.debtor_id == debtors.c.id, leads.c.campaign_id == sa.bindparam("campaign"))
        )
    )
    .where(debtors.c.id == sa.bindparam("debtor"))
)
_PHONES: sa.Select[Any] = (
    sa.select(
        phones.c.id,
        phones.c.e164,
        phones.c.position,
        phones.c.kind,
        phones.c.contact_role,
        phones.c.state,
        do_not_call.c.id.is_not(None).label("stopped"),
    )
    .select_from(phones.outerjoin(do_not_call, do_not_call.c.number == phones.c.e164))
    .where(phones.c.debtor_id == sa.bindparam("debtor"))
    .order_by(phones.c.position)
)
_DEBTS: sa.Select[Any] = (
    sa.select(
        debts.c.id,
        debts.c.creditor,
        debts.c.debt_class,
        debts.c.state,
        lead_debts.c.lead_id.is_not(None).label("collected"),
    )
    .select_from(
        debts.outerjoin(
            lead_debts, sa.and_(lead_debts.c.debt_id == debts.c.id, lead_debts.c.lead_id == sa.bindparam("lead"))
        )
    )
    .where(debts.c.debtor_id == sa.bindparam("debtor"))
    .order_by(debts.c.id)
)
_STOPPED = sa.select(
    sa.exists().where(
        sa.or_(do_not_call.c.debtor_id == sa.bindparam("debtor"), do_not_call.c.number == sa.bindparam("number"))
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, with the rows it was made of. ``person`` has the debtor and their lead in the campaign
    (``lead_id`` None: they are not in it); ``phone`` is None where the number is not one of the debtor's phones."""

    campaign: Campaign
    person: Any
    phone: Any | None
    number: str
    known: Known
    query: GateQuery


def gate_query(connection: sa.Connection, request: ContactRequest, now: datetime, *, caller_id: str = "") -> GateQuery:
    """The question that ``request`` comes to at ``now``, from what the database has. ``caller_id`` is the trunk's,
    shown where the campaign has none of its own.

    Raises UnknownCampaign, UnknownDebtor, InputError for a number or debt that is not the debtor's.
    """
    return ask(connection, request, now, caller_id=caller_id).query


def ask(
    connection: sa.Connection,
    request: ContactRequest,
    now: datetime,
    *,
    caller_id: str = "",
    locking: bool = False,
    but: str = "",
) -> Question:
    """As ``gate_query``, with the rows. ``locking``: the answer will be written in this transaction. ``but``: the id of
    an event to leave out, the candidate's own."""
    campaign = load_campaign(connection, request.campaign_id)
    if locking:
        locks.lock_debtor(connection, request.debtor_id)
    asked = {"campaign": campaign.id, "debtor": request.debtor_id}
    person = connection.execute(_PERSON, asked).first()
    if person is None:
        raise UnknownDebtor
    channel = _channel(request.channel)
    number, phone = _number_of(connection, request, person, channel)
    if locking:
        locks.lock_number(connection, number)
    owed = connection.execute(_DEBTS, {"debtor": request.debtor_id, "lead": person.lead_id}).all()
    about = _about(owed, request.debts)
    creditors = {debt.id: debt.creditor for debt in owed}
    known = load_known(connection, campaign.id, [request.debtor_id], [number], now, creditors)
    candidate = make_candidate(
        campaign,
        person,
        phone,
        number,
        about,
        caller_id=caller_id,
        channel=channel,
        mode=request.mode,
        agent_guaranteed=request.agent_guaranteed,
    )
    stopped = bool(connection.scalar(_STOPPED, {"debtor": request.debtor_id, "number": number}))
    facts = known.facts(
        request.debtor_id, number, [debt.id for debt in about], do_not_call=stopped or _is_stopped(phone), but=but
    )
    query = GateQuery(candidate=candidate, facts=facts, now=now, packs=campaign.packs)
    return Question(campaign=campaign, person=person, phone=phone, number=number, known=known, query=query)


def make_candidate(
    campaign: Campaign,
    person: Any,
    phone: Any | None,
    number: str,
    about: Sequence[Any],
    *,
    caller_id: str,
    channel: Channel = Channel.CALL,
    mode: str = "",
    agent_guaranteed: bool = False,
) -> Candidate:
    """``about`` are the debts: ``id``, ``creditor``, ``debt_class``. Without ``mode``: as the campaign dials."""
    return Candidate(
        debtor=person.debtor_id,
        debts=tuple(debt.id for debt in about),
        number=number,
        country=person.country,
        subdivision=person.subdivision,
        address_zone=person.time_zone,
        channel=channel,
        mode=mode or str(campaign.mode),
        language=person.language or campaign.language,
        purpose=campaign.purpose,
        party=campaign.party,
        debt_class=_strictest_class(about),
        number_use=NumberUse.UNKNOWN if phone is None else _USES.get(phone.kind, NumberUse.UNKNOWN),
        contact_role=ContactRole.DEBTOR if phone is None else _ROLES.get(phone.contact_role, ContactRole.REFERENCE),
        # Whoever previews a debtor is there when the call is answered.
        agent_guaranteed=agent_guaranteed or (not mode and campaign.mode is DialMode.PREVIEW),
        caller_id_withheld=not (campaign.caller_id or caller_id),
        creditors=tuple(dict.fromkeys(debt.creditor for debt in about)),
    )


def choose_phone(usable: Sequence[Any], next_position: int) -> Any | None:
    """The number to dial: the first at or after ``next_position``, else the first of all.

    Numbers on the stop list come last, so that the gate can say no when there is no other.
    """
    if not usable:
        return None
    allowed = [phone for phone in usable if not phone.stopped] or usable
    return next((phone for phone in allowed if phone.position >= next_position), allowed[0])


def _strictest_class(about: Iterable[Any]) -> str:
    """Consumer debts are the protected ones: one of them makes it a contact about consumer debt."""
    classes = {debt.debt_class for debt in about}
    return "consumer" if not classes or "consumer" in classes else min(classes)


def _channel(name: str) -> Channel:
    try:
        return Channel(name)
    except ValueError:
        raise InputError(f"{name!r} is no channel. Choose one of: {', '.join(Channel)}") from None


def _number_of(
    connection: sa.Connection, request: ContactRequest, person: Any, channel: Channel
) -> tuple[str, Any | None]:
    """The number or address, and the debtor's phone that it is."""
    found = connection.execute(_PHONES, {"debtor": request.debtor_id}).all()
    if request.number is None:
        if channel not in _OF_A_PHONE:
            return "", None
        usable = [phone for phone in found if phone.state == "ok"] or [
            phone for phone in found if phone.state == "do_not_call"
        ]
        phone = choose_phone(usable, person.next_position or 0)
        if phone is None:
            raise InputError("This debtor has no usable number. Name one, or import a new one.")
        return phone.e164, phone
    number = request.number
    if channel in _OF_A_PHONE:
        number = e164(number, person.country)
    phone = next((phone for phone in found if phone.e164 == number), None)
    if phone is None and channel is Channel.CALL:
        raise InputError("This number is not one of the debtor's. Import it for this debtor first.")
    return number, phone


def e164(number: str, country: str = "") -> str:
    """A number as the log writes it; ``country`` is whose it is where it does not say. One that no plan knows is left
    as it is: it is nobody's."""
    try:
        return PhoneNumber.parse(number, country or None).e164
    except InvalidPhoneNumber:
        return number


def _is_stopped(phone: Any | None) -> bool:
    return phone is not None and phone.state == "do_not_call"


def _about(owed: Sequence[Any], wanted: tuple[int, ...] | None) -> list[Any]:
    """The debts it is about: those that are named, else the open ones that the campaign collects."""
    if wanted is None:
        return [debt for debt in owed if debt.collected and debt.state == "open"]
    by_id = {debt.id: debt for debt in owed}
    strangers = [debt for debt in wanted if debt not in by_id]
    if strangers:
        raise InputError(f"Not debts of this debtor: {', '.join(map(str, strangers))}.")
    return [by_id[debt] for debt in dict.fromkeys(wanted)]
