from __future__ import annotations

import asyncio

import pytest

from dialer.telemetry.loop_lag import LoopLagProbe


def test_percentiles_come_from_the_latest_figures() -> None:
    probe = LoopLagProbe(keep=100)
    for lag in (9.0, *(number / 100 for number in range(1, 101))):
        probe.record(lag)
    assert probe.percentile(99) == 0.99
    assert probe.percentile(50) == 0.5
    assert probe.percentile(100) == 1.0


def test_there_is_no_percentile_without_figures() -> None:
    assert LoopLagProbe().percentile(99) is None


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_an_impossible_percentile_is_refused(percent: float) -> None:
    with pytest.raises(ValueError, match="percent must be"):
        LoopLagProbe().percentile(percent)


def test_an_early_wake_up_counts_as_no_lag() -> None:
    probe = LoopLagProbe()
    probe.record(-0.001)
    assert probe.percentile(100) == 0.0


async def test_the_running_probe_observes_until_it_is_cancelled() -> None:
    seen: list[float] = []
    enough = asyncio.Event()

    def observe(lag_s: float) -> None:
        seen.append(lag_s)
        if len(seen) == 3:
            enough.set()

    probe = LoopLagProbe(observe, interval_s=0.001)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(probe.run())
        await enough.wait()
        running.cancel()
    assert len(seen) >= 3
    assert min(seen) >= 0.0
