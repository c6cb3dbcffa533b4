from __future__ import annotations

import re

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from dialer.telemetry.metrics import Metrics

#: What the dashboards and alerts of others are built on.
PROMISED = {
    "dialer_calls_originated_total", "dialer_calls_closed_total", "dialer_calls_live", "dialer_agents",
    "dialer_abandon_ratio", "dialer_abandon_budget_ratio", "dialer_pacing_ratio", "dialer_pacing_decision_calls",
    "dialer_time_to_agent_seconds", "dialer_ring_seconds", "dialer_talk_seconds", "dialer_amd_verdicts_total",
    "dialer_amd_delay_seconds", "dialer_compliance_denied_total", "dialer_ami_connected", "dialer_ami_events_total",
    "dialer_ami_queue_depth", "dialer_ami_events_dropped_total", "dialer_loop_lag_seconds", "dialer_outbox_pending",
    "dialer_build_info",
}  # fmt: skip
PERSONAL_LABELS = {"number", "phone", "debtor", "lead", "agent", "agent_id", "name"}


def names(text: str) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


def test_every_promised_metric_is_there_under_its_name() -> None:
    assert names(Metrics("1.2.3").text().decode()) >= PROMISED


def test_what_is_counted_comes_out_in_the_text() -> None:
    metrics = Metrics("1.2.3")
    metrics.calls_closed.labels(campaign="mora", outcome="busy").inc(3)
    metrics.time_to_agent.labels(campaign="mora").observe(0.004)
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }
    assert samples["dialer_calls_closed_total", "busy", "mora"] == 3
    assert samples["dialer_time_to_agent_seconds_bucket", "0.005", "mora"] == 1
    assert [key for key in samples if key[0] == "dialer_build_info" and "1.2.3" in key]


def test_no_metric_has_a_label_for_a_person() -> None:
    metrics = Metrics("1.2.3")
    labels = {label for collector in vars(metrics).values() for label in getattr(collector, "_labelnames", ())}
    assert "campaign" in labels
    assert not labels & PERSONAL_LABELS


def test_two_sets_of_metrics_do_not_meet_and_none_is_global() -> None:
    one, other = Metrics("1"), Metrics("1")
    one.ami_connected.set(1)
    assert b"dialer_ami_connected 0.0" in other.text()
    assert REGISTRY.get_sample_value("dialer_ami_connected") is None
