"""The rules: whether somebody may be contacted and why, where a list went, the law's rates, and what another pack would
have done. Nothing here writes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from agent_console.api.attempts import CallIdPath, attempt_of
from agent_console.api.wiring import FromRooms
from agent_console.ports_rules import DebtorView, FunnelView, RulesNow, WhatIf
from agent_console.schemas_compliance import (
    Answered,
    DecisionOfCall,
    DecisionOut,
    Explained,
    Language,
    Moment,
    StandingsNow,
    WhatIfIn,
)
from dialer.compliance.account import Account
from dialer.compliance.explain import explain
from dialer.compliance.facts import Channel
from dialer.errors import InputError

router = APIRouter(tags=["compliance"])

DebtorPath = Annotated[str, Path(max_length=64, description="The id, or the reference of your own system.")]
LanguageQuery = Annotated[Language, Query(description="Language of the sentences.")]


@router.get("/debtors/{debtor}")
async def debtor(debtor: DebtorPath, rooms: FromRooms) -> DebtorView:
    """A person as the rules see them."""
    return await rooms.context.compliance.rules.debtor(debtor)


@router.get("/debtors/{debtor}/compliance")
async def explain_debtor(
    debtor: DebtorPath,
    rooms: FromRooms,
    campaign: Annotated[str | None, Query(max_length=64)] = None,
    at: Moment | None = None,
    number: Annotated[str | None, Query(max_length=254)] = None,
    channel: Channel = Channel.CALL,
    lang: LanguageQuery = "es",
) -> Explained:
    """Whether a debtor may be contacted at an instant, by which rules, with their sources and what is left of each."""
    now = rooms.context.clock.now()
    found = await rooms.context.compliance.rules.explain(
        debtor, campaign=campaign or None, number=number or None, channel=channel, at=at or now
    )
    return Explained(
        now=now,
        debtor=found.debtor,
        campaign=found.campaign,
        channel=found.channel,
        number_masked=found.number_masked,
        at=found.at,
        **dict(_answered(found.account, lang)),
    )


@router.get("/attempts/{call_id}/decision")
async def decision_of_call(call_id: CallIdPath, rooms: FromRooms, lang: LanguageQuery = "es") -> DecisionOfCall:
    """The decision on which a call left, and which of the law's duties the call did not keep."""
    await attempt_of(call_id, rooms)
    found = await rooms.context.compliance.rules.decision(call_id)
    if found is None:
        return DecisionOfCall(decision=None)
    decision = DecisionOut(
        at=found.at,
        debtor_id=found.debtor_id,
        allowed=found.allowed,
        same_rules=found.same_rules,
        obligations=found.obligations,
        breaches=None if found.breaches is None else list(found.breaches),
        answer=None if found.account is None else _answered(found.account, lang),
    )
    return DecisionOfCall(decision=decision)


@router.get("/campaigns/{name}/funnel")
async def funnel(name: str, rooms: FromRooms, at: Moment | None = None) -> FunnelView:
    """Where the campaign's list went: callable now, later by the hour, and which rule holds back how many. Asks the
    rules about every debtor who is ready: minutes for a list of a million."""
    return await rooms.context.compliance.rules.funnel(name, at or rooms.context.clock.now())


@router.get("/campaigns/{name}/standings")
async def standings(name: str, rooms: FromRooms) -> StandingsNow:
    """Where the campaign stands under every rate that a law sets, counted from the log."""
    now = rooms.context.clock.now()
    return StandingsNow(now=now, standings=list(await rooms.context.compliance.rules.standings(name, now)))


@router.get("/compliance/packs")
async def packs(rooms: FromRooms) -> RulesNow:
    """Every pack with its rules, sources and digest, and what somebody must look after: rules that ended, rules in
    doubt, packs nobody has checked for a year."""
    return rooms.context.compliance.rules.rules(rooms.context.clock.now())


@router.post("/compliance/whatif")
async def what_if(body: WhatIfIn, rooms: FromRooms) -> WhatIf:
    """Make the decisions since an instant again, with a pack added or changed. What would have happened after a
    different decision is not guessed."""
    if (body.pack is None) == (body.yaml is None):
        raise InputError('Give either "pack", the id of a pack, or "yaml", the text of one.')
    return await rooms.context.compliance.rules.what_if(
        pack=body.pack, text=body.yaml, since=body.since, campaign=body.campaign
    )


def _answered(account: Account, language: Language) -> Answered:
    verdict = account.verdict
    return Answered(
        allowed=verdict.allowed,
        sentences=explain(verdict, language),
        reasons=list(verdict.reasons),
        next_allowed_at=verdict.next_allowed_at,
        holds_until=verdict.holds_until,
        zones=list(verdict.zones),
        packs=list(verdict.packs),
        not_applicable=list(verdict.not_applicable),
        basis=verdict.basis,
        rules=list(account.rules),
    )
