"""``cadencia demo``: a campaign with synthetic debtors from start to end, and what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from dialer.clock import SystemClock, entropy
from dialer.commands.speech import err, out, settings_and_logs
from dialer.demo.legal_hour import demo_clock
from dialer.demo.people import CREDITOR
from dialer.demo.session import CALLER_ID, CAMPAIGN, DemoPlan, DemoStation, clear_previous, demo_settings, demo_station
from dialer.demo.summary import Summary
from dialer.demo.view import LiveView
from dialer.domain.campaign import DialMode
from dialer.embedded import NAME_PREFIX
from dialer.installation import prepare_data_dir
from dialer.provision.sounds import Speech
from dialer.settings import Settings
from dialer.wiring import PbxKit, embedded_kit, fake_kit


class PbxKind(StrEnum):
    ASTERISK = "asterisk"
    FAKE = "fake"


def demo(
    calls: Annotated[int, typer.Option(min=1, max=100_000, help="End after so many calls.")] = 60,
    agents: Annotated[int, typer.Option(min=1, max=200, help="Simulated agents.")] = 5,
    pbx: Annotated[PbxKind, typer.Option(help="A real Asterisk in a private root, or the built-in fake.")] = (
        PbxKind.ASTERISK
    ),
    seed: Annotated[int, typer.Option(help="The same seed gives the same debtors and agents.")] = 1,
    mode: Annotated[DialMode, typer.Option(help="How calls are paced.")] = DialMode.PREDICTIVE,
    ratio: Annotated[float, typer.Option(min=1.0, max=10.0, help="Lines per idle agent in power mode.")] = 2.0,
    speed: Annotated[float, typer.Option(min=0.5, max=50.0, help="How much faster than life debtors behave.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Dial synthetic debtors with simulated agents, then print a summary. Ctrl-C drains and ends early."""
    settings = settings_and_logs(default_level="warning")
    kit = make_kit(settings, pbx, speed=speed)
    plan = DemoPlan(
        calls=calls,
        agents=agents,
        seed=seed,
        agent_dial_string=kit.agent_dial_string,
        carrier_dial_string=kit.carrier_dial_string,
        record=kit.records,
        mode=mode,
        ratio=ratio,
        speed=speed,
    )
    summary = asyncio.run(_run(demo_settings(settings, plan), plan, kit, show=not as_json))
    if as_json:
        typer.echo(json.dumps(summary.as_dict(), ensure_ascii=False))
    else:
        _print(summary)
    if summary.unaccounted or summary.duplicates:
        raise typer.Exit(3)


def make_kit(settings: Settings, pbx: PbxKind, *, speed: float) -> PbxKit:
    """The telephone side of a demonstration."""
    if pbx is PbxKind.FAKE:
        return fake_kit(speed=speed)
    secret = entropy(24).hex()
    speech = Speech(creditor=CREDITOR, callback=CALLER_ID)
    return embedded_kit(
        settings, name=f"{NAME_PREFIX}{os.getpid()}", speech=speech, ami_secret=secret, speed=speed, report=_say
    )


def _say(line: str) -> None:
    err.print(f"[dim]{line}[/dim]")


async def _run(settings: Settings, plan: DemoPlan, kit: PbxKit, *, show: bool) -> Summary:
    prepare_data_dir(settings.data_dir)
    clear_previous(settings)
    clock = demo_clock(SystemClock())
    async with demo_station(settings, plan, clock=clock, make_pbx=kit.make) as running:
        if show and err.is_terminal:
            view = LiveView(running.station.bus, CAMPAIGN, settings.language, err)
            running.station.tasks.spawn(view.run(), "live view")
        await _until_done_or_interrupted(running)
        return await running.summary()


async def _until_done_or_interrupted(running: DemoStation) -> None:
    """The first Ctrl-C drains; a second one ends at once."""
    done = asyncio.ensure_future(running.until_done())
    loop = asyncio.get_running_loop()
    interrupts = 0

    def interrupted() -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts == 1:
            done.cancel()
        else:
            loop.remove_signal_handler(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await done
        if interrupts:
            err.print("Draining: live calls end by themselves. Ctrl-C again to end at once.")
        await running.finish()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _print(summary: Summary) -> None:
    table = Table(title="Demonstration", show_header=False)
    for name, value in summary.as_dict().items():
        shown = ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name, shown)
    out.print(table)
