"""The desk's room, from memory: one debtor with two debts, and rules that deny what the test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent_console.ports_desk import (
    Answered,
    CallHelp,
    DeskDebt,
    DeskPhone,
    Draft,
    FoundDebtor,
    PauseTotal,
)
from agent_console.ports_promises import OwedView, PromiseAsked, PromiseView
from dialer.domain.promise import Discount, Instalment, PromiseState, PromiseTerms, Proposal, objections
from dialer.errors import InputError, PromiseRefused
from tests.support.console_queries import NAMES, START

DEBTOR = 41
PHONE = 7
NUMBER = "+573104567821"
ZONE = "America/Bogota"
TODAY = START.date()


def owed(debt_id: int, balance_minor: int, discounts: tuple[Discount, ...] = ()) -> OwedView:
    return OwedView(
        debt_id=debt_id,
        debtor_id=DEBTOR,
        creditor="Banco del Llano",
        currency="COP",
        balance_minor=balance_minor,
        minimum_minor=balance_minor // 10,
        today=TODAY,
        earliest_on=TODAY,
        latest_on=TODAY + timedelta(days=30),
        max_instalments=3,
        longest_gap_days=31,
        discounts=discounts,
    )


def debt(debt_id: int, reference: str, terms: OwedView, days: int, product: str) -> DeskDebt:
    return DeskDebt(
        id=debt_id,
        reference=reference,
        product=product,
        creditor=terms.creditor,
        currency=terms.currency,
        digits=2,
        balance_minor=terms.balance_minor,
        days_past_due=days,
        terms=terms,
    )


CARD_DEBT = owed(11, 128_450_000, (Discount(share=0.2, within_days=10),))
FREE_LOAN = owed(12, 31_025_000)


def earlier_promise() -> PromiseView:
    return PromiseView(
        id=3,
        reference="41730284",
        campaign="cartera-bogota",
        debtor_id=DEBTOR,
        debt_id=11,
        state=PromiseState.BROKEN,
        currency="COP",
        total_minor=40_000_000,
        paid_minor=0,
        discount=0.0,
        instalments=(Instalment(due_on=TODAY - timedelta(days=8), amount_minor=40_000_000),),
        channel="agent",
        captured_by="ana",
        call_id=None,
        promised_at=START - timedelta(days=14),
        waits_until=None,
        decided_at=START - timedelta(days=5),
        repeated=False,
    )


def call_help(call_id: str, **changes: Any) -> CallHelp:
    values: dict[str, Any] = {
        "call_id": call_id,
        "debtor_id": DEBTOR,
        "language": "es",
        "zones": (ZONE,),
        "segment": "",
        "script": "",
        "disclosures": ("recording",),
        "debts": (
            debt(11, "TC-4481", CARD_DEBT, 94, "Tarjeta de crédito"),
            debt(12, "LI-0192", FREE_LOAN, 31, "Libre inversión"),
        ),
        "promises": (earlier_promise(),),
    }
    return CallHelp(**{**values, **changes})


def found_debtor(campaign: str = "cartera-bogota") -> FoundDebtor:
    return FoundDebtor(
        id=DEBTOR,
        campaign=campaign,
        name=NAMES[0],
        external_ref="CC-10492",
        document_masked="****4471",
        phones=(
            DeskPhone(id=PHONE, number_masked="+57********21", kind="mobile", state="ok"),
            DeskPhone(id=PHONE + 1, number_masked="+57********07", kind="home", state="bad"),
        ),
    )


@dataclass
class MemoryDesk:
    """``closed_until``: calls before then are denied."""

    helps: dict[str, CallHelp] = field(default_factory=dict)
    debtors: list[FoundDebtor] = field(default_factory=lambda: [found_debtor()])
    closed_until: datetime | None = None
    drafts: dict[str, Draft] = field(default_factory=dict)
    breaks: list[PauseTotal] = field(default_factory=list)
    searched: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    async def help(self, call_id: str, campaign: str, now: datetime) -> CallHelp | None:
        return self.helps.get(call_id)

    async def may_call(
        self, campaign: str, debtor_id: int, *, phone_id: int | None, at: datetime, language: str
    ) -> Answered:
        denied = self.closed_until is not None and at < self.closed_until
        sentence = {"es": "Fuera del horario permitido.", "en": "Outside the hours that are allowed."}[language]
        return Answered(
            at=at,
            allowed=not denied,
            sentences=(sentence,) if denied else (),
            reasons=("co-ley-2300/window",) if denied else (),
            next_allowed_at=self.closed_until if denied else None,
            zones=(ZONE,),
        )

    async def search(self, campaigns: Sequence[str], text: str) -> Sequence[FoundDebtor]:
        self.searched.append((tuple(campaigns), text))
        known = [each for each in self.debtors if each.campaign in campaigns]
        return [each for each in known if text.casefold() in each.name.casefold() or text == each.external_ref]

    async def found(self, campaigns: Sequence[str], debtor_id: int) -> FoundDebtor | None:
        return next((each for each in self.debtors if each.id == debtor_id and each.campaign in campaigns), None)

    async def number(self, debtor_id: int, phone_id: int) -> str:
        if phone_id != PHONE:
            raise InputError("This number is not the debtor's.")
        return NUMBER

    async def draft(self, agent_id: str, call_id: str) -> Draft | None:
        found = self.drafts.get(agent_id)
        return found if found is not None and found.call_id == call_id else None

    async def keep_draft(self, agent_id: str, call_id: str, content: Mapping[str, Any]) -> int:
        before = await self.draft(agent_id, call_id)
        version = before.version + 1 if before else 1
        self.drafts[agent_id] = Draft(call_id=call_id, version=version, content=dict(content))
        return version

    async def drop_draft(self, agent_id: str, call_id: str) -> None:
        if await self.draft(agent_id, call_id) is not None:
            del self.drafts[agent_id]

    async def pauses(self, campaign: str, since: datetime, until: datetime) -> Sequence[PauseTotal]:
        return self.breaks


class MemoryPromises:
    """A ``PromisesRoom`` that judges by the real terms and remembers what was promised, once for each request."""

    def __init__(self) -> None:
        self.made: dict[str, PromiseView] = {}

    async def owed(self, campaign: str, debt_id: int) -> OwedView:
        return CARD_DEBT if debt_id == CARD_DEBT.debt_id else FREE_LOAN

    async def of_campaign(
        self, campaign: str, *, state: PromiseState | None, before: int | None, most: int, **_: object
    ) -> list[PromiseView]:
        found = [each for each in self.made.values() if each.campaign == campaign and state in (None, each.state)]
        return [each for each in reversed(found) if before is None or each.id < before][:most]

    async def promise(self, asked: PromiseAsked) -> PromiseView:
        if asked.request_key in self.made:
            return self.made[asked.request_key]
        terms = await self.owed(asked.campaign, asked.debt_id)
        proposal = Proposal(instalments=asked.instalments, discount=asked.discount)
        against = objections(
            proposal, PromiseTerms(discounts=terms.discounts), balance_minor=terms.balance_minor, today=terms.today
        )
        if against:
            raise PromiseRefused(objections=[{"flaw": str(each.flaw), "limit": each.limit} for each in against])
        made = PromiseView(
            id=90 + len(self.made),
            reference="52104476",
            campaign=asked.campaign,
            debtor_id=DEBTOR,
            debt_id=asked.debt_id,
            state=PromiseState.PENDING,
            currency=terms.currency,
            total_minor=proposal.total_minor,
            paid_minor=0,
            discount=asked.discount,
            instalments=asked.instalments,
            channel="agent",
            captured_by=asked.captured_by,
            call_id=asked.call_id,
            promised_at=START,
            waits_until=START + timedelta(days=10),
            decided_at=None,
            repeated=False,
        )
        self.made[asked.request_key] = made
        return made

    async def of_debtor(self, debtor_id: int) -> Sequence[PromiseView]:
        return list(self.made.values())

    async def payments_of(self, debtor_id: int) -> Sequence[Any]:
        return []
