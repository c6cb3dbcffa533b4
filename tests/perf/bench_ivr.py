"""A hundred self-service calls at the same time on a real Asterisk: what gaps their people hear.

``python -m tests.perf.bench_ivr --output docs/ivr.md`` writes its figures between the document's marks. Everybody has a
name and a balance of their own, is identified, promises and hears how that was noted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from dialer.clock import SystemClock
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.events import CallAnswered, TelephonyEvent
from dialer.domain.verdict import AmdMode
from dialer.engine.messages import StartCampaign
from dialer.provision.process import AsteriskProcess
from dialer.store.importing.importer import import_leads
from dialer.store.promise_tables import promises
from dialer.store.tables import attempts
from tests.perf.processes import cpu_s, machine_busy_s
from tests.support.ivr_room import CREDITOR, asterisk_with_flows, settings_with_flows
from tests.support.sipp import Conduct, SippCarrier
from tests.support.station import new_campaign, station_on

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
DOCUMENT = "1111"
#: Keys, and the seconds of speech after which they are pressed: who it is, the document, a promise of all of it for the
#: 1st of December, yes, no way to pay, nothing else.
SCRIPT = [("1", 4.0), (DOCUMENT, 2.0), ("1", 6.0), ("1", 3.0), ("0112", 1.5), ("1", 4.0), ("2", 3.0), ("2", 1.0)]
RAN_OUT_S = 4.5  # a longer gap is a question that nobody answered in time
NAMES = ("Ana", "Luis", "Eva", "Iván", "Rita", "Juan", "Inés", "Raúl", "Sara", "Hugo")
SURNAMES = ("Gómez", "Rojas", "Mora", "Peña", "Paz", "Díaz", "Cruz", "Vega", "Luna", "Soto")
_HEAD = "documento,nombre,telefono,saldo,moneda,vencimiento,idioma,referencia\n"
_ENOUGH_S = 300.0


def leads(count: int) -> str:
    rows = (
        f"10{at:04d}{DOCUMENT},{NAMES[at % 10]} {SURNAMES[at // 10 % 10]},+57310555{3000 + at},{300 + 7 * at}000,COP,"
        f"2026-10-01,es,R{at}\n"
        for at in range(count)
    )
    return _HEAD + "".join(rows)


async def measure(asterisk: AsteriskProcess, folder: Path, count: int) -> dict[str, Any]:
    listener = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.perf.ivr_listeners", str(folder / "log"), json.dumps(SCRIPT),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
    )  # fmt: skip
    assert listener.stdin is not None
    assert listener.stdout is not None
    ear = int(await listener.stdout.readline())
    answered: dict[str, float] = {}
    conduct = Conduct(digits="[0-9]", ear=ear, rfc2833=True, talk_ms=180_000)
    with SippCarrier(asterisk.config.trunks[0].port, [conduct], folder) as carrier:
        async with station_on(settings_with_flows(asterisk, folder, calls_per_second=10.0)) as station:
            campaign = await new_campaign(
                station, mode=DialMode.AGENTLESS, amd=AmdMode.OFF, creditor=CREDITOR, record=False, ivr_lines=count
            )
            file = folder / "leads.csv"
            file.write_text(leads(count), encoding="utf-8")
            await import_leads(station.database, file, campaign, now=station.clock.now())
            await station.campaigns.set_state(campaign.id, CampaignState.STOPPED)
            clock = SystemClock()

            def hear(event: TelephonyEvent) -> None:
                if isinstance(event, CallAnswered):
                    answered[event.call_id] = clock.now().timestamp()

            station.pbx.telephony.subscribe(hear)
            await station.host_all()
            load = os.getloadavg()[0]
            busy, began = machine_busy_s(), clock.monotonic()
            ours, theirs = cpu_s(os.getpid()), cpu_s(asterisk.pid or 0)
            station.command(campaign.name, StartCampaign())
            at_once = await until_over(station, campaign.name, count)
            took = clock.monotonic() - began
            figures = {
                "seconds": took,
                "load": load,
                "at once": at_once,
                "busy": (machine_busy_s() - busy) / took,
                "engine": (cpu_s(os.getpid()) - ours) / took,
                "asterisk": (cpu_s(asterisk.pid or 0) - theirs) / took,
                "listeners": cpu_s(listener.pid) / took,
            }
            rows = await station.database.read(lambda each: list(each.execute(sa.select(attempts)).all()))
            figures["promises"] = len(
                await station.database.read(lambda each: list(each.execute(sa.select(promises)).all()))
            )
            figures["surprises"] = len(carrier.surprises)
    listener.stdin.close()
    people = json.loads(await listener.stdout.readline())
    await listener.wait()
    first = [
        people[row.number.lstrip("+")]["first"] - answered[row.call_id]
        for row in rows
        if row.call_id in answered and row.number.lstrip("+") in people
    ]
    return {
        **figures,
        "people": len(people),
        "first": first,
        "gaps": [gap for person in people.values() for gap in person["gaps"]],
        "answers": [answer for person in people.values() for answer in person["answers"]],
    }


async def until_over(station: Any, campaign: str, count: int) -> int:
    """The most calls that were served at once, when all are over."""
    runner = station.runners[campaign]
    most = 0
    async with asyncio.timeout(_ENOUGH_S):
        while runner.core.floor.tally.attempts < count or station.ivr.live:
            most = max(most, station.ivr.live)
            await asyncio.sleep(0.2)
    return most


def milliseconds(values: list[float]) -> str:
    if not values:
        return "none"
    p50, p99, most = (1000 * float(each) for each in np.percentile(values, (50, 99, 100)))
    return f"{p50:.0f} / {p99:.0f} / {most:.0f}"


def page(found: dict[str, Any], when: str) -> str:
    gaps = [gap for gap in found["gaps"] if gap < RAN_OUT_S]
    rows = [
        ("calls at the same time", f"{found['at once']}"),
        ("promises saved", f"{found['promises']}"),
        ("gaps of more than 60 ms while something is said", f"{len(gaps)}"),
        ("their length, ms, p50 / p99 / max", milliseconds(gaps)),
        ("questions that were not answered in time", f"{len(found['gaps']) - len(gaps)}"),
        ("from a key to the next words, ms, p50 / p99 / max", milliseconds(found["answers"])),
        ("from the answer to the first words, ms, p50 / p99 / max", milliseconds(found["first"])),
        ("processors busy: engine", f"{found['engine']:.2f}"),
        ("processors busy: Asterisk", f"{found['asterisk']:.2f}"),
        ("processors busy: the listeners", f"{found['listeners']:.2f}"),
        ("processors busy: all together", f"{found['busy']:.2f}"),
    ]
    load = f"before it began, {found['load']:.1f} processes of others wanted a processor"
    lines = [f"Measured on {when}, {os.cpu_count()} processors; {load}.", "", "| | |", "|---|---:|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, asterisk_with_flows("bench-ivr") as asterisk:
        found = asyncio.run(measure(asterisk, Path(home), asked.calls))
    text = page(found, SystemClock().now().strftime("%Y-%m-%d"))
    print(text)
    if asked.output is not None:
        document = asked.output.read_text(encoding="utf-8")
        before, _, rest = document.partition(BEGIN)
        asked.output.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
