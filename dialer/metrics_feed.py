"""Turns what the bus says into the metrics that Prometheus scrapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from dialer.amd.service import AmdService
from dialer.amd.workers import WorkerTranscriber
from dialer.app import Station
from dialer.ports import BusMessage
from dialer.telemetry.loop_lag import LoopLagProbe
from dialer.telemetry.metrics import Metrics


class MetricsFeed:
    """Subscribes to a station's bus. ``start`` returns the call that ends it."""

    def __init__(self, station: Station, *, version: str) -> None:
        self._station = station
        self._metrics = Metrics(version)
        self._lag = LoopLagProbe(self._metrics.loop_lag.observe)
        self._denied: dict[tuple[str, str], int] = {}
        self._given_up: dict[str, int] = {}
        self._reason: dict[str, str] = {}
        self._audit_failures = 0
        self._counted: Counter[tuple[str, ...]] = Counter()

    def start(self) -> Callable[[], None]:
        bus = self._station.bus
        self._station.tasks.spawn(self._lag.run(), "loop lag probe")
        ends = [
            bus.subscribe("+/state", self._on_state, name="metrics of the floor"),
            bus.subscribe("+/pacing.decided", self._on_decided, name="metrics of pacing"),
            bus.subscribe("+/pacing.compared", self._on_compared, name="metrics of forecasts"),
            bus.subscribe("+/call.dialed", self._on_dialed, name="metrics of dialing"),
            bus.subscribe("+/call.verdict", self._on_verdict, name="metrics of detection"),
            bus.subscribe("+/call.second_look", self._on_second_look, name="metrics of second looks"),
            bus.subscribe("+/call.bridged", self._on_bridged, name="metrics of bridges"),
            bus.subscribe("+/call.breach", self._on_breach, name="metrics of conduct"),
            bus.subscribe("+/call.closed", self._on_closed, name="metrics of endings"),
        ]

        def end() -> None:
            for one in ends:
                one()

        return end

    def text(self) -> bytes:
        self._metrics.ami_connected.set(1 if self._station.pbx.telephony.connected else 0)
        counts = self._station.audit.counts
        self._metrics.audit_waiting.set(counts.waiting)
        self._metrics.audit_failures.inc(counts.failures - self._audit_failures)
        self._audit_failures = counts.failures
        self._metrics.compliance_incidents.set(counts.open_incidents)
        if isinstance(self._station.pbx.detector, AmdService):
            self._read_detector(self._station.pbx.detector)
        return self._metrics.text()

    def _read_detector(self, detector: AmdService) -> None:
        metrics = self._metrics
        metrics.amd_sessions.set(detector.sessions)
        metrics.amd_stalls.inc(self._more("stalls", total=detector.counters.stalls))
        for language, transcriber in detector.transcribers.items():
            if not isinstance(transcriber, WorkerTranscriber):
                continue
            metrics.amd_recognisers.labels(language, "busy").set(transcriber.busy)
            metrics.amd_recognisers.labels(language, "room").set(transcriber.room)
            for why in ("busy", "late", "worker"):
                more = self._more("without words", language, why, total=transcriber.without_words[why])
                metrics.amd_without_words.labels(language, why).inc(more)
            more = self._more("restarts", language, total=transcriber.restarts)
            metrics.amd_worker_restarts.labels(language).inc(more)

    def _more(self, *what: str, total: int) -> int:
        """By how much a running total has grown since it was last read."""
        before, self._counted[what] = self._counted[what], total
        return max(0, total - before)

    async def _on_state(self, message: BusMessage) -> None:
        payload, metrics = message.payload, self._metrics
        campaign = str(payload["campaign"])
        for state, count in _mapping(payload.get("lines")).items():
            metrics.calls_live.labels(campaign, state).set(_number(count))
        by_state = dict.fromkeys(("ready", "talking", "wrap_up", "paused", "reserved", "preview"), 0)
        agents = payload.get("agents")
        for agent in agents if isinstance(agents, list) else []:
            by_state[str(agent["state"])] = by_state.get(str(agent["state"]), 0) + 1
        for state, count in by_state.items():
            metrics.agents.labels(campaign, state).set(count)
        metrics.abandon_ratio.labels(campaign).set(_number(payload.get("abandonment_rate")))
        metrics.abandon_budget_ratio.labels(campaign).set(_number(payload.get("target_abandonment")))
        metrics.pacing_ratio.labels(campaign).set(_number(payload.get("ratio")))
        given_up = int(_number(_mapping(payload.get("today")).get("given_up")))
        metrics.pacing_given_up.labels(campaign).inc(max(0, given_up - self._given_up.get(campaign, 0)))
        self._given_up[campaign] = given_up
        for reason, total in _mapping(payload.get("denied")).items():
            before = self._denied.get((campaign, reason), 0)
            self._denied[campaign, reason] = int(_number(total))
            metrics.compliance_denied.labels(campaign, reason).inc(max(0.0, _number(total) - before))

    async def _on_decided(self, message: BusMessage) -> None:
        payload, metrics = message.payload, self._metrics
        campaign, reason = str(payload["campaign"]), str(payload["reason"])
        before = self._reason.get(campaign)
        if before is not None and before != reason:
            metrics.pacing_decision_calls.labels(campaign, before).set(0)
        self._reason[campaign] = reason
        metrics.pacing_decision_calls.labels(campaign, reason).set(_number(payload.get("calls")))
        forecast = _mapping(payload.get("forecast"))
        if forecast:
            metrics.pacing_forecast_people.labels(campaign).set(_number(forecast.get("people")))
            metrics.pacing_forecast_agents.labels(campaign).set(_number(forecast.get("agents_free")))

    async def _on_compared(self, message: BusMessage) -> None:
        payload, metrics = message.payload, self._metrics
        campaign = str(payload["campaign"])
        bins = payload.get("bins")
        abandoned = sum(_number(each.get("abandoned")) for each in bins) if isinstance(bins, list) else 0.0
        metrics.pacing_people.labels(campaign).inc(_number(payload.get("forecast_people")))
        metrics.pacing_expected_abandoned.labels(campaign).inc(_number(payload.get("expected")))
        metrics.pacing_abandoned.labels(campaign).inc(abandoned)

    async def _on_dialed(self, message: BusMessage) -> None:
        runner = self._station.runners.get(str(message.payload["campaign"]))
        if runner is not None:
            self._metrics.calls_originated.labels(runner.campaign.name, runner.campaign.trunk).inc()

    async def _on_verdict(self, message: BusMessage) -> None:
        payload = message.payload
        campaign = str(payload["campaign"])
        self._metrics.amd_verdicts.labels(campaign, str(payload["category"]), str(payload["reason"])).inc()
        self._metrics.amd_delay.labels(campaign).observe(_number(payload.get("delay_ms")) / 1000.0)

    async def _on_second_look(self, message: BusMessage) -> None:
        payload = message.payload
        withdrawn = "yes" if payload.get("withdrawn") else "no"
        self._metrics.amd_second_looks.labels(str(payload["campaign"]), str(payload["reason"]), withdrawn).inc()

    async def _on_bridged(self, message: BusMessage) -> None:
        latency = message.payload.get("latency_ms")
        if latency is not None:
            self._metrics.time_to_agent.labels(str(message.payload["campaign"])).observe(_number(latency) / 1000.0)

    async def _on_breach(self, message: BusMessage) -> None:
        breaches = message.payload["breaches"]
        for breach in breaches if isinstance(breaches, list) else []:
            self._metrics.call_breaches.labels(str(message.payload["campaign"]), str(breach)).inc()

    async def _on_closed(self, message: BusMessage) -> None:
        payload = message.payload
        campaign = str(payload["campaign"])
        self._metrics.calls_closed.labels(campaign, str(payload["outcome"])).inc()
        if payload.get("talk_s") is not None:
            self._metrics.talk.labels(campaign).observe(_number(payload["talk_s"]))


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
