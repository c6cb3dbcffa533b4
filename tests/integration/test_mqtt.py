from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import pytest

from dialer.bus.mqtt import EVERYTHING, ORDERS_ONLY, Broker, MqttBus
from dialer.clock import ManualClock
from dialer.ports import BusMessage, EventBus
from tests.support.mosquitto import Mosquitto, Wire

AT = "2026-11-22T13:00:00+00:00"
PATIENCE_S = 30.0
CLOCK = ManualClock(datetime(2026, 11, 22, 13, tzinfo=UTC))


def ringing(number: int = 0) -> BusMessage:
    return BusMessage(
        topic="mora/call.ringing", payload={"campaign": "mora", "at": AT, "v": 1, "call_id": f"c{number}"}
    )


def state(number: int = 0) -> BusMessage:
    payload: dict[str, object] = {
        "campaign": "mora", "at": AT, "v": 1, "state": "running", "mode": "power", "ratio": 2.0, "lines": {},
        "agents": [], "today": {"attempts": number}, "abandonment_rate": 0.0, "calls_per_min": 0, "denied": {},
        "link": "up", "exhausted": False,
    }  # fmt: skip
    return BusMessage(topic="mora/state", payload=payload)


def start_order(request_id: str) -> BusMessage:
    return BusMessage(topic="mora/command", payload={"verb": "campaign.start", "request_id": request_id})


class Inbox:
    """Collects messages and lets a test wait for the n-th of them."""

    def __init__(self) -> None:
        self.got: list[BusMessage] = []
        self._more = asyncio.Condition()

    async def __call__(self, message: BusMessage) -> None:
        async with self._more:
            self.got.append(message)
            self._more.notify_all()

    async def wait_for(self, count: int) -> list[BusMessage]:
        async with asyncio.timeout(PATIENCE_S), self._more:
            await self._more.wait_for(lambda: len(self.got) >= count)
        return self.got


class LinkWatch:
    """Lets a test wait until a bus has noticed that its broker is there, or is gone."""

    def __init__(self) -> None:
        self._now = asyncio.Queue[bool]()

    def __call__(self, up: bool) -> None:
        self._now.put_nowait(up)

    async def becomes(self, up: bool) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await self._now.get() is not up:
                pass


class Engine:
    """An engine's bus behind a wire that can be cut."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.link = LinkWatch()
        self.bus = MqttBus(address(wire.port), CLOCK, listen=ORDERS_ONLY, outbox_size=5, on_link=self.link)


def address(port: int) -> Broker:
    return Broker(host="127.0.0.1", port=port, timeout_s=PATIENCE_S)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
async def engine(broker: Mosquitto) -> AsyncIterator[Engine]:
    async with Wire(broker.port) as wire:
        engine = Engine(wire)
        engine.bus.start()
        await engine.link.becomes(True)
        yield engine
        await engine.bus.close()


@pytest.fixture
async def console(broker: Mosquitto) -> AsyncIterator[MqttBus]:
    bus = MqttBus(address(broker.port), CLOCK, listen=EVERYTHING, announce=False)
    bus.start()
    assert await bus.wait_connected(PATIENCE_S)
    yield bus
    await bus.close()


def outsider(broker: Mosquitto) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", broker.port, timeout=PATIENCE_S)


async def test_events_of_one_process_reach_another_in_order(engine: Engine, console: MqttBus) -> None:
    heard = Inbox()
    port: EventBus = console
    port.subscribe("+/call.ringing", heard, name="console")
    for number in range(5):
        await engine.bus.publish(ringing(number))
    assert await heard.wait_for(5) == [ringing(number) for number in range(5)]


async def test_a_long_burst_arrives_whole_and_in_order(broker: Mosquitto) -> None:
    sender = MqttBus(address(broker.port), CLOCK, announce=False)
    receiver = MqttBus(address(broker.port), CLOCK, announce=False, listen=EVERYTHING, queue_size=3000)
    heard = Inbox()
    receiver.subscribe("#", heard, name="console")
    for bus in (sender, receiver):
        bus.start()
        assert await bus.wait_connected(PATIENCE_S)
    for number in range(3000):
        await sender.publish(ringing(number))
    assert await heard.wait_for(3000) == [ringing(number) for number in range(3000)]
    assert (sender.counts.sent, sender.counts.dropped) == (3000, 0)
    await sender.close()
    await receiver.close()


async def test_an_order_of_another_process_is_answered(engine: Engine, console: MqttBus) -> None:
    answers = Inbox()

    async def carry_out(order: BusMessage) -> None:
        payload = {"campaign": "mora", "at": AT, "v": 1, "request_id": order.payload["request_id"]}
        await engine.bus.publish(BusMessage(topic="mora/command.done", payload=payload))

    engine.bus.subscribe("mora/command", carry_out, name="engine")
    console.subscribe("+/command.done", answers, name="console")
    await console.publish(start_order("r1"))
    assert (await answers.wait_for(1))[0].payload["request_id"] == "r1"


async def test_a_message_reaches_subscribers_of_its_own_process_once(engine: Engine, console: MqttBus) -> None:
    own, far = Inbox(), Inbox()
    console.subscribe("+/command", own, name="own")
    engine.bus.subscribe("+/command", far, name="far")
    await console.publish(start_order("r1"))
    await console.publish(start_order("r2"))
    await far.wait_for(2)
    await console.local.settle()
    assert [message.payload["request_id"] for message in own.got] == ["r1", "r2"]


async def test_a_process_that_listens_to_orders_only_gets_no_events(engine: Engine, console: MqttBus) -> None:
    everything = Inbox()
    engine.bus.subscribe("#", everything, name="all")
    await console.publish(ringing())
    await console.publish(start_order("after"))
    await everything.wait_for(1)
    assert [message.topic for message in everything.got] == ["mora/command"]


async def test_the_state_is_kept_by_the_broker_for_those_who_come_later(
    broker: Mosquitto, engine: Engine, console: MqttBus
) -> None:
    seen = Inbox()
    console.subscribe("+/state", seen, name="console")
    for number in (1, 2):
        await engine.bus.publish(state(number))
        await seen.wait_for(number)
    async with outsider(broker) as late, asyncio.timeout(PATIENCE_S):
        await late.subscribe("dialer/v1/mora/state")
        kept = await anext(aiter(late.messages))
    assert kept.retain
    assert isinstance(kept.payload, bytes)
    assert json.loads(kept.payload)["today"] == {"attempts": 2}


async def test_status_says_online_and_the_broker_says_offline_when_the_process_dies(
    broker: Mosquitto, engine: Engine, console: MqttBus
) -> None:
    async with outsider(broker) as watcher, asyncio.timeout(PATIENCE_S):
        await watcher.subscribe("dialer/v1/status", qos=1)
        messages = aiter(watcher.messages)
        first = await anext(messages)
        assert isinstance(first.payload, bytes)
        assert json.loads(first.payload)["status"] == "online"
        await engine.wire.cut()
        last = await anext(messages)
        assert isinstance(last.payload, bytes)
        assert json.loads(last.payload) | {"at": AT} == {"status": "offline", "at": AT, "v": 1}


async def test_an_orderly_end_says_offline(broker: Mosquitto) -> None:
    bus = MqttBus(address(broker.port), CLOCK)
    bus.start()
    assert await bus.wait_connected(PATIENCE_S)
    await bus.close()
    async with outsider(broker) as watcher, asyncio.timeout(PATIENCE_S):
        await watcher.subscribe("dialer/v1/status")
        kept = await anext(aiter(watcher.messages))
    assert isinstance(kept.payload, bytes)
    assert json.loads(kept.payload)["status"] == "offline"


async def test_events_wait_for_a_broker_that_is_away_and_the_oldest_of_too_many_are_lost_and_counted(
    engine: Engine, console: MqttBus
) -> None:
    heard, own = Inbox(), Inbox()
    console.subscribe("#", heard, name="console")
    engine.bus.subscribe("+/call.ringing", own, name="own")
    await engine.wire.cut()
    await engine.link.becomes(False)
    for number in range(8):
        await engine.bus.publish(ringing(number))
        await engine.bus.publish(state(number))
    await own.wait_for(8)  # whoever is in the same process does not notice the outage
    assert engine.bus.counts.dropped == 3
    await engine.wire.mend()
    await engine.link.becomes(True)
    await heard.wait_for(5)
    await engine.bus.publish(ringing(8))
    # No stale state in between: gauges do not wait for a broker that is away.
    assert await heard.wait_for(6) == [ringing(number) for number in range(3, 9)]
    assert engine.bus.counts.dropped == 3
    assert engine.bus.counts.connects == 2


async def test_a_bus_started_before_its_broker_finds_it_later(broker: Mosquitto, console: MqttBus) -> None:
    heard = Inbox()
    console.subscribe("#", heard, name="console")
    async with Wire(broker.port) as wire:
        await wire.cut()
        engine = Engine(wire)
        engine.bus.start()
        await engine.bus.publish(ringing(1))
        assert not engine.bus.connected
        await wire.mend()
        assert await heard.wait_for(1) == [ringing(1)]
        await engine.bus.close()


async def test_orders_come_again_after_a_reconnect(engine: Engine, console: MqttBus) -> None:
    orders = Inbox()
    engine.bus.subscribe("+/command", orders, name="engine")
    await engine.wire.cut()
    await engine.link.becomes(False)
    await engine.wire.mend()
    await engine.link.becomes(True)
    await console.publish(start_order("r1"))
    assert len(await orders.wait_for(1)) == 1


async def test_a_message_that_can_never_be_sent_does_not_hold_up_the_next(engine: Engine, console: MqttBus) -> None:
    heard = Inbox()
    console.subscribe("#", heard, name="console")
    await engine.bus.publish(BusMessage(topic="half a \ud83d/call.ringing", payload={}))
    await engine.bus.publish(BusMessage(topic="wild+card/call.ringing", payload={}))
    await engine.bus.publish(ringing(2))
    assert await heard.wait_for(1) == [ringing(2)]
    assert engine.bus.counts.dropped == 2
    assert engine.bus.counts.connects == 1


HOSTILE = [
    ("dialer/v1/mora/command", b""),
    ("dialer/v1/mora/command", b"\xff\xfe not json"),
    ("dialer/v1/mora/command", b"[" * 5000),
    ("dialer/v1/mora/command", b"[1, 2]"),
    ("dialer/v1/mora/command", b'{"verb": "campaign.destroy"}'),
    ("dialer/v1/mora/command", b'{"verb": "agent.ready", "agent_id": {"$ne": 1}}'),
    ("dialer/v1/mora/command", b'{"verb": "campaign.start", "notes": "' + b"x" * 140_000 + b'"}'),
]


async def test_hostile_messages_are_rejected_and_counted_and_the_next_good_one_arrives(
    broker: Mosquitto, engine: Engine, console: MqttBus
) -> None:
    orders = Inbox()
    engine.bus.subscribe("#", orders, name="engine")
    async with outsider(broker) as hostile:
        for topic, payload in HOSTILE:
            await hostile.publish(topic, payload, qos=1)
        await hostile.publish("dialer/v1/mora/command", json.dumps(start_order("good").payload), qos=1)
    await orders.wait_for(1)
    assert [order.payload["request_id"] for order in orders.got] == ["good"]
    assert engine.bus.counts.rejected == len(HOSTILE)


async def test_an_order_that_the_broker_kept_is_not_carried_out_again(broker: Mosquitto) -> None:
    async with outsider(broker) as earlier:
        await earlier.publish("dialer/v1/mora/command", json.dumps(start_order("old").payload), qos=1, retain=True)
    bus = MqttBus(address(broker.port), CLOCK)
    orders = Inbox()
    bus.subscribe("+/command", orders, name="engine")
    bus.start()
    assert await bus.wait_connected(PATIENCE_S)
    async with outsider(broker) as now:
        await now.publish("dialer/v1/mora/command", json.dumps(start_order("new").payload), qos=1)
    await orders.wait_for(1)
    assert [order.payload["request_id"] for order in orders.got] == ["new"]
    assert bus.counts.rejected == 1
    await bus.close()
