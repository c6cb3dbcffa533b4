"""Push: order, resume after a gap, and slow clients."""

from __future__ import annotations

import httpx
import orjson
import pytest

from agent_console.live import CLIENT_QUEUE, KEPT_FOR_RESUME, LiveClient, LiveHub
from dialer.clock import ManualClock
from dialer.domain.agent import AgentState
from dialer.ports import BusMessage
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_bus import DirectBus
from tests.support.console_client import AsgiSocket, cookie_header
from tests.support.console_engine import ConsoleEngine, live_state
from tests.support.console_queries import START


class Hub:
    def __init__(self) -> None:
        self.bus = DirectBus()
        self.clock = ManualClock(START)
        self.hub = LiveHub(self.bus, self.clock)
        self.engine = ConsoleEngine(self.bus, self.clock)
        self.hub.start()

    async def publish(self, times: int = 1) -> None:
        for _ in range(times):
            self.clock.advance(0.5)
            await self.engine.publish()


@pytest.fixture
def live() -> Hub:
    return Hub()


async def read(client: LiveClient) -> dict[str, object]:
    message: dict[str, object] = orjson.loads(await client.next())
    return message


async def test_a_browser_gets_a_snapshot_and_then_every_change_in_order(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    await console.engine.publish()
    headers = {"origin": "http://console.test", "cookie": cookie_header(client)}
    async with AsgiSocket(console.app, "/api/v1/live", headers) as socket:
        snapshot = await socket.message()
        for _ in range(3):
            console.clock.advance(0.5)
            await console.engine.publish()
        changes = [await socket.message() for _ in range(3)]
    assert snapshot["type"] == "snapshot"
    assert snapshot["campaigns"]["cartera-bogota"]["state"]["state"] == "running"
    assert [change["seq"] for change in changes] == [snapshot["seq"] + 1, snapshot["seq"] + 2, snapshot["seq"] + 3]
    assert console.app.state.rooms.live.clients == 0


async def test_after_a_gap_only_what_was_missed_is_sent(live: Hub) -> None:
    await live.publish(10)
    first = live.hub.join("", -1)
    snapshot = await read(first)
    live.hub.leave(first)
    await live.publish(3)
    back = live.hub.join(str(snapshot["epoch"]), 10)
    assert [(await read(back))["seq"] for _ in range(3)] == [11, 12, 13]


@pytest.mark.parametrize(("epoch", "after"), [("another", 5), (None, 999), (None, -1)])
async def test_a_resume_that_cannot_be_honoured_becomes_a_snapshot(live: Hub, epoch: str | None, after: int) -> None:
    await live.publish(8)
    ours = str((await read(live.hub.join("", -1)))["epoch"])
    message = await read(live.hub.join(epoch or ours, after))
    assert (message["type"], message["seq"]) == ("snapshot", 8)


async def test_a_gap_longer_than_what_is_kept_becomes_a_snapshot(live: Hub) -> None:
    ours = str((await read(live.hub.join("", -1)))["epoch"])
    await live.publish(KEPT_FOR_RESUME + 5)
    assert (await read(live.hub.join(ours, 1)))["type"] == "snapshot"


async def test_a_slow_client_jumps_to_the_latest_state_and_holds_nobody_up(live: Hub) -> None:
    await live.publish()
    slow, quick = live.hub.join("", -1), live.hub.join("", -1)
    await read(slow)
    await read(quick)
    seen = []
    for _ in range(CLIENT_QUEUE + 10):
        await live.publish()
        seen.append((await read(quick))["seq"])
    assert seen == list(range(2, CLIENT_QUEUE + 12))
    assert slow.dropped == CLIENT_QUEUE + 1
    message = await read(slow)
    assert (message["type"], message["seq"]) == ("snapshot", CLIENT_QUEUE + 11)
    await live.publish()
    assert (await read(slow))["seq"] == CLIENT_QUEUE + 12


async def test_an_agents_event_shows_before_the_next_state(live: Hub) -> None:
    await live.publish()
    live.engine.agents["ana"] = {"id": "ana", "name": "Ana", "state": "ready", "since": "", "call_id": None}
    client = live.hub.join("", -1)
    await read(client)
    at = "2026-11-24T15:00:02Z"
    payload: dict[str, object] = {"campaign": "cartera-bogota", "at": at, "v": 1, "agent_id": "ana", "call_id": "c1"}
    await live.bus.publish(BusMessage(topic="cartera-bogota/agent.talking", payload=payload))
    message = await read(client)
    assert message["type"] == "agent"
    told = {"id": "ana", "name": "ana", "state": "talking", "since": at, "call_id": "c1"}
    assert told.items() <= message["agent"].items()


async def test_a_state_that_was_made_before_an_agents_event_does_not_undo_it(live: Hub) -> None:
    await live.publish()
    payload: dict[str, object] = {"at": "2026-11-24T15:00:01.200Z", "agent_id": "ana", "call_id": None}
    await live.bus.publish(BusMessage(topic="cartera-bogota/agent.ready", payload=payload))
    late = live_state(at="2026-11-24T15:00:01Z", agents=[])
    await live.bus.publish(BusMessage(topic="cartera-bogota/state", payload=late))
    agent = live.hub.agent("cartera-bogota", "ana")
    assert agent is not None
    assert agent.state is AgentState.READY
    newer = live_state(at="2026-11-24T15:00:01.300Z", agents=[])
    await live.bus.publish(BusMessage(topic="cartera-bogota/state", payload=newer))
    assert live.hub.agent("cartera-bogota", "ana") is None


async def test_an_engine_whose_clock_went_back_is_still_heard(live: Hub) -> None:
    await live.publish()
    earlier = live_state(at="2026-11-24T09:00:00Z", calls_per_min=99)
    await live.bus.publish(BusMessage(topic="cartera-bogota/state", payload=earlier))
    state = live.hub.state("cartera-bogota")
    assert state is not None
    assert state.calls_per_min == 99


@pytest.mark.parametrize("broken", [{}, {"state": "odd"}, live_state(link="sideways"), live_state(agents=[{"id": 3}])])
async def test_a_broken_state_is_counted_and_never_reaches_a_browser(live: Hub, broken: dict[str, object]) -> None:
    await live.publish()
    await live.bus.publish(BusMessage(topic="cartera-bogota/state", payload=broken))
    assert live.hub.invalid == 1
    state = live.hub.state("cartera-bogota")
    assert state is not None
    assert state.link == "up"


async def test_the_chart_keeps_one_sample_every_five_seconds(live: Hub) -> None:
    await live.publish(101)  # 50 s and a half
    snapshot = await read(live.hub.join("", -1))
    samples = snapshot["campaigns"]["cartera-bogota"]["samples"]  # type: ignore[index]
    assert len(samples) == 11
    assert samples[-1][0] - samples[0][0] == 50
    assert samples[0][1:3] == [31, 812]


async def test_a_console_that_stops_leaves_no_subscription_behind() -> None:
    live = Hub()
    live.hub.stop()
    assert live.bus.subscriptions == 1  # the engine's own


async def test_a_machine_heard_on_an_agents_call_reaches_their_desk(live: Hub) -> None:
    await live.publish()
    client = live.hub.join("", -1)
    await read(client)
    look: dict[str, object] = {
        "call_id": "c1", "agent_id": "ana", "category": "machine", "reason": "beep", "certain": True, "withdrawn": True,
    }  # fmt: skip
    payload = {"campaign": "cartera-bogota", "at": "2026-11-24T15:00:02Z", "v": 1, "after_ms": 900, **look}
    await live.bus.publish(BusMessage(topic="cartera-bogota/call.second_look", payload=payload))
    message = await read(client)
    assert (message["type"], message["campaign"], message["look"]) == ("second_look", "cartera-bogota", look)
