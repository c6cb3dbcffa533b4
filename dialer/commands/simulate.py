"""``cadencia simulate``: days on a simulated floor under any pacer, before anybody is called."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from dialer.commands.day_chart import day_chart
from dialer.commands.speech import err, out, settings_and_logs
from pacing.days import DayName, named_days
from pacing.foresight import play
from pacing.measures import Measures, pooled
from pacing.rivals.catalogue import ALL, pacer_named
from pacing.scenario import Scenario, Spread
from pacing.watch import FloorWatch

_WORDS: Mapping[str, Mapping[str, str]] = {
    "es": {
        "title": "{pacer}: {agents} agentes, {hours:g} h, contesta el {rate:.0f} %, objetivo {target:g} %",
        "utilisation": "Ocupación de los agentes", "idle_wait_s": "Espera del agente entre personas",
        "abandonment": "Abandono medio", "worst_hour": "Peor hora, en promedio",
        "worst_hour_max": "Peor hora de todas", "peak": "Acumulado más alto del día",
        "days_over": "Días por encima del objetivo", "people_per_agent_hour": "Personas por hora de agente",
        "dials_per_person": "Llamadas por persona atendida", "drawn": "El día está dibujado en",
        "none": "pocas personas para decirlo",
    },
    "en": {
        "title": "{pacer}: {agents} agents, {hours:g} h, {rate:.0f} % answer, target {target:g} %",
        "utilisation": "Agents' utilisation", "idle_wait_s": "Agents' wait between people",
        "abandonment": "Mean abandonment", "worst_hour": "Worst hour, on average",
        "worst_hour_max": "Worst hour of all", "peak": "Highest cumulative of the day",
        "days_over": "Days over the target", "people_per_agent_hour": "People per agent-hour",
        "dials_per_person": "Calls per person connected", "drawn": "The day is drawn in",
        "none": "too few people to say",
    },
}  # fmt: skip
_UNITS = {"idle_wait_s": "{:.1f} s", "people_per_agent_hour": "{:.1f}", "dials_per_person": "{:.2f}"}


def simulate(
    agents: Annotated[int, typer.Option(min=1, max=1000, help="Agents on the roster.")] = 20,
    answer_rate: Annotated[
        float | None, typer.Option(min=0.01, max=0.95, help="How often a person answers; the scenario's by default.")
    ] = None,
    hours: Annotated[float, typer.Option(min=0.1, max=24.0, help="Length of a day.")] = 8.0,
    pacer: Annotated[str, typer.Option(help=f"{', '.join(ALL)}, or fixed-ratio-R with R lines an idle agent.")] = (
        "predictive"
    ),
    target: Annotated[float, typer.Option(min=0.0, max=0.5, help="Abandonment allowed: 0.03 is 3 %.")] = 0.03,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same people, whoever dials.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=1000, help="So many days, with the seeds that follow.")] = 1,
    talk_mean: Annotated[float | None, typer.Option(min=5.0, max=3600.0, help="Mean talk, seconds.")] = None,
    wrap_mean: Annotated[float | None, typer.Option(min=1.0, max=3600.0, help="Mean wrap-up, seconds.")] = None,
    scenario: Annotated[DayName, typer.Option(help="What happens that day.")] = "base",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    plot: Annotated[
        Path | None, typer.Option(dir_okay=False, writable=True, help="Draw the first day here, as SVG.")
    ] = None,
) -> None:
    """Simulate days on a floor under a pacer, and print how busy agents were and how many people found nobody."""
    settings = settings_and_logs(default_level="warning")
    words = _WORDS[settings.language]
    day = _scenario(scenario, agents, target, hours, answer_rate, talk_mean, wrap_mean)
    if plot is not None and not plot.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {plot.parent}", param_hint="--plot")
    watch = FloorWatch() if plot is not None else None
    played: list[Measures] = []
    for n in range(days):
        try:
            made = pacer_named(pacer, day)
        except ValueError as exc:
            raise typer.BadParameter(str(exc), param_hint="--pacer") from exc
        played.append(play(day, made, seed=seed + n, watch=watch if n == 0 else None))
    found = pooled(played)
    title = words["title"].format(
        pacer=pacer, agents=agents, hours=hours, rate=100 * day.answer_rate, target=100 * target
    )
    if plot is not None and watch is not None:
        plot.write_text(day_chart(day, watch, title=title, language=settings.language), encoding="utf-8")
    if as_json:
        asked = {
            "pacer": pacer, "scenario": scenario, "agents": agents, "answer_rate": day.answer_rate, "hours": hours,
            "target": target, "seed": seed, "talk_mean": day.talk.mean, "wrap_mean": day.wrap.mean,
        }  # fmt: skip
        numbers = {name: None if math.isnan(value) else value for name, value in found.items()}
        typer.echo(json.dumps({**asked, **numbers, "days": days, "plot": None if plot is None else str(plot)}))
        return
    out.print(title)
    table = Table(show_header=False)
    for name, label in words.items():
        if name in found and not (days == 1 and name == "worst_hour_max"):
            value = found[name]
            shown = _UNITS.get(name, "{:.2%}").format(value).replace("%", " %")
            table.add_row(label, words["none"] if math.isnan(value) else shown)
    out.print(table)
    if plot is not None:
        err.print(f"{words['drawn']} {plot}")


def _scenario(
    name: str,
    agents: int,
    target: float,
    hours: float,
    answer_rate: float | None,
    talk_mean: float | None,
    wrap_mean: float | None,
) -> Scenario:
    day = named_days(agents, target=target, hours=hours)[name]
    if answer_rate is not None:
        day = replace(day, answer_rate=answer_rate)
    if talk_mean is not None:
        day = replace(day, talk=Spread(mean=talk_mean, cv=day.talk.cv))
    if wrap_mean is not None:
        day = replace(day, wrap=Spread(mean=wrap_mean, cv=day.wrap.cv))
    return day
