"""The figures of a running dialer, for Prometheus.

One prefix, base units, ``_total`` for counters. Labels are campaign, trunk, outcome, reason and the like: never a
number, a debtor or an agent. Every ``Metrics`` has a registry of its own: nothing is global.
"""

from __future__ import annotations

import platform

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_WAIT_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_RING_S = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 21.0, 25.0, 30.0, 45.0)
_TALK_S = (5.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0)
_AMD_S = (0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)
_LAG_S = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Metrics:
    """All of them. Set and count on the attributes; ``text`` is what Prometheus scrapes."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()

        self.calls_originated = self._counter("calls_originated", "Calls placed.", "campaign", "trunk")
        self.calls_closed = self._counter("calls_closed", "Attempts that ended.", "campaign", "outcome")
        self.calls_live = self._gauge("calls_live", "Calls there are now.", "campaign", "state")
        self.agents = self._gauge("agents", "Agents there are now.", "campaign", "state")

        self.abandon_ratio = self._gauge("abandon_ratio", "People abandoned over people answered today.", "campaign")
        self.abandon_budget_ratio = self._gauge("abandon_budget_ratio", "The highest such ratio allowed.", "campaign")
        self.pacing_ratio = self._gauge("pacing_ratio", "Lines per idle agent that power mode keeps.", "campaign")
        self.pacing_decision_calls = self._gauge(
            "pacing_decision_calls", "Calls to place by the pacer's last decision.", "campaign", "reason"
        )
        self.pacing_forecast_people = self._gauge(
            "pacing_forecast_people", "People who will answer within the forecast's horizon.", "campaign"
        )
        self.pacing_forecast_agents = self._gauge(
            "pacing_forecast_agents", "Agents who will be free to take them.", "campaign"
        )
        self.pacing_given_up = self._counter(
            "pacing_given_up", "Ringing calls that the pacer took back after their legal ring time.", "campaign"
        )
        self.pacing_people = self._counter("pacing_people", "People answered whose calls had a forecast.", "campaign")
        self.pacing_expected_abandoned = self._counter(
            "pacing_expected_abandoned", "Of these, abandoned by the forecast.", "campaign"
        )
        self.pacing_abandoned = self._counter("pacing_abandoned", "Of these, abandoned.", "campaign")

        self.time_to_agent = self._histogram(
            "time_to_agent_seconds", "From the verdict to the bridge with an agent.", _WAIT_S, "campaign"
        )
        self.ring = self._histogram("ring_seconds", "From dialing to the answer.", _RING_S, "campaign")
        self.talk = self._histogram("talk_seconds", "Conversation with an agent.", _TALK_S, "campaign")
        self.amd_verdicts = self._counter("amd_verdicts", "Verdicts on who answered.", "campaign", "verdict", "reason")
        self.amd_delay = self._histogram("amd_delay_seconds", "From the answer to the verdict.", _AMD_S, "campaign")
        self.amd_second_looks = self._counter(
            "amd_second_looks", "Machines heard after the connection.", "campaign", "reason", "withdrawn"
        )
        self.amd_sessions = self._gauge("amd_sessions", "Calls that the detector listens to now.")
        self.amd_stalls = self._counter("amd_stalls", "Times that the detector's beat came late.")
        self.amd_recognisers = self._gauge("amd_recognisers", "Recognisers of words.", "language", "state")
        self.amd_without_words = self._counter(
            "amd_without_words", "Calls decided by timing and tones alone.", "language", "why"
        )
        self.amd_worker_restarts = self._counter(
            "amd_worker_restarts", "Recognising processes that died and were started again.", "language"
        )
        self.compliance_denied = self._counter(
            "compliance_denied", "Debtors not dialed because a rule denied it.", "campaign", "reason"
        )

        self.compliance_incidents = self._gauge(
            "compliance_incidents", "What does not add up and nobody has explained yet."
        )
        self.audit_waiting = self._gauge("audit_waiting", "Records of the audit trail that are not chained yet.")
        self.audit_failures = self._counter("audit_failures", "Times that the audit trail could not be kept up.")

        self.call_breaches = self._counter(
            "call_breaches", "Calls that did not meet what the law asked of them.", "campaign", "breach"
        )

        self.ami_connected = self._gauge("ami_connected", "1 while the link to Asterisk is up.")
        self.ami_events = self._counter("ami_events", "Events from Asterisk.", "event")
        self.ami_queue_depth = self._gauge("ami_queue_depth", "Events from Asterisk that wait to be handled.")
        self.ami_events_dropped = self._counter("ami_events_dropped", "Events from Asterisk lost to a full queue.")

        self.bus_dropped = self._counter("bus_dropped", "Messages lost to a slow subscriber.", "subscriber")
        self.mqtt_connected = self._gauge("mqtt_connected", "1 while the broker is reached.")
        self.outbox_pending = self._gauge("outbox_pending", "Events written down and not yet published.")
        self.loop_lag = self._histogram("loop_lag_seconds", "How late the event loop wakes up.", _LAG_S)

        build = self._gauge("build_info", "1, with the version in the labels.", "version", "python")
        build.labels(version=version, python=platform.python_version()).set(1)

    def text(self) -> bytes:
        """The Prometheus text format; serve it with CONTENT_TYPE."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"dialer_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"dialer_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"dialer_{name}", meaning, labels, registry=self.registry, buckets=buckets)
