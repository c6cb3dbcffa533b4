"""The desk's room over a real database and the shipped rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from dialer.compliance.gate import Gate
from dialer.console.desk import ConsoleDesk
from dialer.console.promises import ConsolePromises
from dialer.domain.desk import DeskSettings
from dialer.domain.promise import Discount, PromiseTerms
from dialer.errors import UnknownDebtor
from dialer.store.campaigns import Campaigns
from dialer.store.tables import debtors
from tests.support.console_compliance import CALLER_ID, House
from tests.support.console_queries import START
from tests.support.store import number

MORNING = START + timedelta(days=8)  # Wednesday 2 December, 10:00 in Bogotá: another week than the talk of the house
NIGHT = START + timedelta(days=8, hours=13)


@pytest.fixture
def room(home: House) -> ConsoleDesk:
    promises = ConsolePromises(home.database, home.clock)
    return ConsoleDesk(home.database, Gate.shipped(), home.clock, promises, lambda trunk: CALLER_ID)


async def settings(home: House, **changes: object) -> None:
    await Campaigns(home.database).update(replace(home.campaign, **changes))  # type: ignore[arg-type]


async def test_the_help_has_debts_with_their_terms_the_script_and_what_must_be_said(
    home: House, room: ConsoleDesk
) -> None:
    script = DeskSettings(scripts={"castigada": {"es": "Saldo {balance}"}, "": {"es": "Hola {debtor}"}})
    terms = PromiseTerms(discounts=(Discount(share=0.2, within_days=10),))
    await settings(home, desk=script, promise_terms={"": terms}, packs=("house", "house-recording"))
    plain = await room.help(home.call, "cartera-bogota", home.clock.now())
    assert plain is not None
    assert (plain.debtor_id, plain.language, plain.zones) == (home.spoken, "es", ("America/Bogota",))
    assert (plain.script, plain.disclosures) == ("Hola {debtor}", ("recording",))
    (debt,) = plain.debts
    assert (debt.currency, debt.digits, debt.balance_minor) == ("COP", 2, 12_000_000)
    assert debt.terms.discounts == terms.discounts
    change = debtors.update().where(debtors.c.id == home.spoken)
    values = change.values(custom={"segment": "Castigada"}, language="en", time_zone="America/Cancun")
    await home.database.write(lambda connection: connection.execute(values))
    moved = await room.help(home.call, "cartera-bogota", home.clock.now())
    assert moved is not None
    assert (moved.segment, moved.script, moved.language, moved.zones[0]) == ("Castigada", "", "en", "America/Cancun")


async def test_nothing_is_said_of_recording_where_nothing_is_recorded(home: House, room: ConsoleDesk) -> None:
    await settings(home, record=False)
    found = await room.help(home.call, "cartera-bogota", home.clock.now())
    assert found is not None
    assert found.disclosures == ()


async def test_a_call_that_nobody_knows_has_no_help(home: House, room: ConsoleDesk) -> None:
    assert await room.help("0190a0b0-0000-7000-8000-000000000001", "cartera-bogota", home.clock.now()) is None


@pytest.mark.parametrize(("at", "allowed"), [(MORNING, True), (NIGHT, False)])
async def test_a_time_to_call_back_is_judged_by_the_law_of_the_debtor(
    home: House, room: ConsoleDesk, at: datetime, allowed: bool
) -> None:
    answer = await room.may_call("cartera-bogota", home.ana, phone_id=None, at=at, language="es")
    assert answer.allowed is allowed
    assert answer.zones == ("America/Bogota",)
    if allowed:
        assert (answer.reasons, answer.next_allowed_at) == ((), None)
        return
    assert answer.next_allowed_at is not None
    assert answer.next_allowed_at > at
    assert "Fuera del horario permitido" in answer.sentences[0]
    later = await room.may_call("cartera-bogota", home.ana, phone_id=None, at=answer.next_allowed_at, language="es")
    assert later.allowed


async def test_the_call_that_goes_on_is_over_by_the_time_of_the_call_back(home: House, room: ConsoleDesk) -> None:
    (attempt,) = (await home.log.reserve(home.campaign.id, 1, home.clock.now())).attempts
    assert attempt.debtor_id == home.ana
    found = await room.found(["cartera-bogota"], home.ana)
    assert found is not None
    same = await room.may_call(
        "cartera-bogota", home.ana, phone_id=found.phones[0].id, at=home.clock.now(), language="es"
    )
    assert not any("number-in-flight" in reason for reason in same.reasons)
    assert not same.allowed  # it counts as a contact of today all the same
    later = await room.may_call("cartera-bogota", home.ana, phone_id=found.phones[0].id, at=MORNING, language="es")
    assert later.allowed, later.sentences


async def test_debtors_are_found_with_their_document_and_numbers_hidden(home: House, room: ConsoleDesk) -> None:
    change = debtors.update().where(debtors.c.id == home.ana).values(document="79504471")
    await home.database.write(lambda connection: connection.execute(change))
    (found,) = await room.search(["cartera-bogota"], "79504471")
    assert (found.id, found.name, found.document_masked) == (home.ana, "Ana Lucía Vélez", "****4471")
    assert number(1) not in repr(found)
    assert await room.number(home.ana, found.phones[0].id) == number(1)
    with pytest.raises(UnknownDebtor):
        await room.may_call("cartera-bogota", 10**9, phone_id=None, at=MORNING, language="es")


async def test_drafts_are_plain_values_and_gone_once_dropped(home: House, room: ConsoleDesk) -> None:
    assert await room.keep_draft("ana", home.call, {"code": "PTP", "fields": {"p_amount": "1"}}) == 1
    draft = await room.draft("ana", home.call)
    assert draft is not None
    assert (draft.version, draft.content) == (1, {"code": "PTP", "fields": {"p_amount": "1"}})
    await room.drop_draft("ana", home.call)
    assert await room.draft("ana", home.call) is None
    count = sa.text("select count(*) from desk_drafts")
    assert await home.database.read(lambda connection: connection.scalar(count)) == 0
