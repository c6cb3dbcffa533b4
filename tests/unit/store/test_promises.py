"""Promises and payments in the store: made once, held, kept or broken, and who is dialed meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dialer.clock import ManualClock
from dialer.domain.campaign import Campaign
from dialer.domain.promise import Discount, Instalment, PromiseChannel, PromiseState, PromiseTerms, Proposal
from dialer.errors import PromiseRefused, UnknownDebt
from dialer.ports import ContactRequest
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.funnel import Place, funnel
from dialer.store.payments import Fate, NewPayment, Payments, Posted
from dialer.store.promise_keeping import PromiseKeeping
from dialer.store.promises import NewPromise, Promises, StoredPromise, check_digit
from dialer.store.tables import debts
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, closing, number, rows

TODAY = date(2026, 11, 24)  # of a debtor in Bogota at NOON
FRIDAY = date(2026, 11, 27)
AFTER_GRACE = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)  # Monday begins in Bogota: Friday and two days are over
OWED = 120_000_00


def proposal(*payments: tuple[date, int], discount: float = 0.0) -> Proposal:
    return Proposal(instalments=tuple(Instalment(due_on=on, amount_minor=of) for on, of in payments), discount=discount)


def asked(campaign: Campaign, debt: int, what: Proposal | None = None, key: str = "call-1", **more: Any) -> NewPromise:
    return NewPromise(
        request_key=key,
        campaign_id=campaign.id,
        debt_id=debt,
        proposal=what or proposal((FRIDAY, OWED)),
        channel=PromiseChannel.IVR,
        captured_by="self-service",
        **more,
    )


def payment(debt: int, amount: int = OWED, reference: str = "P1", on: date = FRIDAY, **more: Any) -> NewPayment:
    return NewPayment(origin="bank", reference=reference, amount_minor=amount, paid_on=on, debt_id=debt, **more)


class Office:
    """A campaign with one debtor, and the hands that make promises and take payments at a moment that we choose."""

    def __init__(self, database: Database, campaign: Campaign, debtor: int, debt_ids: list[int]) -> None:
        self.database, self.campaign, self.debtor, self.debts = database, campaign, debtor, debt_ids
        self.clock = ManualClock(NOON)
        self.promises = Promises(database, self.clock)
        self.payments = Payments(database, self.clock)
        self.keeping = PromiseKeeping(database, self.clock)
        self.log = SqlAttemptLog(database, StubGate(), self.clock)

    def at(self, when: datetime) -> None:
        self.clock.advance((when - self.clock.now()).total_seconds())

    async def promise(self, what: Proposal | None = None, debt: int = 0, key: str = "call-1") -> StoredPromise:
        return await self.promises.make(asked(self.campaign, self.debts[debt], what, key))

    async def pay(self, amount: int = OWED, reference: str = "P1", debt: int = 0, on: date = FRIDAY) -> Posted:
        return await self.payments.post([payment(self.debts[debt], amount, reference, on)])

    async def dialable(self) -> list[tuple[int, ...]]:
        """The debts of each call that is reserved now; the calls are given back."""
        reservation = await self.log.reserve(self.campaign.id, 5, self.clock.now())
        await self.log.release([each.call_id for each in reservation.attempts], self.clock.now())
        return [each.debt_ids for each in reservation.attempts]

    async def state(self) -> tuple[str, str]:
        (promise,) = await rows(self.database, "promises")
        (lead,) = await rows(self.database, "leads")
        return promise.state, lead.state

    async def topics(self) -> list[str]:
        return [row.topic for row in await rows(self.database, "outbox")]


async def office(database: Database, amounts: tuple[int, ...] = (OWED,), **settings: Any) -> Office:
    campaign = await add_campaign(database, **settings)
    debtor = await add_debtor(
        database, campaign, number(1), amounts=amounts, time_zone="America/Bogota", custom={"segment": "Oro"}
    )
    return Office(database, campaign, debtor, [row.id for row in await rows(database, "debts")])


async def test_a_promise_has_a_reference_that_can_be_checked_and_takes_the_debt_out_of_dialing(
    database: Database,
) -> None:
    desk = await office(database)
    made = await desk.promise()
    assert (made.state, made.total_minor, made.waits_until) == (PromiseState.PENDING, OWED, AFTER_GRACE)
    assert len(made.reference) == 8
    assert check_digit(made.reference[:-1]) == int(made.reference[-1])
    assert await desk.dialable() == []
    desk.at(AFTER_GRACE - timedelta(seconds=1))
    assert await desk.dialable() == []
    desk.at(AFTER_GRACE)
    assert await desk.dialable() == [(desk.debts[0],)]


async def test_the_same_request_makes_one_promise_however_often_and_however_many_at_once_ask(
    database: Database,
) -> None:
    desk = await office(database)
    made = await asyncio.gather(*(desk.promise() for _ in range(8)))
    assert len({each.reference for each in made}) == 1
    assert sorted(each.repeated for each in made) == [False] + [True] * 7
    assert len(await rows(database, "promises")) == 1
    assert (await desk.topics()).count("norte/promise.made") == 1


async def test_a_newer_promise_replaces_the_one_that_waits(database: Database) -> None:
    desk = await office(database)
    first = await desk.promise()
    second = await desk.promise(proposal((FRIDAY + timedelta(days=7), OWED)), key="call-2")
    found = {each.reference: each.state for each in await desk.promises.of_debtor(desk.debtor)}
    assert found == {first.reference: PromiseState.REPLACED, second.reference: PromiseState.PENDING}
    (debt,) = await rows(database, "debts")
    assert debt.held_until == second.waits_until


async def test_the_other_debts_of_the_debtor_are_still_called_about(database: Database) -> None:
    desk = await office(database, (OWED, OWED))
    await desk.promise()
    assert await desk.dialable() == [(desk.debts[1],)]
    await desk.promise(debt=1, key="call-2")
    assert await desk.dialable() == []
    found = await database.read(lambda connection: funnel(connection, StubGate(), desk.campaign.id, NOON))
    assert found.places[Place.PROMISED] == 1


async def test_a_payment_keeps_the_promise_and_ends_the_dialing(database: Database) -> None:
    desk = await office(database)
    await desk.promise()
    done = await desk.pay()
    assert (done.fates, done.settled) == ([Fate.POSTED], desk.debts)
    assert [each.state for each in done.decided] == [PromiseState.KEPT]
    assert await desk.state() == ("kept", "done")
    assert (await desk.topics())[-2:] == ["norte/promise.kept", "norte/payment.received"]


async def test_a_payment_told_twice_counts_once_and_one_told_otherwise_changes_nothing(database: Database) -> None:
    desk = await office(database)
    told = [payment(desk.debts[0], 50_000_00), payment(desk.debts[0], 50_000_00), payment(desk.debts[0], 60_000_00)]
    assert (await desk.payments.post(told)).fates == [Fate.POSTED, Fate.REPEATED, Fate.CONTRADICTED]
    (debt,) = await rows(database, "debts")
    assert (debt.paid_minor, debt.state) == (50_000_00, "open")


async def test_payments_at_the_same_time_are_all_counted(database: Database) -> None:
    desk = await office(database)
    await asyncio.gather(*(desk.pay(10_000_00, f"P{index}") for index in range(12)))
    (debt,) = await rows(database, "debts")
    assert (debt.paid_minor, debt.state) == (OWED, "closed")


async def test_a_promise_nobody_paid_is_broken_and_the_debt_rests_before_it_is_dialed_again(database: Database) -> None:
    desk = await office(database, promise_terms={"": PromiseTerms(rest_after_h=48)})
    await desk.promise()
    desk.at(AFTER_GRACE - timedelta(seconds=1))
    assert await desk.keeping.settle_due() == []
    desk.at(AFTER_GRACE)
    (broken,) = await desk.keeping.settle_due()
    assert broken.state is PromiseState.BROKEN
    assert await desk.keeping.settle_due() == []
    assert await desk.state() == ("broken", "ready")
    assert await desk.dialable() == []
    desk.at(AFTER_GRACE + timedelta(hours=48))
    assert await desk.dialable() == [(desk.debts[0],)]


async def test_half_a_payment_keeps_it_partly(database: Database) -> None:
    desk = await office(database)
    await desk.promise()
    await desk.pay(OWED // 2)
    desk.at(AFTER_GRACE)
    (decided,) = await desk.keeping.settle_due()
    assert decided.state is PromiseState.PARTLY_KEPT


async def test_instalments_are_waited_for_one_after_another(database: Database) -> None:
    desk = await office(database)
    dates = [FRIDAY, FRIDAY + timedelta(days=15), FRIDAY + timedelta(days=30)]
    await desk.promise(proposal(*((on, OWED // 3) for on in dates)))
    await desk.pay(OWED // 3, "P1")
    desk.at(AFTER_GRACE)
    assert await desk.keeping.settle_due() == []
    (promise,) = await desk.promises.of_debtor(desk.debtor)
    assert promise.waits_until == AFTER_GRACE + timedelta(days=15)
    assert await desk.dialable() == []
    await desk.pay(2 * OWED // 3, "P2")
    assert await desk.state() == ("kept", "done")


async def test_a_kept_promise_of_a_part_brings_the_rest_back_to_the_list(database: Database) -> None:
    desk = await office(database)
    await desk.promise(proposal((FRIDAY, OWED // 2)))
    await desk.pay(OWED // 2)
    assert await desk.state() == ("kept", "ready")
    desk.at(NOON + timedelta(hours=24))
    assert await desk.dialable() == [(desk.debts[0],)]


async def test_a_settlement_that_is_kept_closes_the_debt(database: Database) -> None:
    terms = {"oro": PromiseTerms(discounts=(Discount(share=0.25, within_days=10),))}
    desk = await office(database, promise_terms=terms)
    await desk.promise(proposal((FRIDAY, 90_000_00), discount=0.25))
    done = await desk.pay(90_000_00)
    assert done.settled == desk.debts
    assert await desk.state() == ("kept", "done")


@pytest.mark.parametrize(
    ("what", "flaw"),
    [
        (proposal((FRIDAY, OWED + 1)), "too-much"),
        (proposal((FRIDAY, 1_000_00)), "too-little"),
        (proposal((TODAY - timedelta(days=1), OWED)), "too-early"),
        (proposal((TODAY + timedelta(days=31), OWED)), "too-late"),
        (proposal((FRIDAY, OWED), discount=0.5), "not-offered"),
        (proposal(*((FRIDAY + timedelta(days=index), OWED // 4) for index in range(4))), "too-many-instalments"),
        (proposal(), "no-amount"),
    ],
)
async def test_what_the_terms_do_not_allow_is_refused_and_nothing_is_recorded(
    database: Database, what: Proposal, flaw: str
) -> None:
    desk = await office(database)
    with pytest.raises(PromiseRefused) as refused:
        await desk.promise(what)
    assert flaw in [each["flaw"] for each in refused.value.details["objections"]]  # type: ignore[attr-defined]
    assert await rows(database, "promises") == []
    assert await desk.dialable() == [(desk.debts[0],)]


async def test_a_debt_of_another_campaign_cannot_be_promised(database: Database) -> None:
    desk = await office(database)
    other = await add_campaign(database, "sur")
    with pytest.raises(UnknownDebt):
        await desk.promises.make(asked(other, desk.debts[0]))


async def test_a_paid_debt_is_not_dialed_though_its_call_was_reserved(database: Database) -> None:
    desk = await office(database)
    reservation = await desk.log.reserve(desk.campaign.id, 1, NOON)
    (attempt,) = reservation.attempts
    await desk.pay()
    denial = await desk.log.recheck(attempt.call_id, NOON)
    assert denial is not None
    assert denial.reasons == ("settled",)
    assert [row.state for row in await rows(database, "attempts")] == ["released"]
    assert await desk.dialable() == []
    assert [row.state for row in await rows(database, "leads")] == ["done"]


async def test_a_payment_during_the_call_ends_the_dialing_once_the_call_is_over(database: Database) -> None:
    desk = await office(database)
    (attempt,) = (await desk.log.reserve(desk.campaign.id, 1, NOON)).attempts
    await desk.pay()
    await desk.log.close([closing(attempt.call_id)])
    desk.at(NOON + timedelta(days=2))
    assert await desk.dialable() == []
    assert [row.state for row in await rows(database, "leads")] == ["done"]


async def test_a_debt_is_found_by_its_reference_creditor_and_document(database: Database) -> None:
    desk = await office(database)
    stranger = await add_debtor(database, desk.campaign, number(2), name="Otra Persona", document="99", amounts=(1_00,))
    told = [
        NewPayment(origin="file", reference="1", amount_minor=1_00, paid_on=TODAY, debt_ref="R0"),
        NewPayment(origin="file", reference="2", amount_minor=1_00, paid_on=TODAY, debt_ref="R0", document="99"),
        NewPayment(origin="file", reference="3", amount_minor=1_00, paid_on=TODAY, debt_ref="R9"),
        NewPayment(
            origin="file", reference="4", amount_minor=1_00, paid_on=TODAY, debt_id=desk.debts[0], currency="USD"
        ),
    ]
    done = await desk.payments.post(told)
    assert done.fates == [Fate.AMBIGUOUS_DEBT, Fate.POSTED, Fate.UNKNOWN_DEBT, Fate.WRONG_CURRENCY]
    (posted,) = await desk.payments.of_debtor(stranger)
    assert posted.reference == "2"


async def test_every_promise_and_payment_is_in_the_audit_trail(database: Database) -> None:
    desk = await office(database)
    made = await desk.promise()
    await desk.pay()
    kinds = [row.kind for row in await rows(database, "audit_records")]
    assert kinds == ["promise", "promise", "payment"]
    assert made.debtor_id == desk.debtor


async def test_the_balance_is_what_the_creditor_said_less_what_came_since(database: Database) -> None:
    desk = await office(database)
    await desk.pay(20_000_00)
    owed = await desk.promises.owed(desk.campaign.id, desk.debts[0])
    assert (owed.balance_minor, owed.today, owed.currency) == (100_000_00, TODAY, "COP")
    change = debts.update().values(state="closed")
    await database.write(lambda connection: connection.execute(change))
    assert (await desk.promises.owed(desk.campaign.id, desk.debts[0])).balance_minor == 0
    assert isinstance(await database.read(lambda connection: connection.scalar(sa.select(debts.c.id))), int)


async def test_nobody_is_called_back_about_what_is_paid_or_promised(database: Database) -> None:
    desk = await office(database, (OWED, OWED))
    call_back = ContactRequest(
        campaign_id=desk.campaign.id,
        debtor_id=desk.debtor,
        mode="callback",
        agent_guaranteed=True,
        source="call-back:1",
    )
    await desk.promise(debt=0)
    asked_of_the_other = await desk.log.reserve_contact(call_back, NOON)
    assert asked_of_the_other.attempt is not None
    await desk.log.release([asked_of_the_other.attempt.call_id], NOON)

    await desk.promise(debt=1, key="call-2")
    held = await desk.log.reserve_contact(call_back, NOON)
    await desk.pay(debt=0)
    await desk.pay(debt=1, reference="P2")
    paid = await desk.log.reserve_contact(call_back, NOON)

    assert (held.attempt, paid.attempt) == (None, None)
    assert [(each.denial.reasons, each.denial.next_allowed_at) for each in (held, paid) if each.denial] == [
        (("promised",), None),
        (("settled",), None),
    ]
