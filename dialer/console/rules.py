"""What the console asks of the rules, answered by the gate from the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa

from agent_console import ports_rules as console
from dialer.beside import Beside
from dialer.casebook.replay import Comparison, Example, compare
from dialer.compliance.account import Account
from dialer.compliance.facts import Channel, GateQuery
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import parse_pack
from dialer.compliance.ratios import RatioStanding
from dialer.compliance.record import query_from_record
from dialer.compliance.rules import Pack, Rule
from dialer.compliance.yamlfile import parse
from dialer.domain.campaign import Campaign
from dialer.domain.phone import PhoneNumber
from dialer.errors import InputError, UnknownPack
from dialer.ports import ContactGate, ContactRequest
from dialer.store.campaigns import Campaigns
from dialer.store.compliance_lists import decision_of
from dialer.store.database import Database
from dialer.store.funnel import Funnel, Place
from dialer.store.funnel import funnel as ask_about_all
from dialer.store.holds import is_held
from dialer.store.past_decisions import campaigns_of, find_debtor, past_decisions
from dialer.store.queries import Queries
from dialer.store.questions import e164, gate_query
from dialer.store.views import DebtorView

#: The number that a campaign's trunk shows, by the trunk's name.
CallerIdOf = Callable[[str], str]


class ConsoleRules:
    """Implements ``agent_console.ports_rules.RulesRoom``. ``attempts`` remembers the settled part of each rate."""

    def __init__(
        self, database: Database, beside: Beside, gate: Gate, attempts: ContactGate, caller_id_of: CallerIdOf
    ) -> None:
        self._database = database
        self._beside = beside
        self._gate = gate
        self._attempts = attempts
        self._caller_id_of = caller_id_of
        self._campaigns = Campaigns(database)
        self._queries = Queries(database)

    async def debtor(self, debtor: str) -> console.DebtorView:
        debtor_id = await self._database.read(find_debtor, debtor)
        return await self._debtor(debtor_id, await self._campaigns_of(debtor_id))

    async def explain(
        self, debtor: str, *, campaign: str | None, number: str | None, channel: Channel, at: datetime
    ) -> console.Explanation:
        debtor_id = await self._database.read(find_debtor, debtor)
        theirs = await self._campaigns_of(debtor_id)
        if campaign is None and not theirs:
            raise InputError("This debtor is in no campaign. Name the one to ask for.")
        chosen = await self._campaigns.get(campaign or theirs[0])
        request = ContactRequest(
            campaign_id=chosen.id,
            debtor_id=debtor_id,
            number=e164(number) if number else None,
            channel=str(channel),
        )
        query = await self._database.read(self._question, request, at, chosen)
        return console.Explanation(
            debtor=await self._debtor(debtor_id, theirs),
            campaign=chosen.name,
            channel=channel,
            number_masked=_masked(query.candidate.number),
            at=at,
            account=self._gate.account(query),
        )

    def _question(
        self, connection: sa.Connection, request: ContactRequest, at: datetime, campaign: Campaign
    ) -> GateQuery:
        return gate_query(connection, request, at, caller_id=self._caller_id_of(campaign.trunk))

    async def _campaigns_of(self, debtor_id: int) -> list[str]:
        return [name for _, name in await self._database.read(campaigns_of, debtor_id)]

    async def _debtor(self, debtor_id: int, campaigns: Sequence[str]) -> console.DebtorView:
        found = await self._queries.debtor(debtor_id)
        return _debtor(found, campaigns, held=await self._database.read(is_held, debtor_id))

    async def decision(self, call_id: str) -> console.CallDecision | None:
        found = await self._database.read(decision_of, call_id)
        if found is None:
            return None
        account: Account | None = None
        if found.record is not None:
            try:
                account = self._gate.account(query_from_record(found.record))
            except UnknownPack:  # the campaign chose a pack that a newer release dropped
                account = None
        return console.CallDecision(
            at=found.at,
            debtor_id=found.debtor_id,
            account=account,
            same_rules=bool(account and found.record and account.verdict.basis == found.record["basis"]),
            allowed=bool(found.record is None or found.record["allowed"]),
            obligations=account.verdict.obligations if account else None,
            breaches=found.breaches,
        )

    async def funnel(self, campaign: str, at: datetime) -> console.FunnelView:
        chosen = await self._campaigns.get(campaign)
        caller_id = self._caller_id_of(chosen.trunk)
        return _funnel(
            await self._beside.ask(
                lambda database: database.read(ask_about_all, self._gate, chosen.id, at, caller_id=caller_id)
            )
        )

    async def standings(self, campaign: str, at: datetime) -> Sequence[RatioStanding]:
        chosen = await self._campaigns.get(campaign)
        return await self._attempts.standings(chosen.id, at)

    def rules(self, at: datetime) -> console.RulesNow:
        return console.RulesNow(
            packs=tuple(_pack(pack) for pack in self._gate.packs.values()),
            calendars=shipped_calendars().digest,
            alarms=self._gate.alarms(at),
        )

    async def what_if(
        self, *, pack: str | None, text: str | None, since: datetime, campaign: str | None
    ) -> console.WhatIf:
        changed = self._gate.pack(pack or "") if text is None else _written(text)
        chosen = None if campaign is None else (await self._campaigns.get(campaign)).id
        gate = self._gate.with_pack(changed)

        def replay(connection: sa.Connection) -> Comparison:
            made = past_decisions(connection, since, chosen)
            return compare(gate, changed.id, ((past.ref, past.reasons, past.query) for past in made))

        found = await self._beside.ask(lambda database: database.read(replay))
        return console.WhatIf(
            pack=changed.id,
            since=since,
            decisions=found.decisions,
            same=found.same,
            now_denied=found.now_denied,
            now_allowed=found.now_allowed,
            other_reasons=found.other_reasons,
            denying=dict(found.denying.most_common()),
            freeing=dict(found.freeing.most_common()),
            examples={kind: tuple(map(_example, examples)) for kind, examples in found.examples.items()},
        )


def _written(text: str) -> Pack:
    return parse_pack(text, f"{parse(text, 'pack.yaml').text('id')}.yaml")


def _masked(number: str) -> str:
    return PhoneNumber(number).masked if number.startswith("+") else ""


def _debtor(found: DebtorView, campaigns: Sequence[str], *, held: bool) -> console.DebtorView:
    return console.DebtorView(
        id=found.id,
        external_ref=found.external_ref,
        name=found.name,
        country=found.country,
        time_zone=found.time_zone,
        do_not_call=found.do_not_call,
        held=held,
        campaigns=tuple(campaigns),
        phones=tuple(
            console.PhoneView(
                number=phone.number.e164, number_masked=phone.number.masked, kind=phone.kind, state=phone.state
            )
            for phone in found.phones
        ),
        debts=tuple(
            console.DebtOfDebtor(id=debt.id, reference=debt.ref, creditor=debt.creditor, is_open=debt.is_open)
            for debt in found.debts
        ),
        came_in=tuple(
            console.CameIn(
                at=each.at,
                outcome=each.outcome,
                disposition=each.disposition,
                notes=each.notes,
                agent_id=each.agent_id,
            )
            for each in found.came_in
        ),
    )


def _funnel(found: Funnel) -> console.FunnelView:
    return console.FunnelView(
        campaign=found.campaign,
        at=found.at,
        leads=found.leads,
        asked=found.asked,
        places={str(place): found.places[place] for place in Place},
        first_reasons=dict(found.first_reasons.most_common()),
        all_reasons=dict(found.all_reasons.most_common()),
        stopped=dict(found.stopped.most_common()),
        callable_at=tuple(console.HourOfFunnel(hour=hour, leads=found.later[hour]) for hour in sorted(found.later)),
    )


def _pack(pack: Pack) -> console.PackView:
    return console.PackView(
        id=pack.id,
        title=pack.title,
        as_of=pack.as_of,
        brought_in_by=str(pack.brought_in_by),
        country=pack.scope.country,
        subdivision=pack.scope.subdivision,
        digest=pack.digest,
        rules=tuple(_rule(rule) for rule in pack.rules),
    )


def _rule(rule: Rule) -> console.RuleView:
    return console.RuleView(
        id=rule.id,
        kind=type(rule).__name__.removesuffix("Rule").lower(),
        cite=rule.cite,
        basis=str(rule.basis),
        as_of=rule.as_of,
        source=rule.source,
        effective_from=rule.effective_from,
        effective_until=rule.effective_until,
        review_by=rule.review_by,
    )


def _example(each: Example) -> console.ChangedDecision:
    return console.ChangedDecision(ref=each.ref, debtor=each.debtor, at=each.at, was=each.was, would_be=each.would_be)
