"""Events to other systems over HTTP, as Standard Webhooks describes (standardwebhooks.com).

Each event is a POST of ``{"type", "timestamp", "data"}`` with the headers ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature``. Delivery is at least once and in no certain order; the receiver knows a repeated event by its
id. An answer of 2xx accepts it and 410 asks for no more; anything else is tried again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import orjson
import stamina
import structlog

from dialer.bus.signing import event_id_of, key_of, signature
from dialer.bus.topics import PROCESS_TOPICS, TOPICS, Sort, matches, name_of
from dialer.clock import Clock
from dialer.errors import ConfigurationError
from dialer.ports import BusMessage

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where events go. ``secrets`` are ``whsec_`` and base64; every one signs, so that a key can be changed while both
    sides still know the old one. ``topics`` are patterns such as ``+/call.closed``."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)
    topics: tuple[str, ...] = ("#",)
    name: str = "webhook"

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ConfigurationError(f"The address of webhook {self.name} must begin with https:// or http://.")
        if not self.secrets:
            raise ConfigurationError(f"Webhook {self.name} needs a secret to sign with.")
        for secret in self.secrets:
            key_of(secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySchedule:
    """``attempts`` in all. Before the n-th retry passes ``first_s`` times ``factor`` to the power of n - 1, at most
    ``longest_s``, and up to ``jitter_s`` more. The defaults try for about 4 hours: after 5 s, 20 s, 80 s, 5 min,
    21 min, 1 h and 1 h again."""

    attempts: int = 8
    first_s: float = 5.0
    factor: float = 4.0
    longest_s: float = 3600.0
    jitter_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that was given up. ``problem`` is what the last try met."""

    endpoint: str
    event_id: str
    type: str
    body: bytes = field(repr=False)
    attempts: int
    problem: str
    at: datetime


@dataclass(slots=True)
class WebhookCounts:
    delivered: int = 0
    failed_tries: int = 0
    dead: int = 0


class WebhookSender:
    """Sends events to every endpoint that wants them. Subscribe ``enqueue`` to ``#``; gauges and orders are not sent.

    Each endpoint has its own queue and workers, so that one that is down delays no other. Events that were tried to
    the end, left a full queue or were still waiting at ``close`` become dead letters: counted, and the latest kept.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        clock: Clock,
        *,
        schedule: RetrySchedule | None = None,
        queue_size: int = 1000,
        workers: int = 4,
        timeout_s: float = 10.0,
        keep_dead: int = 1000,
    ) -> None:
        self._clock = clock
        self._schedule = schedule or RetrySchedule()
        self._workers = workers
        self._timeout_s = timeout_s
        self._lanes = [_Lane(endpoint, queue_size) for endpoint in endpoints]
        self._dead: deque[DeadLetter] = deque(maxlen=keep_dead)
        self._tasks: list[asyncio.Task[None]] = []
        self._http: httpx.AsyncClient | None = None
        self.counts = WebhookCounts()

    @property
    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """The latest, oldest first."""
        return tuple(self._dead)

    def start(self) -> None:
        self._http = httpx.AsyncClient(timeout=self._timeout_s, follow_redirects=False)
        for lane in self._lanes:
            for number in range(self._workers):
                name = f"webhook:{lane.endpoint.name}:{number}"
                self._tasks.append(asyncio.create_task(self._work(lane, self._http), name=name))

    async def close(self, *, flush_s: float = 5.0) -> None:
        """Wait at most ``flush_s`` seconds for what is queued; what is left becomes dead letters."""
        try:
            async with asyncio.timeout(flush_s):
                for lane in self._lanes:
                    await lane.idle.wait()
        except TimeoutError:
            log.warning("webhook.closed_with_unsent", unsent=sum(lane.pending for lane in self._lanes))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self._lanes:
            while lane.queue:
                self._bury(lane, lane.queue.popleft(), "the dialer was stopped")
        if self._http is not None:
            await self._http.aclose()

    async def enqueue(self, message: BusMessage) -> None:
        """A bus handler."""
        name = name_of(message.topic)
        topic = TOPICS.get(name) or PROCESS_TOPICS.get(name)
        if topic is None or topic.sort is not Sort.EVENT:
            return
        letter: _Letter | None = None
        for lane in self._lanes:
            if lane.gone or not any(matches(pattern, message.topic) for pattern in lane.endpoint.topics):
                continue
            if letter is None:
                letter = _letter(message)
            pushed_out = lane.put(_Letter(letter.event_id, letter.type, letter.body))
            if pushed_out is not None:
                self._bury(lane, pushed_out, "the queue was full")

    # ------------------------------------------------------------------------------------------ one endpoint

    async def _work(self, lane: _Lane, http: httpx.AsyncClient) -> None:
        while True:
            letter = await lane.take()
            problem = "the dialer was stopped"
            try:
                await self._deliver(lane, http, letter)
                problem = ""
            except _NotAccepted as refusal:
                problem = str(refusal)
            except Exception as exc:  # a worker that ends would leave its endpoint with one fewer, unnoticed
                problem = type(exc).__name__
                log.exception("webhook.failed", endpoint=lane.endpoint.name)
            finally:
                # Also when this worker is cancelled between two tries: the letter must not vanish.
                if problem:
                    self._bury(lane, letter, problem)
                lane.done()

    async def _deliver(self, lane: _Lane, http: httpx.AsyncClient, letter: _Letter) -> None:
        schedule = self._schedule
        async for attempt in stamina.retry_context(
            on=lambda problem: _wait_before_retry(problem, schedule.longest_s),
            attempts=schedule.attempts,
            timeout=None,
            wait_initial=schedule.first_s,
            wait_max=schedule.longest_s,
            wait_jitter=schedule.jitter_s,
            wait_exp_base=schedule.factor,
        ):
            with attempt:
                letter.attempts += 1
                try:
                    await self._try_once(lane, http, letter)
                except _NotAccepted:
                    self.counts.failed_tries += 1
                    raise
        self.counts.delivered += 1

    async def _try_once(self, lane: _Lane, http: httpx.AsyncClient, letter: _Letter) -> None:
        if lane.gone:
            raise _NotAccepted("the endpoint asked for no more", final=True)
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "cadencia",
            "webhook-id": letter.event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(lane.endpoint.secrets, letter.event_id, timestamp, letter.body),
        }
        try:
            # The body of the answer is nobody's business and could be endless: it is not read.
            async with (
                asyncio.timeout(2 * self._timeout_s),
                http.stream("POST", lane.endpoint.url, content=letter.body, headers=headers) as answer,
            ):
                status, retry_after = answer.status_code, answer.headers.get("retry-after", "")
        except (httpx.HTTPError, TimeoutError, OSError) as exc:
            raise _NotAccepted(type(exc).__name__) from exc
        if 200 <= status < 300:
            return
        if status == httpx.codes.GONE:
            lane.gone = True
            log.error("webhook.endpoint_gone", endpoint=lane.endpoint.name)
            raise _NotAccepted("the endpoint asked for no more", final=True)
        seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
        raise _NotAccepted(f"answered {status}", retry_after_s=seconds)

    def _bury(self, lane: _Lane, letter: _Letter, problem: str) -> None:
        self.counts.dead += 1
        self._dead.append(
            DeadLetter(
                endpoint=lane.endpoint.name,
                event_id=letter.event_id,
                type=letter.type,
                body=letter.body,
                attempts=letter.attempts,
                problem=problem,
                at=self._clock.now(),
            )
        )
        log.error(
            "webhook.given_up",
            endpoint=lane.endpoint.name,
            event_id=letter.event_id,
            attempts=letter.attempts,
            problem=problem,
        )


@dataclass(slots=True)
class _Letter:
    event_id: str
    type: str
    body: bytes
    attempts: int = 0


def _letter(message: BusMessage) -> _Letter:
    kind = name_of(message.topic)
    body = orjson.dumps({"type": kind, "timestamp": message.payload.get("at"), "data": message.payload})
    return _Letter(event_id_of(message), kind, body)


class _Lane:
    """An endpoint, what waits for it, and how many of its letters are in a worker's hands."""

    def __init__(self, endpoint: Endpoint, queue_size: int) -> None:
        self.endpoint = endpoint
        self.queue: deque[_Letter] = deque(maxlen=queue_size)
        self.gone = False
        self.idle = asyncio.Event()
        self.idle.set()
        self._in_hand = 0
        self._more = asyncio.Semaphore(0)

    @property
    def pending(self) -> int:
        return len(self.queue) + self._in_hand

    def put(self, letter: _Letter) -> _Letter | None:
        """Returns the letter that had to make room, if one had to."""
        pushed_out = self.queue.popleft() if len(self.queue) == self.queue.maxlen else None
        self.queue.append(letter)
        self.idle.clear()
        if pushed_out is None:
            self._more.release()
        return pushed_out

    async def take(self) -> _Letter:
        await self._more.acquire()
        self._in_hand += 1
        return self.queue.popleft()

    def done(self) -> None:
        self._in_hand -= 1
        if not self.pending:
            self.idle.set()


class _NotAccepted(Exception):
    """The endpoint did not take the event."""

    def __init__(self, problem: str, *, retry_after_s: float | None = None, final: bool = False) -> None:
        super().__init__(problem)
        self.retry_after_s = retry_after_s
        self.final = final


def _wait_before_retry(problem: Exception, longest_s: float) -> bool | float:
    """What stamina asks: False to give up, True for its own wait, or seconds to wait."""
    if not isinstance(problem, _NotAccepted) or problem.final:
        return False
    if problem.retry_after_s is None:
        return True
    return min(problem.retry_after_s, longest_s)
