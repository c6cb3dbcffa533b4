"""How long a person waits between the detector's verdict and the agent: the whole station on a real Asterisk.

    python tests/perf/bench_bridge.py [--calls 400] [--agents 120] [--calls-per-second 20] [--no-recording]

SIPp answers every call as a person who says one word; each of them is bridged to a simulated agent. Prints a table:
milliseconds from the verdict to Asterisk's BridgeEnter, the calls a second that were really dialed, how late the event
loop was, and the engine's processor time. What else runs on the machine shows in all of it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from dialer.app import Station
from dialer.demo.summary import percentile
from dialer.provision.process import AsteriskProcess
from dialer.telemetry.loop_lag import LoopLagProbe
from tests.support.asterisk import start_asterisk
from tests.support.dialed_campaign import Seen, dial
from tests.support.mu_law import write_mu_law
from tests.support.scripted_carrier import GREETING, MAN, REPLY, numbers, sound
from tests.support.sipp import Conduct, SippCarrier

TALK_MS = 3500  # from the answer; the verdict takes 1200 of them


async def measure(process: AsteriskProcess, folder: Path, chosen: argparse.Namespace) -> dict[str, str]:
    person = write_mu_law(folder / "person.ulaw", sound(MAN, GREETING, 2.0, REPLY))
    lag = LoopLagProbe(interval_s=0.01, keep=100_000)
    began: list[float] = []

    def act(station: Station) -> None:
        station.tasks.spawn(lag.run(), "loop lag probe")
        began.append(time.process_time())

    with SippCarrier(
        process.config.trunks[0].port, [Conduct(digits="[0-9]", audio=person, talk_ms=TALK_MS)], folder
    ) as carrier:
        seen = await dial(
            process, carrier, folder, numbers(chosen.calls),
            agents=chosen.agents, calls_per_second=chosen.calls_per_second, timeout_s=60 + chosen.calls / 5, act=act,
            name="bench", record=not chosen.no_recording, announce_recording=False,
        )  # fmt: skip
    return report(seen, lag, time.process_time() - began[0], chosen.calls)


def report(seen: Seen, lag: LoopLagProbe, cpu_s: float, calls: int) -> dict[str, str]:
    delays = [row.verdict_to_bridge_ms for row in seen.log if row.verdict_to_bridge_ms is not None]
    dialed = [row.dialed_at for row in seen.log]
    return {
        "calls": str(len(seen.log)),
        "conversations": str(len(delays)),
        "calls/s": f"{len(dialed) / (max(dialed) - min(dialed)).total_seconds():.1f}",
        **{f"p{share * 100:.0f} ms": _ms(delays, share) for share in (0.5, 0.9, 0.99)},
        "max ms": _ms(delays, 1.0),
        "loop lag p99 ms": f"{(lag.percentile(99) or 0.0) * 1000:.1f}",
        "loop lag max ms": f"{(lag.percentile(100) or 0.0) * 1000:.1f}",
        "engine CPU ms/call": f"{cpu_s * 1000 / calls:.1f}",
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _ms(values: Sequence[float], share: float) -> str:
    found = percentile(values, share)
    return "-" if found is None else f"{found:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--agents", type=int, default=120)
    parser.add_argument("--calls-per-second", type=float, default=20.0)
    parser.add_argument("--no-recording", action="store_true")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    process = start_asterisk("bench-bridge")
    try:
        with tempfile.TemporaryDirectory() as folder:
            row = asyncio.run(measure(process, Path(folder), chosen))
    finally:
        process.remove()
    print(f"| {' | '.join(row)} |\n|{'---|' * len(row)}\n| {' | '.join(row.values())} |")


if __name__ == "__main__":
    main()
