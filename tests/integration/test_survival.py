"""What is left after a crash: of the engine, of Asterisk, of the link between them, and after an orderly stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.clock import seeded_random
from dialer.domain.campaign import Campaign, DialMode
from dialer.embedded import CARRIER_DIAL_STRING
from dialer.provision.behaviours import BehaviourKind, behaviour_of
from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import start_asterisk
from tests.support.engine_process import Row, numbers_of, plant_on
from tests.support.station import settings_on
from tests.support.witness import CallRecord, witness_of

SPEED = 4.0  # of the demo carrier: most people talk for longer than an engine needs to start
AGENTS = 5
KILLS = 10
CAMPAIGN = Campaign(id=0, name="prueba", mode=DialMode.POWER, ratio=2.0, wrap_up_s=2.0, announce_recording=False)
PEOPLE = {
    BehaviourKind.PERSON: 50,
    BehaviourKind.HANGS_UP: 3,
    BehaviourKind.VOICEMAIL: 6,
    BehaviourKind.EARLY_VOICEMAIL: 3,
    BehaviourKind.EARLY_ANNOUNCEMENT: 3,
    BehaviourKind.BUSY: 5,
    BehaviourKind.NO_ANSWER: 4,
    BehaviourKind.UNALLOCATED: 4,
    BehaviourKind.SILENT: 2,
}


@pytest.fixture
def lasting() -> Iterator[AsteriskProcess]:
    """An Asterisk of the test's own, so that its call records are those of one story."""
    process = start_asterisk("survival", demo_speed=SPEED, untaken_s=3.0)
    try:
        yield process
    finally:
        process.remove()


def assert_nothing_lost_and_nobody_dialed_twice(rows: list[Row], records: list[CallRecord]) -> None:
    """The log is closed, and agrees with Asterisk's own records, call by call."""
    assert [row for row in rows if row.state == "open"] == []
    logged = {row.call_id: row for row in rows if row.state == "closed"}
    assert all(row.outcome and row.ended_at for row in logged.values())
    # No retry falls due within a test, so that a debtor's second call could only be a mistake.
    assert Counter(row.debtor_id for row in logged.values()).most_common(1)[0][1] == 1
    assert Counter(row.number for row in logged.values()).most_common(1)[0][1] == 1
    assert Counter(record.call_id for record in records).most_common(1)[0][1] == 1
    assert Counter(record.debtor_id for record in records).most_common(1)[0][1] == 1
    assert {record.call_id for record in records} <= set(logged)
    assert all(logged[record.call_id].debtor_id == record.debtor_id for record in records)
    # What Asterisk never saw was in the log before the crash that kept it from being dialed.
    unseen = set(logged) - {record.call_id for record in records}
    assert {logged[call_id].outcome for call_id in unseen} <= {"lost"}


async def test_an_engine_killed_ten_times_loses_no_attempt_and_dials_nobody_twice(
    lasting: AsteriskProcess, tmp_path: Path
) -> None:
    random = seeded_random("kill -9")
    settings = settings_on(lasting, tmp_path / "data", dial_string=CARRIER_DIAL_STRING)
    settings.console.port = 0
    talking: set[str] = set()
    async with plant_on(settings, agents=AGENTS) as plant, witness_of(lasting) as witness:
        await plant.load(CAMPAIGN, numbers_of(PEOPLE, seed=1))
        for kill in range(KILLS):
            engine = await plant.start()
            if kill % 2:
                await witness.sees(1, "BridgeEnter")  # half of the instants are such that somebody talks
            await witness.sees(random.randint(1, 30))
            await engine.kill()
            talking |= await witness.conversations()
        engine = await plant.start()
        await plant.until_worked_through()
        await witness.until_channels(AGENTS)
        assert await engine.terminate() == 0
        rows, records = await plant.attempts(), witness.call_records()
    assert_nothing_lost_and_nobody_dialed_twice(rows, records)
    logged = {row.call_id: row for row in rows}
    assert talking
    assert {logged[call_id].outcome for call_id in talking} == {"conversation"}
    for record in records:
        if record.call_id in talking:  # and nobody cut it short
            assert record.talked_s >= behaviour_of(logged[record.call_id].number).talk_s / SPEED - 2
