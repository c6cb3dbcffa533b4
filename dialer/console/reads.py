"""What the console reads, answered from the store: the shapes of one room put into those of the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agent_console import ports as console
from dialer.domain.phone import PhoneNumber
from dialer.errors import UnknownDebtor
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.forecasts import Forecasts
from dialer.store.queries import Queries
from dialer.store.views import AttemptFilter, AttemptView, DebtorView, DebtView
from pacing.calibration import Calibration, calibration


class ConsoleReads:
    """Implements ``agent_console.ports.ConsoleQueries`` on a Database."""

    def __init__(self, database: Database) -> None:
        self._queries = Queries(database)
        self._campaigns = Campaigns(database)
        self._forecasts = Forecasts(database)

    async def campaigns(self) -> Sequence[console.CampaignView]:
        return [
            console.CampaignView(
                name=campaign.name,
                country=campaign.country,
                language=campaign.language,
                mode=campaign.mode,
                ratio=campaign.ratio,
                target_abandonment=campaign.target_abandonment,
                wrap_up_s=campaign.wrap_up_s,
                preview_s=campaign.preview_s,
                creditor=campaign.creditor,
                dispositions=campaign.dispositions or console.STANDARD_DISPOSITIONS,
                wrap_up_extension_s=campaign.wrap_up_extension_s,
                transfer_numbers=campaign.transfer_numbers,
                pause_reasons=campaign.desk.reasons,
            )
            for campaign in await self._campaigns.all()
        ]

    async def backlog(self, campaign: str, now: datetime) -> console.Backlog:
        found = await self._queries.backlog(campaign, now)
        return console.Backlog(
            debtors=found.debtors,
            ready=found.ready,
            later=found.later,
            in_flight=found.in_flight,
            finished=found.finished,
            next_ready_at=found.next_ready_at,
        )

    async def calibration(self, campaign: str, since: datetime) -> Calibration:
        found = await self._forecasts.since((await self._campaigns.get(campaign)).id, since)
        return calibration((one.people, one.abandoned, one.bins) for one in found)

    async def attempts(self, wanted: console.AttemptFilter, *, cursor: str | None, limit: int) -> console.AttemptPage:
        narrowed = AttemptFilter(
            campaign=wanted.campaign,
            outcome=wanted.outcome,
            agent_id=wanted.agent_id,
            number_digits=wanted.number_digits,
            debtor_id=wanted.debtor_id,
        )
        page = await self._queries.attempts(narrowed, cursor=cursor, limit=limit)
        return console.AttemptPage(rows=tuple(_row(view) for view in page.rows), next_cursor=page.next_cursor)

    async def attempt(self, call_id: str) -> console.AttemptDetail | None:
        view = await self._queries.attempt(call_id)
        if view is None:
            return None
        verdict = view.verdict
        return console.AttemptDetail(
            row=_row(view),
            number=view.number.e164,
            debtor_name=view.debtor_name,
            dialed_at=view.dialed_at,
            ringing_at=view.ringing_at,
            early_media_at=view.early_media_at,
            answered_at=view.answered_at,
            verdict_at=view.verdict_at,
            verdict_reason=verdict.reason if verdict else "",
            verdict_delay_ms=verdict.delay_ms if verdict else None,
            verdict_confidence=verdict.confidence if verdict else None,
            bridged_at=view.bridged_at,
            verdict_to_bridge_ms=view.verdict_to_bridge_ms,
            ended_at=view.ended_at,
            cause=view.cause,
            cause_text=view.cause_text,
            dial_status=view.dial_status,
            abandoned_message_played=view.abandoned_message_played,
            agent_name=view.agent_name,
            notes=view.notes,
            next_try_at=view.next_try_at,
            stop_reason=view.stop_reason or None,
            talk=tuple(
                console.TalkStep(at=note.at, did=note.what, agent_id=note.agent_id, other=note.other)
                for note in view.talk
            ),
        )

    async def call_party(self, call_id: str) -> console.CallParty | None:
        view = await self._queries.attempt(call_id) or await self._queries.inbound(call_id)
        if view is None:
            return None
        try:
            debtor = await self._queries.debtor(view.debtor_id)
        except UnknownDebtor:
            return None
        return console.CallParty(
            call_id=call_id,
            debtor_id=view.debtor_id,
            debts=frozenset(debt.id for debt in debtor.debts),
            numbers=frozenset(phone.number.e164 for phone in debtor.phones),
        )

    async def debtor_card(self, call_id: str, now: datetime) -> console.DebtorCard | None:
        view = await self._queries.attempt(call_id)
        if view is not None:
            debtor_id, number, debts = view.debtor_id, view.number.masked, await self._queries.debts_of_call(call_id)
        else:
            inbound = await self._queries.inbound(call_id)
            if inbound is None:
                return None
            debtor_id, number, debts = inbound.debtor_id, PhoneNumber(inbound.number).masked, inbound.debts
        try:
            debtor = await self._queries.debtor(debtor_id)
        except UnknownDebtor:
            return None
        return console.DebtorCard(
            call_id=call_id,
            name=debtor.name,
            external_ref=debtor.external_ref,
            number_masked=number,
            language=debtor.language,
            debts=tuple(_debt(debt, debtor.custom.get("producto", ""), now) for debt in debts),
            history=_history(debtor, call_id),
        )


def _history(debtor: DebtorView, call_id: str) -> tuple[console.ContactView, ...]:
    """Our calls and theirs, without the present one."""
    ours = [
        console.ContactView(
            at=earlier.reserved_at,
            outcome=earlier.outcome,
            agent_id=earlier.agent_id,
            disposition=earlier.disposition,
            notes=earlier.notes,
        )
        for earlier in debtor.attempts
        if earlier.call_id != call_id and earlier.state != "released"
    ]
    theirs = [
        console.ContactView(
            at=earlier.at,
            outcome=earlier.outcome,
            agent_id=earlier.agent_id,
            disposition=earlier.disposition,
            notes=earlier.notes,
            came_in=True,
        )
        for earlier in debtor.came_in
        if earlier.call_id != call_id
    ]
    return tuple(sorted(ours + theirs, key=lambda contact: contact.at, reverse=True))


def _row(view: AttemptView) -> console.AttemptRow:
    return console.AttemptRow(
        call_id=view.call_id,
        campaign=view.campaign,
        reserved_at=view.reserved_at,
        number_masked=view.number.masked,
        outcome=view.outcome,
        agent_id=view.agent_id,
        verdict=view.verdict.category if view.verdict else None,
        ring_s=view.ring_s,
        talk_s=view.talk_s,
        disposition=view.disposition,
        recorded=view.recorded,
        released=view.state == "released",
    )


def _debt(debt: DebtView, product: str, now: datetime) -> console.DebtView:
    return console.DebtView(
        reference=debt.ref,
        creditor=debt.creditor,
        product=product,
        balance=debt.amount,
        currency=debt.currency,
        days_past_due=debt.days_past_due(now.date()),
    )
