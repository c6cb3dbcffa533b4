"""The picture of a simulated day: how busy the agents were, how many calls were out, who found nobody."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from dialer.charts import COLOURS, Panel, Series, draw
from pacing.measures import WORST_HOUR_PEOPLE, Tally
from pacing.scenario import Scenario
from pacing.watch import FloorWatch

_WORDS: Mapping[str, Mapping[str, str]] = {
    "es": {
        "utilisation": "Ocupación de los agentes (cada 10 minutos)", "busy": "en llamada o cierre",
        "out": "Llamadas en curso sin agente (media de 5 minutos)", "calls": "llamadas",
        "abandonment": "Abandono", "so_far": "acumulado del día", "hour": "última hora", "target": "objetivo",
        "axis": "horas desde el comienzo",
    },
    "en": {
        "utilisation": "Agents' utilisation (each 10 minutes)", "busy": "in a call or wrapping up",
        "out": "Calls out without an agent (mean of 5 minutes)", "calls": "calls",
        "abandonment": "Abandonment", "so_far": "day so far", "hour": "last hour", "target": "target",
        "axis": "hours from the start",
    },
}  # fmt: skip


def day_chart(scenario: Scenario, watch: FloorWatch, *, title: str, language: str) -> str:
    """An SVG document. ``watch`` has looked on for the whole day."""
    said = _WORDS[language]
    tally = watch.tally if watch.tally is not None else Tally(t_end=scenario.t_end, target=scenario.target)
    end = scenario.t_end
    so_far, hour = abandonment_lines(tally)
    high = max([scenario.target * 2, *(rate for _, rate in (*so_far, *hour) if math.isfinite(rate))])
    panels = [
        Panel(
            title=said["utilisation"],
            series=[Series(name=said["busy"], points=watch.utilisation(), colour=COLOURS[0], strong=True)],
            percent=True,
            high=1.0,
        ),
        Panel(
            title=said["out"],
            series=[Series(name=said["calls"], points=watch.lines_out(), colour=COLOURS[2])],
            height=130,
        ),
        Panel(
            title=said["abandonment"],
            series=[
                Series(name=said["so_far"], points=so_far, colour=COLOURS[1], strong=True),
                Series(name=said["hour"], points=hour, colour=COLOURS[4]),
                Series(
                    name=said["target"],
                    points=[(0, scenario.target), (end, scenario.target)],
                    colour="#333333",
                    dashed=True,
                ),
            ],
            percent=True,
            high=high,
        ),
    ]
    hours = scenario.hours
    every = next(step for step in (0.25, 0.5, 1, 2, 4, 12, 24, math.inf) if hours / step <= 12)
    places = [n * every for n in range(math.floor(hours / every) + 1)]
    ticks = [(place * 3600.0, f"{place:g}") for place in places]
    if ticks[-1][0] < end:
        ticks.append((end, f"{hours:g}" if hours - places[-1] > every / 2 else ""))
    return draw(panels, title=title, ticks=ticks, x_label=said["axis"])


def abandonment_lines(tally: Tally) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(seconds, rate) minute by minute: of the day so far, and of the 60 minutes before; not a number while fewer than
    30 people answered."""
    minutes = max(1, math.ceil(tally.t_end / 60.0))
    edges = np.arange(minutes + 1) * 60.0
    lost = np.concatenate([[0], np.cumsum(np.histogram(np.asarray(tally.abandoned_at), edges)[0])])
    met = np.concatenate([[0], np.cumsum(np.histogram(np.asarray(tally.connected_at), edges)[0])])
    so_far, hour = [], []
    for minute in range(1, minutes + 1):
        at = min(tally.t_end, minute * 60.0)
        so_far.append((at, _rate(lost[minute], met[minute])))
        if minute >= min(60, minutes):
            before = max(0, minute - 60)
            hour.append((at, _rate(lost[minute] - lost[before], met[minute] - met[before])))
    return so_far, hour


def _rate(lost: int, met: int) -> float:
    return float(lost / (lost + met)) if lost + met >= WORST_HOUR_PEOPLE else math.nan
