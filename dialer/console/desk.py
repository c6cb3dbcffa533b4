"""What the agent's desk reads and keeps, from the store and the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from agent_console import ports_desk as console
from agent_console.ports_promises import PromisesRoom
from dialer.clock import Clock
from dialer.compliance.explain import explain
from dialer.compliance.facts import Channel, GateQuery, LedgerOutcome, Party
from dialer.compliance.gate import Gate
from dialer.compliance.verdict import Verdict
from dialer.domain.campaign import Campaign
from dialer.domain.phone import PhoneNumber
from dialer.errors import UnknownDebtor
from dialer.ports import ContactRequest
from dialer.store import pauses
from dialer.store.campaigns import Campaigns
from dialer.store.compliance_lists import decision_of
from dialer.store.database import Database
from dialer.store.desk import Desks, Found
from dialer.store.local_day import zones_of
from dialer.store.money import minor_digits
from dialer.store.promises import SEGMENT
from dialer.store.queries import Queries
from dialer.store.questions import gate_query
from dialer.store.views import DebtorView, DebtView

#: What a pack wants said by the agent, beyond what it orders of the call itself.
_SPOKEN_BY_PACK = {"us-reg-f": "debt-collector"}  # 15 USC 1692e(11)
RECORDING = "recording"


class ConsoleDesk:
    """Implements ``agent_console.ports_desk.DeskRoom``."""

    def __init__(
        self,
        database: Database,
        gate: Gate,
        clock: Clock,
        promises: PromisesRoom,
        caller_id_of: Callable[[str], str],
    ) -> None:
        self._database = database
        self._gate = gate
        self._clock = clock
        self._promises = promises
        self._caller_id_of = caller_id_of
        self._queries = Queries(database)
        self._campaigns = Campaigns(database)
        self._desks = Desks(database)

    # ------------------------------------------------------------------ the debtor of a call

    async def help(self, call_id: str, campaign: str, now: datetime) -> console.CallHelp | None:
        view = await self._queries.attempt(call_id)
        if view is not None:
            debtor_id, number, debts = view.debtor_id, view.number.e164, await self._queries.debts_of_call(call_id)
        else:
            inbound = await self._queries.inbound(call_id)
            if inbound is None:
                return None
            debtor_id, number, debts = inbound.debtor_id, inbound.number, inbound.debts
        chosen = await self._campaigns.get(campaign)
        try:
            debtor = await self._queries.debtor(debtor_id)
        except UnknownDebtor:
            return None
        theirs = any(phone.number.e164 == number for phone in debtor.phones)
        verdict = await self._verdict(chosen, debtor_id, number if theirs else None, now)
        language = debtor.language or chosen.language
        segment = str(debtor.custom.get(SEGMENT, ""))
        return console.CallHelp(
            call_id=call_id,
            debtor_id=debtor_id,
            language=language,
            zones=_zones(verdict, debtor),
            segment=segment,
            script=chosen.desk.script(segment, language),
            disclosures=await self._disclosures(call_id, chosen, verdict),
            debts=await self._debts(debts, campaign, debtor, now),
            promises=tuple(await self._promises.of_debtor(debtor_id)),
        )

    async def _debts(
        self, debts: Sequence[DebtView], campaign: str, debtor: DebtorView, now: datetime
    ) -> tuple[console.DeskDebt, ...]:
        product = str(debtor.custom.get("producto", ""))
        made = []
        for debt in debts:
            terms = await self._promises.owed(campaign, debt.id)
            made.append(
                console.DeskDebt(
                    id=debt.id,
                    reference=debt.ref,
                    product=debt.product or product,
                    creditor=terms.creditor,
                    currency=debt.currency,
                    digits=minor_digits(debt.currency),
                    balance_minor=terms.balance_minor,
                    days_past_due=debt.days_past_due(terms.today),
                    terms=terms,
                )
            )
        return tuple(sorted(made, key=lambda debt: -(debt.days_past_due or 0)))

    async def _disclosures(self, call_id: str, campaign: Campaign, verdict: Verdict) -> tuple[str, ...]:
        """What was ordered when the call was decided, and what would be now."""
        ordered = set(verdict.obligations.announcements)
        decided = await self._database.read(decision_of, call_id)
        if decided is not None and decided.record is not None:
            ordered.update((decided.record.get("obligations") or {}).get("announcements", ()))
        if campaign.record and campaign.announce_recording:
            ordered.add(RECORDING)
        if campaign.party is Party.THIRD_PARTY:
            ordered.update(_SPOKEN_BY_PACK[pack] for pack in verdict.packs if pack in _SPOKEN_BY_PACK)
        return tuple(sorted(ordered))

    # ------------------------------------------------------------------ the gate

    async def may_call(
        self, campaign: str, debtor_id: int, *, phone_id: int | None, at: datetime, language: str
    ) -> console.Answered:
        chosen = await self._campaigns.get(campaign)
        number = None if phone_id is None else await self._desks.number(debtor_id, phone_id)
        verdict = await self._verdict(chosen, debtor_id, number, at)
        return console.Answered(
            at=at,
            allowed=verdict.allowed,
            sentences=tuple(explain(verdict, language)),
            reasons=verdict.reasons,
            next_allowed_at=verdict.next_allowed_at,
            zones=verdict.zones,
        )

    async def _verdict(self, campaign: Campaign, debtor_id: int, number: str | None, at: datetime) -> Verdict:
        request = ContactRequest(
            campaign_id=campaign.id, debtor_id=debtor_id, number=number, mode="manual", agent_guaranteed=True
        )
        caller_id = self._caller_id_of(campaign.trunk)

        def ask(connection: sa.Connection) -> GateQuery:
            return gate_query(connection, request, at, caller_id=caller_id)

        query = await self._database.read(ask)
        over = self._clock.now()
        events = tuple(
            replace(event, in_flight=False, ended_at=over)
            if event.in_flight and event.channel is Channel.CALL
            else event
            for event in query.facts.events
            if event.outcome is not LedgerOutcome.RELEASED
        )
        return self._gate.check(replace(query, facts=replace(query.facts, events=events)))

    # ------------------------------------------------------------------ calls by hand

    async def search(self, campaigns: Sequence[str], text: str) -> Sequence[console.FoundDebtor]:
        return [_found(each) for each in await self._desks.search(campaigns, text)]

    async def found(self, campaigns: Sequence[str], debtor_id: int) -> console.FoundDebtor | None:
        found = await self._desks.found(campaigns, debtor_id)
        return None if found is None else _found(found)

    async def number(self, debtor_id: int, phone_id: int) -> str:
        return await self._desks.number(debtor_id, phone_id)

    # ------------------------------------------------------------------ drafts and breaks

    async def draft(self, agent_id: str, call_id: str) -> console.Draft | None:
        found = await self._desks.draft(agent_id, call_id)
        return None if found is None else console.Draft(call_id=call_id, version=found[0], content=found[1])

    async def keep_draft(self, agent_id: str, call_id: str, content: Mapping[str, Any]) -> int:
        plain = orjson.loads(orjson.dumps(content))
        return await self._desks.keep_draft(agent_id, call_id, plain, self._clock.now())

    async def drop_draft(self, agent_id: str, call_id: str) -> None:
        await self._desks.drop_draft(agent_id, call_id)

    async def pauses(self, campaign: str, since: datetime, until: datetime) -> Sequence[console.PauseTotal]:
        chosen = await self._campaigns.get(campaign)
        found = await pauses.totals(self._database, chosen.id, since, until)
        return [console.PauseTotal(**asdict(each)) for each in found]


def _zones(verdict: Verdict, debtor: DebtorView) -> tuple[str, ...]:
    if debtor.time_zone:
        return (debtor.time_zone, *(each for each in verdict.zones if each != debtor.time_zone))
    return verdict.zones or tuple(each.key for each in zones_of(debtor.country))


def _found(found: Found) -> console.FoundDebtor:
    document = found.document
    return console.FoundDebtor(
        id=found.debtor_id,
        campaign=found.campaign,
        name=found.name,
        external_ref=found.external_ref,
        document_masked="*" * max(0, len(document) - 4) + document[-4:] if len(document) > 4 else "",
        phones=tuple(
            console.DeskPhone(
                id=phone.id, number_masked=PhoneNumber(phone.e164).masked, kind=phone.kind, state=phone.state
            )
            for phone in found.phones
        ),
    )
