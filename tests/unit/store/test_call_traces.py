"""What the log gives back of a campaign's hours, for the simulator."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dialer.domain.campaign import DialMode
from dialer.store.call_traces import PastFloor, past_floor
from dialer.store.database import Database
from dialer.store.presence import Presence
from dialer.store.tables import attempts
from pacing.trace import Fate, FateKind, Trace
from tests.support.store import add_campaign, rows
from tests.support.traces import write_trace

NINE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
HOURS = timedelta(hours=3)
TALK = Fate(at=1.0, kind=FateKind.PERSON, ring_s=6.0, verdict_s=1.5, bridge_s=0.25, talk_s=60.0, wrap_s=12.0)
LOST = Fate(at=2.0, kind=FateKind.PERSON, ring_s=4.0, verdict_s=1.0)


def trace_of(*fates: Fate, **changes: object) -> Trace:
    trace = Trace(
        t_end=600.0, target=0.03, patience=2.0, ring_timeout=25.0, min_ring=15.0, lines=30, fates=fates,
        present={"ana": [(0.0, 300.0), (400.0, 600.0)], "leo": [(0.0, 600.0)]},
    )  # fmt: skip
    return replace(trace, **changes)  # type: ignore[arg-type]


async def read_back(database: Database, trace: Trace, **how: object) -> tuple[PastFloor, Trace]:
    campaign = await add_campaign(database, wrap_up_s=30.0)
    await write_trace(database, campaign, trace, NINE, **how)  # type: ignore[arg-type]
    found = await database.read(past_floor, campaign, NINE - HOURS, NINE + HOURS, lines=30)
    assert found is not None
    return found, found.trace


async def test_every_fate_comes_back_in_the_order_of_dialing(database: Database) -> None:
    kinds = (FateKind.NO_ANSWER, FateKind.BUSY, FateKind.FAILED, FateKind.CONGESTION, FateKind.CANCELLED)
    ends = [Fate(at=10.0 + n, kind=kind, ring_s=2.0 + n) for n, kind in enumerate(kinds)]
    machine = Fate(at=20.0, kind=FateKind.MACHINE, ring_s=7.0, verdict_s=2.5)
    left = Fate(at=21.0, kind=FateKind.LEFT, ring_s=3.0, verdict_s=0.5)
    fates = [TALK, LOST, *ends, machine, left]
    floor, trace = await read_back(database, trace_of(*fates))
    assert floor.began == NINE + timedelta(seconds=1.0)
    assert [replace(fate, at=fate.at + 1.0) for fate in trace.fates] == fates
    assert floor.mode is DialMode.POWER
    assert trace.abandoned_at == [LOST.verdict_at - 1.0]
    assert (trace.target, trace.patience, trace.ring_timeout, trace.min_ring) == (0.03, 2.0, 25.0, 15.0)


async def test_agents_are_there_when_the_log_says_cut_to_the_time_in_which_anything_was_dialed(
    database: Database,
) -> None:
    floor, trace = await read_back(database, trace_of(TALK, replace(TALK, at=500.0)))
    end = (floor.ended - floor.began).total_seconds()
    assert end == pytest.approx(500.0 + 7.75 + 60.0 - 1.0)
    assert trace.present == {"ana": [(0.0, 299.0), (399.0, end)], "leo": [(0.0, end)]}


async def test_without_a_word_of_their_presence_agents_were_there_from_their_first_talk_to_their_last(
    database: Database,
) -> None:
    _, trace = await read_back(
        database, trace_of(TALK, replace(TALK, at=100.0), replace(TALK, at=300.0)), presence=False
    )
    first = TALK.ring_s + TALK.verdict_s + (TALK.bridge_s or 0.0)
    assert trace.present["ana"] == [(pytest.approx(first), pytest.approx(299.0 + first + 60.0))]


async def test_a_wrap_up_without_a_result_ended_with_the_next_talk_or_the_campaigns_limit(database: Database) -> None:
    unsaid = replace(TALK, wrap_s=None)
    soon, late = replace(unsaid, at=80.0), replace(unsaid, at=300.0)
    _, trace = await read_back(database, trace_of(unsaid, soon, late, present={"ana": [(0.0, 600.0)]}))
    assert [fate.wrap_s for fate in trace.fates] == [pytest.approx(80.0 - 1.0 - 60.0), 30.0, 30.0]


async def test_a_conversation_that_still_runs_counts_until_now(database: Database) -> None:
    campaign = await add_campaign(database)
    await write_trace(database, campaign, trace_of(TALK), NINE)
    running = {"state": "open", "dialed_at": None, "ended_at": None, "outcome": None, "talk_s": None, "amd_at": None}
    await database.write(
        lambda connection: connection.execute(attempts.update().values({**running, "amd_delay_ms": 1500}))
    )
    floor = await database.read(past_floor, campaign, NINE, NINE + timedelta(seconds=200), lines=30)
    assert floor is not None
    (fate,) = floor.trace.fates
    assert (fate.kind, fate.talk_s, fate.wrap_s) == (FateKind.PERSON, None, None)
    assert fate.talked_s == pytest.approx(200.0 - 8.75)
    assert floor.trace.happened().utilisation == pytest.approx((fate.talked_s or 0.0) / floor.trace.present_s)


async def test_the_law_of_a_call_may_leave_its_person_less_time(database: Database) -> None:
    campaign = await add_campaign(database)
    await write_trace(database, campaign, trace_of(TALK), NINE)
    greeted = NINE + timedelta(seconds=1.0 + 6.0 + 0.5)  # a second before the verdict
    duties = {"connect_deadline_s": 2.0, "deadline_from": "greeting_start"}
    change = attempts.update().values(obligations=duties, greeting_started_at=greeted)
    await database.write(lambda connection: connection.execute(change))
    floor = await database.read(past_floor, campaign, NINE, NINE + HOURS, lines=30)
    assert floor is not None
    assert floor.trace.fates[0].patience_s == pytest.approx(1.0)


async def test_calls_by_hand_and_of_other_times_are_no_part_of_it(database: Database) -> None:
    campaign = await add_campaign(database)
    await write_trace(database, campaign, trace_of(TALK), NINE, mode="preview")
    assert await database.read(past_floor, campaign, NINE - HOURS, NINE + HOURS, lines=30) is None
    await database.write(lambda connection: connection.execute(sa.update(attempts).values(mode="predictive")))
    assert await database.read(past_floor, campaign, NINE + HOURS, NINE + 2 * HOURS, lines=30) is None
    assert await database.read(past_floor, campaign, NINE - HOURS, NINE + HOURS, lines=30) is not None


async def test_presence_is_kept_once_and_ends_with_whatever_the_log_last_has_of_the_agent(database: Database) -> None:
    campaign = await add_campaign(database)
    presence = Presence(database)
    for minutes in (0, 5):
        await presence.came(campaign.name, "ana", NINE + timedelta(minutes=minutes))
    await presence.went(campaign.name, "ana", NINE + timedelta(minutes=10))
    await presence.came(campaign.name, "ana", NINE + timedelta(minutes=20))
    await presence.came(campaign.name, "leo", NINE + timedelta(minutes=20))
    await presence.came("nobody's", "ana", NINE)
    late = replace(TALK, at=1500.0)
    await write_trace(database, campaign, trace_of(late, present={"ana": [(0.0, 1.0)]}), NINE, presence=False)
    await presence.nobody(NINE + HOURS)
    stretches = [
        (row.agent_id, row.began_at - NINE, row.ended_at - NINE) for row in await rows(database, "agent_presence")
    ]
    minute = timedelta(minutes=1)
    assert stretches == [
        ("ana", 0 * minute, 10 * minute),
        ("ana", 20 * minute, timedelta(seconds=1500.0 + 7.75 + 60.0)),
        ("leo", 20 * minute, 20 * minute),  # nobody knows how long
    ]
