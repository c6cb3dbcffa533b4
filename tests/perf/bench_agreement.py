"""Does the simulator say what happens? A predictive campaign on the private Asterisk, then the same in the simulator.

    python -m tests.perf.bench_agreement [--minutes 30] [--agents 20] [--target 0.03] [--keep FOLDER]
    python -m tests.perf.bench_agreement --kept FOLDER   compare a run that was kept

Needs root, for the private Asterisk. Debtors are SIPp's, with ring and talk times as people have them. The exit code
is 1 where utilisation differs by more than three points, or abandonment lies outside the interval of the plays.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.engine.messages import StartCampaign
from dialer.settings import Settings, TrunkSettings
from dialer.store.database import Database
from dialer.store.importing.importer import import_leads
from dialer.telemetry.logs import configure_logs
from dialer.what_if import Effort, Question, answer, read_floor
from pacing.scenario import Scenario, Spread
from pacing.what_if import WhatIf
from tests.support.asterisk import start_asterisk
from tests.support.lively_carrier import lively_carrier, lively_numbers
from tests.support.scripted_carrier import write_leads
from tests.support.sipp import SippCarrier
from tests.support.station import LEGAL_HOUR, add_agents, new_campaign, settings_on, station_on

NAME = "agreement"
TALK, WRAP_UP_S = Spread(mean=60.0, cv=1.0), 10.0
DIAL_STRING = "PJSIP/{digits}@carrier"
SIGN_IN_S = 60.0
DRAIN_S = 60.0
PLAYS = 40
MOST_CALLS_A_MINUTE = 150


async def work(folder: Path, *, minutes: float, agents: int, target: float, seed: int) -> None:
    """Dial for so long; what happened is in the database of ``folder``."""
    scenario = replace(Scenario(agents=agents), talk=TALK, drift=0.0)
    process = await asyncio.to_thread(start_asterisk, NAME)
    try:
        # By itself SIPp forgets a call whose INVITE is repeated, which is what happens when the machine is busy.
        options = ("-default_behaviors", "all,-abortunexp", "-buff_size", "4194304")
        with SippCarrier(process.config.trunks[0].port, lively_carrier(folder), folder, options=options):
            settings = settings_on(process, folder, max_lines=scenario.lines)
            async with station_on(settings) as station:
                campaign = await new_campaign(
                    station, name=NAME, mode=DialMode.PREDICTIVE, target_abandonment=target, wrap_up_s=60.0,
                    announce_recording=False,
                )  # fmt: skip
                leads = write_leads(
                    folder / "leads.csv", lively_numbers(scenario, round(MOST_CALLS_A_MINUTE * minutes), seed=seed)
                )
                await import_leads(station.database, leads, campaign, now=station.clock.now())
                runner = await station.host(campaign)
                add_agents(station, campaign, agents, wrap_up_s=WRAP_UP_S)
                async with asyncio.timeout(SIGN_IN_S):
                    while len(runner.core.floor.roster.in_state(AgentState.READY)) < agents:  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
                station.command(campaign.name, StartCampaign())
                for minute in range(round(minutes)):
                    await asyncio.sleep(60.0)
                    tally = runner.core.floor.tally
                    print(
                        f"minute {minute + 1}: {tally.placed} dialed, {tally.bridged} with an agent, "
                        f"{tally.abandoned} abandoned", flush=True,
                    )  # fmt: skip
                await station.drain(at_most_s=DRAIN_S)
    finally:
        await asyncio.to_thread(process.remove)


async def compare(folder: Path, *, minutes: float, agents: int) -> WhatIf:
    """What the log says happened, and what the simulator makes of the same people and agents."""
    trunk = TrunkSettings(dial_string=DIAL_STRING, max_lines=Scenario(agents=agents).lines, calls_per_second=20.0)
    settings = Settings(data_dir=folder, trunks={"default": trunk})
    database = Database(settings.effective_database_url)
    try:
        anytime = Question(campaign=NAME, since=LEGAL_HOUR - timedelta(hours=1), until=LEGAL_HOUR + timedelta(hours=20))
        _, whole = await read_floor(database, anytime, settings)
        dialing = replace(anytime, since=whole.began, until=whole.began + timedelta(minutes=minutes))
        campaign, floor = await read_floor(database, dialing, settings)
    finally:
        await database.close()
    return await answer(dialing, campaign, floor, settings, Effort(plays=PLAYS, processes=os.cpu_count() or 1))


def show(made: WhatIf) -> None:
    was, same = made.happened, made.same
    print(f"{made.calls} calls, {was.people} people, {made.agents} agents; {same.plays} plays of the simulator")
    for name, form in (
        ("utilisation", "{:.2%}"), ("abandonment", "{:.2%}"), ("people_per_agent_hour", "{:.1f}"),
        ("dials_per_person", "{:.2f}"), ("idle_wait_s", "{:.1f}"), ("people", "{:.0f}"),
    ):  # fmt: skip
        span = getattr(same, name)
        happened, mean, low, high = (
            form.format(value) for value in (getattr(was, name), span.mean, span.low, span.high)
        )
        print(f"{name:22} happened {happened:>8}   simulated {mean:>8}  ({low} to {high})")
    print(f"agree: utilisation {made.agreement.utilisation}, abandonment {made.agreement.abandonment}")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--minutes", type=float, default=30.0)
    arguments.add_argument("--agents", type=int, default=20)
    arguments.add_argument("--target", type=float, default=0.03)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", type=Path, help="leave the log and the carrier's in this folder")
    arguments.add_argument("--kept", type=Path, help="dial nobody: compare what an earlier run left here")
    given = arguments.parse_args()
    configure_logs(level="warning", form="console")
    with tempfile.TemporaryDirectory() as made:
        folder = given.kept or given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if given.kept is None:
            asyncio.run(work(folder, minutes=given.minutes, agents=given.agents, target=given.target, seed=given.seed))
        found = asyncio.run(compare(folder, minutes=given.minutes, agents=given.agents))
    show(found)
    sys.exit(0 if found.agreement.utilisation and found.agreement.abandonment else 1)


if __name__ == "__main__":
    main()
