"""``cadencia pacing``: whether the pacer's promises came true."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import orjson
import typer
from rich.table import Table

from dialer.clock import SystemClock
from dialer.commands.campaigns import with_database
from dialer.commands.instants import instant_since
from dialer.commands.pacing_replay import replay
from dialer.commands.speech import out, settings_and_logs
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.forecasts import ForecastInterval, Forecasts
from pacing.calibration import Bin, Calibration
from pacing.calibration import calibration as put_together

app = typer.Typer(no_args_is_help=True, help="The pacer: what it promised and what came.")
app.command("replay")(replay)


@app.callback()
def pacing() -> None:
    """A group of commands, however many there are."""


@app.command("calibration")
def calibration(
    campaign: Annotated[str, typer.Option(help="Whose forecasts.")],
    since: Annotated[
        str, typer.Option(help="From when on: 7d for the last seven days, 2026-11-17, or an instant with its offset.")
    ] = "1d",
    as_json: Annotated[bool, typer.Option("--json", help="Print plain data.")] = False,
) -> None:
    """Say whether forecasts came true: the chance that a person is abandoned, as it was when their call was dialed,
    beside the share that was, with the interval in which the true share lies in 95 of 100 cases (Wilson)."""
    settings = settings_and_logs(default_level="warning")
    clock = SystemClock()
    begin, now = instant_since(since, clock), clock.now()

    async def work(database: Database) -> Sequence[ForecastInterval]:
        found = await Campaigns(database).get(campaign)
        return await Forecasts(database).since(found.id, begin)

    intervals = asyncio.run(with_database(settings, work))
    made = put_together((one.people, one.abandoned, one.bins) for one in intervals)
    if as_json:
        data = {"campaign": campaign, "since": begin.isoformat(), "until": now.isoformat(), **_data(made)}
        typer.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(campaign, made)


def _data(made: Calibration) -> dict[str, object]:
    return {
        "people": made.people,
        "abandoned": made.abandoned,
        "whole": _bin_data(made.whole),
        "bins": [_bin_data(one) for one in made.bins],
    }


def _bin_data(one: Bin) -> dict[str, object]:
    return {
        "low": one.low,
        "calls": one.calls,
        "people": one.people,
        "expected": round(one.expected, 3),
        "abandoned": one.abandoned,
        "forecast": round(one.forecast, 5),
        "came": round(one.came, 5),
        "between": [round(bound, 5) for bound in one.interval],
        "true": one.true,
    }


def _show(campaign: str, made: Calibration) -> None:
    whole = made.whole
    if not whole.calls:
        out.print(
            f"No call of campaign {campaign} was dialed on a forecast in that time: only predictive mode makes one."
        )
        return
    table = Table("forecast from", "calls", "people", "mean forecast", "came", "95 % interval", "")
    for one in made.bins:
        table.add_row(f"{one.low:.1%}", str(one.calls), str(one.people), *_shares(one))
    table.add_section()
    table.add_row("all", str(whole.calls), str(whole.people), *_shares(whole))
    out.print(table)
    others = made.people - whole.people
    if others:
        out.print(
            f"{others} more people answered calls that no forecast was made for; {made.abandoned} of all people "
            "were abandoned."
        )


def _shares(one: Bin) -> tuple[str, str, str, str]:
    if not one.people:
        return "", "", "", ""
    low, high = one.interval
    return f"{one.forecast:.2%}", f"{one.came:.2%}", f"{low:.2%} to {high:.2%}", "" if one.true else "missed"
