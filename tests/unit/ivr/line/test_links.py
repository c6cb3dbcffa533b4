"""Where a link may be sent while a call is going on, by the rules that ship; and what is offered where it may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialer.clock import ManualClock, entropy
from dialer.compliance.gate import Gate
from dialer.domain.ids import new_call_id
from dialer.ports import ServiceMode
from dialer.self_service.facts import ServedCaller
from dialer.self_service.house import StoreHouse
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.self_service import read_person
from tests.support.store import add_campaign, add_debtor

#: A Tuesday, in working hours from Mexico to Chile.
WHEN = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
NUMBERS = {
    "CO": "+573105550101",
    "MX": "+525512345678",
    "PE": "+51987654321",
    "CL": "+56987654321",
    "US": "+12125550101",
}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'links.sqlite'}")
    await database.migrate()
    yield database
    await database.close()


async def channels(database: Database, country: str, mode: ServiceMode) -> tuple[str, ...]:
    campaign = await add_campaign(database, country=country, creditor="Aurora", caller_id=NUMBERS[country])
    debtor = await add_debtor(database, campaign, NUMBERS[country], country=country, document="10203111")
    gate, clock = Gate.shipped(), ManualClock(WHEN)
    call_id = str(new_call_id(WHEN, entropy(10)))
    if mode is not ServiceMode.INBOUND:
        reservation = await SqlAttemptLog(database, gate, clock).reserve(campaign.id, 1, WHEN)
        assert reservation.denials == ()
        (attempt,) = reservation.attempts
        call_id = attempt.call_id
    person = await database.read(read_person, debtor, campaign.id)
    assert person is not None
    caller = ServedCaller(call_id=call_id, mode=mode, number=NUMBERS[country], flow="self-service", people=(person,))
    house = StoreHouse(caller, database, gate, clock, entropy)
    if mode is ServiceMode.INBOUND:
        await house.call_began(person)
    return (await house.file(person)).channels


@pytest.mark.parametrize(
    ("country", "mode", "allowed"),
    [
        ("CO", ServiceMode.AGENTLESS, False),  # one contact a day, by one channel a week; this call is one
        ("CO", ServiceMode.INBOUND, True),  # what they begin is none of ours
        ("MX", ServiceMode.AGENTLESS, True),
        ("PE", ServiceMode.AGENTLESS, True),
        ("CL", ServiceMode.AGENTLESS, True),
        ("CL", ServiceMode.INBOUND, True),
        ("US", ServiceMode.INBOUND, True),
    ],
)
async def test_a_link_is_offered_only_where_the_rules_allow_one_now(
    database: Database, country: str, mode: ServiceMode, *, allowed: bool
) -> None:
    assert await channels(database, country, mode) == (("sms",) if allowed else ())
