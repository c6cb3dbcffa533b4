"""The bus over an MQTT broker, for several processes and for other systems.

Messages go to the subscribers of this process at once, and to the broker as soon as it is there. From the broker come
only the topics named in ``listen``, and only what the table of topics allows: whoever may publish at the broker is
not thereby trusted.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

import aiomqtt
import orjson
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from dialer.bus.memory import MemoryBus
from dialer.bus.mqtt_inbound import LARGEST_PAYLOAD, read, straight_to
from dialer.bus.topics import TOPICS, VERSION, Sort, name_of
from dialer.clock import Clock
from dialer.ports import BusHandler, BusMessage

log = structlog.get_logger(__name__)

PREFIX = "dialer/v1/"
STATUS_TOPIC = PREFIX + "status"
ORDERS_ONLY = ("+/command",)  #: what an engine needs of the outside
EVERYTHING = ("#",)  #: what a console in a process of its own needs

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_IN_FLIGHT = 10  # unacknowledged at once; aiomqtt warns beyond it


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is. ``name`` tells one process from another at it; empty lets the broker choose."""

    host: str
    port: int = 1883
    username: str = ""
    password: str = ""
    name: str = ""
    tls: ssl.SSLContext | None = None
    timeout_s: float = 5.0


@dataclass(slots=True)
class MqttCounts:
    """``dropped``: left the full outbox unsent. ``rejected``: came from the broker and could not be used.
    ``connects``: times that the broker was reached."""

    sent: int = 0
    received: int = 0
    dropped: int = 0
    rejected: int = 0
    connects: int = 0


@dataclass(frozen=True, slots=True)
class _Parcel:
    topic: str
    payload: bytes
    qos: int
    retain: bool


class MqttBus:
    """An EventBus. Call ``start`` once in a running loop, and ``close`` at the end.

    Events and orders go with QoS 1 and wait in an outbox of ``outbox_size`` while the broker is away, the oldest
    lost first and counted. Gauges go with QoS 0, retained, and only while the broker is there; where one still waits
    for events to leave, the next of its topic takes its place.

    With ``announce``, ``dialer/v1/status`` (retained) says online, and the broker says offline when this process
    goes away for whatever reason. One process of an installation announces: the engine. ``on_link`` is called with
    True whenever the broker was reached and with False whenever it was lost.
    """

    def __init__(
        self,
        broker: Broker,
        clock: Clock,
        *,
        listen: Sequence[str] = ORDERS_ONLY,
        announce: bool = True,
        outbox_size: int = 10_000,
        queue_size: int = 1000,
        on_link: Callable[[bool], None] | None = None,
    ) -> None:
        self._broker = broker
        self._clock = clock
        self._listen = tuple(listen)
        self._announce = announce
        self._on_link = on_link
        self._local = MemoryBus(queue_size=queue_size)
        self._outbox: deque[_Parcel] = deque(maxlen=outbox_size)
        self._gauges: dict[str, _Parcel] = {}
        self._unsent = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self._connected = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.counts = MqttCounts()

    @property
    def local(self) -> MemoryBus:
        """The subscribers of this process."""
        return self._local

    @property
    def connected(self) -> bool:
        return self._connected.is_set()

    async def wait_connected(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._connected.wait()
        except TimeoutError:
            return False
        return True

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._stay_connected(), name="bus:mqtt")

    async def publish(self, message: BusMessage) -> None:
        self._local.hand_out(message)
        if any(sign in message.topic for sign in "+#\x00"):
            log.error("mqtt.topic_unusable", topic=message.topic)
            self.counts.dropped += 1
            return
        payload = orjson.dumps(message.payload)
        topic = TOPICS.get(name_of(message.topic))
        if topic is None or topic.sort is not Sort.GAUGE:
            self._post(_Parcel(PREFIX + message.topic, payload, qos=1, retain=False))
        elif self.connected:
            self._gauges[message.topic] = _Parcel(PREFIX + message.topic, payload, qos=0, retain=True)
            self._emptied.clear()
            self._unsent.set()

    def subscribe(self, pattern: str, handler: BusHandler, *, name: str) -> Callable[[], None]:
        """See dialer.ports.EventBus. What comes from the broker is limited by ``listen``, not by ``pattern``."""
        return self._local.subscribe(pattern, handler, name=name)

    async def close(self, *, flush_s: float = 2.0) -> None:
        """Send what waits for at most ``flush_s`` seconds, say offline, and end every subscription."""
        await self._local.settle(flush_s)
        if self._announce and self.connected:
            self._post(self._status("offline"))
        if self.connected:
            try:
                async with asyncio.timeout(flush_s):
                    await self._emptied.wait()
            except TimeoutError:
                log.warning("mqtt.closed_with_unsent", unsent=len(self._outbox))
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._local.close(settle_s=0)

    # ------------------------------------------------------------------------------------------ the connection

    async def _stay_connected(self) -> None:
        wait_s = _FIRST_WAIT_S
        while True:
            connects = self.counts.connects
            try:
                await self._one_connection()
            except* (aiomqtt.MqttError, OSError, TimeoutError, ValueError) as group:
                log.warning("mqtt.disconnected", problems=_leaves(group), again_in_s=wait_s)
            finally:
                if self.connected:
                    self._connected.clear()
                    self._gauges.clear()
                    self._tell(up=False)
            wait_s = _FIRST_WAIT_S if self.counts.connects > connects else min(_LONGEST_WAIT_S, wait_s * 2)
            await asyncio.sleep(wait_s)

    async def _one_connection(self) -> None:
        broker = self._broker
        limits = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        limits.MaximumPacketSize = 2 * LARGEST_PAYLOAD
        offline = self._status("offline")
        will = aiomqtt.Will(offline.topic, offline.payload, qos=offline.qos, retain=offline.retain)
        async with aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username or None,
            password=broker.password or None,
            identifier=broker.name or None,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=will if self._announce else None,
            timeout=broker.timeout_s,
            keepalive=15,
            queue_type=straight_to(self._receive),
            tls_context=broker.tls,
            properties=limits,
        ) as client:
            # noLocal: our own messages have reached our own subscribers already.
            options = SubscribeOptions(qos=1, noLocal=True)
            for pattern in self._listen:
                await client.subscribe(PREFIX + pattern, options=options)
            if self._announce:
                await self._send(client, self._status("online"))
            self.counts.connects += 1
            self._connected.set()
            self._tell(up=True)
            log.info("mqtt.connected", host=broker.host, port=broker.port)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_all(client), name="bus:mqtt:send")
                tasks.create_task(_until_disconnected(client), name="bus:mqtt:receive")

    def _tell(self, *, up: bool) -> None:
        if self._on_link is not None:
            self._on_link(up)

    def _status(self, status: str) -> _Parcel:
        payload: dict[str, object] = {
            "status": status,
            "at": self._clock.now().astimezone(UTC).isoformat(),
            "v": VERSION,
        }
        return _Parcel(STATUS_TOPIC, orjson.dumps(payload), qos=1, retain=True)

    # ------------------------------------------------------------------------------------------ out

    def _post(self, parcel: _Parcel) -> None:
        if len(self._outbox) == self._outbox.maxlen:
            self.counts.dropped += 1
            if self.counts.dropped.bit_count() == 1:
                log.warning("mqtt.message_dropped", dropped=self.counts.dropped)
        self._outbox.append(parcel)
        self._emptied.clear()
        self._unsent.set()

    async def _send_all(self, client: aiomqtt.Client) -> None:
        while True:
            while self._outbox or self._gauges:
                await self._send_some(client)
            self._emptied.set()
            self._unsent.clear()
            await self._unsent.wait()

    async def _send_some(self, client: aiomqtt.Client) -> None:
        """Send what waits longest, several at once: a broker that is far away takes its time to acknowledge."""
        if self._outbox:
            parcels = [self._outbox.popleft() for _ in range(min(_IN_FLIGHT, len(self._outbox)))]
        else:
            parcels, self._gauges = list(self._gauges.values()), {}
        unsent = dict(enumerate(parcels))

        async def send(number: int) -> None:
            try:
                await self._send(client, unsent[number])
                self.counts.sent += 1
            except ValueError:
                # Never sendable: trying again after a reconnect would hold up everything behind it for ever.
                self.counts.dropped += 1
                log.exception("mqtt.message_unsendable", topic=unsent[number].topic)
            del unsent[number]

        try:
            async with asyncio.TaskGroup() as sending:
                for number in range(len(parcels)):  # tasks begin in the order in which they are made
                    sending.create_task(send(number), name=f"bus:mqtt:send:{number}")
        finally:
            self._put_back([parcel for parcel in unsent.values() if parcel.qos])

    def _put_back(self, parcels: list[_Parcel]) -> None:
        """Unacknowledged events go again after the reconnect, unless newer ones have filled the outbox meanwhile."""
        for parcel in reversed(parcels):
            if len(self._outbox) == self._outbox.maxlen:
                self.counts.dropped += 1
            else:
                self._outbox.appendleft(parcel)

    async def _send(self, client: aiomqtt.Client, parcel: _Parcel) -> None:
        timeout_s = self._broker.timeout_s
        await client.publish(parcel.topic, parcel.payload, qos=parcel.qos, retain=parcel.retain, timeout=timeout_s)

    # ------------------------------------------------------------------------------------------ in

    def _receive(self, received: aiomqtt.Message) -> None:
        if received.topic.value == STATUS_TOPIC:
            return
        message, wrong = read(received, PREFIX)
        if message is None:
            self.counts.rejected += 1
            if self.counts.rejected.bit_count() == 1:
                log.warning("mqtt.message_rejected", problems=wrong, rejected=self.counts.rejected)
            return
        self.counts.received += 1
        self._local.hand_out(message)


async def _until_disconnected(client: aiomqtt.Client) -> None:
    """Raises aiomqtt.MqttError when the connection is gone. No message ever comes this way: see straight_to."""
    async for _ in client.messages:
        pass


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[str]:
    found: list[str] = []
    for problem in group.exceptions:
        found += (
            _leaves(problem) if isinstance(problem, BaseExceptionGroup) else [str(problem) or type(problem).__name__]
        )
    return found
