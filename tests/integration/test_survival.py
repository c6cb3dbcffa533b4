"""What is left after a crash: of the engine, of Asterisk, of the link between them, and after an orderly stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dialer.clock import seeded_random
from dialer.domain.campaign import Campaign, CampaignState, DialMode
from dialer.embedded import CARRIER_DIAL_STRING
from dialer.provision.behaviours import BehaviourKind, behaviour_of
from dialer.provision.process import AsteriskProcess
from dialer.store.campaigns import Campaigns
from tests.support.asterisk import start_asterisk
from tests.support.cut_proxy import CutProxy, cut_proxy
from tests.support.engine_process import Row, numbers_of, plant_on
from tests.support.live_station import live_station
from tests.support.station import settings_on
from tests.support.witness import CallRecord, witness_of

SPEED = 4.0  # of the demo carrier: most people talk for longer than an engine needs to start
AGENTS = 4
KILLS = 10
OUTAGE_S = 4.0
CAMPAIGN = Campaign(id=0, name="prueba", mode=DialMode.POWER, ratio=2.0, wrap_up_s=2.0, announce_recording=False)
SILENTLY = replace(CAMPAIGN, record=False)  # a recording's last block takes seconds to come
PEOPLE = {
    BehaviourKind.PERSON: 38,
    BehaviourKind.HANGS_UP: 3,
    BehaviourKind.VOICEMAIL: 5,
    BehaviourKind.EARLY_VOICEMAIL: 3,
    BehaviourKind.EARLY_ANNOUNCEMENT: 3,
    BehaviourKind.BUSY: 4,
    BehaviourKind.NO_ANSWER: 3,
    BehaviourKind.UNALLOCATED: 3,
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


def assert_nothing_lost_and_nobody_dialed_twice(
    rows: list[Row], records: list[CallRecord], cut_off: Collection[str] = ()
) -> None:
    """The log is closed, and agrees with Asterisk's own records, call by call. Of the calls ``cut_off`` by its crash
    Asterisk left no record."""
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
    unseen = set(logged) - {record.call_id for record in records} - set(cut_off)
    assert {logged[call_id].outcome for call_id in unseen} <= {"lost"}


def assert_talks_were_not_cut_short(talking: set[str], rows: list[Row], records: list[CallRecord]) -> None:
    """The conversations that went on at the time of a disaster ended when the person had had enough."""
    assert talking
    logged = {row.call_id: row for row in rows}
    assert [row for row in rows if row.call_id in talking and row.outcome != "conversation"] == []
    for record in records:
        if record.call_id in talking:
            assert record.talked_s >= behaviour_of(logged[record.call_id].number).talk_s / SPEED - 2


async def test_an_engine_killed_ten_times_loses_no_attempt_and_dials_nobody_twice(
    lasting: AsteriskProcess, tmp_path: Path
) -> None:
    random = seeded_random("kill -9")
    settings = settings_on(lasting, tmp_path / "data", dial_string=CARRIER_DIAL_STRING)
    settings.console.port = 0
    talking: set[str] = set()
    async with plant_on(settings, agents=AGENTS) as plant, witness_of(lasting) as witness:
        await plant.load(CAMPAIGN, numbers_of(PEOPLE, seed=1))
        engine = await plant.start()
        for kill in range(KILLS):
            if kill % 2:  # half of the instants are such that somebody talks
                await witness.sees(1, "BridgeEnter")
                await witness.sees(random.randint(1, 10))
            else:
                await witness.sees(random.randint(1, 30))
            await engine.kill()
            at_the_kill = await witness.conversations()
            # Two who were joined in the last instant, before the log could know of it, may be lost. Others are known.
            talking |= at_the_kill & {row.call_id for row in await plant.attempts() if row.bridged_at}
            engine = await plant.start()
        await plant.until_worked_through()
        await witness.until_channels(AGENTS)
        assert await engine.terminate() == 0
        rows, records = await plant.attempts(), witness.call_records()
    assert_nothing_lost_and_nobody_dialed_twice(rows, records)
    assert_talks_were_not_cut_short(talking, rows, records)


async def test_an_engine_told_to_stop_drains_and_goes_on_at_its_next_start(
    lasting: AsteriskProcess, tmp_path: Path
) -> None:
    settings = settings_on(lasting, tmp_path / "data", dial_string=CARRIER_DIAL_STRING)
    settings.console.port = 0
    async with plant_on(settings, agents=AGENTS) as plant, witness_of(lasting) as witness:
        campaign = await plant.load(SILENTLY, numbers_of({BehaviourKind.PERSON: 60}, seed=4))
        engine = await plant.start()
        await witness.sees(2, "BridgeEnter")
        talking = await witness.conversations()
        assert await engine.terminate() == 0
        await witness.until_channels(0)
        assert [row for row in await plant.attempts() if row.state == "open"] == []
        assert await Campaigns(plant.database).state(campaign.id) is CampaignState.RUNNING
        drained = witness.count("Newchannel")
        engine = await plant.start()
        await witness.sees(1, "BridgeEnter")
        assert witness.count("Newchannel") > drained
        assert await engine.terminate() == 0
        rows, records = await plant.attempts(), witness.call_records()
    assert_nothing_lost_and_nobody_dialed_twice(rows, records)
    assert "lost" not in {row.outcome for row in rows}
    assert_talks_were_not_cut_short(talking, rows, records)


async def test_asterisk_killed_and_started_again_closes_every_call_and_dialing_resumes(
    lasting: AsteriskProcess, tmp_path: Path
) -> None:
    settings = settings_on(lasting, tmp_path / "data", dial_string=CARRIER_DIAL_STRING)
    numbers = numbers_of({BehaviourKind.PERSON: 80, BehaviourKind.VOICEMAIL: 10}, seed=2)
    async with live_station(settings, SILENTLY, numbers, agents=AGENTS) as live:
        await live.says("call.bridged", 2)
        await asyncio.to_thread(lasting.kill)
        down_at = await live.is_blind()
        cut_off = {row.call_id for row in await live.attempts() if row.state == "open"}
        await asyncio.to_thread(lasting.start)
        await live.says("call.bridged", 2)  # so agents have signed in again, too
        assert await live.station.drain()
        rows = await live.attempts()
        tally = live.station.runners[CAMPAIGN.name].core.floor.tally
        async with witness_of(lasting) as witness:
            records = witness.call_records()
    assert [row for row in rows if down_at <= row.reserved_at < live.restored_at] == []
    assert_nothing_lost_and_nobody_dialed_twice(rows, records, cut_off)
    assert tally.placed == tally.attempts == len([row for row in rows if row.state == "closed"])
    ends = {row.outcome for row in rows if row.call_id in cut_off and row.ended_at and row.ended_at > down_at}
    assert ends <= {"lost", "conversation"}


@pytest.mark.parametrize("cut", [CutProxy.reset, CutProxy.swallow])
async def test_while_the_link_is_cut_nothing_is_dialed_and_talks_go_on(
    lasting: AsteriskProcess, tmp_path: Path, cut: Callable[[CutProxy], None]
) -> None:
    settings = settings_on(lasting, tmp_path / "data", dial_string=CARRIER_DIAL_STRING)
    numbers = numbers_of({BehaviourKind.PERSON: 80, BehaviourKind.VOICEMAIL: 10}, seed=3)
    async with cut_proxy(lasting.config.ami_port) as proxy, witness_of(lasting) as witness:
        settings.ami.port = proxy.port
        async with live_station(settings, SILENTLY, numbers, agents=AGENTS) as live:
            await live.says("call.bridged", 2)
            cut(proxy)
            talking = await witness.conversations()
            placed = witness.count("Newchannel")
            down_at = await live.is_blind()
            await asyncio.sleep(OUTAGE_S)
            assert witness.count("Newchannel") == placed
            proxy.mend()
            await live.says("call.bridged", 2)
            assert await live.station.drain()
            rows = await live.attempts()
            tally = live.station.runners[CAMPAIGN.name].core.floor.tally
        await witness.until_channels(0)
        records = witness.call_records()
    assert [row for row in rows if down_at <= row.reserved_at < live.restored_at] == []
    assert_nothing_lost_and_nobody_dialed_twice(rows, records)
    assert_talks_were_not_cut_short(talking, rows, records)
    assert tally.placed == tally.attempts == len([row for row in rows if row.state == "closed"])
